//! Reading the memory of the dumped process by address.

use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::image::AddressMap;
use crate::limits::STRUCTURE_PIECES_MAX;
use crate::read::ReadAt;
use std::cell::RefCell;
use std::io;
use std::ops::Range;

/// The dumped memory. An address that was not dumped reads as absent; a failing
/// medium does too, but is remembered and ends the opening.
pub(crate) struct Memory<'a> {
    /// How messages name the format.
    format: &'static str,
    source: &'a dyn ReadAt,
    addresses: &'a AddressMap,
    failure: RefCell<Option<(u64, io::Error)>>,
}

impl<'a> Memory<'a> {
    /// Memory of `source` as `addresses` maps it.
    pub(crate) fn new(format: &'static str, source: &'a dyn ReadAt, addresses: &'a AddressMap) -> Self {
        Self { format, source, addresses, failure: RefCell::new(None) }
    }

    /// The file bytes behind these addresses, as far as they were dumped, up to the
    /// limit of pieces.
    pub(crate) fn file_ranges(&self, addresses: Range<u64>) -> Vec<Range<u64>> {
        self.addresses.first_file_ranges_of(addresses, STRUCTURE_PIECES_MAX)
    }

    /// The file bytes of `length` bytes at `address`, or nothing if one of them is absent.
    pub(crate) fn whole(&self, address: u64, length: u64) -> Option<Vec<Range<u64>>> {
        let ranges = self.file_ranges(address..address.checked_add(length)?);
        let held: u64 = ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum();
        (held == length && length > 0).then_some(ranges)
    }

    /// Fills `buffer` from `address`; false if a byte is absent.
    pub(crate) fn fill(&self, address: u64, buffer: &mut [u8]) -> bool {
        let Some(ranges) = self.whole(address, to_u64(buffer.len())) else { return buffer.is_empty() };
        let mut rest = buffer;
        for range in ranges {
            let length = to_usize(range.end.saturating_sub(range.start)).min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            if let Err(fault) = self.source.read_exact_at(range.start, now) {
                self.failure.borrow_mut().get_or_insert((range.start, fault));
                return false;
            }
            rest = later;
        }
        true
    }

    /// `N` bytes at `address`.
    pub(crate) fn array<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(address, &mut bytes).then_some(bytes)
    }

    /// The word at `address`.
    pub(crate) fn word(&self, address: u64) -> Option<u64> {
        self.array(address).map(u64::from_le_bytes)
    }

    /// `length` bytes at `address`; the caller bounds `length`.
    pub(crate) fn bytes(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        // Presence is checked before the allocation: a lying length costs nothing.
        self.whole(address, length)?;
        let mut bytes = vec![0; to_usize(length)];
        self.fill(address, &mut bytes).then_some(bytes)
    }

    /// How many of the `wanted` bytes from `address` were dumped without a hole.
    pub(crate) fn held(&self, address: u64, wanted: u64) -> u64 {
        let mut held: u64 = 0;
        for _ in 0..STRUCTURE_PIECES_MAX {
            if held >= wanted {
                break;
            }
            let next = address.checked_add(held).and_then(|at| self.addresses.file_offset_of(at));
            let Some((_, length)) = next else { break };
            held = held.saturating_add(length);
        }
        held.min(wanted)
    }

    /// The text at `address` without its NUL, at most `limit` bytes of it.
    pub(crate) fn text(&self, address: u64, limit: u64) -> Option<Vec<u8>> {
        let held = self.held(address, limit);
        if held == 0 {
            return None;
        }
        let mut text = Vec::new();
        // Grows in steps, because most texts are short.
        let mut step: u64 = 256;
        while to_u64(text.len()) < held {
            let done = to_u64(text.len());
            let now = held.saturating_sub(done).min(step);
            let part = self.bytes(address.checked_add(done)?, now)?;
            if let Some(end) = part.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(part.get(..end)?);
                return Some(text);
            }
            text.extend_from_slice(&part);
            step = step.saturating_mul(2);
        }
        Some(text)
    }

    /// Ends the use of the memory.
    ///
    /// # Errors
    /// If the medium failed at any time.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let format = self.format;
        match self.failure.into_inner() {
            None => Ok(()),
            Some((offset, source)) => Err(Error::Read { format, structure: "memory", offset, source }),
        }
    }
}
