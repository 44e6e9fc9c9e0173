//! A walk over the frames that were dumped, each with its descriptor.

use super::FORMAT;
use super::header::{DESCRIPTOR_BYTES, Header};
use super::order::Order;
use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::limits::CHUNK_BYTES;
use crate::read::ReadAt;
use std::ops::Range;

/// `page_desc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// Where the page stands in the file; zero if it was never written.
    pub(super) offset: u64,
    /// How many bytes it takes there.
    pub(super) size: u32,
    /// How it is compressed.
    pub(super) flags: u32,
    /// Flags of the kernel's `struct page`, or zero.
    pub(super) page_flags: u64,
}

impl Descriptor {
    /// The bytes of the page.
    pub(super) fn range(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(u64::from(self.size))
    }

    /// As it stands in the file.
    pub(super) fn bytes(&self, order: Order) -> [u8; 24] {
        let mut out = [0; 24];
        let parts = [
            &order.u64_bytes(self.offset)[..],
            &order.u32_bytes(self.size),
            &order.u32_bytes(self.flags),
            &order.u64_bytes(self.page_flags),
        ];
        for (to, from) in out.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        out
    }
}

/// Goes over the frames of the file in their order.
pub(super) struct Walk {
    order: Order,
    bitmap: Forward,
    descriptors: Forward,
    /// The frame that is looked at next, and the end.
    frames: Range<u64>,
    /// Its descriptor, if it has one.
    next: u64,
}

impl Walk {
    pub(super) fn new(header: &Header) -> Self {
        let bits = super::header::length(&header.dumped).saturating_mul(8);
        Self {
            order: header.order,
            bitmap: Forward::new("bitmap", header.dumped.clone()),
            descriptors: Forward::new("page descriptors", header.descriptors()..u64::MAX),
            frames: header.frames.start..header.frames.end.min(bits),
            next: header.descriptors(),
        }
    }

    /// The next frame that was dumped, and its descriptor: none if the file ends before it.
    ///
    /// # Errors
    /// If the medium fails, or the file ends in the bitmap.
    pub(super) fn next(&mut self, source: &dyn ReadAt) -> Result<Option<(u64, Option<Descriptor>)>, Error> {
        let Some(frame) = self.dumped(source)? else { return Ok(None) };
        let at = self.next;
        self.next = at.saturating_add(DESCRIPTOR_BYTES);
        if self.next > source.length() {
            return Ok(Some((frame, None)));
        }
        let bytes = self.descriptors.get(source, at, DESCRIPTOR_BYTES)?;
        let descriptor = Descriptor {
            offset: self.order.u64_at(bytes, 0),
            size: self.order.u32_at(bytes, 8),
            flags: self.order.u32_at(bytes, 12),
            page_flags: self.order.u64_at(bytes, 16),
        };
        Ok(Some((frame, Some(descriptor))))
    }

    /// Where the descriptor of the next frame would stand.
    pub(super) fn position(&self) -> u64 {
        self.next
    }

    /// The next frame whose bit is set.
    fn dumped(&mut self, source: &dyn ReadAt) -> Result<Option<u64>, Error> {
        while self.frames.start < self.frames.end {
            let frame = self.frames.start;
            let at = self.bitmap.range.start.saturating_add(frame >> 3);
            let byte = self.bitmap.get(source, at, 1)?.first().copied().unwrap_or(0);
            let bits = byte >> (frame & 7);
            if bits == 0 {
                self.frames.start = (frame | 7).saturating_add(1);
                continue;
            }
            let frame = frame.saturating_add(u64::from(bits.trailing_zeros()));
            self.frames.start = frame.saturating_add(1);
            return Ok((frame < self.frames.end).then_some(frame));
        }
        Ok(None)
    }
}

/// Buffered reading from front to back.
pub(super) struct Forward {
    structure: &'static str,
    range: Range<u64>,
    offset: u64,
    buffer: Vec<u8>,
}

impl Forward {
    pub(super) fn new(structure: &'static str, range: Range<u64>) -> Self {
        Self { structure, range, offset: 0, buffer: Vec::new() }
    }

    /// `length` bytes at `offset`; the caller has bounded them.
    ///
    /// # Errors
    /// If the medium fails or ends.
    pub(super) fn get(&mut self, source: &dyn ReadAt, offset: u64, length: u64) -> Result<&[u8], Error> {
        let inside = |start: u64, held: usize| {
            let end = start.saturating_add(to_u64(held));
            offset >= start && offset.saturating_add(length) <= end
        };
        if !inside(self.offset, self.buffer.len()) {
            let left = self.range.end.min(source.length()).saturating_sub(offset);
            if left < length {
                let (format, structure, length) = (FORMAT, self.structure, source.length());
                return Err(Error::Truncated { format, structure, offset, length });
            }
            self.buffer.resize(to_usize(left.min(to_u64(CHUNK_BYTES).max(length))), 0);
            self.offset = offset;
            source.read_exact_at(offset, &mut self.buffer).map_err(|fault| Error::Read {
                format: FORMAT,
                structure: self.structure,
                offset,
                source: fault,
            })?;
        }
        let start = to_usize(offset.saturating_sub(self.offset));
        let end = start.saturating_add(to_usize(length));
        Ok(self.buffer.get(start..end).unwrap_or_default())
    }
}
