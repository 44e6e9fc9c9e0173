//! Spaces out of claimed runs of the file.

use crate::image::{Access, Origin, Piece, Space};
use std::ops::Range;

/// Rights of bytes of which nothing says that the process could not write them.
pub(crate) const UNKNOWN: Access = Access { read: true, write: true, execute: false };
/// Rights of bytes that the writer of the dump made.
pub(crate) const MADE: Access = Access { read: true, write: false, execute: false };

/// A part of memory that its claimant owns.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Address of the first byte.
    pub(crate) address: u64,
    /// Bytes of the file.
    pub(crate) file: Range<u64>,
    /// Rights of the memory.
    pub(crate) access: Access,
}

/// The memory spaces, sorted by address: runs that are adjacent in the address space become one.
pub(crate) fn joined(mut runs: Vec<Run>) -> Vec<Space> {
    runs.sort_by_key(|run| (run.address, run.file.start));
    let mut spaces: Vec<Space> = Vec::new();
    for run in runs {
        let bytes = length(&run.file);
        let piece = |start| Piece { start, file_offset: run.file.start, length: bytes, access: run.access };
        match spaces.last_mut() {
            Some(last)
                if last.address.and_then(|base| base.checked_add(last.length)) == Some(run.address) =>
            {
                last.pieces.push(piece(last.length));
                last.length = last.length.saturating_add(bytes);
            }
            _ => spaces.push(Space {
                origin: Origin::Memory,
                address: Some(run.address),
                pieces: vec![piece(0)],
                length: bytes,
            }),
        }
    }
    spaces
}

/// A space of one piece without an address.
pub(crate) fn single(origin: Origin, file: Range<u64>, access: Access) -> Space {
    let bytes = length(&file);
    let piece = Piece { start: 0, file_offset: file.start, length: bytes, access };
    Space { origin, address: None, pieces: vec![piece], length: bytes }
}

/// Bytes of a range; none if it is turned around.
pub(crate) fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// Ranges sorted, without the empty ones; those that overlap or touch become one.
pub(crate) fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
