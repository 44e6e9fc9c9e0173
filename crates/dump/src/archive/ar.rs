//! ar archives: ar(5) of FreeBSD, which gives the header and both ways of writing long names.

use super::fields::{block, bytes, name, number};
use super::limits::RECORD_BYTES_MAX;
use super::member::{Content, Entry, Member};
use crate::cursor::to_usize;
use crate::read::ReadAt;
use std::io;
use std::ops::Range;

/// `ARMAG`.
pub(super) const MAGIC: [u8; 8] = *b"!<arch>\n";

/// Length of a header, and what it ends in (`ARFMAG`).
const HEADER_BYTES: u64 = 60;
const HEADER_END: &[u8] = b"`\n";

/// A walk through an ar archive.
pub(super) struct Ar<'a> {
    source: &'a dyn ReadAt,
    at: Option<u64>,
    /// The table of long names, as GNU writes it.
    names: Vec<u8>,
}

impl<'a> Ar<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, at: Some(8), names: Vec::new() }
    }

    /// The name that a header's field stands for, and the bytes behind it.
    fn named(&mut self, field: &[u8], mut data: Range<u64>) -> io::Result<(String, Range<u64>)> {
        let field = field.trim_ascii_end();
        if field == b"//" {
            self.names = bytes(self.source, &data, RECORD_BYTES_MAX)?.unwrap_or_default();
        }
        if let Some(length) = field.strip_prefix(b"#1/").and_then(|digits| number(digits, 10)) {
            let end = data.start.saturating_add(length).min(data.end);
            let long = bytes(self.source, &(data.start..end), RECORD_BYTES_MAX)?.unwrap_or_default();
            data.start = end;
            return Ok((name(super::fields::text(&long)), data));
        }
        let long = field.strip_prefix(b"/").filter(|digits| !digits.is_empty());
        if let Some(offset) = long.and_then(|digits| number(digits, 10)) {
            let rest = self.names.get(to_usize(offset)..).unwrap_or_default();
            let long = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            return Ok((name(long.strip_suffix(b"/").unwrap_or(long)), data));
        }
        Ok((name(field.strip_suffix(b"/").filter(|name| !name.is_empty()).unwrap_or(field)), data))
    }

    fn step(&mut self, at: u64) -> io::Result<Option<Entry>> {
        let length = self.source.length();
        let damaged = |why: &str| Entry::damaged(at..length, format!("ar archive, offset {at:#x}: {why}"));
        let Some(header) = block::<60>(self.source, at)? else {
            return Ok((at < length).then(|| damaged("it ends in a header")));
        };
        let size = header.get(48..58).and_then(|field| number(field, 10));
        let start = at.saturating_add(HEADER_BYTES);
        let end = size.and_then(|size| start.checked_add(size)).filter(|_| header.ends_with(HEADER_END));
        let Some(end) = end else { return Ok(Some(damaged("there is no header"))) };
        let (name, range) = self.named(header.get(..16).unwrap_or_default(), start..end)?;
        if end > length {
            return Ok(Some(damaged(&format!("it ends in member {name}"))));
        }
        self.at = end.checked_next_multiple_of(2);
        Ok(Some(Entry::Member(Member { name, content: Content::one(&range), range })))
    }
}

impl Iterator for Ar<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at.take()?;
        self.step(at).transpose()
    }
}
