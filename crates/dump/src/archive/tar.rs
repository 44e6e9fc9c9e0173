//! tar archives: tar(5) of libarchive, which gives the headers of v7, ustar, pax and GNU, and "Storing Sparse
//! Files" of the manual of GNU tar.

mod header;
mod pax;
mod sparse;

use super::fields::{block, bytes, name};
use super::limits::RECORD_BYTES_MAX;
use super::member::{Content, Entry, Member, Stored};
use crate::cursor::{grouped, to_u64};
use crate::read::ReadAt;
use header::{BLOCK_BYTES, Header};
use pax::Extended;
use std::io;

pub(super) use header::is_tar;

/// Bytes of zeros that are skipped at once.
const ZERO_BYTES: u64 = 1 << 20;

/// A walk through a tar archive. It goes on behind blocks of zeros, for archives are concatenated, and behind
/// damage, at the next header.
pub(super) struct Tar<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    /// What the headers before the next member say of it.
    next: Extended,
    /// Since where there was no header, and whether zeros, which end an archive, came before.
    lost: Option<(u64, bool)>,
    ended: bool,
    /// What is to be said of the last member.
    cut: Option<Entry>,
    done: bool,
}

impl<'a> Tar<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, at: 0, next: Extended::default(), lost: None, ended: false, cut: None, done: false }
    }

    fn step(&mut self) -> io::Result<Option<Entry>> {
        loop {
            let Some(bytes) = block::<512>(self.source, self.at)? else { return Ok(self.end()) };
            if bytes.iter().all(|byte| *byte == 0) {
                self.skip_zeros();
                self.ended = true;
                continue;
            }
            let Some(header) = Header::parse(&bytes) else {
                self.lost.get_or_insert((self.at, self.ended));
                self.at = self.at.saturating_add(BLOCK_BYTES);
                continue;
            };
            if let Some(entry) = self.found() {
                return Ok(Some(entry));
            }
            self.ended = false;
            if let Some(entry) = self.member(&header)? {
                return Ok(Some(entry));
            }
        }
    }

    /// Where headers are found again: what lay before them.
    fn found(&mut self) -> Option<Entry> {
        let (start, ended) = self.lost.take()?;
        self.next = Extended::default();
        // Behind the end of an archive anything may follow.
        let why = format!("tar archive, offset {start:#x}: there is no header");
        (!ended).then(|| Entry::damaged(start..self.at, why))
    }

    /// The end of the file.
    fn end(&mut self) -> Option<Entry> {
        self.done = true;
        let (length, at) = (self.source.length(), self.at.min(self.source.length()));
        let why = |at: u64, what: &str| format!("tar archive, offset {at:#x}: {what}");
        match self.lost.take() {
            Some((start, false)) => Some(Entry::damaged(start..length, why(start, "there is no header"))),
            None if at < length && !self.ended => {
                Some(Entry::damaged(at..length, why(at, "it ends in a header")))
            }
            // Whoever writes an archive ends it: two blocks of zeros (POSIX.1-2017, pax, "ustar Archives").
            None if !self.ended => {
                let why = "it does not end: what may have followed is not there";
                Some(Entry::damaged(length..length, format!("tar archive, offset {length:#x}: {why}")))
            }
            _ => None,
        }
    }

    fn skip_zeros(&mut self) {
        let wide = self.at..self.at.saturating_add(ZERO_BYTES);
        let is_wide = self.source.is_zero(&wide);
        self.at = if is_wide { wide.end } else { self.at.saturating_add(BLOCK_BYTES) };
    }

    /// Reads what a header is followed by; nothing if it describes the next member, or a file without bytes.
    fn member(&mut self, header: &Header) -> io::Result<Option<Entry>> {
        let at = self.at;
        let start = at.saturating_add(BLOCK_BYTES);
        let mut size = header.size;
        let describes = matches!(header.kind, b'x' | b'X' | b'g' | b'L' | b'K');
        if !describes {
            size = self.next.size.or(size);
        }
        let cut = |what: String| Entry::damaged(at..self.source.length(), what);
        let (Some(size), Some(end)) = (size, size.and_then(|size| start.checked_add(size))) else {
            self.at = start;
            return Ok(Some(cut(format!("tar archive, offset {at:#x}: its size is no number"))));
        };
        if describes {
            self.at = end.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(u64::MAX);
            let Some(record) = bytes(self.source, &(start..end), RECORD_BYTES_MAX)? else {
                let why = "the description of a member is cut off or too long";
                return Ok(Some(cut(format!("tar archive, offset {at:#x}: {why}"))));
            };
            match header.kind {
                b'L' => self.next.name = Some(super::fields::text(&record).to_vec()),
                b'x' | b'X' => self.next.read(&record),
                // Targets of links, and what holds for all members: nothing that says where bytes lie.
                _ => {}
            }
            return Ok(None);
        }
        let extended = std::mem::take(&mut self.next);
        let size = if self.has_data(header, start)? { size } else { 0 };
        self.file(header, extended, start, size)
    }

    /// Whether the bytes of a member follow: not those of links, devices and folders, of which sizes tell nothing.
    /// A hard link may have a copy (POSIX.1-2001, pax), unless the next header follows at once.
    fn has_data(&self, header: &Header, start: u64) -> io::Result<bool> {
        Ok(match header.kind {
            b'2'..=b'6' => false,
            b'1' => block::<512>(self.source, start)?
                .is_some_and(|next| Header::parse(&next).is_none() && next.iter().any(|byte| *byte != 0)),
            _ => true,
        })
    }

    fn file(
        &mut self,
        header: &Header,
        extended: Extended,
        start: u64,
        size: u64,
    ) -> io::Result<Option<Entry>> {
        let at = self.at;
        let label = name(extended.name.as_deref().unwrap_or(&header.name));
        let damaged = |range, why: &str| Ok(Some(Entry::damaged(range, format!("member {label} {why}"))));
        let (start, map) = if header.kind == b'S' {
            let Some((behind, map)) = sparse::gnu(self.source, header, start)? else {
                self.at = start;
                return damaged(at..self.source.length(), "has a damaged map of its holes");
            };
            (behind, Some(map))
        } else {
            (start, extended.sparse.clone())
        };
        let end = start.saturating_add(size);
        self.at = end.checked_next_multiple_of(BLOCK_BYTES).unwrap_or(u64::MAX);
        let there = end.min(self.source.length());
        let mut range = start..there;
        let content = match map {
            _ if extended.map_is_ahead => match sparse::ahead(self.source, &range, extended.real_size)? {
                Some((content, behind)) => {
                    range.start = behind;
                    content
                }
                None => return damaged(range, "has a damaged map of its holes"),
            },
            Some(map) => match sparse::content(&map, header.real_size.or(extended.real_size), &range) {
                Some(content) => content,
                None => return damaged(range, "has a damaged map of its holes"),
            },
            None if size == 0 => return Ok(None),
            None => Content::one(&range),
        };
        if there < end {
            let (present, promised) = (there.saturating_sub(start), size);
            let why = format!("is cut off: {} of {} bytes are there", grouped(present), grouped(promised));
            // What is there is a member all the same; the fault comes behind it.
            self.done = true;
            self.cut = damaged(start.min(there)..there, &why)?;
            if range.start >= range.end {
                return Ok(self.cut.take());
            }
        }
        Ok(Some(Entry::Member(Member { name: label, content, range })))
    }
}

impl Iterator for Tar<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return self.cut.take().map(Ok);
        }
        let step = self.step();
        self.done |= step.is_err();
        step.transpose()
    }
}

/// A run of a sparse file that has bytes: where in it, and how many.
type Run = (u64, u64);

/// Lays runs behind each other in the archive from `start` on.
fn lay(runs: &[Run], mut start: u64) -> Option<Vec<Stored>> {
    let mut end = 0;
    let mut parts = Vec::new();
    for (offset, length) in runs.iter().filter(|(_, length)| *length > 0) {
        if *offset < end {
            return None;
        }
        parts.push(Stored { start: *offset, file_offset: start, length: *length });
        end = offset.checked_add(*length)?;
        start = start.checked_add(*length)?;
    }
    Some(parts)
}

/// A length for messages and limits.
fn count(parts: &[Run]) -> u64 {
    to_u64(parts.len())
}
