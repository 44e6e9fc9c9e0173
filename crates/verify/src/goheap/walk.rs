//! Records in the order of the file.

use super::stream::Stream;
use crate::fault::Fault;
use std::ops::Range;

/// What stands in the file.
#[derive(Debug)]
pub(super) enum Item {
    /// Bytes that nothing may change.
    Structure(Range<u64>),
    /// The name of a type, a function, a file, or another text.
    Name(Range<u64>),
    /// Byte order (0 for little-endian), bytes of a pointer, and the addresses of the heap.
    Params { big: u64, pointer: u64, arenas: Range<u64> },
    /// What was in memory at an address: an object, a frame, a segment of variables.
    Memory { kind: u64, address: u64, file: Range<u64> },
    /// A pointer in the memory before, at an offset, of so many words.
    Field { offset: u64, words: u64 },
    /// Where the function of a frame begins.
    Entry(u64),
    /// Bytes that are not understood, or are not there.
    Strange,
}

/// What stands in a record of each kind: a number, 256 of them (`p`), a text, memory, a list of fields, or as many sites
/// (two texts and a number) as the number before says.
const PARTS: [&str; 18] = [
    "",
    "nmf",
    "tn",
    "nntn",
    "nnnnnnnntnnnn",
    "nnnmnnntf",
    "nnnnttn",
    "nnnnn",
    "nn",
    "nnn",
    "nnnnnnnnnnnnnnnnnnnnnnnnpn",
    "nnnnn",
    "nmf",
    "nmf",
    "nnnnnnn",
    "nnnnnn",
    "nnnsnn",
    "nn",
];

/// Kinds that matter by themselves.
pub(super) const OBJECT: u64 = 1;
pub(super) const FRAME: u64 = 5;
const PARAMS: u64 = 6;

/// Goes through a file; ends behind its last record or where it is not understood.
pub(super) struct Walk<'a, F> {
    pub(super) stream: Stream<'a>,
    pub(super) visit: F,
    /// Up to where bytes were visited.
    pub(super) done: u64,
}

impl<F: FnMut(Item) -> Result<(), Fault>> Walk<'_, F> {
    pub(super) fn run(&mut self) -> Result<(), Fault> {
        loop {
            let Some(kind) = self.stream.number()? else { return (self.visit)(Item::Strange) };
            let Some(parts) = usize::try_from(kind).ok().and_then(|kind| PARTS.get(kind)) else {
                return (self.visit)(Item::Strange);
            };
            if !self.record(kind, parts)? {
                return (self.visit)(Item::Strange);
            }
            self.structure_to(self.stream.at)?;
            if kind == 0 {
                return Ok(());
            }
        }
    }

    fn structure_to(&mut self, end: u64) -> Result<(), Fault> {
        if self.done < end {
            (self.visit)(Item::Structure(self.done..end))?;
        }
        self.done = end;
        Ok(())
    }

    /// Reads the parts of a record; false if the file ends in it.
    fn record(&mut self, kind: u64, parts: &str) -> Result<bool, Fault> {
        let mut numbers = Vec::new();
        for part in parts.bytes() {
            let whole = match part {
                b'n' => match self.stream.number()? {
                    Some(number) => {
                        numbers.push(number);
                        true
                    }
                    None => false,
                },
                b'p' => self.pass(256)?,
                b't' => self.text()?,
                b'm' => self.memory(kind, numbers.first().copied().unwrap_or(0))?,
                b'f' => self.fields()?,
                _ => self.sites(numbers.last().copied().unwrap_or(0))?,
            };
            if !whole {
                return Ok(false);
            }
        }
        match (kind, numbers.as_slice()) {
            (PARAMS, [big, pointer, first, end, ..]) => {
                (self.visit)(Item::Params { big: *big, pointer: *pointer, arenas: *first..*end })?;
            }
            (FRAME, [_, _, _, entry, ..]) => (self.visit)(Item::Entry(*entry))?,
            _ => {}
        }
        Ok(true)
    }

    fn pass(&mut self, count: u64) -> Result<bool, Fault> {
        for _ in 0..count {
            if self.stream.number()?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The bytes behind a length; the stream then stands behind them.
    fn bytes(&mut self) -> Result<Option<Range<u64>>, Fault> {
        let Some(length) = self.stream.number()? else { return Ok(None) };
        let start = self.stream.at;
        let end = start.checked_add(length).filter(|end| *end <= self.stream.length());
        let Some(end) = end else { return Ok(None) };
        self.structure_to(start)?;
        self.stream.at = end;
        self.done = end;
        Ok(Some(start..end))
    }

    fn text(&mut self) -> Result<bool, Fault> {
        let Some(text) = self.bytes()? else { return Ok(false) };
        (self.visit)(Item::Name(text))?;
        Ok(true)
    }

    fn memory(&mut self, kind: u64, address: u64) -> Result<bool, Fault> {
        let Some(file) = self.bytes()? else { return Ok(false) };
        (self.visit)(Item::Memory { kind, address, file })?;
        Ok(true)
    }

    fn sites(&mut self, count: u64) -> Result<bool, Fault> {
        for _ in 0..count {
            if !(self.text()? && self.text()? && self.pass(1)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fields(&mut self) -> Result<bool, Fault> {
        loop {
            let words = match self.stream.number()? {
                Some(0) => return Ok(true),
                Some(1) => 1,
                Some(2 | 3) => 2,
                _ => return Ok(false),
            };
            let Some(offset) = self.stream.number()? else { return Ok(false) };
            (self.visit)(Item::Field { offset, words })?;
        }
    }
}
