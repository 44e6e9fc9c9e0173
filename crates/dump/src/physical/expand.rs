//! Physical memory that is packed in a format of its own, laid out in the plain form of that format: AVML's blocks as LiME,
//! kdump's pages uncompressed, makedumpfile's records as the file that they make up.
//!
//! The plain form is scanned, scrubbed in place and verified like any other dump, and is what the clean dump is.

use super::flattened::{self, Flattened};
use super::{avml, kdump};
use crate::container::{DecodeLimits, Error};
use crate::cursor::{to_u64, to_usize};
use crate::limits::CHUNK_BYTES;
use crate::read::ReadAt;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

/// The plain form of a packed dump.
pub struct Expanded {
    /// What the dump was packed in, for reports: `avml`, `kdump`, `flattened`.
    pub format: &'static str,
    /// The plain form, from front to back.
    pub stream: Box<dyn Read + Send>,
}

impl fmt::Debug for Expanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expanded").field("format", &self.format).finish_non_exhaustive()
    }
}

/// Whether a file that begins with `head` may be packed so; 16 bytes tell.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    kdump::is_kdump(head) || head.starts_with(&flattened::MAGIC) || head.starts_with(&avml::MAGIC)
}

/// Lays out a packed dump. `None` if it is plain already, or its headers make no sense: then its reader says why.
///
/// # Errors
/// If the medium fails; if records of a flattened file contradict one another; if the plain form is longer than `limits`
/// allow. Pages that cannot be unpacked are an error of the stream.
pub fn expand(source: &Arc<dyn ReadAt>, limits: &DecodeLimits) -> io::Result<Option<Expanded>> {
    let mut head = [0; 16];
    let length = to_usize(source.length()).min(head.len());
    let head = head.get_mut(..length).unwrap_or_default();
    source.read_exact_at(0, head)?;
    if head.starts_with(&avml::MAGIC) {
        let stream = Box::new(avml::Expander::new(Arc::clone(source), limits));
        return Ok(Some(Expanded { format: "avml", stream }));
    }
    if kdump::is_kdump(head) {
        let stream = kdump::Expander::new(Arc::clone(source), limits)?;
        return Ok(stream.map(|stream| Expanded { format: "kdump", stream: Box::new(stream) }));
    }
    if !head.starts_with(&flattened::MAGIC) {
        return Ok(None);
    }
    let Some(whole) = Flattened::read(Arc::clone(source))? else { return Ok(None) };
    within(limits, "flattened dump", whole.length(), source.length())?;
    let whole: Arc<dyn ReadAt> = Arc::new(whole);
    let stream = kdump::Expander::new(Arc::clone(&whole), limits)?;
    let stream: Box<dyn Read + Send> = match stream {
        Some(stream) => Box::new(stream),
        None => Box::new(Whole { source: whole, at: 0 }),
    };
    Ok(Some(Expanded { format: "flattened", stream }))
}

/// Refuses a plain form that is longer than the limits allow for what is packed.
///
/// # Errors
/// As said.
pub(super) fn within(limits: &DecodeLimits, format: &'static str, plain: u64, packed: u64) -> io::Result<()> {
    let sparse = limits.sparse_free_bytes.max(packed.saturating_mul(limits.sparse_ratio_max));
    if plain > limits.expanded_bytes_max.min(sparse) {
        return Err(Error::TooLong { format, expanded: plain }.into());
    }
    Ok(())
}

/// All bytes of something that is read at any offset.
struct Whole {
    source: Arc<dyn ReadAt>,
    at: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = to_usize(self.source.length().saturating_sub(self.at));
        let count = left.min(buffer.len()).min(CHUNK_BYTES);
        let part = buffer.get_mut(..count).unwrap_or_default();
        self.source.read_exact_at(self.at, part)?;
        self.at = self.at.saturating_add(to_u64(count));
        Ok(count)
    }
}
