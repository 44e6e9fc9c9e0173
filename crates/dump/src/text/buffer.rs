//! A text read byte by byte.

use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::limits::{TEXT_BUFFER_BYTES, TEXT_OVERLAP_BYTES, TEXT_STRING_BYTES_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// Holds a stretch of a file around the place that is read.
pub(super) struct Buffer<'a> {
    source: &'a dyn ReadAt,
    format: &'static str,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Buffer<'a> {
    pub(super) fn new(source: &'a dyn ReadAt, format: &'static str) -> Self {
        Self { source, format, length: source.length(), start: 0, bytes: Vec::new() }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn format(&self) -> &'static str {
        self.format
    }

    /// The byte at an offset; none at the end of the file.
    pub(super) fn byte(&mut self, at: u64) -> Result<Option<u8>, Error> {
        let held = at.checked_sub(self.start).and_then(|index| self.bytes.get(to_usize(index)));
        if let Some(byte) = held {
            return Ok(Some(*byte));
        }
        if at >= self.length {
            return Ok(None);
        }
        self.fill(at)?;
        Ok(self.bytes.first().copied())
    }

    /// The bytes from an offset on, as many as are held; at least one but at the end of the file.
    pub(super) fn ahead(&mut self, at: u64) -> Result<&[u8], Error> {
        if self.byte(at)?.is_none() {
            return Ok(&[]);
        }
        Ok(self.bytes.get(to_usize(at.saturating_sub(self.start))..).unwrap_or_default())
    }

    /// The bytes of a range.
    ///
    /// # Errors
    /// If they cannot be read, or are more than are held at once.
    pub(super) fn take(&self, range: &Range<u64>, structure: &'static str) -> Result<Vec<u8>, Error> {
        let length = range.end.saturating_sub(range.start);
        if length > TEXT_STRING_BYTES_MAX {
            return Err(Error::Unsupported {
                format: self.format,
                structure,
                offset: range.start,
                field: "length",
                value: length,
                expected: "which is more than is held at once",
            });
        }
        let from = range.start.checked_sub(self.start).map(to_usize);
        let held = from.and_then(|from| self.bytes.get(from..from.saturating_add(to_usize(length))));
        if let Some(held) = held {
            return Ok(held.to_vec());
        }
        let mut bytes = vec![0; to_usize(length)];
        self.read(range.start, &mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, at: u64) -> Result<(), Error> {
        let left = to_usize(self.length.saturating_sub(at)).min(TEXT_BUFFER_BYTES);
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.resize(left, 0);
        self.read(at, &mut bytes)?;
        self.bytes = bytes;
        self.start = at;
        Ok(())
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let read = self.source.read_exact_at(offset, bytes);
        read.map_err(|source| Error::Read { format: self.format, structure: "text", offset, source })
    }

    /// The line at an offset without its line feed, at most [`TEXT_BUFFER_BYTES`] of it, and where the next begins.
    pub(super) fn line(&mut self, at: u64) -> Result<Option<(Vec<u8>, u64)>, Error> {
        if at >= self.length {
            return Ok(None);
        }
        let mut end = self.ahead(at)?.iter().position(|byte| *byte == b'\n');
        if end.is_none() {
            // The rest of what is held is no whole line, unless a line is longer than is ever held.
            self.fill(at)?;
            end = self.bytes.iter().position(|byte| *byte == b'\n');
        }
        let held = self.ahead(at)?;
        let line = held.get(..end.unwrap_or(held.len())).unwrap_or_default().to_vec();
        let next = at.saturating_add(to_u64(line.len()));
        let next = match end {
            Some(_) => next.saturating_add(1),
            None if next < self.length => next.saturating_sub(TEXT_OVERLAP_BYTES),
            None => next,
        };
        Ok(Some((line, next)))
    }
}
