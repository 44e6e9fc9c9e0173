//! The records of which the file is made.

use super::FORMAT;
use super::heap::{Extent, Heap, Walked};
use super::tag;
use crate::annotation::Annotations;
use crate::error::Error;
use crate::limits::HPROF_STRINGS_MAX;
use crate::stream::{Stream, big_endian};
use std::ops::Range;

/// A record of a known tag or not: the time is of no interest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// Where it begins.
    start: u64,
    tag: u8,
    /// Bytes of its body, as it says.
    length: u64,
}

/// A heap dump may be longer than its length says by multiples of this: lengths have 32 bits.
pub(super) const WRAP: u64 = 1 << 32;

/// Records that must follow each other where a heap dump of unknown length is taken for ended.
const FOLLOWING: usize = 3;

/// See [`Record::HEADER_BYTES`].
const HEADER: usize = 9;

impl Record {
    /// Bytes before its body: tag, time, length.
    pub(super) const HEADER_BYTES: u64 = 9;

    fn of(start: u64, header: [u8; HEADER]) -> Self {
        let [tag, _, _, _, _, length @ ..] = header;
        Self { start, tag, length: big_endian(&length) }
    }

    fn body(self) -> u64 {
        self.start.saturating_add(Self::HEADER_BYTES)
    }

    fn end(self) -> u64 {
        self.body().saturating_add(self.length)
    }

    fn is_heap(self) -> bool {
        matches!(self.tag, tag::HEAP_DUMP | tag::HEAP_DUMP_SEGMENT)
    }

    fn name(self) -> String {
        tag::name(self.tag).map_or_else(|| format!("record of tag {:#x}", self.tag), str::to_owned)
    }
}

/// What the header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Where the first record begins.
    pub(super) first: u64,
    /// Bytes of an identifier.
    pub(super) id_bytes: u8,
    /// From version 1.0.2 on a heap dump is written in segments, and a record says that it is over.
    pub(super) is_segmented: bool,
}

/// Walks through a file.
pub(super) struct Walker<'a> {
    pub(super) stream: Stream<'a>,
    pub(super) heap: Heap,
    pub(super) annotations: Annotations,
    /// Bytes that are shown as they stand, because they are not understood.
    pub(super) gaps: Vec<Range<u64>>,
    /// Whether the last record of a heap dump in segments is still to come.
    end_due: bool,
}

impl<'a> Walker<'a> {
    /// Stands at the first record.
    pub(super) fn new(mut stream: Stream<'a>, header: Header) -> Self {
        let Header { first, id_bytes, is_segmented } = header;
        stream.seek(first);
        Self {
            stream,
            heap: Heap::new(id_bytes),
            annotations: Annotations::new(FORMAT),
            gaps: Vec::new(),
            end_due: is_segmented,
        }
    }

    /// Goes through all records.
    pub(super) fn walk(&mut self) -> Result<(), Error> {
        while self.stream.left() > 0 {
            let start = self.stream.at();
            let header = self.stream.peek(HEADER)?.and_then(|bytes| bytes.first_chunk().copied());
            let Some(header) = header else {
                self.cut("record", start..start.saturating_add(Record::HEADER_BYTES), start);
                break;
            };
            self.record(Record::of(start, header))?;
        }
        let length = self.stream.length();
        if self.end_due && !self.annotations.is_cut() {
            let end = length.saturating_add(Record::HEADER_BYTES);
            self.annotations.promise("HPROF_HEAP_DUMP_END", &(length..end), length);
        }
        self.heap.weaver.skip_to(length);
        Ok(())
    }

    /// The file ends in something: what there is of it is shown as it stands, and so is the rest.
    fn cut(&mut self, what: &str, promised: Range<u64>, from: u64) {
        let length = self.stream.length();
        self.annotations.promise(what, &promised, length);
        self.gap(from, length);
        self.stream.seek(length);
    }

