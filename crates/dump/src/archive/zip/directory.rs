//! The directory of an archive: found from the end, read record by record.

use super::super::fields::{block, bytes};
use super::super::member::Entry;
use super::record::{RECORD, Record};
use crate::cursor::{to_u64, u16_at, u64_at};
use crate::read::ReadAt;
use std::io;
use std::ops::Range;

/// Signatures: end of the directory (4.3.16), its ZIP64 form (4.3.14) and where that is (4.3.15).
pub(super) const END: [u8; 4] = *b"PK\x05\x06";
const END64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";

/// Length of the end record without its comment, and of the longest comment.
const END_BYTES: u64 = 22;
const COMMENT_BYTES_MAX: u64 = 65_535;

/// Length of the ZIP64 locator, which stands right before the end record.
const LOCATOR_BYTES: u64 = 20;

/// What lengths and offsets are that stand in the ZIP64 record instead.
const ELSEWHERE: u64 = 0xffff_ffff;

/// A walk through the records of a directory.
pub(super) struct Directory<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    start: u64,
    /// Where the records end.
    end: u64,
    /// How far everything lies behind where the archive says: a program may stand before it.
    shift: u64,
    /// Where the end record stands.
    place: u64,
    done: bool,
}

impl<'a> Directory<'a> {
    /// Finds the directory; `None` if there is none.
    pub(super) fn find(source: &'a dyn ReadAt) -> io::Result<Option<Self>> {
        let length = source.length();
        let start = length.saturating_sub(END_BYTES.saturating_add(COMMENT_BYTES_MAX));
        let tail =
            bytes(source, &(start..length), END_BYTES.saturating_add(COMMENT_BYTES_MAX))?.unwrap_or_default();
        let ends = |at: &usize| tail.get(*at..).is_some_and(|rest| rest.starts_with(&END));
        for at in (0..tail.len()).rev().filter(ends) {
            let record = tail.get(at..).unwrap_or_default();
            let place = start.saturating_add(to_u64(at));
            if let Some(found) = Self::of_end(source, record, place)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The directory that an end record at `place` tells of, if its first record is there.
    fn of_end(source: &'a dyn ReadAt, record: &[u8], place: u64) -> io::Result<Option<Self>> {
        let (Some(disk), Some(count), Some(mut size), Some(mut offset)) =
            (u16_at(record, 4), u16_at(record, 10), super::long(record, 12), super::long(record, 16))
        else {
            return Ok(None);
        };
        if disk != 0 && disk != u16::MAX {
            return Ok(None);
        }
        let mut end = place;
        let is_long = size == ELSEWHERE || offset == ELSEWHERE || count == u16::MAX;
        if is_long && let Some((long_size, long_offset, long_place)) = end64(source, place)? {
            (size, offset, end) = (long_size, long_offset, long_place);
        }
        let Some(start) = end.checked_sub(size) else { return Ok(None) };
        let Some(shift) = start.checked_sub(offset) else { return Ok(None) };
        let is_empty = size == 0;
        if !is_empty && block::<4>(source, start)? != Some(RECORD) {
            return Ok(None);
        }
        Ok(Some(Self { source, at: start, start, end, shift, place, done: false }))
    }

    /// Where the records begin and end.
    pub(super) fn records(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Where the end record stands.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// The bytes of the directory and of the records behind it.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.end.saturating_add(END_BYTES).min(self.source.length())
    }

    /// The next record, or what is wrong with it; nothing more follows that.
    pub(super) fn next(&mut self) -> io::Result<Option<Result<Record, Entry>>> {
        if self.done || self.at >= self.end {
            return Ok(None);
        }
        let at = self.at;
        let Some((mut record, next)) = Record::read(self.source, at, self.end)? else {
            self.done = true;
            let why = format!("zip archive, offset {at:#x}: its directory is damaged");
            return Ok(Some(Err(Entry::hidden(0..self.start, why))));
        };
        record.local_offset = record.local_offset.saturating_add(self.shift);
        self.at = next;
        Ok(Some(Ok(record)))
    }
}

/// Length and offset of the directory, and the place of the record that gives them (4.3.14, 4.3.15).
fn end64(source: &dyn ReadAt, place: u64) -> io::Result<Option<(u64, u64, u64)>> {
    let Some(locator) = place.checked_sub(LOCATOR_BYTES) else { return Ok(None) };
    let Some(bytes) = block::<20>(source, locator)?.filter(|bytes| bytes.starts_with(&LOCATOR64)) else {
        return Ok(None);
    };
    // The record has no fixed length, but programs write the shortest, right before its locator.
    let stated = u64_at(&bytes, 8).unwrap_or_default();
    for at in [stated, locator.saturating_sub(56)] {
        let Some(record) = block::<56>(source, at)?.filter(|record| record.starts_with(&END64)) else {
            continue;
        };
        if let (Some(size), Some(offset)) = (u64_at(&record, 40), u64_at(&record, 48)) {
            return Ok(Some((size, offset, at)));
        }
    }
    Ok(None)
}
