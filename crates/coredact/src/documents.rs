//! Small files that the command line names: keys, rules, seals, reports.

use crate::objects::is_object;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest key, seal or rules that are read, and longest report: far more than any that was written.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 1 << 20;
pub(crate) const RULES_BYTES_MAX: u64 = 64 << 20;
pub(crate) const KNOWN_BYTES_MAX: u64 = 64 << 20;
pub(crate) const REPORT_BYTES_MAX: u64 = 1 << 30;

/// Reads a file of at most `limit` bytes; a device may have no end.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let fault = || format!("read {}", path.display());
    if is_object(path) {
        bail!("read {}: of objects only dumps are read; copy it to a file first", path.display());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(fault)?;
    file.take(limit + 1).read_to_end(&mut bytes).with_context(fault)?;
    if bytes.len() as u64 > limit {
        bail!(
            "read {}: it is longer than {limit} bytes, and no such document; name another file",
            path.display()
        );
    }
    Ok(bytes)
}

/// The same as text.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    // The error holds the bytes, which may be a key's: it is not passed on.
    String::from_utf8(read(path, limit)?).map_err(|_| anyhow!("read {}: it is no text", path.display()))
}
