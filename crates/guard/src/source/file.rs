//! Keys in a file.

use crate::key::{KeySet, KeySetError};
use crate::limits::KEY_SET_BYTES_MAX;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Why keys were not read from a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("read a file of keys")]
    Read(#[source] std::io::Error),
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
    let file = File::open(path).map_err(FileError::Read)?;
    file.take(limit).read_to_end(&mut bytes).map_err(FileError::Read)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("-----BEGIN "));
    match text {
        Some(text) if !text.trim_start().starts_with('{') => KeySet::from_pem(text),
        _ => KeySet::from_jwks(&bytes),
    }
    .map_err(FileError::Keys)
}
