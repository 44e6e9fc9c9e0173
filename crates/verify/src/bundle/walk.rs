//! Which members an archive holds, and where.

use crate::fault::{Fault, Named};
use crate::limits::{BUNDLE_MEMBERS_MAX, CHUNK_BYTES};
use coredact_record::MemberInfo;
use std::ops::Range;

/// Length of a header of a tar archive, and of what its members are padded to (tar.5 of libarchive).
const BLOCK_BYTES: u64 = 512;

/// Where a tar header has size, kind and magic.
const SIZE: Range<usize> = 124..136;
const KIND: usize = 156;
const MAGIC: Range<usize> = 257..262;

/// Kinds of tar headers that describe the next member.
const DESCRIBES: &[u8] = b"xXgLK";

/// Signatures of a ZIP archive (APPNOTE.TXT of PKWARE, 4.3.7, 4.3.12, 4.3.16), and fixed lengths of the records.
const LOCAL: &[u8] = b"PK\x03\x04";
const RECORD: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const LOCAL_BYTES: u64 = 30;
const RECORD_BYTES: u64 = 46;
const END_BYTES: u64 = 22;

/// Longest comment at the end of a ZIP archive.
const COMMENT_BYTES_MAX: u64 = 65_535;

/// Longest description of a tar member, and longest fields of a part.
const FIELDS_BYTES_MAX: u64 = 1 << 20;

/// Archives in archives.
const DEPTH_MAX: usize = 6;

/// Finds every file in an archive of the named format that lies at a place of the dump; what the report does not list and
/// is an archive itself is walked through.
///
/// # Errors
/// If the archive contradicts itself or cannot be read.
pub(super) fn leaves(
    dump: Named<'_>,
    name: &str,
    place: Range<u64>,
    listed: &[MemberInfo],
    out: &mut Vec<Range<u64>>,
) -> Result<(), Fault> {
    Walk { dump, listed, out }.archive(name, place, 0)
}

struct Walk<'a> {
    dump: Named<'a>,
    listed: &'a [MemberInfo],
    out: &'a mut Vec<Range<u64>>,
}

