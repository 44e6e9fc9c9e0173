//! cpio archives in the new ASCII formats: cpio(5) of FreeBSD, and
//! `Documentation/driver-api/early-userspace/buffer-format.rst` of Linux, which puts several behind each other.

use super::fields::{block, bytes, name, number, text};
use super::limits::RECORD_BYTES_MAX;
use super::member::{Content, Entry, Member};
use crate::container::Compression;
use crate::read::ReadAt;
use std::io;

/// `c_magic` without and with checksums.
const MAGICS: [&[u8]; 2] = [b"070701", b"070702"];

/// Length of a header.
const HEADER_BYTES: u64 = 110;

/// The last member's name.
const TRAILER: &str = "TRAILER!!!";

/// `S_IFMT` and `S_IFREG`.
const KIND_MASK: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;

/// Bytes by which a compressed stream is known ([`DETECT_BYTES`](crate::container::limits::DETECT_BYTES)).
const HEAD_BYTES: u64 = 64;

/// Looks for the next archive behind the end of one, by so many bytes at once.
const STEP: u64 = 4;

pub(super) fn is_cpio(head: &[u8]) -> bool {
    MAGICS.iter().any(|magic| head.starts_with(magic))
}

/// A walk through a cpio archive.
pub(super) struct Cpio<'a> {
    source: &'a dyn ReadAt,
    at: Option<u64>,
}

impl<'a> Cpio<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, at: Some(0) }
    }

    /// What follows the padding after an archive: the next header, or a compressed stream, which is the member
    /// that the kernel takes it for. Anything else is no part of the archive.
    fn behind(&mut self, mut at: u64) -> io::Result<Option<Entry>> {
        // The kernel's own files are padded to a page; more than a megabyte is no padding.
        let end = at.saturating_add(RECORD_BYTES_MAX);
        let zeros = Some([0; 4]);
        while at < end && block::<4>(self.source, at)? == zeros {
            at = at.saturating_add(STEP);
        }
        let range = at..self.source.length();
        let head = bytes(self.source, &(at..at.saturating_add(HEAD_BYTES).min(range.end)), HEAD_BYTES)?;
        let head = head.unwrap_or_default();
        if is_cpio(&head) {
            self.at = Some(at);
        } else if Compression::detect(&head).is_some() {
            let name = "(packed, behind the archive)".to_owned();
            return Ok(Some(Entry::Member(Member { name, content: Content::one(&range), range })));
        }
        Ok(None)
    }

    fn step(&mut self, at: u64) -> io::Result<Option<Entry>> {
        let length = self.source.length();
        let damaged = |why: &str| Entry::damaged(at..length, format!("cpio archive, offset {at:#x}: {why}"));
        let Some(header) = block::<110>(self.source, at)? else {
            return Ok((at < length).then(|| damaged("it ends in a header")));
        };
        let field = |index: usize| {
            let start = index.checked_mul(8)?.checked_add(6)?;
            number(header.get(start..start.checked_add(8)?)?, 16)
        };
        let (true, Some(mode), Some(size), Some(named)) = (is_cpio(&header), field(1), field(6), field(11))
        else {
            return Ok(Some(damaged("there is no header")));
        };
        // Lengths have 32 bits: no sum of two of them and an offset in the file overflows.
        let name_start = at.saturating_add(HEADER_BYTES);
        let name_end = name_start.saturating_add(named);
        let Some(long) = bytes(self.source, &(name_start..name_end), RECORD_BYTES_MAX)? else {
            return Ok(Some(damaged("it ends in a name, or the name is too long")));
        };
        let name = name(text(&long));
        let start = name_end.next_multiple_of(4);
        let end = start.saturating_add(size);
        if name == TRAILER {
            return self.behind(end.next_multiple_of(4));
        }
        if end > length {
            return Ok(Some(damaged(&format!("it ends in member {name}"))));
        }
        self.at = end.checked_next_multiple_of(4);
        // Links and devices have their targets where files have their bytes: those belong to no file.
        let range = if mode & KIND_MASK == REGULAR { start..end } else { start..start };
        Ok(Some(Entry::Member(Member { name, content: Content::one(&range), range })))
    }
}

impl Iterator for Cpio<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(at) = self.at.take() {
            let step = self.step(at).transpose();
            if step.is_some() {
                return step;
            }
        }
        None
    }
}
