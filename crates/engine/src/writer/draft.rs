//! A complete output without a name.

use super::Error;
use super::target::Target;
use super::writer::HOLE_BYTES;
use crate::source::Holes;
use coredact_dump::ReadAt;
use rustix::fs::{Advice, CWD, Mode, OFlags, fadvise, openat};
use rustix::io::{FdFlags, fcntl_setfd};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A complete, synced file that nobody sees yet. A verifier reads it back
/// through [`ReadAt`], a debugger through [`Draft::for_child`]. Dropped without
/// [`Draft::publish`] it leaves nothing.
#[derive(Debug)]
pub struct Draft {
    target: Target,
    length: u64,
    /// Parts of the file that need no reading: they would only fill the memory of the system with zeros.
    holes: Holes,
}

impl Draft {
    pub(super) fn new(target: Target, length: u64) -> Self {
        let holes = Holes::of(&target.file, length, HOLE_BYTES as u64);
        // What is read ahead of data may be a hole, which would fill the memory of the system with zeros. Where this
        // advice is not taken, reading is only slower.
        let _advised = fadvise(&target.file, 0, None, Advice::Random);
        Self { target, length, holes }
    }

    /// Where it will be published, as the caller named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.target.path
    }

    /// The content from its start, for a decoder; readers do not disturb one another.
    ///
    /// # Errors
    /// If there is no descriptor left.
    pub fn reader(&self) -> io::Result<impl Read + Send + use<>> {
        Ok(DraftReader { file: self.target.file.try_clone()?, position: 0 })
    }

    /// A read-only handle that child processes inherit, with the path under
    /// which they open it. Drop it once they have started.
    ///
    /// # Errors
    /// If `/proc` is missing.
    pub fn for_child(&self) -> io::Result<ChildFile> {
        ChildFile::open(Path::new(&format!("/proc/self/fd/{}", self.target.file.as_fd().as_raw_fd())))
    }

    /// Gives the file its name and syncs the folder. Without force, an existing
    /// file is an error, even if it has appeared since; with force it is
    /// replaced in one step.
    ///
    /// # Errors
    /// [`Error::NotDurable`] if only the last sync fails; every other error
    /// leaves no output.
    pub fn publish(self) -> Result<(), Error> {
        self.target.publish()
    }
}

impl ReadAt for Draft {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = u64::try_from(buffer.len()).map_err(|_| eof())?;
        let end = offset.checked_add(length).filter(|end| *end <= self.length).ok_or_else(eof)?;
        let data = self.holes.data(&(offset..end));
        if data.len() != 1 || data.first() != Some(&(offset..end)) {
            buffer.fill(0);
        }
        for part in data {
            let within = |position: u64| usize::try_from(position.saturating_sub(offset));
            let (start, end) = (within(part.start), within(part.end));
            let range = start.map_err(|_| eof())?..end.map_err(|_| eof())?;
            self.target.file.read_exact_at(buffer.get_mut(range).ok_or_else(eof)?, part.start)?;
        }
        Ok(())
    }
}

/// Reads by offset: the cursor of the descriptor is shared with others.
struct DraftReader {
    file: File,
    position: u64,
}

impl Read for DraftReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.position)?;
        self.position = self.position.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

/// A file descriptor without `FD_CLOEXEC`.
#[derive(Debug)]
pub struct ChildFile {
    path: PathBuf,
    _file: OwnedFd,
}

impl ChildFile {
    /// Opens a file for reading by children. What stands beside the file under its own name says nothing to them: lldb
    /// looks there for the modules of a minidump.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        fcntl_setfd(&file, FdFlags::empty())?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
        Ok(Self { path, _file: file })
    }

    /// `/proc/self/fd/N`: the draft's content in a child, and in this process.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
