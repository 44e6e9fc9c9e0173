//! Header and directory.

use super::{FORMAT, SIGNATURE};
use crate::cursor::{array_at, to_u64, to_usize, u32_at};
use crate::error::Error;
use crate::limits::MINIDUMP_STREAMS_MAX;
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes of `MINIDUMP_HEADER`.
const HEADER_BYTES: u64 = 32;
/// Bytes of `MINIDUMP_DIRECTORY`.
const ENTRY_BYTES: u64 = 12;
/// Low half of `Version`: `MINIDUMP_VERSION`.
const VERSION: u32 = 0xa793;

/// Where a stream lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    /// `StreamType`.
    pub(super) kind: u32,
    /// Bytes of the file that the directory promises for it.
    pub(super) file: Range<u64>,
}

/// Header and directory of a file.
#[derive(Debug)]
pub(super) struct Directory {
    /// `MINIDUMP_HEADER`.
    pub(super) header: Range<u64>,
    /// The directory.
    pub(super) table: Range<u64>,
    /// Its entries, in its order.
    pub(super) streams: Vec<Stream>,
}

impl Directory {
    /// Reads both.
    ///
    /// # Errors
    /// If the file begins with no such header, promises more streams than any writer makes, or ends before the end of its
    /// directory; or if the medium fails.
    pub(super) fn read(source: &dyn ReadAt) -> Result<Self, Error> {
        let header = read(source, "header", 0, HEADER_BYTES)?;
        if array_at::<4>(&header, 0) != Some(SIGNATURE) {
            let value = u64::from(u32_at(&header, 0).unwrap_or(0));
            return Err(unsupported("Signature", 0, value, "a minidump starts with MDMP"));
        }
        let field = |at: usize| u32_at(&header, at).unwrap_or(0);
        if field(4) & 0xffff != VERSION {
            return Err(unsupported(
                "Version",
                4,
                u64::from(field(4)),
                "the low half of every minidump's is 0xa793",
            ));
        }
        let count = u64::from(field(8));
        if count > MINIDUMP_STREAMS_MAX {
            return Err(unsupported("NumberOfStreams", 8, count, "at most 0x1000 are read"));
        }
        let start = u64::from(field(12));
        let table = start..start.saturating_add(count.saturating_mul(ENTRY_BYTES));
        let entries = read(source, "directory", table.start, count.saturating_mul(ENTRY_BYTES))?;
        let stream = |entry: &[u8]| {
            let start = u64::from(u32_at(entry, 8)?);
            let length = u64::from(u32_at(entry, 4)?);
            Some(Stream { kind: u32_at(entry, 0)?, file: start..start.saturating_add(length) })
        };
        let streams = entries.chunks_exact(to_usize(ENTRY_BYTES)).filter_map(stream).collect();
        Ok(Self { header: 0..HEADER_BYTES, table, streams })
    }

    /// The first stream of a type that is not empty.
    pub(super) fn find(&self, kind: u32) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.kind == kind && !stream.file.is_empty())
    }
}

/// Reads a part of the file without which nothing is understood.
fn read(source: &dyn ReadAt, structure: &'static str, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    let end = offset.saturating_add(length);
    if end > source.length() {
        return Err(Error::Truncated { format: FORMAT, structure, offset, length: source.length() });
    }
    let mut bytes = vec![0; to_usize(length)];
    debug_assert_eq!(to_u64(bytes.len()), length);
    source.read_exact_at(offset, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure,
        offset,
        source: fault,
    })?;
    Ok(bytes)
}

fn unsupported(field: &'static str, offset: u64, value: u64, expected: &'static str) -> Error {
    Error::Unsupported { format: FORMAT, structure: "header", offset, field, value, expected }
}
