//! A heap dump read from front to back.

use crate::fault::{Fault, Named};
use crate::limits::CHUNK_BYTES;

/// A place in the file.
pub(super) struct Stream<'a> {
    dump: Named<'a>,
    pub(super) at: u64,
    start: u64,
    held: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(dump: Named<'a>, at: u64) -> Self {
        Self { dump, at, start: 0, held: Vec::new() }
    }

    pub(super) fn length(&self) -> u64 {
        self.dump.length()
    }

    /// The next bytes, a chunk at most; none if the file ends before.
    pub(super) fn take(&mut self, count: usize) -> Result<Option<&[u8]>, Fault> {
        let end = self.at.saturating_add(count as u64);
        if end > self.length() {
            return Ok(None);
        }
        if self.at < self.start || end > self.start.saturating_add(self.held.len() as u64) {
            let left = self.length().saturating_sub(self.at);
            let size = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES)).max(count);
            self.held.resize(size, 0);
            self.start = self.at;
            self.dump.read(self.at, &mut self.held)?;
        }
        let from = usize::try_from(self.at.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.at = end;
        Ok(self.held.get(from..from.saturating_add(count)))
    }
}

/// A number, most significant byte first.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
