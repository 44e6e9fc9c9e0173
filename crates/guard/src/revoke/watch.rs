//! A file with revoked keys that is watched: every instance refuses within seconds.

use super::document::BYTES_MAX;
use super::memory::Memory;
use super::{RevocationError, Revocations, SignedList};
use crate::source::open_regular;
use crate::verify::Verifier;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// A file that holds a list of revoked keys.
#[derive(Clone, Debug)]
pub struct RevocationFile {
    path: PathBuf,
    public_key_pem: Option<String>,
    state: Option<PathBuf>,
    last: Option<(Vec<u8>, u64)>,
}

impl RevocationFile {
    /// A file whose protection is its permissions: lines, a report, or identities.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), public_key_pem: None, state: None, last: None }
    }

    /// A file that is taken only if this key signed it.
    #[must_use]
    pub fn signed_by(self, public_key_pem: &str) -> Self {
        Self { public_key_pem: Some(public_key_pem.to_owned()), ..self }
    }

    /// Remembers the number of a signed list in this folder, so that an older one is refused after a restart too.
    #[must_use]
    pub fn remembered_in(self, folder: impl Into<PathBuf>) -> Self {
        Self { state: Some(folder.into()), ..self }
    }

    /// Reads the file; none if it holds what it held.
    ///
    /// # Errors
    /// If it cannot be read, is damaged, is not by the key, or is older than one that was in force. Whoever watches keeps the list
    /// that is in force then: a missing file frees no key.
    pub fn read(&mut self) -> Result<Option<Revocations>, RevocationError> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let file = open_regular(&self.path).map_err(RevocationError::Read)?;
        file.take(limit).read_to_end(&mut bytes).map_err(RevocationError::Read)?;
        if bytes.len() > BYTES_MAX {
            return Err(RevocationError::TooLarge);
        }
        if self.last.as_ref().is_some_and(|(last, _)| *last == bytes) {
            return Ok(None);
        }
        let remembered = self.memory().map(|memory| memory.number()).transpose();
        let remembered = remembered.map_err(RevocationError::Memory)?.unwrap_or_default();
        let known = self.last.as_ref().map_or(0, |(_, number)| *number).max(remembered);
        let (list, number) = match &self.public_key_pem {
            None => (Revocations::from_document(&bytes)?, 0),
            Some(pem) => {
                let list = SignedList::open(&bytes, pem)?;
                if list.number < known {
                    return Err(RevocationError::Older { found: list.number, known });
                }
                (list.revocations, list.number)
            }
        };
        self.last = Some((bytes, number));
        Ok(Some(list))
    }

    /// Remembers that the list that was read last is in force.
    fn remember(&self) -> Result<(), RevocationError> {
        let Some((memory, (_, number))) = self.memory().zip(self.last.as_ref()) else { return Ok(()) };
        memory.remember(*number).map_err(RevocationError::Memory)
    }

    fn memory(&self) -> Option<Memory> {
        Some(Memory::new(self.state.as_deref()?, self.public_key_pem.as_deref()?))
    }
}

/// A thread that reads the file again and again; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Reads the file now, then every `period`, and has the verifier refuse what it says. `faults` is told of each time that the file
    /// could not be used.
    ///
    /// # Errors
    /// If the file cannot be used now: a service should not start without its list.
    pub fn start(
        verifier: &Arc<Verifier>,
        mut file: RevocationFile,
        period: Duration,
        faults: impl Fn(&RevocationError) + Send + 'static,
    ) -> Result<Self, RevocationError> {
        if let Some(list) = file.read()? {
            verifier.replace_revocations(list);
            file.remember()?;
        }
        let (stop, stopped) = channel();
        let verifier: Weak<Verifier> = Arc::downgrade(verifier);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                let Some(verifier) = verifier.upgrade() else { return };
                match file.read() {
                    Ok(Some(list)) => {
                        verifier.replace_revocations(list);
                        // In force all the same: more keys are refused, not fewer.
                        if let Err(error) = file.remember() {
                            faults(&error);
                        }
                    }
                    Ok(None) => {}
                    Err(error) => faults(&error),
                }
            }
        });
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            let _ended = thread.join();
        }
    }
}
