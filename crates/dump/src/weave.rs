//! Bytes of a file that lie scattered in it, seen as memory: a description that stays small for 100 million pieces.
//!
//! The file is a sequence of records. A record has a shape (an array of `int` with four elements, an instance of a
//! certain class), and there are few shapes: a record takes one byte or two here. Which bytes of which record are
//! shown, and in what byte order, follows from the shape.

use crate::limits::HPROF_RECORDS_PER_ENTRANCE;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of zeros that are shown before what a record holds, so that what two records hold does not touch. Those of an
/// array in HotSpot's memory, so that arrays which belong together lie as far apart as there.
pub(crate) const HEADER_BYTES: u64 = 16;

/// Alignment of what a record holds.
const ALIGNMENT: u64 = 8;

/// What the bytes of a record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Elements of an array of this type (`byte`, `char`).
    Array(&'static str),
    /// Fields of primitive types of an instance.
    Fields,
    /// Fields of an instance whose class is unknown: references may be among them.
    Unknown,
    /// The value of a static field.
    Static,
    /// Characters of a string of the virtual machine.
    Text,
    /// The same, naming a class, a method or a field; in a heap dump of Go a type, a function or a file.
    Name,
    /// What an object of Go holds beside its pointers.
    Object,
    /// What a stack frame of Go holds beside its pointers.
    Frame,
    /// Variables of a Go program beside its pointers: `data segment`, `bss segment`.
    Segment(&'static str),
}

impl Content {
    /// Whether the bytes may go on a mere suspicion.
    #[must_use]
    pub fn is_free(self) -> bool {
        !matches!(self, Self::Name | Self::Unknown)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(kind) => write!(f, "{kind}[]"),
            Self::Fields => f.write_str("fields of an object"),
            Self::Unknown => f.write_str("object of an unknown class"),
            Self::Static => f.write_str("static field"),
            Self::Text => f.write_str("string of the virtual machine"),
            Self::Name => f.write_str("name of a class, type, function or field"),
            Self::Object => f.write_str("object"),
            Self::Frame => f.write_str("stack frame"),
            Self::Segment(name) => f.write_str(name),
        }
    }
}

/// A run of file bytes that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it is shown.
    pub start: u64,
    /// Where it lies in the file.
    pub file_offset: u64,
    /// Bytes.
    pub length: u64,
    /// Bytes of an element: each is shown last byte first.
    pub width: u8,
    /// What it is.
    pub content: Content,
}

impl Part {
    /// The file bytes of the elements that a range of the view touches.
    #[must_use]
    pub fn file_range(&self, view: &Range<u64>) -> Option<Range<u64>> {
        let width = u64::from(self.width).max(1);
        let from = view.start.saturating_sub(self.start).min(self.length);
        let to = view.end.saturating_sub(self.start).min(self.length);
        if from >= to {
            return None;
        }
        let from = from.saturating_sub(from.checked_rem(width).unwrap_or(0));
        let to = to.checked_next_multiple_of(width).unwrap_or(self.length).min(self.length);
        Some(self.file_offset.saturating_add(from)..self.file_offset.saturating_add(to))
    }

    /// The file bytes of a range of the view and no others: of an element that it touches in part, the part. In the order of
    /// the view; of an element the last bytes of the file come first.
    pub fn exact_ranges(&self, view: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
        let width = u64::from(self.width).max(1);
        let from = view.start.saturating_sub(self.start).min(self.length);
        let to = view.end.saturating_sub(self.start).min(self.length).max(from);
        // Where the first element ends and the last one begins.
        let head = from.checked_next_multiple_of(width).unwrap_or(to).min(to);
        let tail = to.saturating_sub(to.checked_rem(width).unwrap_or(0)).max(head);
        let turned = move |part: Range<u64>| {
            let element = part.start.saturating_sub(part.start.checked_rem(width).unwrap_or(0));
            let end = element.saturating_add(width);
            let mirror = |at: u64| element.saturating_add(end.saturating_sub(at));
            mirror(part.end)..mirror(part.start)
        };
        let parts = [turned(from..head), head..tail, turned(tail..to)];
        let start = self.file_offset;
        let placed = move |part: Range<u64>| start.saturating_add(part.start)..start.saturating_add(part.end);
        parts.into_iter().filter(|part| part.start < part.end).map(placed)
    }
}

