//! A file read from front to back.

use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::limits::STREAM_BUFFER_BYTES;
use crate::read::ReadAt;

/// Reads forward through a buffer; what is skipped is not read if it is long.
pub(crate) struct Stream<'a> {
    /// How messages name the format.
    format: &'static str,
    source: &'a dyn ReadAt,
    length: u64,
    /// Where the next byte stands in the file.
    at: u64,
    /// File offset of the buffer's first byte.
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(format: &'static str, source: &'a dyn ReadAt) -> Self {
        Self { format, source, length: source.length(), at: 0, start: 0, buffer: Vec::new() }
    }

    /// Where the next byte stands in the file.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Length of the file.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes left.
    pub(crate) fn left(&self) -> u64 {
        self.length.saturating_sub(self.at)
    }

    /// Goes on at a place of the file, or at its end.
    pub(crate) fn seek(&mut self, at: u64) {
        self.at = at.min(self.length);
    }

    /// The next `count` bytes, at most a buffer full, without going on; none if the file ends before.
    pub(crate) fn peek(&mut self, count: usize) -> Result<Option<&[u8]>, Error> {
        if to_u64(count) > self.left() || count > STREAM_BUFFER_BYTES {
            return Ok(None);
        }
        let held = self.start..self.start.saturating_add(to_u64(self.buffer.len()));
        let end = self.at.saturating_add(to_u64(count));
        if !(held.start <= self.at && end <= held.end) {
            let wanted = to_usize(self.left()).min(STREAM_BUFFER_BYTES);
            self.buffer.resize(wanted, 0);
            self.start = self.at;
            self.source.read_exact_at(self.at, &mut self.buffer).map_err(|source| Error::Read {
                format: self.format,
                structure: "records",
                offset: self.at,
                source,
            })?;
        }
        let from = to_usize(self.at.saturating_sub(self.start));
        Ok(self.buffer.get(from..from.saturating_add(count)))
    }

    /// The bytes at another place, without going there; none if the file ends before. For a few bytes.
    pub(crate) fn read_at<const N: usize>(&self, offset: u64) -> Result<Option<[u8; N]>, Error> {
        let mut bytes = [0; N];
        if offset.checked_add(to_u64(N)).is_none_or(|end| end > self.length) {
            return Ok(None);
        }
        let read = self.source.read_exact_at(offset, &mut bytes);
        read.map_err(|source| Error::Read { format: self.format, structure: "record", offset, source })?;
        Ok(Some(bytes))
    }

    /// The next number of `bytes` bytes, eight at most; none if the file ends before.
    pub(crate) fn number(&mut self, bytes: u8) -> Result<Option<u64>, Error> {
        let Some(taken) = self.peek(usize::from(bytes))? else { return Ok(None) };
        let value = big_endian(taken);
        self.at = self.at.saturating_add(u64::from(bytes));
        Ok(Some(value))
    }

    /// The next number of seven bits a byte, the lowest first; none if the file ends before.
    pub(crate) fn varint(&mut self) -> Result<Option<u64>, Error> {
        let held = to_usize(self.left()).min(VARINT_BYTES_MAX);
        let bytes = self.peek(held)?.unwrap_or_default();
        let (mut value, mut shift, mut count) = (0_u64, 0_u32, 0_u64);
        for byte in bytes {
            let low = u64::from(byte & 0x7f);
            let shifted = low.checked_shl(shift).filter(|shifted| shifted.checked_shr(shift) == Some(low));
            let Some(shifted) = shifted else { break };
            value |= shifted;
            count = count.saturating_add(1);
            if byte & 0x80 == 0 {
                self.at = self.at.saturating_add(count);
                return Ok(Some(value));
            }
            shift = shift.saturating_add(7);
        }
        if to_u64(held) == count && held < VARINT_BYTES_MAX {
            return Ok(None);
        }
        Err(Error::Impossible {
            format: self.format,
            structure: "a number".to_owned(),
            offset: self.at,
            problem: "it has more than 64 bits".to_owned(),
        })
    }
}

/// Bytes of the longest varint of 64 bits (`MaxVarintLen64` of Go's `encoding/binary`).
const VARINT_BYTES_MAX: usize = 10;

/// A number of eight bytes at most.
pub(crate) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}
