//! Files that a configuration names: regular ones, and not without end.

use coredact_guard::source::open_regular;
use std::io::{self, Read as _};
use std::path::Path;

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= BYTES_MAX => Ok(bytes),
        _ => Err(io::Error::other("it is longer than 4 MiB")),
    }
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| io::Error::other("it is no text"))
}

/// Largest file, in bytes: the largest key set.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
