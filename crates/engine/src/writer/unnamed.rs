//! Files without a name.

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Opens a folder to make, link and sync files in it, whatever its path leads to later.
pub(crate) fn open_folder(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(CWD, folder, flags, Mode::empty())?)
}

/// Makes a file that never gets a name, mode 0600, for a spool.
pub(crate) fn create_private(folder: &Path) -> io::Result<File> {
    let folder = open_folder(folder)?;
    // With O_EXCL nobody can give it a name later (open(2), O_TMPFILE).
    let (file, hidden) = create(&folder, OFlags::EXCL, PRIVATE)?;
    if let Some(name) = hidden {
        unlinkat(&folder, &name, AtFlags::empty())?;
    }
    Ok(file)
}

/// Makes a file without a name; where the file system has none, one with a
/// hidden random name, which the caller must remove.
pub(super) fn create(folder: impl AsFd, extra: OFlags, mode: Mode) -> io::Result<(File, Option<OsString>)> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    match openat(&folder, ".", flags | OFlags::TMPFILE | extra, mode) {
        Ok(file) => Ok((file.into(), None)),
        // open(2): EOPNOTSUPP from the file system, EISDIR and ENOENT from kernels before 3.11.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => named(folder, mode),
        Err(error) => Err(error.into()),
    }
}

/// Makes a file with a hidden random name.
pub(super) fn named(folder: impl AsFd, mode: Mode) -> io::Result<(File, Option<OsString>)> {
    let name = hidden_name()?;
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let file = openat(folder, &name, flags, mode)?;
    Ok((file.into(), Some(name)))
}

/// A name that nobody can guess and that a listing does not show.
pub(super) fn hidden_name() -> io::Result<OsString> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(format!(".coredact-{:016x}.part", u64::from_le_bytes(random)).into())
}

/// Read and write for the owner alone.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