/// A run of bytes of a shape, from the start of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// In the file.
    pub(crate) file: u64,
    /// In the view.
    pub(crate) view: u64,
    /// Bytes.
    pub(crate) length: u64,
    /// Bytes of an element.
    pub(crate) width: u8,
}

/// What all records of a kind have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bytes of the record in the file.
    pub(crate) file_bytes: u64,
    /// Bytes that it takes in the view.
    pub(crate) view_bytes: u64,
    /// What is shown of it, in order.
    pub(crate) runs: Vec<Run>,
    /// What that is.
    pub(crate) content: Content,
}

impl Shape {
    /// A record of which `runs` are shown: their lengths and the bytes of an element, and where each lies in the record.
    pub(crate) fn new(file_bytes: u64, content: Content, parts: &[(Range<u64>, u8)]) -> Self {
        let mut at = HEADER_BYTES;
        let mut runs: Vec<Run> = Vec::new();
        for (file, width) in parts {
            let length = file.end.saturating_sub(file.start);
            at = at.checked_next_multiple_of(u64::from(*width).max(1)).unwrap_or(at);
            match runs.last_mut() {
                Some(last)
                    if last.width == *width
                        && last.file.saturating_add(last.length) == file.start
                        && last.view.saturating_add(last.length) == at =>
                {
                    last.length = last.length.saturating_add(length);
                }
                _ if length > 0 => runs.push(Run { file: file.start, view: at, length, width: *width }),
                _ => {}
            }
            at = at.saturating_add(length);
        }
        let view_bytes =
            if runs.is_empty() { 0 } else { at.checked_next_multiple_of(ALIGNMENT).unwrap_or(at) };
        Self { file_bytes, view_bytes, runs, content }
    }
}

/// Where the description can be entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entrance {
    code: usize,
    file: u64,
    view: u64,
}

/// A step through the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Bytes that are structure.
    Skip(u64),
    /// Bytes that another space shows.
    Foreign(u64),
    /// A record, by the number of its shape.
    Record(usize),
}

/// The description of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Weave {
    codes: Arc<Vec<u8>>,
    entrances: Vec<Entrance>,
    shapes: Vec<Shape>,
    /// File offsets of texts that are names, sorted.
    names: Vec<u64>,
    view_bytes: u64,
}

impl fmt::Debug for Weave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Weave({} bytes in {} codes, {} shapes)",
            self.view_bytes,
            self.codes.len(),
            self.shapes.len()
        )
    }
}

