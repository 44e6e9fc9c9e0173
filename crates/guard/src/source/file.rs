//! Keys in a file.

use crate::key::{KeySet, KeySetError};
use crate::limits::KEY_SET_BYTES_MAX;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Why keys were not read from a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("read a file of keys")]
    Read(#[source] io::Error),
    /// Its content is no key set and no PEM.
    #[error("take keys from a file")]
    Keys(#[source] KeySetError),
}

/// Reads a key set (JWKS), or PEM of public keys and certificates.
///
/// # Errors
/// If the file cannot be read, is too large, or holds neither.
pub fn read_keys(path: &Path) -> Result<KeySet, FileError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(KEY_SET_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let file = open_regular(path).map_err(FileError::Read)?;
    file.take(limit).read_to_end(&mut bytes).map_err(FileError::Read)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("-----BEGIN "));
    match text {
        Some(text) if !text.trim_start().starts_with('{') => KeySet::from_pem(text),
        _ => KeySet::from_jwks(&bytes),
    }
    .map_err(FileError::Keys)
}

/// Opens a file for reading if it is a regular one. A pipe that nobody writes to would be waited for, a device may never end.
///
/// # Errors
/// If it cannot be opened, or is a folder, a pipe, a socket or a device.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(at_once).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other(IrregularFile)) }
}

/// A file that is none.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it is no regular file but a folder, a pipe, a socket or a device")]
struct IrregularFile;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [&pipe, folder.path(), Path::new("/dev/zero"), Path::new("/dev/tty")] {
            assert!(matches!(read_keys(path), Err(FileError::Read(_))), "{}", path.display());
        }
    }
}
