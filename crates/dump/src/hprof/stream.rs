//! A file read from front to back.

use super::FORMAT;
use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::limits::HPROF_BUFFER_BYTES;
use crate::read::ReadAt;

/// Reads forward through a buffer; what is skipped is not read if it is long.
pub(super) struct Stream<'a> {
    source: &'a dyn ReadAt,
    length: u64,
    /// Where the next byte stands in the file.
    at: u64,
    /// File offset of the buffer's first byte.
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, length: source.length(), at: 0, start: 0, buffer: Vec::new() }
    }

    /// Where the next byte stands in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Length of the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes left.
    pub(super) fn left(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    /// Goes on at a place of the file, or at its end.
    pub(super) fn seek(&mut self, at: u64) {
        self.at = at.min(self.length);
    }

    /// The next `count` bytes, at most a buffer full, without going on; none if the file ends before.
    pub(super) fn peek(&mut self, count: usize) -> Result<Option<&[u8]>, Error> {
        if to_u64(count) > self.left() || count > HPROF_BUFFER_BYTES {
            return Ok(None);
        }
        let held = self.start..self.start.saturating_add(to_u64(self.buffer.len()));
        let end = self.at.saturating_add(to_u64(count));
        if !(held.start <= self.at && end <= held.end) {
            let wanted = to_usize(self.left()).min(HPROF_BUFFER_BYTES);
            self.buffer.resize(wanted, 0);
            self.start = self.at;
            self.source.read_exact_at(self.at, &mut self.buffer).map_err(|source| Error::Read {
                format: FORMAT,
                structure: "records",
                offset: self.at,
                source,
            })?;
        }
        let from = to_usize(self.at.saturating_sub(self.start));
        Ok(self.buffer.get(from..from.saturating_add(count)))
    }

    /// The bytes at another place, without going there; none if the file ends before. For a few bytes.
    pub(super) fn read_at<const N: usize>(&self, offset: u64) -> Result<Option<[u8; N]>, Error> {
        let mut bytes = [0; N];
        if offset.checked_add(to_u64(N)).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let read = self.source.read_exact_at(offset, &mut bytes);
        read.map_err(|source| Error::Read { format: FORMAT, structure: "record", offset, source })?;
        Ok(Some(bytes))
    }

    /// The next number of `bytes` bytes, eight at most; none if the file ends before.
    pub(super) fn number(&mut self, bytes: u8) -> Result<Option<u64>, Error> {
        let Some(taken) = self.peek(usize::from(bytes))? else { return Ok(None) };
        let value = big_endian(taken);
        self.at = self.at.saturating_add(u64::from(bytes));
        Ok(Some(value))
    }
}

/// A number of eight bytes at most.
pub(super) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
