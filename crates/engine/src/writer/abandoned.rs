//! Hidden files that a killed run has left behind.
//!
//! Where a file system has no unnamed files, the output is written under a hidden name, and a kill leaves it there.
//! The next run that writes into the folder removes it, if it is provably one of coredact's and nobody writes to
//! it any more: the name is one of [`hidden_name`](super::unnamed::hidden_name), it is a regular file of the same
//! user, and its lock, which its writer holds as long as it lives, is free.
//!
//! Nothing is lost with it, and nothing was exposed by it: the copy fills every cut of the plan in memory before
//! the block reaches the file (`copy::copy_with_cuts`), a document holds no secret, and a spool is encrypted
//! and without a name from its first byte on. But no judge has passed it, so it must not stay.

use super::unnamed::{BEFORE, BEHIND};
use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, fstat, openat, statat, unlinkat,
};
use rustix::process::geteuid;
use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

/// Entries of a folder that are looked at.
const ENTRIES_MAX: usize = 1 << 20;

/// Digits between [`BEFORE`] and [`BEHIND`].
const DIGITS: usize = 16;

/// Removes what killed runs have left in a folder. What cannot be told or removed stays.
pub(super) fn remove_from(folder: impl AsFd) {
    let Ok(entries) = Dir::read_from(&folder) else { return };
    for entry in entries.take(ENTRIES_MAX).flatten() {
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if is_hidden_name(name) {
            remove(&folder, name);
        }
    }
}

/// Removes one file if it is abandoned.
fn remove(folder: impl AsFd, name: &OsStr) -> Option<()> {
    let ours = |there: &Stat| {
        FileType::from_raw_mode(there.st_mode) == FileType::RegularFile && there.st_uid == geteuid().as_raw()
    };
    // Asked before it is opened: opening a device can have effects.
    statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).ok().filter(ours)?;
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = openat(&folder, name, flags, Mode::empty()).ok()?;
    fstat(&file).ok().filter(ours)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    // Held from here on: whoever made it meanwhile sees that it is gone and makes another.
    if is_named(&folder, name, &file) { unlinkat(&folder, name, AtFlags::empty()).ok() } else { None }
}

/// True if `name` still leads to this very file.
pub(super) fn is_named(folder: impl AsFd, name: &OsStr, file: impl AsFd) -> bool {
    let there = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    there.is_ok_and(|there| {
        fstat(file).is_ok_and(|open| (open.st_dev, open.st_ino) == (there.st_dev, there.st_ino))
    })
}

/// `.coredact-0123456789abcdef.part`.
fn is_hidden_name(name: &OsStr) -> bool {
    let digits = name.as_bytes().strip_prefix(BEFORE.as_bytes());
    digits.and_then(|rest| rest.strip_suffix(BEHIND.as_bytes())).is_some_and(|digits| {
        digits.len() == DIGITS && digits.iter().all(|one| matches!(one, b'0'..=b'9' | b'a'..=b'f'))
    })
}
