//! SHA-256 of what a file or another reader holds.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes that are read at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// Digest of a file's content.
///
/// # Errors
/// If it cannot be read.
pub fn of_file(path: &Path) -> io::Result<[u8; 32]> {
    of_reader(File::open(path)?)
}

/// Digest of everything that is left in a reader.
///
/// # Errors
/// If it cannot be read.
pub fn of_reader(mut reader: impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}
