//! The records of which the file is made.

use super::heap::{Heap, Memory};
use super::tag::{self, Part};
use super::{FORMAT, SIGNATURE};
use crate::annotation::Annotations;
use crate::cursor::to_u64;
use crate::error::Error;
use crate::image::Machine;
use crate::stream::Stream;
use crate::weave::Content;
use std::ops::Range;

/// Numbers of a record that are looked at: address, depth and child of a frame; byte order, bytes of a pointer and arenas;
/// then entry, program counter and where a frame goes on.
const NUMBERS_KEPT: usize = 6;

/// Longest name of an architecture that is known, with room to spare: `amd64p32`, `mips64le`.
const ARCHITECTURE_BYTES_MAX: u64 = 16;

/// What one record holds.
#[derive(Debug, Default)]
struct Record {
    numbers: Vec<u64>,
    texts: Vec<Range<u64>>,
    memory: Option<Range<u64>>,
    /// Places of pointers in the memory, as written.
    pointers: Vec<Range<u64>>,
}

/// What the record `params` says.
#[derive(Clone, Debug)]
pub(super) struct Params {
    pub(super) machine: Machine,
    pub(super) pointer_bytes: u64,
    /// Addresses of the heap.
    pub(super) arenas: Range<u64>,
}

/// Walks through a file.
pub(super) struct Walker<'a> {
    stream: Stream<'a>,
    pub(super) heap: Heap<'a>,
    pub(super) params: Option<Params>,
    /// Where segments of variables and code of functions on a stack lie.
    pub(super) program: Vec<Range<u64>>,
    pub(super) annotations: Annotations,
    /// What is shown as it stands: what a cut-off file ends in, or what follows the end.
    pub(super) rest: Option<Range<u64>>,
}

impl<'a> Walker<'a> {
    /// Stands at the first record.
    pub(super) fn new(mut stream: Stream<'a>, heap: Heap<'a>) -> Self {
        stream.seek(to_u64(SIGNATURE.len()));
        let annotations = Annotations::new(FORMAT);
        Self { stream, heap, params: None, program: Vec::new(), annotations, rest: None }
    }

    /// Goes through all records up to the end.
    pub(super) fn walk(&mut self) -> Result<(), Error> {
        let length = self.stream.length();
        loop {
            let start = self.stream.at();
            let Some(kind) = self.stream.varint()? else {
                self.cut("end", start);
                return Ok(());
            };
            let Some((name, parts)) = tag::parts(kind) else {
                return Err(Error::Unsupported {
                    format: FORMAT,
                    structure: "record",
                    offset: start,
                    field: "kind",
                    value: kind,
                    expected: "and kinds go up to 17",
                });
            };
            if kind == tag::EOF {
                let end = self.stream.at();
                self.heap.skip_to(end);
                self.leave(end, length);
                return Ok(());
            }
            match self.read(name, parts, start)? {
                Some(record) => self.take(kind, name, start, record)?,
                None => {
                    self.cut(name, start);
                    return Ok(());
                }
            }
        }
    }

    /// The file ends in a record that begins at `start`: what there is of it is shown as it stands.
    fn cut(&mut self, name: &str, start: u64) {
        let length = self.stream.length();
        self.annotations.promise(name, &(start..length.saturating_add(1)), length);
        self.heap.skip_to(start);
        // Some of its names may have been entered.
        self.leave(self.heap.at().max(start), length);
    }

    fn leave(&mut self, start: u64, end: u64) {
        if start < end {
            self.heap.foreign_to(end);
            self.rest = Some(start..end);
        }
    }

    /// Reads a record; none if the file ends in it.
    fn read(&mut self, name: &'static str, parts: &[Part], start: u64) -> Result<Option<Record>, Error> {
        let mut record = Record::default();
        let mut last = 0;
        for part in parts {
            let whole = match part {
                Part::Numbers(count) => self.numbers(*count, &mut record.numbers, &mut last)?,
                Part::Text => self.bytes()?.map(|text| record.texts.push(text)),
                Part::Memory => self.bytes()?.map(|memory| record.memory = Some(memory)),
                Part::Fields => self.fields(&mut record, name, start)?,
                Part::Sites => self.sites(last)?,
            };
            if whole.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(record))
    }

    fn numbers(&mut self, count: u16, kept: &mut Vec<u64>, last: &mut u64) -> Result<Option<()>, Error> {
        for _ in 0..count {
            let Some(number) = self.stream.varint()? else { return Ok(None) };
            *last = number;
            if kept.len() < NUMBERS_KEPT {
                kept.push(number);
            }
        }
        Ok(Some(()))
    }

