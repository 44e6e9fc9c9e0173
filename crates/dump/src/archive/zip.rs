//! ZIP archives: APPNOTE.TXT 6.3.10 of PKWARE, whose sections are named below.
//!
//! The directory at the end is what counts. What it does not list and yet looks like a member is told: somebody may
//! have put it there so that programs differ about what the archive holds.

mod directory;
pub mod flat;
mod record;

use super::fields::{block, name};
use super::member::{Content, Entry, Member, Packing};
use crate::container::Compression;
use crate::cursor::{grouped, to_u64, u16_at, u32_at};
use crate::read::ReadAt;
use directory::Directory;
use record::Record;
use std::io;
use std::ops::Range;

/// Signature of a local header (section 4.3.7).
const LOCAL: [u8; 4] = *b"PK\x03\x04";

/// Fixed part of a local header.
const LOCAL_BYTES: u64 = 30;

/// Bytes searched at once for members that no directory lists.
const SEARCH_BYTES: u64 = 64 << 10;

/// Fewest bytes between members in which another one has room: a local header.
const GAP_BYTES_MIN: u64 = LOCAL_BYTES;

/// How a ZIP archive begins: with a member, with its end if it is empty, with a mark if it is one of several files
/// (section 8.5.4).
pub(super) fn is_zip(head: &[u8]) -> bool {
    [LOCAL, directory::END, *b"PK\x07\x08"].iter().any(|magic| head.starts_with(magic))
}

/// A walk through a ZIP archive.
pub(super) struct Zip<'a> {
    source: &'a dyn ReadAt,
    directory: Option<Directory<'a>>,
    /// Where members lie, headers included, sorted as far as they come so.
    owned: Vec<Range<u64>>,
    started: bool,
    /// What is still to be told when the members are through.
    rest: Vec<Entry>,
}

impl<'a> Zip<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, directory: None, owned: Vec::new(), started: false, rest: Vec::new() }
    }

    fn step(&mut self) -> io::Result<Option<Entry>> {
        if !self.started {
            self.started = true;
            self.directory = Directory::find(self.source)?;
            if self.directory.is_none() {
                let why = "zip archive without a directory: it is cut off, or one of several files";
                // Members that are stored as they are can be searched where they stand.
                return Ok(Some(Entry::damaged(0..self.source.length(), why.to_owned())));
            }
            self.look_at_end()?;
        }
        let Some(directory) = &mut self.directory else { return Ok(self.rest.pop()) };
        match directory.next()? {
            Some(Ok(record)) => self.member(&record).map(Some),
            Some(Err(entry)) => Ok(Some(entry)),
            None => {
                let range = directory.range();
                self.directory = None;
                self.unlisted(range)?;
                Ok(self.rest.pop())
            }
        }
    }

    /// Notes an end record, or the comment behind it, of which bytes are missing.
    fn look_at_end(&mut self) -> io::Result<()> {
        let Some(place) = self.directory.as_ref().map(Directory::place) else { return Ok(()) };
        let record = block::<22>(self.source, place)?;
        let comment = record.and_then(|record| u16_at(&record, 20)).map(u64::from);
        let end = comment.and_then(|comment| place.checked_add(22)?.checked_add(comment));
        if end.is_none_or(|end| end > self.source.length()) {
            let why = format!("zip archive, offset {place:#x}: its end is cut off");
            self.rest.push(Entry::damaged(place..self.source.length(), why));
        }
        Ok(())
    }

    fn member(&mut self, record: &Record) -> io::Result<Entry> {
        let label = name(&record.name);
        let length = self.source.length();
        let at = record.local_offset;
        let header = block::<30>(self.source, at)?.filter(|header| header.starts_with(&LOCAL));
        let behind = header.and_then(|header| {
            let name = u64::from(u16_at(&header, 26)?);
            let extra = u64::from(u16_at(&header, 28)?);
            at.checked_add(LOCAL_BYTES)?.checked_add(name)?.checked_add(extra)
        });
        let end = behind.and_then(|start| start.checked_add(record.packed_length));
        let (Some(start), Some(end)) = (behind, end.filter(|end| *end <= length)) else {
            let why = format!("member {label} is not where the directory has it, offset {at:#x}");
            return Ok(Entry::damaged(at.min(length)..length, why));
        };
        self.own(at..end);
        let range = start..end;
        let hidden = |why: String| Ok(Entry::hidden(start..end, format!("member {label} {why}")));
        if record.is_encrypted() {
            return hidden("is encrypted".to_owned());
        }
        // Section 4.4.5; what has a format of its own is told by it.
        let packing = match record.method {
            0 if record.length != record.packed_length => return hidden("has two lengths".to_owned()),
            0 => return Ok(Entry::Member(Member { name: label, content: Content::one(&range), range })),
            8 => Packing::Deflate,
            93 => Packing::Stream(Compression::Zstd),
            95 => Packing::Stream(Compression::Xz),
            method => {
                let name = record::method_name(method);
                return hidden(format!("is packed in a way that is not opened ({name})"));
            }
        };
        let content = Content::Packed { packing, length: record.length, crc32: record.crc32 };
        Ok(Entry::Member(Member { name: label, content, range }))
    }

    /// Notes where a member lies. They mostly come in order and touch, so few ranges are held.
    fn own(&mut self, range: Range<u64>) {
        match self.owned.last_mut() {
            Some(last)
                if range.start >= last.start && range.start <= last.end.saturating_add(GAP_BYTES_MIN) =>
            {
                last.end = last.end.max(range.end);
            }
            _ => self.owned.push(range),
        }
    }

    /// Looks for members in what belongs to none and to no directory.
    fn unlisted(&mut self, directory: Range<u64>) -> io::Result<()> {
        let mut owned = std::mem::take(&mut self.owned);
        owned.push(directory);
        owned.sort_unstable_by_key(|range| range.start);
        let mut end = 0;
        owned.push(self.source.length()..self.source.length());
        for range in owned {
            let gap = end..range.start;
            if gap.end.saturating_sub(gap.start) >= GAP_BYTES_MIN
                && let Some(at) = self.local_header(&gap)?
            {
                let bytes = grouped(gap.end.saturating_sub(at));
                let why = format!(
                    "zip archive, offset {at:#x}: {bytes} bytes that no directory lists look like a member"
                );
                self.rest.push(Entry::damaged(at..gap.end, why));
            }
            end = end.max(range.end);
        }
        self.rest.reverse();
        Ok(())
    }

    /// The first local header in a range.
    fn local_header(&self, range: &Range<u64>) -> io::Result<Option<u64>> {
        let mut at = range.start;
        while at < range.end {
            let end = at.saturating_add(SEARCH_BYTES).min(range.end);
            let part = super::fields::bytes(self.source, &(at..end), SEARCH_BYTES)?.unwrap_or_default();
            let is_local = |bytes: &[u8]| bytes == LOCAL.as_slice();
            let found = part.windows(LOCAL.len()).position(is_local).map(to_u64);
            if let Some(found) = found {
                return Ok(Some(at.saturating_add(found)));
            }
            if end == range.end {
                break;
            }
            at = end.saturating_sub(3);
        }
        Ok(None)
    }
}

impl Iterator for Zip<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            (self.directory, self.started) = (None, true);
        }
        step.transpose()
    }
}

/// A 32-bit number of a record, as lengths are.
fn long(bytes: &[u8], at: usize) -> Option<u64> {
    u32_at(bytes, at).map(u64::from)
}