impl Weave {
    /// Bytes of the view.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.view_bytes
    }

    /// Bytes that the description itself takes in memory, about.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.codes.len().saturating_add(self.entrances.len().saturating_mul(size_of::<Entrance>()))
    }

    /// The parts that overlap a range of the view, in order.
    pub fn parts(&self, view: Range<u64>) -> impl Iterator<Item = Part> {
        let entered = self.entrances.partition_point(|entrance| entrance.view <= view.start);
        let walk = self.walk(entered);
        let end = view.end;
        walk.take_while(move |record| record.view < end)
            .filter(move |record| record.end(self) > view.start)
            .flat_map(move |record| self.parts_of(record))
            .filter(move |part| part.start < end && part.start.saturating_add(part.length) > view.start)
    }

    /// The parts that overlap a range of the file, in order.
    pub fn parts_in_file(&self, file: Range<u64>) -> impl Iterator<Item = Part> {
        let entered = self.entrances.partition_point(|entrance| entrance.file <= file.start);
        let walk = self.walk(entered);
        let end = file.end;
        walk.take_while(move |record| record.file < end).flat_map(move |record| self.parts_of(record)).filter(
            move |part| part.file_offset < end && part.file_offset.saturating_add(part.length) > file.start,
        )
    }

    /// The bytes of a range of the file that may be overwritten: what parts of this view hold (of names and unknown
    /// objects only if `proven`), and what other spaces show.
    #[must_use]
    pub fn open_to(&self, file: &Range<u64>, proven: bool) -> Vec<Range<u64>> {
        let entered = self.entrances.partition_point(|entrance| entrance.file <= file.start);
        let mut out = Vec::new();
        let mut add = |range: Range<u64>| {
            let range = range.start.max(file.start)..range.end.min(file.end);
            if range.start < range.end {
                out.push(range);
            }
        };
        let mut walk = self.walk(entered);
        while walk.file < file.end {
            match walk.step() {
                None => break,
                Some(Stepped::Record(record)) => {
                    for part in self.parts_of(record).filter(|part| proven || part.content.is_free()) {
                        add(part.file_offset..part.file_offset.saturating_add(part.length));
                    }
                }
                Some(Stepped::Foreign(range)) => add(range),
                Some(Stepped::Skipped) => {}
            }
        }
        out
    }

    /// What has elements of several bytes, once more and as it stands in the file. A piece of a number that begins inside an
    /// element is one piece there, and two with others between them where elements are turned around.
    #[must_use]
    pub fn unturned(&self) -> Self {
        let shapes = self.shapes.iter().map(|shape| {
            let is_turned = shape.runs.iter().any(|run| run.width > 1);
            let place = |run: &Run| (run.file..run.file.saturating_add(run.length), 1);
            let parts: Vec<_> = shape.runs.iter().filter(|_| is_turned).map(place).collect();
            Shape::new(shape.file_bytes, shape.content, &parts)
        });
        let shapes = shapes.collect();
        let codes = Arc::clone(&self.codes);
        let mut weave = Self { codes, entrances: Vec::new(), shapes, names: Vec::new(), view_bytes: 0 };
        weave.place(self.entrances.clone());
        weave
    }

    /// The same in a file that lies `by` bytes into another one.
    pub(crate) fn moved(&self, by: u64) -> Self {
        let mut codes = Vec::with_capacity(self.codes.len().saturating_add(16));
        encode(0, &mut codes);
        encode(by, &mut codes);
        let before = codes.len();
        codes.extend_from_slice(&self.codes);
        let entrances = self.entrances.iter().map(|one| Entrance {
            code: one.code.saturating_add(before),
            file: one.file.saturating_add(by),
            view: one.view,
        });
        Self {
            codes: Arc::new(codes),
            entrances: entrances.collect(),
            shapes: self.shapes.clone(),
            names: self.names.iter().map(|name| name.saturating_add(by)).collect(),
            view_bytes: self.view_bytes,
        }
    }

    /// Computes where the entrances are in the view.
    fn place(&mut self, mut entrances: Vec<Entrance>) {
        let mut walk = Walk { weave: self, code: 0, file: 0, view: 0 };
        for entrance in &mut entrances {
            while walk.code < entrance.code && walk.step().is_some() {}
            entrance.view = walk.view;
        }
        while walk.step().is_some() {}
        self.view_bytes = walk.view;
        self.entrances = entrances;
    }

    /// What stands at a place of the file, if this view shows it.
    #[must_use]
    pub fn content_at(&self, file_offset: u64) -> Option<Content> {
        self.parts_in_file(file_offset..file_offset.saturating_add(1)).next().map(|part| part.content)
    }

    fn parts_of(&self, record: Record) -> impl Iterator<Item = Part> {
        let shape = self.shapes.get(record.shape);
        let content = shape.map_or(Content::Unknown, |shape| shape.content);
        let is_name = content == Content::Text && self.names.binary_search(&record.file).is_ok();
        let content = if is_name { Content::Name } else { content };
        shape.into_iter().flat_map(|shape| &shape.runs).map(move |run| Part {
            start: record.view.saturating_add(run.view),
            file_offset: record.file.saturating_add(run.file),
            length: run.length,
            width: run.width,
            content,
        })
    }

    /// From the entrance before the one with this number.
    fn walk(&self, entered: usize) -> Walk<'_> {
        let entrance = entered.checked_sub(1).and_then(|index| self.entrances.get(index)).copied();
        let Entrance { code, file, view } = entrance.unwrap_or_default();
        Walk { weave: self, code, file, view }
    }
}

/// A record at its places.
#[derive(Clone, Copy, Debug)]
struct Record {
    file: u64,
    view: u64,
    shape: usize,
}

impl Record {
    /// Where it ends in the view.
    fn end(self, weave: &Weave) -> u64 {
        self.view.saturating_add(weave.shapes.get(self.shape).map_or(0, |shape| shape.view_bytes))
    }
}