    /// A length and as many bytes, which are passed over.
    fn bytes(&mut self) -> Result<Option<Range<u64>>, Error> {
        let Some(length) = self.stream.varint()? else { return Ok(None) };
        let start = self.stream.at();
        if length > self.stream.left() {
            return Ok(None);
        }
        let end = start.saturating_add(length);
        self.stream.seek(end);
        Ok(Some(start..end))
    }

    /// Names of functions and files are entered at once: there may be as many as the file has room for.
    fn sites(&mut self, count: u64) -> Result<Option<()>, Error> {
        for _ in 0..count {
            for _ in 0..2 {
                let Some(text) = self.bytes()? else { return Ok(None) };
                self.heap.name(&text)?;
            }
            if self.stream.varint()?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    fn fields(&mut self, record: &mut Record, name: &str, start: u64) -> Result<Option<()>, Error> {
        let word = self.params.as_ref().map_or(8, |params| params.pointer_bytes);
        let length = record.memory.as_ref().map_or(0, |memory| memory.end.saturating_sub(memory.start));
        loop {
            let Some(kind) = self.stream.varint()? else { return Ok(None) };
            let words = match kind {
                tag::FIELD_END => return Ok(Some(())),
                tag::FIELD_POINTER => 1,
                kind if tag::FIELD_INTERFACES.contains(&kind) => 2,
                other => {
                    return Err(Error::Impossible {
                        format: FORMAT,
                        structure: name.to_owned(),
                        offset: start,
                        problem: format!("a field is of kind {other:#x}, and kinds go up to 3"),
                    });
                }
            };
            let Some(offset) = self.stream.varint()? else { return Ok(None) };
            let end = offset.saturating_add(word.saturating_mul(words)).min(length);
            // Where nothing is known of a frame, all words up to that of its caller are named.
            if offset < end {
                match record.pointers.last_mut() {
                    Some(last) if last.end == offset => last.end = end,
                    _ => record.pointers.push(offset..end),
                }
                self.heap.limit(record.pointers.len())?;
            }
        }
    }

    /// Enters what a record holds.
    fn take(&mut self, kind: u64, name: &'static str, start: u64, record: Record) -> Result<(), Error> {
        let Record { numbers, texts, memory, pointers } = record;
        let number = |index: usize| numbers.get(index).copied().unwrap_or(0);
        if kind == tag::PARAMS {
            self.params = Some(self.params(start, [0, 1, 2, 3].map(number), texts.first())?);
        }
        if let Some(file) = memory {
            let Some(params) = &self.params else {
                return Err(Error::Impossible {
                    format: FORMAT,
                    structure: name.to_owned(),
                    offset: start,
                    problem: "it stands before the record that says how long pointers are".to_owned(),
                });
            };
            let address = number(0);
            let content = match kind {
                tag::OBJECT => Content::Object,
                tag::STACK_FRAME => Content::Frame,
                _ => Content::Segment(name),
            };
            let end = address.saturating_add(file.end.saturating_sub(file.start));
            match kind {
                tag::STACK_FRAME => self.program.push(number(3)..number(3).saturating_add(1)),
                tag::DATA | tag::BSS => self.program.push(address..end),
                _ => {}
            }
            self.heap.memory(params, Memory { address, file, content, pointers })?;
        }
        texts.iter().try_for_each(|text| self.heap.name(text))
    }

    fn params(
        &mut self,
        start: u64,
        [is_big, pointer_bytes, first, end]: [u64; 4],
        architecture: Option<&Range<u64>>,
    ) -> Result<Params, Error> {
        let unsupported = |field, value, expected| Error::Unsupported {
            format: FORMAT,
            structure: "params",
            offset: start,
            field,
            value,
            expected,
        };
        if self.params.is_some() {
            return Err(unsupported("kind", tag::PARAMS, "of which there is one"));
        }
        if is_big != 0 {
            return Err(unsupported("byte order", is_big, "and only little-endian machines are understood"));
        }
        if !matches!(pointer_bytes, 4 | 8) {
            return Err(unsupported("bytes of a pointer", pointer_bytes, "which is neither 4 nor 8"));
        }
        let name = architecture.filter(|name| name.end.saturating_sub(name.start) <= ARCHITECTURE_BYTES_MAX);
        let machine = match name {
            Some(name) => machine(self.heap.text(name)?),
            None => Machine::Unknown,
        };
        Ok(Params { machine, pointer_bytes, arenas: first..end.max(first) })
    }
}

/// Values of `GOARCH`.
fn machine(name: &[u8]) -> Machine {
    match name {
        b"amd64" => Machine::X86_64,
        b"arm64" => Machine::Aarch64,
        b"386" => Machine::X86,
        b"arm" => Machine::Arm,
        _ => Machine::Unknown,
    }
}
