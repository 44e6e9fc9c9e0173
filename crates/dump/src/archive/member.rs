//! What a walk through an archive gives.

use crate::container::Compression;
use crate::cursor::to_u64;
use crate::read::ReadAt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// One step of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file with its bytes.
    Member(Member),
    /// Bytes that hide what they hold, or a place where the archive contradicts itself. The walk goes on if it can.
    Fault(Fault),
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the archive, as far as it is UTF-8. Whoever made the archive chose it.
    pub name: String,
    /// Its bytes.
    pub content: Content,
    /// The bytes of the archive that hold it: these and no others are taken for read when it is.
    pub range: Range<u64>,
}

/// How a member's bytes lie in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// As they are.
    Stored {
        /// Length of the member in bytes.
        length: u64,
        /// Where they lie: sorted by `start`, disjoint; what lies between them is zero.
        parts: Vec<Stored>,
    },
    /// Compressed.
    Packed {
        /// How.
        packing: Packing,
        /// Length that the archive claims, in bytes.
        length: u64,
        /// Checksum that the archive claims (CRC-32 of ISO 3309).
        crc32: u32,
    },
    /// Put together already: they lie nowhere in the archive.
    Held(Held),
}

/// The bytes of a short member.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    bytes: Arc<Vec<u8>>,
}

impl Held {
    pub(super) fn new(bytes: Arc<Vec<u8>>) -> Self {
        Self { bytes }
    }

    /// How many.
    #[must_use]
    pub fn length(&self) -> u64 {
        to_u64(self.bytes.len())
    }

    /// The bytes themselves.
    #[must_use]
    pub fn bytes(self) -> Arc<Vec<u8>> {
        self.bytes
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({} bytes)", self.bytes.len())
    }
}

/// A run of a stored member's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it starts in the member.
    pub start: u64,
    /// Where its bytes lie in the archive.
    pub file_offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// How a member is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Deflate without a header (RFC 1951).
    Deflate,
    /// zlib (RFC 1950).
    Zlib,
    /// A stream of its own.
    Stream(Compression),
}

/// Why bytes of an archive were not read as members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes of the archive, as far as they are there.
    pub range: Range<u64>,
    /// Why, as a sentence's beginning: "member x is encrypted".
    pub why: String,
    /// True if the bytes hide what they hold, so that searching them as they are finds nothing.
    pub is_hidden: bool,
}

impl Entry {
    /// Bytes that say nothing as they lie.
    pub(super) fn hidden(range: Range<u64>, why: String) -> Self {
        Self::Fault(Fault { range, why, is_hidden: true })
    }

    /// Bytes that are no member, for the archive is damaged.
    pub(super) fn damaged(range: Range<u64>, why: String) -> Self {
        Self::Fault(Fault { range, why, is_hidden: false })
    }
}

impl Content {
    /// One run of bytes as they are.
    pub(super) fn one(range: &Range<u64>) -> Self {
        let length = range.end.saturating_sub(range.start);
        let parts =
            if length == 0 { vec![] } else { vec![Stored { start: 0, file_offset: range.start, length }] };
        Self::Stored { length, parts }
    }
}

/// A stored member as a file of its own, read where it lies.
pub struct StoredFile {
    archive: Arc<dyn ReadAt>,
    length: u64,
    parts: Vec<Stored>,
}

impl StoredFile {
    /// Shows the bytes of `archive` that `parts` list, as [`Content::Stored`] gives them.
    #[must_use]
    pub fn new(archive: Arc<dyn ReadAt>, length: u64, parts: Vec<Stored>) -> Self {
        Self { archive, length, parts }
    }

    /// The parts that overlap `range`, cut to it.
    fn parts(&self, range: Range<u64>) -> impl Iterator<Item = Stored> {
        let first = self.parts.partition_point(|part| part.start.saturating_add(part.length) <= range.start);
        let rest = self.parts.get(first..).unwrap_or_default();
        rest.iter().take_while(move |part| part.start < range.end).map(move |part| {
            let start = part.start.max(range.start);
            let end = part.start.saturating_add(part.length).min(range.end);
            Stored {
                start,
                file_offset: part.file_offset.saturating_add(start.saturating_sub(part.start)),
                length: end.saturating_sub(start),
            }
        })
    }
}

impl std::fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredFile({} bytes)", self.length)
    }
}

impl ReadAt for StoredFile {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = u64::try_from(buffer.len()).map_err(|_| eof())?;
        let end = offset.checked_add(length).filter(|end| *end <= self.length).ok_or_else(eof)?;
        let (mut at, mut rest) = (offset, buffer);
        for part in self.parts(offset..end) {
            let gap = usize::try_from(part.start.saturating_sub(at)).map_err(|_| eof())?;
            let (zeros, behind) = rest.split_at_mut_checked(gap).ok_or_else(eof)?;
            zeros.fill(0);
            let count = usize::try_from(part.length).map_err(|_| eof())?;
            let (own, behind) = behind.split_at_mut_checked(count).ok_or_else(eof)?;
            self.archive.read_exact_at(part.file_offset, own)?;
            (at, rest) = (part.start.saturating_add(part.length), behind);
        }
        rest.fill(0);
        Ok(())
    }

    fn is_zero(&self, range: &Range<u64>) -> bool {
        let zero = |part: Stored| {
            self.archive.is_zero(&(part.file_offset..part.file_offset.saturating_add(part.length)))
        };
        range.end <= self.length && self.parts(range.clone()).all(zero)
    }
}
