//! A file that grows line by line, so that a run that is killed leaves what it had noted.

use super::{Error, unnamed};
use rustix::fs::{CWD, FlockOperation, OFlags, flock, openat};
use rustix::io::Errno;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Longest line that is read, in bytes: lines here are short, and a file without lines is none of ours.
pub const LINE_BYTES_MAX: u64 = 4096;

/// A journal that nobody else writes to meanwhile.
///
/// A line is written at once, so that it is there whole or not at all; what a power cut leaves of one is cut off
/// when the journal is opened again.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens a journal, or begins one (mode 0600), and shows every whole line of it to `each`, which says whether
    /// the file is what it is taken for.
    ///
    /// # Errors
    /// [`Error::NotOurs`] if `each` refuses a line, and then the file is as it was; [`Error::InUse`] if another run
    /// has it open; those of the file system.
    pub fn open(path: &Path, mut each: impl FnMut(&str) -> bool) -> Result<Self, Error> {
        let failed = |error: io::Error| explain(path, error);
        let flags = OFlags::RDWR
            | OFlags::CREATE
            | OFlags::APPEND
            | OFlags::CLOEXEC
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK;
        let file = openat(CWD, path, flags, unnamed::PRIVATE).map_err(|error| failed(error.into()))?;
        let mut file = File::from(file);
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Error::NotRegular { path: path.to_owned() });
        }
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // Where there are no locks, whoever runs two scans on one journal gets the lines of both.
            Ok(()) | Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) => {}
            Err(_) => return Err(Error::InUse { path: path.to_owned() }),
        }
        let whole = read(&mut file, &mut each).map_err(failed)?;
        let Some(whole) = whole else { return Err(Error::NotOurs { path: path.to_owned() }) };
        file.set_len(whole).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// If it cannot be written: the disk is full, most likely.
    pub fn add(&mut self, line: &str) -> Result<(), Error> {
        let line = format!("{line}\n");
        self.file.write_all(line.as_bytes()).map_err(|error| explain(&self.path, error))
    }

    /// What the system says of the file.
    ///
    /// # Errors
    /// If it says nothing.
    pub fn metadata(&self) -> Result<Metadata, Error> {
        self.file.metadata().map_err(|error| explain(&self.path, error))
    }
}

/// Shows the whole lines, and gives where the last one ends; `None` if one is refused.
fn read(file: &mut File, each: &mut impl FnMut(&str) -> bool) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut whole, mut line) = (0_u64, Vec::new());
    loop {
        line.clear();
        let count = io::Read::take(&mut reader, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        let Some(text) = line.strip_suffix(b"\n") else {
            // The rest of a line that was being written; but of a file of other people's every byte stays.
            let is_torn = whole > 0 && line.len() < usize::try_from(LINE_BYTES_MAX).unwrap_or(usize::MAX);
            return Ok((count == 0 || is_torn).then_some(whole));
        };
        if !std::str::from_utf8(text).is_ok_and(&mut *each) {
            return Ok(None);
        }
        whole = whole.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

fn explain(path: &Path, source: io::Error) -> Error {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied => Error::Permission { path, source },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::Full { path, source }
        }
        _ => Error::Io { action: "note in", path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        let mut journal = Journal::open(path, |line| {
            lines.push(line.to_owned());
            true
        })
        .unwrap();
        journal.add("more").unwrap();
        lines
    }

    #[test]
    fn lines_come_back_and_a_torn_one_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        assert_eq!(lines(&path), Vec::<String>::new());
        assert_eq!(lines(&path), ["more"]);
        let torn = [std::fs::read(&path).unwrap(), b"half a li".to_vec()].concat();
        #[expect(clippy::disallowed_methods, reason = "what a power cut leaves")]
        std::fs::write(&path, torn).unwrap();
        assert_eq!(lines(&path), ["more", "more"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"more\nmore\nmore\n");
    }

    #[test]
    fn a_file_of_others_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("diary");
        for text in [&b"dear diary\n"[..], b"no line", &[0xff; 9000]] {
            #[expect(clippy::disallowed_methods, reason = "a file of the user")]
            std::fs::write(&path, text).unwrap();
            let opened = Journal::open(&path, |line| line.starts_with('{'));
            assert!(matches!(opened, Err(Error::NotOurs { .. })));
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
    }

    #[test]
    fn two_runs_do_not_share_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let first = Journal::open(&path, |_| true).unwrap();
        assert!(matches!(Journal::open(&path, |_| true), Err(Error::InUse { .. })));
        drop(first);
        assert!(Journal::open(&path, |_| true).is_ok());
    }
}
