//! Memory of the process: segments full of content made from a seed, with patches on top.

use crate::content::{Content, PAGE};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

/// `PF_R`.
pub(crate) const READ: u32 = 4;
/// `PF_W`.
pub(crate) const WRITE: u32 = 2;
/// `PF_X`.
pub(crate) const EXECUTE: u32 = 1;

/// A mapping, of which the first bytes are in the file.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) file_bytes: u64,
    pub(crate) flags: u32,
    content: Content,
    seed: u64,
    /// By offset; they do not overlap.
    patches: BTreeMap<u64, Vec<u8>>,
}

impl Segment {
    /// All of it is in the file.
    pub(crate) fn new(address: u64, bytes: u64, flags: u32, content: Content, seed: u64) -> Self {
        let patches = BTreeMap::new();
        Self {
            address,
            memory_bytes: bytes,
            file_bytes: bytes,
            flags,
            content,
            seed: seed ^ address,
            patches,
        }
    }

    /// Only the first bytes are in the file.
    pub(crate) fn dumped(mut self, file_bytes: u64) -> Self {
        self.file_bytes = file_bytes;
        self
    }

    fn end(&self) -> u64 {
        self.address + self.memory_bytes
    }

    /// Writes the bytes that are in the file, a few pages at a time.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        const PAGES: u64 = 64;
        let mut patches = self.patches.iter().peekable();
        let mut buffer = vec![0; size(PAGES * PAGE)];
        let mut at = 0;
        while at < self.file_bytes {
            let length = (self.file_bytes - at).min(PAGES * PAGE);
            let buffer = &mut buffer[..size(length)];
            for (number, page) in (at / PAGE..).zip(buffer.chunks_mut(size(PAGE))) {
                self.content.page(self.seed, number, page);
            }
            let window = at..at + length;
            while let Some((start, bytes)) = patches.peek().filter(|patch| *patch.0 < window.end) {
                overlay(buffer, &window, **start, bytes);
                if **start + bytes.len() as u64 > window.end {
                    break;
                }
                patches.next();
            }
            out.write_all(buffer)?;
            at = window.end;
        }
        Ok(())
    }
}

/// Copies the part of a patch that lies in the window.
fn overlay(buffer: &mut [u8], window: &Range<u64>, start: u64, bytes: &[u8]) {
    let skip = size(window.start.saturating_sub(start));
    let to = size(start.saturating_sub(window.start));
    let count = (bytes.len() - skip.min(bytes.len())).min(buffer.len() - to);
    buffer[to..to + count].copy_from_slice(&bytes[skip..skip + count]);
}

/// All segments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    segments: Vec<Segment>,
}

impl Memory {
    /// Adds a segment.
    pub(crate) fn add(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// Sorted by address.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Sorts by address; to be called once before anything is put.
    pub(crate) fn sort(&mut self) {
        self.segments.sort_by_key(|segment| segment.address);
    }

    /// Writes into memory, over borders of neighbouring segments too.
    pub(crate) fn put(&mut self, address: u64, bytes: &[u8]) {
        for (index, part, skip) in self.parts(address, bytes.len() as u64) {
            let bytes = bytes[size(skip)..size(skip + part.end - part.start)].to_vec();
            self.segments[index].patches.insert(part.start, bytes);
        }
    }

    /// Writes words into memory.
    pub(crate) fn words(&mut self, address: u64, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(address, &bytes);
    }

    /// Index of the segment, range in it, and distance from `address`, of each part of a run.
    pub(crate) fn parts(&self, address: u64, length: u64) -> Vec<(usize, Range<u64>, u64)> {
        let end = address + length;
        let first = self.segments.partition_point(|segment| segment.end() <= address);
        let overlap = |(index, segment): (usize, &Segment)| {
            let start = segment.address.max(address);
            (index, start - segment.address..segment.end().min(end) - segment.address, start - address)
        };
        let touched = self.segments.iter().enumerate().skip(first);
        touched.take_while(|(_, segment)| segment.address < end).map(overlap).collect()
    }
}

/// A size in memory, on the 64-bit processors that this crate runs on.
pub(crate) fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
