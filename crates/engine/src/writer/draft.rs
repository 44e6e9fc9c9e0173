//! A complete output without a name.

use super::Error;
use super::target::Target;
use coredact_dump::ReadAt;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{FdFlags, fcntl_setfd};
use std::fs::File;
use std::io;
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
    sha256: [u8; 32],
}

impl Draft {
    pub(super) fn new(target: Target, length: u64, sha256: [u8; 32]) -> Self {
        Self { target, length, sha256 }
    }

    /// SHA-256 of the file's content.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Where it will be published, as the caller named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.target.path
    }

    /// A read-only handle on the content with its own cursor, for a decoder.
    ///
    /// # Errors
    /// If `/proc` is missing.
    pub fn reader(&self) -> io::Result<File> {
        let path = format!("/proc/self/fd/{}", self.target.file.as_fd().as_raw_fd());
        Ok(openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?.into())
    }

    /// A read-only handle that child processes inherit, with the path under
    /// which they open it. Drop it once they have started.
    ///
    /// # Errors
    /// If `/proc` is missing.
    pub fn for_child(&self) -> io::Result<ChildFile> {
        let file = OwnedFd::from(self.reader()?);
        fcntl_setfd(&file, FdFlags::empty())?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
        Ok(ChildFile { path, _file: file })
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
        self.target.file.read_exact_at(buffer, offset)
    }
}

/// A file descriptor without `FD_CLOEXEC`.
#[derive(Debug)]
pub struct ChildFile {
    path: PathBuf,
    _file: OwnedFd,
}

impl ChildFile {
    /// `/proc/self/fd/N`: the draft's content in a child, and in this process.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