enum Stepped {
    Record(Record),
    Foreign(Range<u64>),
    Skipped,
}

struct Walk<'a> {
    weave: &'a Weave,
    code: usize,
    file: u64,
    view: u64,
}

impl Walk<'_> {
    fn step(&mut self) -> Option<Stepped> {
        let start = self.file;
        let (step, next) = decode(&self.weave.codes, self.code)?;
        self.code = next;
        Some(match step {
            Step::Skip(bytes) => {
                self.file = start.saturating_add(bytes);
                Stepped::Skipped
            }
            Step::Foreign(bytes) => {
                self.file = start.saturating_add(bytes);
                Stepped::Foreign(start..self.file)
            }
            Step::Record(shape) => {
                let record = Record { file: start, view: self.view, shape };
                let shape = self.weave.shapes.get(shape)?;
                self.file = start.saturating_add(shape.file_bytes);
                self.view = self.view.saturating_add(shape.view_bytes);
                Stepped::Record(record)
            }
        })
    }
}

impl Iterator for Walk<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            if let Stepped::Record(record) = self.step()? {
                return Some(record);
            }
        }
    }
}

/// Writes the description while the file is read from front to back.
#[derive(Debug, Default)]
pub(crate) struct Weaver {
    codes: Vec<u8>,
    entrances: Vec<Entrance>,
    since: usize,
    file: u64,
    skipped: u64,
}

impl Weaver {
    /// Where in the file the next step begins.
    pub(crate) fn at(&self) -> u64 {
        self.file.saturating_add(self.skipped)
    }

    /// Everything up to a place of the file is structure.
    pub(crate) fn skip_to(&mut self, file: u64) {
        self.skipped = self.skipped.saturating_add(file.saturating_sub(self.at()));
    }

    /// Everything up to a place of the file is shown by another space.
    pub(crate) fn foreign_to(&mut self, file: u64) {
        let bytes = file.saturating_sub(self.at());
        if bytes > 0 {
            self.step(1, Some(bytes), bytes);
        }
    }

    /// A record of a shape, which takes that many bytes of the file.
    pub(crate) fn record(&mut self, shape: usize, file_bytes: u64) {
        self.step(crate::cursor::to_u64(shape).saturating_add(2), None, file_bytes);
    }

    fn step(&mut self, code: u64, argument: Option<u64>, file_bytes: u64) {
        if self.since == 0 {
            self.entrances.push(Entrance { code: self.codes.len(), file: self.file, view: 0 });
            self.since = HPROF_RECORDS_PER_ENTRANCE;
        }
        self.since = self.since.saturating_sub(1);
        if self.skipped > 0 {
            encode(0, &mut self.codes);
            encode(self.skipped, &mut self.codes);
            self.file = self.file.saturating_add(self.skipped);
            self.skipped = 0;
        }
        encode(code, &mut self.codes);
        if let Some(argument) = argument {
            encode(argument, &mut self.codes);
        }
        self.file = self.file.saturating_add(file_bytes);
    }

    /// The finished description: shapes by their numbers, and where the names stand.
    pub(crate) fn finish(self, shapes: Vec<Shape>, mut names: Vec<u64>) -> Weave {
        names.sort_unstable();
        names.dedup();
        let mut codes = self.codes;
        codes.shrink_to_fit();
        let mut weave = Weave { codes: Arc::new(codes), entrances: Vec::new(), shapes, names, view_bytes: 0 };
        weave.place(self.entrances);
        weave
    }
}

/// Seven bits a byte, the lowest first.
fn encode(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn decode(codes: &[u8], at: usize) -> Option<(Step, usize)> {
    let (code, at) = number(codes, at)?;
    match code {
        0 | 1 => {
            let (bytes, at) = number(codes, at)?;
            Some((if code == 0 { Step::Skip(bytes) } else { Step::Foreign(bytes) }, at))
        }
        _ => Some((Step::Record(usize::try_from(code.saturating_sub(2)).ok()?), at)),
    }
}

fn number(codes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let (mut value, mut shift) = (0, 0_u32);
    loop {
        let byte = *codes.get(at)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        at = at.checked_add(1)?;
        if byte & 0x80 == 0 {
            return Some((value, at));
        }
        shift = shift.checked_add(7)?;
    }
}

#[cfg(test)]
mod tests;