    /// Bytes that are shown as they stand.
    fn gap(&mut self, start: u64, end: u64) {
        self.heap.weaver.skip_to(start);
        let start = self.heap.weaver.at().max(start);
        if start < end {
            self.heap.weaver.foreign_to(end);
            match self.gaps.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => self.gaps.push(start..end),
            }
        }
    }

    fn record(&mut self, record: Record) -> Result<(), Error> {
        self.stream.seek(record.body());
        if record.is_heap() {
            self.end_due |= record.tag == tag::HEAP_DUMP_SEGMENT;
            return self.heap_dump(record);
        }
        let is_known = tag::name(record.tag).is_some();
        if record.end() > self.stream.length() {
            if is_known {
                self.cut(&record.name(), record.start..record.end(), record.start);
            } else {
                self.strange(record.start, self.stream.length(), &record.name());
            }
            return Ok(());
        }
        if !is_known {
            self.strange(record.body(), record.end(), &record.name());
        }
        match record.tag {
            tag::UTF8 => self.text(record)?,
            tag::LOAD_CLASS => self.load_class()?,
            tag::FRAME => self.names(3)?,
            // A profile of the processor's time holds no heap.
            tag::HEAP_DUMP_END | tag::CPU_SAMPLES => self.end_due = false,
            _ => {}
        }
        self.stream.seek(record.end());
        Ok(())
    }

    /// Bytes that no documentation explains.
    fn strange(&mut self, start: u64, end: u64, what: &str) {
        let end = end.max(start);
        self.annotations.remark(format!(
            "{FORMAT}: {what} at offset {start:#x} is not known; {} bytes were searched as they stand",
            end.saturating_sub(start)
        ));
        self.gap(start, end);
        self.stream.seek(end);
    }

    fn text(&mut self, record: Record) -> Result<(), Error> {
        let id_bytes = self.heap.id_bytes;
        let Some(bytes) = record.length.checked_sub(u64::from(id_bytes)) else { return Ok(()) };
        let Some(id) = self.stream.number(id_bytes)? else { return Ok(()) };
        self.heap.text(record.start, bytes);
        self.heap.holders.text(id, &mut self.stream, bytes)?;
        if self.heap.strings.len() < HPROF_STRINGS_MAX {
            self.heap.strings.push((id, record.start));
        }
        Ok(())
    }

    /// Serial number, identifier, stack trace, name.
    fn load_class(&mut self) -> Result<(), Error> {
        let id = self.heap.id_bytes;
        self.stream.number(4)?;
        let class = self.stream.number(id)?;
        self.stream.number(4)?;
        if let (Some(class), Some(name)) = (class, self.stream.number(id)?) {
            self.heap.name(name);
            self.heap.holders.class(class, name);
        }
        Ok(())
    }

    /// Identifiers of names behind the one of a stack frame.
    fn names(&mut self, count: usize) -> Result<(), Error> {
        self.stream.number(self.heap.id_bytes)?;
        for _ in 0..count {
            if let Some(id) = self.stream.number(self.heap.id_bytes)? {
                self.heap.name(id);
            }
        }
        Ok(())
    }

    /// A heap dump or a segment of one. Its length may be short by a multiple of 4 GiB, so the sub-records tell where it
    /// ends.
    fn heap_dump(&mut self, record: Record) -> Result<(), Error> {
        let length = self.stream.length();
        let is_open = record.length == 0 && record.tag == tag::HEAP_DUMP && !self.may_follow(record.end())?;
        let first = if is_open { record.end().saturating_add(WRAP) } else { record.end() };
        self.heap.extent = Extent { end: first, is_open };
        while self.stream.at() < self.heap.extent.end {
            let start = self.stream.at();
            if start >= length {
                if !is_open {
                    let promised = record.start..self.heap.extent.end;
                    self.annotations.promise(&record.name(), &promised, length);
                }
                return Ok(());
            }
            match self.heap.walk(&mut self.stream)? {
                Walked::Whole => {}
                Walked::Cut if is_open || record.end() >= length => {
                    let end = record.end().max(length.saturating_add(1));
                    self.cut(&record.name(), record.start..end, start);
                    return Ok(());
                }
                Walked::Cut | Walked::Over => {
                    self.strange(start, record.end(), "heap sub-record over the end of its record");
                    return Ok(());
                }
                Walked::Unknown(tag) => {
                    self.unknown(record, start, tag);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A sub-record that nobody documents: where the next one begins cannot be known.
    fn unknown(&mut self, record: Record, start: u64, tag: u8) {
        let length = self.stream.length();
        if record.end() > length {
            self.annotations.promise(&record.name(), &(record.start..record.end()), length);
        }
        let end = if record.end() > start { record.end().min(length) } else { length };
        self.strange(start, end, &format!("heap sub-record of tag or type {tag:#x}"));
    }

    /// Whether records stand at a place, or the file ends there.
    fn may_follow(&self, mut at: u64) -> Result<bool, Error> {
        for _ in 0..FOLLOWING {
            if at == self.stream.length() {
                return Ok(true);
            }
            let Some(header) = self.stream.read_at(at)? else { return Ok(false) };
            let record = Record::of(at, header);
            if tag::name(record.tag).is_none() || record.end() > self.stream.length() {
                return Ok(false);
            }
            at = record.end();
        }
        Ok(true)
    }
}
