//! What objects, frames and segments hold.

use super::FORMAT;
use super::record::Params;
use crate::cursor::to_usize;
use crate::error::Error;
use crate::image::AddressMap;
use crate::limits::{GO_ADDRESSES_MAX, GO_PARTS_MAX, GO_SHAPES_MAX};
use crate::stream::Stream;
use crate::weave::{Content, HEADER_BYTES, Run, Shape, Weave, Weaver};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bits of the addresses of programs: 47 on x86-64, 48 on AArch64 (`heapAddrBits` of `runtime/malloc.go`).
const ADDRESS_BITS: u32 = 48;

/// Memory that a record holds.
#[derive(Debug)]
pub(super) struct Memory {
    /// Where it was.
    pub(super) address: u64,
    /// Where it is in the file.
    pub(super) file: Range<u64>,
    pub(super) content: Content,
    /// What the field list names.
    pub(super) pointers: Vec<Range<u64>>,
}

/// What distinguishes one kind of memory from another: what it is, its length, and from where to where it has pointers.
type Key = (Content, u64, Vec<(u64, u64)>);

/// What is learned from the records.
pub(super) struct Heap<'a> {
    /// Reads what was passed over.
    reader: Stream<'a>,
    weaver: Weaver,
    kinds: BTreeMap<Key, usize>,
    shapes: Vec<Shape>,
    parts: usize,
    /// Address, file offset, length.
    runs: Vec<(u64, u64, u64)>,
    /// Objects, frames and segments whose addresses are not remembered because there are too many.
    pub(super) unplaced: u64,
    /// Objects.
    pub(super) objects: u64,
    /// Stack frames.
    pub(super) frames: u64,
}

impl<'a> Heap<'a> {
    pub(super) fn new(reader: Stream<'a>) -> Self {
        Self {
            reader,
            weaver: Weaver::default(),
            kinds: BTreeMap::new(),
            shapes: Vec::new(),
            parts: 0,
            runs: Vec::new(),
            unplaced: 0,
            objects: 0,
            frames: 0,
        }
    }

    /// Everything up to a place of the file is structure.
    pub(super) fn skip_to(&mut self, file: u64) {
        self.weaver.skip_to(file);
    }

    /// Everything up to a place of the file is shown by another space.
    pub(super) fn foreign_to(&mut self, file: u64) {
        self.weaver.foreign_to(file);
    }

    /// Where in the file the next part begins.
    pub(super) fn at(&self) -> u64 {
        self.weaver.at()
    }

    /// The characters of a short text.
    pub(super) fn text(&mut self, file: &Range<u64>) -> Result<&[u8], Error> {
        self.reader.seek(file.start);
        let text = self.reader.peek(to_usize(file.end.saturating_sub(file.start)))?;
        Ok(text.unwrap_or_default())
    }

    /// Enters the name of a type, a function or a file.
    pub(super) fn name(&mut self, file: &Range<u64>) -> Result<(), Error> {
        self.enter(file, (Content::Name, file.end.saturating_sub(file.start), Vec::new()))
    }

    /// Enters memory.
    pub(super) fn memory(&mut self, params: &Params, memory: Memory) -> Result<(), Error> {
        let Memory { address, file, content, pointers } = memory;
        match content {
            Content::Object => self.objects = self.objects.saturating_add(1),
            Content::Frame => self.frames = self.frames.saturating_add(1),
            _ => {}
        }
        let length = file.end.saturating_sub(file.start);
        if self.runs.len() >= GO_ADDRESSES_MAX {
            self.unplaced = self.unplaced.saturating_add(1);
        } else if length > 0 {
            self.runs.push((address, file.start, length));
        }
        let kept = self.addresses(params, &file, content, pointers)?;
        self.enter(&file, (content, length, kept))
    }

    /// The words among those named that can be addresses, sorted. Of the frames of functions in assembly language every word
    /// is named, and what a cipher put there is none.
    fn addresses(
        &mut self,
        params: &Params,
        file: &Range<u64>,
        content: Content,
        mut named: Vec<Range<u64>>,
    ) -> Result<Vec<(u64, u64)>, Error> {
        named.sort_unstable_by_key(|range| (range.start, range.end));
        let mut kept: Vec<(u64, u64)> = Vec::new();
        let word = params.pointer_bytes;
        for range in named {
            let mut at = range.start;
            while at < range.end {
                let end = at.saturating_add(word).min(range.end);
                if self.is_address(params, content, file.start.saturating_add(at), end.saturating_sub(at))? {
                    match kept.last_mut() {
                        Some((_, last)) if at <= *last => *last = (*last).max(end),
                        _ => kept.push((at, end)),
                    }
                    self.limit(kept.len())?;
                }
                at = end;
            }
        }
        Ok(kept)
    }

    fn is_address(
        &mut self,
        params: &Params,
        content: Content,
        offset: u64,
        bytes: u64,
    ) -> Result<bool, Error> {
        self.reader.seek(offset);
        let bytes = self.reader.peek(to_usize(bytes))?.unwrap_or_default();
        let value = bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Ok(match params.pointer_bytes {
            8 => value >> ADDRESS_BITS == 0,
            // Any word of 32 bits can be one: believed where the collector believes it.
            _ => value == 0 || content != Content::Frame || params.arenas.contains(&value),
        })
    }

    /// Refuses what has too many parts.
    pub(super) fn limit(&self, parts: usize) -> Result<(), Error> {
        let all = self.parts.saturating_add(parts);
        if all <= GO_PARTS_MAX && self.shapes.len() <= GO_SHAPES_MAX {
            return Ok(());
        }
        Err(Error::Impossible {
            format: FORMAT,
            structure: "the objects".to_owned(),
            offset: self.weaver.at(),
            problem: format!(
                "more than {GO_SHAPES_MAX} kinds, or {GO_PARTS_MAX} runs between their pointers, are not told apart"
            ),
        })
    }

    fn enter(&mut self, file: &Range<u64>, key: Key) -> Result<(), Error> {
        if file.is_empty() {
            return Ok(());
        }
        self.weaver.skip_to(file.start);
        let length = key.1;
        let number = match self.kinds.get(&key) {
            Some(number) => *number,
            None => {
                let shape = shape(&key);
                self.parts = self.parts.saturating_add(shape.runs.len()).saturating_add(key.2.len());
                self.limit(0)?;
                let number = self.shapes.len();
                self.shapes.push(shape);
                self.kinds.insert(key, number);
                number
            }
        };
        self.weaver.record(number, length);
        Ok(())
    }

    /// The finished description, and where its parts were in memory.
    pub(super) fn finish(self) -> (Weave, AddressMap) {
        (self.weaver.finish(self.shapes, Vec::new()), AddressMap::of(self.runs.into_iter()))
    }
}

/// Memory of which all is shown but what must stay, each byte as far from the others as it was.
fn shape((content, length, kept): &Key) -> Shape {
    let mut runs = Vec::new();
    let mut at = 0;
    for (start, end) in kept.iter().copied().chain(std::iter::once((*length, *length))) {
        let bytes = start.saturating_sub(at);
        if bytes > 0 {
            runs.push(Run { file: at, view: HEADER_BYTES.saturating_add(at), length: bytes, width: 1 });
        }
        at = end;
    }
    let view = HEADER_BYTES.saturating_add(*length).checked_next_multiple_of(8).unwrap_or(u64::MAX);
    let view_bytes = if runs.is_empty() { 0 } else { view };
    Shape { file_bytes: *length, view_bytes, runs, content: *content }
}