impl Walk<'_> {
    fn archive(&mut self, name: &str, place: Range<u64>, depth: usize) -> Result<(), Fault> {
        match name {
            "tar" => self.tar(place, depth),
            "zip" => self.zip(place, depth),
            _ => self.multipart(place, depth),
        }
    }

    fn fault(&self, at: u64, what: &str) -> Fault {
        Fault::Parse { which: self.dump.which, what: format!("archive, offset {at:#x}: {what}") }
    }

    /// A file of the archive.
    fn leaf(&mut self, range: Range<u64>, depth: usize) -> Result<(), Fault> {
        if range.is_empty() {
            return Ok(());
        }
        if self.out.len() >= BUNDLE_MEMBERS_MAX {
            return Err(Fault::Limit(format!("more than {BUNDLE_MEMBERS_MAX} members of a bundle")));
        }
        let is_listed = self
            .listed
            .iter()
            .any(|one| one.file_offset == range.start && one.length == range.end.saturating_sub(range.start));
        if !is_listed && depth < DEPTH_MAX {
            let head = self.dump.take(range.start, BLOCK_BYTES.min(range.end.saturating_sub(range.start)))?;
            if head.get(MAGIC) == Some(b"ustar") {
                return self.archive("tar", range, depth + 1);
            }
            if head.starts_with(b"--") {
                return self.archive("multipart", range, depth + 1);
            }
        }
        self.out.push(range);
        Ok(())
    }

    fn tar(&mut self, place: Range<u64>, depth: usize) -> Result<(), Fault> {
        let mut at = place.start;
        // Set by a description: the size of the next member, if its header has no room for it.
        let mut stated = None;
        while place.end.saturating_sub(at) >= BLOCK_BYTES {
            let header = self.dump.take(at, BLOCK_BYTES)?;
            if header.iter().all(|byte| *byte == 0) {
                at = at.saturating_add(BLOCK_BYTES);
                continue;
            }
            let field = header.get(SIZE).unwrap_or_default();
            let size = number(field).ok_or_else(|| self.fault(at, "a size is no number"))?;
            let kind = header.get(KIND).copied().unwrap_or_default();
            let describes = DESCRIBES.contains(&kind);
            let size = if describes { size } else { stated.take().unwrap_or(size) };
            // Links, devices and folders have no bytes.
            let size = if matches!(kind, b'1'..=b'6') { 0 } else { size };
            let start = at.saturating_add(BLOCK_BYTES);
            let end = start.checked_add(size).filter(|end| *end <= place.end);
            let end = end.ok_or_else(|| self.fault(at, "a member is cut off"))?;
            if describes {
                if matches!(kind, b'x' | b'X') {
                    stated = pax_size(&self.dump.take(start, size.min(FIELDS_BYTES_MAX))?).or(stated);
                }
            } else {
                self.leaf(start..end, depth)?;
            }
            // Members are padded from the archive's start, which may lie anywhere in another one.
            let used = end.saturating_sub(place.start).checked_next_multiple_of(BLOCK_BYTES);
            at = used.and_then(|used| place.start.checked_add(used)).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    fn zip(&mut self, place: Range<u64>, depth: usize) -> Result<(), Fault> {
        let tail = place.end.saturating_sub(END_BYTES + COMMENT_BYTES_MAX).max(place.start);
        let bytes = self.dump.take(tail, place.end.saturating_sub(tail))?;
        let is_end = |at: &usize| {
            let record = bytes.get(*at..).unwrap_or_default();
            let comment = short(record, 20).unwrap_or_default();
            record.starts_with(END) && record.len() as u64 == END_BYTES.saturating_add(comment)
        };
        let found = (0..bytes.len()).rev().find(is_end);
        let record = found.and_then(|at| bytes.get(at..)).ok_or_else(|| self.fault(tail, "no directory"))?;
        let (Some(count), Some(size), Some(offset)) = (short(record, 10), long(record, 12), long(record, 16))
        else {
            return Err(self.fault(tail, "no directory"));
        };
        let mut at = place.start.saturating_add(offset);
        let end = at.saturating_add(size);
        for _ in 0..count {
            let record = self.dump.take(at, RECORD_BYTES)?;
            if !record.starts_with(RECORD) || at >= end {
                return Err(self.fault(at, "the directory is damaged"));
            }
            let field = |at: usize| short(&record, at).unwrap_or_default();
            let (method, length) = (field(10), long(&record, 24).unwrap_or_default());
            let local = place.start.saturating_add(long(&record, 42).unwrap_or_default());
            let header = self.dump.take(local, LOCAL_BYTES)?;
            if method != 0 || !header.starts_with(LOCAL) {
                return Err(self.fault(local, "a member is not laid out"));
            }
            let fields = [26, 28].map(|at| short(&header, at).unwrap_or_default());
            let start = fields.into_iter().fold(local.saturating_add(LOCAL_BYTES), u64::saturating_add);
            self.leaf(start..start.saturating_add(length), depth)?;
            let own = [28, 30, 32].into_iter().map(field);
            at = own.fold(at.saturating_add(RECORD_BYTES), u64::saturating_add);
        }
        Ok(())
    }

    fn multipart(&mut self, place: Range<u64>, depth: usize) -> Result<(), Fault> {
        let head =
            self.dump.take(place.start, FIELDS_BYTES_MAX.min(place.end.saturating_sub(place.start)))?;
        let line = memchr::memmem::find(&head, b"\r\n").and_then(|end| head.get(..end));
        let line = line
            .filter(|line| line.starts_with(b"--"))
            .ok_or_else(|| self.fault(place.start, "no boundary"))?;
        let delimiter = [b"\r\n", line].concat();
        let finder = memchr::memmem::Finder::new(&delimiter);
        let mut at = place.start.saturating_add(delimiter.len() as u64);
        loop {
            let taken = FIELDS_BYTES_MAX.min(place.end.saturating_sub(at));
            let head = self.dump.take(at, taken)?;
            let fields = memchr::memmem::find(&head, b"\r\n\r\n");
            let fields = fields.ok_or_else(|| self.fault(at, "the fields of a part do not end"))?;
            let start = at.saturating_add(fields as u64).saturating_add(4);
            let mut from = start.saturating_sub(2);
            let (end, is_last) = loop {
                let found = self.find(&finder, from..place.end)?;
                let found = found.ok_or_else(|| self.fault(start, "a part does not end"))?;
                let behind = found.saturating_add(delimiter.len() as u64);
                let next = self.dump.take(behind, 2.min(place.end.saturating_sub(behind)))?;
                match next.as_slice() {
                    b"--" => break (found, true),
                    b"\r\n" => break (found, false),
                    _ => from = found.saturating_add(1),
                }
            };
            self.leaf(start..end.max(start), depth)?;
            if is_last {
                return Ok(());
            }
            at = end.saturating_add(delimiter.len() as u64).saturating_add(2);
        }
    }

    fn find(&self, finder: &memchr::memmem::Finder<'_>, range: Range<u64>) -> Result<Option<u64>, Fault> {
        let mut at = range.start;
        while at < range.end {
            let taken = range.end.saturating_sub(at).min((CHUNK_BYTES + finder.needle().len()) as u64);
            let bytes = self.dump.take(at, taken)?;
            if let Some(found) = finder.find(&bytes) {
                return Ok(Some(at.saturating_add(found as u64)));
            }
            at = at.saturating_add(taken.min(CHUNK_BYTES as u64));
        }
        Ok(None)
    }
}

/// A number of a tar header: octal digits, or, with the first bit set, bytes.
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        let rest = field.get(1..)?;
        return rest.iter().try_fold(0_u64, |value, byte| Some(value.checked_mul(256)? | u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The size that a pax description states (`LENGTH size=NUMBER`).
fn pax_size(records: &[u8]) -> Option<u64> {
    let lines = records.split(|byte| *byte == b'\n');
    let mut sizes = lines.filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b' ')?;
        let value = line.get(at + 1..)?.strip_prefix(b"size=")?;
        std::str::from_utf8(value).ok()?.parse().ok()
    });
    sizes.next_back()
}

fn short(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from(u16::from_le_bytes(*bytes)))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from(u32::from_le_bytes(*bytes)))
}
