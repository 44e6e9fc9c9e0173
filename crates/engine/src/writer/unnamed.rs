//! Files without a name.

use super::abandoned;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, openat, unlinkat};
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

/// True if a file without a name can be given one: linkat(2) needs `/proc` for it, or a capability.
pub(super) fn can_be_named_later() -> bool {
    Path::new("/proc/self/fd").exists()
}

/// Makes a file without a name; where the file system has none, one with a
/// hidden random name, which the caller must remove. Either is claimed.
pub(super) fn create(folder: impl AsFd, extra: OFlags, mode: Mode) -> io::Result<(File, Option<OsString>)> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    match openat(&folder, ".", flags | OFlags::TMPFILE | extra, mode) {
        Ok(file) => {
            claim(&file);
            Ok((file.into(), None))
        }
        // open(2): EOPNOTSUPP from the file system, EISDIR and ENOENT from kernels before 3.11.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => named(folder, mode),
        Err(error) => Err(error.into()),
    }
}

/// Makes a file with a hidden random name, and claims it.
pub(super) fn named(folder: impl AsFd, mode: Mode) -> io::Result<(File, Option<OsString>)> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    for _ in 0..CLAIMS_MAX {
        let name = hidden_name()?;
        let file = openat(&folder, &name, flags, mode)?;
        claim(&file);
        // Another run may have taken it for an abandoned one before it was claimed.
        if abandoned::is_named(&folder, &name, &file) {
            return Ok((file.into(), Some(name)));
        }
    }
    Err(Errno::BUSY.into())
}

/// Marks a file as that of a living process: the kernel drops the lock with the last descriptor of it, even if
/// the process is killed. Where there are no locks, nothing is ever taken for abandoned.
fn claim(file: &OwnedFd) {
    let _unknown = flock(file, FlockOperation::NonBlockingLockExclusive);
}

/// How often a hidden file is made anew because another run has removed it.
const CLAIMS_MAX: usize = 8;

/// A name that nobody can guess and that a listing does not show.
pub(super) fn hidden_name() -> io::Result<OsString> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(format!("{BEFORE}{:016x}{BEHIND}", u64::from_le_bytes(random)).into())
}

/// What stands before and behind the digits of a hidden name.
pub(super) const BEFORE: &str = ".coredact-";
pub(super) const BEHIND: &str = ".part";

/// Read and write for the owner alone.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
