//! Writing a file that has no name yet.

use super::target::Target;
use super::{Draft, Error, unnamed};
use crate::source::is_zero;
use rustix::fs::Mode;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// An output that is being written. Dropped without [`Writer::finish`] and
/// [`Draft::publish`] it leaves nothing.
///
/// Long runs of zeros become holes in the file; its content stays the same.
pub struct Writer {
    target: Target,
    medium: Box<dyn Medium>,
    /// Bytes not yet handed to the medium; they lie at `position`.
    pending: Vec<u8>,
    position: u64,
    /// A write has failed, so that the file has a gap: it must not be finished.
    broken: bool,
}

impl Writer {
    /// Starts an output, readable by its owner alone (mode 0600); `-` is the standard output.
    ///
    /// # Errors
    /// Early, before any work: if the output exists and `force` is not given, is
    /// a folder, or its folder is missing or not writable.
    pub fn create(output: &Path, force: bool) -> Result<Self, Error> {
        Self::create_mode(output, force, unnamed::PRIVATE)
    }

    /// Starts a file that never gets a name, for an output that is none: an object of a cloud. Its draft is read and taken
    /// there by the caller, and cannot be published.
    ///
    /// # Errors
    /// If no temporary file can be made.
    pub fn elsewhere(output: &Path) -> Result<Self, Error> {
        let target = Target::for_elsewhere(output)?;
        let medium = target.file.try_clone().map_err(|source| Error::new("write", output, source))?;
        Ok(Self::over(target, Box::new(medium)))
    }

    /// Makes sure that an output can be started, and leaves nothing: to be asked before long work.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub fn check(output: &Path, force: bool) -> Result<(), Error> {
        Self::create(output, force).map(drop)
    }

    /// As [`Writer::create`], with other rights.
    pub(super) fn create_mode(output: &Path, force: bool, mode: Mode) -> Result<Self, Error> {
        let target = Target::create(output, force, mode)?;
        let medium = target.file.try_clone().map_err(|source| Error::new("write", output, source))?;
        Ok(Self::over(target, Box::new(medium)))
    }

    pub(super) fn over(target: Target, medium: Box<dyn Medium>) -> Self {
        let pending = Vec::with_capacity(BUFFER_BYTES);
        Self { target, medium, pending, position: 0, broken: false }
    }

    /// Completes the file: length, content on the disk.
    ///
    /// # Errors
    /// Those of the disk, and any earlier failed write.
    pub fn finish(mut self) -> Result<Draft, Error> {
        let complete = self.flush_pending().and_then(|()| self.medium.set_length(self.position));
        complete.map_err(|source| Error::new("write", &self.target.path, source))?;
        self.medium.sync().map_err(|source| Error::new("sync", &self.target.path, source))?;
        Ok(Draft::new(self.target, self.position))
    }

    /// Tells an error of [`Write`] with the output's name and a next step.
    #[must_use]
    pub fn explain(&self, source: io::Error) -> Error {
        Error::new("write", &self.target.path, source)
    }

    fn flush_pending(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let result = self.place(&pending);
        self.pending = pending;
        self.pending.clear();
        result
    }

    /// Hands bytes to the medium, without the runs of zeros.
    fn place(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier write has failed"));
        }
        self.broken = true;
        let mut rest = bytes;
        while !rest.is_empty() {
            let zero = rest.chunks(HOLE_BYTES).next().is_some_and(is_zero);
            let run =
                rest.chunks(HOLE_BYTES).take_while(|chunk| is_zero(chunk) == zero).map(<[u8]>::len).sum();
            let (run, tail) = rest.split_at(run);
            if !zero {
                self.medium.write_all_at(self.position, run)?;
            }
            self.position += u64::try_from(run.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            rest = tail;
        }
        self.broken = false;
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.pending.len().saturating_add(buffer.len()) > BUFFER_BYTES {
            self.flush_pending()?;
        }
        if buffer.len() < BUFFER_BYTES {
            self.pending.extend_from_slice(buffer);
        } else {
            self.place(buffer)?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_pending()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({}, {} bytes)", self.target.path.display(), self.position)
    }
}

/// What a writer needs of a file; tests put a failing disk here.
pub(super) trait Medium: Send + Sync {
    /// Writes all of `bytes` at `offset`.
    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes the file `length` bytes long; what was not written is zeros.
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// Waits until content and length are on the disk.
    fn sync(&self) -> io::Result<()>;
}

impl Medium for File {
    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

/// Bytes gathered before they are handed to the medium.
const BUFFER_BYTES: usize = 1 << 20;

/// Unit in which zeros become holes: 64 KiB, so that a dump with single zero
/// pages does not cost a system call for each.
pub(super) const HOLE_BYTES: usize = 64 << 10;
