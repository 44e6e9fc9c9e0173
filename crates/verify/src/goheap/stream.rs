//! A heap dump read byte by byte.

use crate::fault::{Fault, Named};
use crate::limits::CHUNK_BYTES;

/// A place in the file, with a chunk around it.
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

    fn byte(&mut self) -> Result<Option<u8>, Fault> {
        if self.at >= self.length() {
            return Ok(None);
        }
        let inside = |stream: &Self| {
            let index = usize::try_from(stream.at.checked_sub(stream.start)?).ok()?;
            stream.held.get(index).copied()
        };
        if inside(self).is_none() {
            let left = self.length() - self.at;
            self.held.resize(usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES)), 0);
            self.start = self.at;
            self.dump.read(self.at, &mut self.held)?;
        }
        let byte = inside(self);
        self.at += 1;
        Ok(byte)
    }

    /// A number of seven bits a byte; none if the file ends in it, or if it has more than 64 bits.
    pub(super) fn number(&mut self) -> Result<Option<u64>, Fault> {
        let mut value = 0_u128;
        for position in 0..10 {
            let Some(byte) = self.byte()? else { return Ok(None) };
            value |= u128::from(byte & 0x7f) << (7 * position);
            if byte < 0x80 {
                return Ok(u64::try_from(value).ok());
            }
        }
        Ok(None)
    }

    /// A little-endian word of `bytes` bytes; zero where the file has none.
    pub(super) fn word(&mut self, at: u64, bytes: u64) -> Result<u64, Fault> {
        self.at = at;
        let mut value = 0;
        for position in 0..bytes.min(8) {
            value |= u64::from(self.byte()?.unwrap_or(0)) << (8 * position);
        }
        Ok(value)
    }
}
