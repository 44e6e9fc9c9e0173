//! The number of the last signed list, remembered over a restart.

use crate::key::Thumbprint;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// A file with a number that only rises. Several processes may share it.
#[derive(Clone, Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    /// The memory of the lists that this key signs: another key begins anew.
    pub(super) fn new(folder: &Path, public_key_pem: &str) -> Self {
        let name = Thumbprint::of(public_key_pem.trim().as_bytes()).hex();
        Self(folder.join(format!("revocations-{}.number", name.get(..16).unwrap_or_default())))
    }

    /// The number; 0 if nothing is remembered yet.
    pub(super) fn number(&self) -> io::Result<u64> {
        match File::open(&self.0) {
            Ok(mut file) => {
                file.lock_shared()?;
                number(&mut file)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Remembers a number, unless a higher one is remembered.
    #[expect(clippy::disallowed_methods, reason = "one number in a file of its own")]
    pub(super) fn remember(&self, new: u64) -> io::Result<()> {
        let open = || OpenOptions::new().read(true).write(true).open(&self.0);
        let mut file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.begin(new)?;
                open()?
            }
            opened => opened?,
        };
        file.lock()?;
        if number(&mut file)? >= new {
            return Ok(());
        }
        file.rewind()?;
        // One write of one length: there is the old number or the new one.
        file.write_all(line(new).as_bytes())?;
        file.sync_all()
    }

    /// Makes the file with its first number in it, so that an empty one is always damage; one that is there stays.
    #[expect(clippy::disallowed_methods, reason = "one number in a file of its own")]
    fn begin(&self, new: u64) -> io::Result<()> {
        let mut next = self.0.clone();
        next.set_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&next)?;
        file.write_all(line(new).as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&next, &self.0);
        std::fs::remove_file(&next)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.0.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()),
        }
    }
}

/// A number as the file holds it.
fn line(number: u64) -> String {
    format!("{number:0DIGITS$}\n")
}

/// The number in a file. An empty file is damaged: it is made with its number.
fn number(file: &mut File) -> io::Result<u64> {
    let mut text = String::new();
    file.take(LENGTH_MAX).read_to_string(&mut text)?;
    let damaged = || io::Error::other("the number is damaged; write the number of the last list there");
    match text.strip_suffix('\n') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map_err(|_| damaged())
        }
        _ => Err(damaged()),
    }
}

/// Digits of the largest number.
const DIGITS: usize = 20;
/// More than is written, in bytes.
const LENGTH_MAX: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    fn the_number_only_rises_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Memory::new(folder.path(), "a"), Memory::new(folder.path(), "b"));
        assert_eq!(one.number().unwrap(), 0);
        for (new, number) in [(3, 3), (2, 3), (u64::MAX, u64::MAX), (1, u64::MAX)] {
            one.remember(new).unwrap();
            assert_eq!(one.number().unwrap(), number);
        }
        assert_eq!(other.number().unwrap(), 0);
        for text in ["", "x\n", "3", "-1\n", "\n", "99999999999999999999\n"] {
            std::fs::write(&one.0, text).unwrap();
            assert!(one.number().is_err() && one.remember(4).is_err(), "{text:?}");
        }
        std::fs::remove_file(&one.0).unwrap();
        one.begin(4).unwrap();
        one.begin(3).unwrap();
        assert_eq!(one.number().unwrap(), 4);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
