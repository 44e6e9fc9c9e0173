//! The objects of a heap dump.

use super::class::Classes;
use super::mark::Holders;
use super::record::{Record, WRAP};
use super::tag;
use crate::error::Error;
use crate::limits::{HPROF_PARTS_MAX, HPROF_SHAPES_MAX};
use crate::stream::Stream;
use crate::weave::{Content, Shape, Weaver};
use std::collections::{BTreeMap, BTreeSet};

/// What distinguishes one kind of record from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// An array of a primitive type and so many elements.
    Array { kind: u8, count: u64 },
    /// An instance of a class, by its number, with so many bytes of fields.
    Instance { class: usize, bytes: u64 },
    /// An instance of which no more is known.
    Unknown { bytes: u64 },
    /// The value of a static field.
    Static { kind: u8 },
    /// A string of the virtual machine of so many bytes.
    Text { bytes: u64 },
}

/// How the walk through a sub-record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// At its end.
    Whole,
    /// The file ends in it.
    Cut,
    /// It is longer than the record in which it stands.
    Over,
    /// Its tag, or the type of what it holds, is not known.
    Unknown(u8),
}

/// Where the record ends in which the sub-records stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) end: u64,
    /// Its length was not written.
    pub(super) is_open: bool,
}

/// What is learned from the records.
#[derive(Debug)]
pub(super) struct Heap {
    pub(super) id_bytes: u8,
    pub(super) weaver: Weaver,
    pub(super) classes: Classes,
    pub(super) holders: Holders,
    /// Identifiers of strings that name classes, methods and fields.
    pub(super) names: BTreeSet<u64>,
    /// Strings: identifiers, and where their records begin.
    pub(super) strings: Vec<(u64, u64)>,
    numbers: BTreeMap<Key, usize>,
    keys: Vec<Key>,
    /// The record that is being walked.
    pub(super) extent: Extent,
    /// Objects and arrays.
    pub(super) objects: u64,
    /// Classes that there was no room for.
    pub(super) classes_dropped: u64,
}

impl Heap {
    pub(super) fn new(id_bytes: u8) -> Self {
        Self {
            id_bytes,
            weaver: Weaver::default(),
            classes: Classes::default(),
            holders: Holders::default(),
            names: BTreeSet::new(),
            strings: Vec::new(),
            numbers: BTreeMap::new(),
            keys: Vec::new(),
            extent: Extent::default(),
            objects: 0,
            classes_dropped: 0,
        }
    }

    /// A string record whose characters begin behind `header` bytes; the record begins where nothing was told yet.
    pub(super) fn text(&mut self, start: u64, bytes: u64) {
        self.enter(start, Key::Text { bytes });
    }

    /// Walks through the sub-record that the stream stands at.
    pub(super) fn walk(&mut self, stream: &mut Stream<'_>) -> Result<Walked, Error> {
        let start = stream.at();
        let Some(kind) = stream.number(1)?.and_then(|kind| u8::try_from(kind).ok()) else {
            return Ok(Walked::Cut);
        };
        let id = u64::from(self.id_bytes);
        if let Some((ids, numbers)) = tag::fixed(kind) {
            let bytes = ids.saturating_mul(id).saturating_add(numbers.saturating_mul(4));
            return Ok(self.skip(stream, bytes));
        }
        match kind {
            tag::CLASS_DUMP => self.class(stream),
            tag::INSTANCE_DUMP => self.instance(stream, start),
            tag::OBJ_ARRAY_DUMP => {
                let Some([_, _, count, _]) = self.numbers(stream, [self.id_bytes, 4, 4, self.id_bytes])?
                else {
                    return Ok(Walked::Cut);
                };
                self.objects = self.objects.saturating_add(1);
                Ok(self.skip(stream, count.saturating_mul(id)))
            }
            tag::PRIM_ARRAY_DUMP => self.array(stream, start),
            tag::PRIM_ARRAY_NODATA => Ok(self.skip(stream, id.saturating_add(9))),
            unknown => Ok(Walked::Unknown(unknown)),
        }
    }

    /// Goes on behind so many bytes, if the file and the record hold them.
    fn skip(&mut self, stream: &mut Stream<'_>, bytes: u64) -> Walked {
        if bytes > stream.left() {
            return Walked::Cut;
        }
        let target = stream.at().saturating_add(bytes);
        let over = target.saturating_sub(self.extent.end);
        let end = self.extent.end.saturating_add(over.checked_next_multiple_of(WRAP).unwrap_or(u64::MAX));
        if over > 0 && end > stream.length() && !self.extent.is_open {
            return Walked::Over;
        }
        self.extent.end = end;
        stream.seek(target);
        Walked::Whole
    }

    fn numbers<const N: usize>(
        &self,
        stream: &mut Stream<'_>,
        bytes: [u8; N],
    ) -> Result<Option<[u64; N]>, Error> {
        let mut out = [0; N];
        for (value, bytes) in out.iter_mut().zip(bytes) {
            match stream.number(bytes)? {
                Some(number) => *value = number,
                None => return Ok(None),
            }
        }
        Ok(Some(out))
    }

    fn instance(&mut self, stream: &mut Stream<'_>, start: u64) -> Result<Walked, Error> {
        let id = self.id_bytes;
        let Some([_, _, class, bytes]) = self.numbers(stream, [id, 4, id, 4])? else {
            return Ok(Walked::Cut);
        };
        let fields = stream.at();
        let walked = self.skip(stream, bytes);
        if walked == Walked::Whole {
            self.objects = self.objects.saturating_add(1);
            let key = match self.classes.number(class) {
                Some(number) => {
                    self.holders.object(class, number, fields..stream.at());
                    Key::Instance { class: number, bytes }
                }
                None => Key::Unknown { bytes },
            };
            self.enter(start, key);
        }
        Ok(walked)
    }

    fn array(&mut self, stream: &mut Stream<'_>, start: u64) -> Result<Walked, Error> {
        let Some([_, _, count, kind]) = self.numbers(stream, [self.id_bytes, 4, 4, 1])? else {
            return Ok(Walked::Cut);
        };
        let kind = u8::try_from(kind).unwrap_or(0);
        let Some(width) = tag::width(kind) else { return Ok(Walked::Unknown(kind)) };
        let walked = self.skip(stream, count.saturating_mul(u64::from(width)));
        if walked == Walked::Whole {
            self.objects = self.objects.saturating_add(1);
            self.enter(start, Key::Array { kind, count });
        }
        Ok(walked)
    }

    fn class(&mut self, stream: &mut Stream<'_>) -> Result<Walked, Error> {
        let id = self.id_bytes;
        // Behind the superclass: loader, signers, protection domain, two reserved.
        let Some([class, _, parent, _, _, _, _, _]) =
            self.numbers(stream, [id, 4, id, id, id, id, id, id])?
        else {
            return Ok(Walked::Cut);
        };
        let Some([_, constants]) = self.numbers(stream, [4, 2])? else { return Ok(Walked::Cut) };
        for _ in 0..constants {
            let Some([_, kind]) = self.numbers(stream, [2, 1])? else { return Ok(Walked::Cut) };
            match self.value(stream, kind)? {
                Walked::Whole => {}
                other => return Ok(other),
            }
        }
        let Some(statics) = stream.number(2)? else { return Ok(Walked::Cut) };
        for _ in 0..statics {
            let Some([name, kind]) = self.numbers(stream, [id, 1])? else { return Ok(Walked::Cut) };
            self.name(name);
            match self.value(stream, kind)? {
                Walked::Whole => {}
                other => return Ok(other),
            }
        }
        let Some(count) = stream.number(2)? else { return Ok(Walked::Cut) };
        let mut fields = Vec::new();
        for _ in 0..count {
            let Some([name, kind]) = self.numbers(stream, [id, 1])? else { return Ok(Walked::Cut) };
            self.name(name);
            fields.push(u8::try_from(kind).unwrap_or(0));
        }
        if !self.classes.define(class, parent, fields) {
            self.classes_dropped = self.classes_dropped.saturating_add(1);
        }
        Ok(self.skip(stream, 0))
    }

    /// The value of a static field or a constant: part of the view if it is no reference.
    fn value(&mut self, stream: &mut Stream<'_>, kind: u64) -> Result<Walked, Error> {
        let kind = u8::try_from(kind).unwrap_or(0);
        if kind == tag::OBJECT {
            return Ok(self.skip(stream, u64::from(self.id_bytes)));
        }
        let Some(width) = tag::width(kind) else { return Ok(Walked::Unknown(kind)) };
        let start = stream.at();
        let walked = self.skip(stream, u64::from(width));
        if walked == Walked::Whole {
            self.enter(start, Key::Static { kind });
        }
        Ok(walked)
    }

    /// An identifier of a string that is a name.
    pub(super) fn name(&mut self, id: u64) {
        if self.names.len() < crate::limits::HPROF_STRINGS_MAX {
            self.names.insert(id);
        }
    }

    /// Enters a record into the description.
    fn enter(&mut self, start: u64, mut key: Key) {
        self.weaver.skip_to(start);
        if self.keys.len() >= HPROF_SHAPES_MAX
            && let Key::Instance { bytes, .. } = key
            && !self.numbers.contains_key(&key)
        {
            // Of these there are only as many as there are lengths.
            key = Key::Unknown { bytes };
        }
        let next = self.keys.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.keys.push(key);
        }
        self.weaver.record(number, key.file_bytes(self.id_bytes));
    }

    /// The shapes of all records by their numbers, and how many kinds of instance are of unknown classes.
    pub(super) fn shapes(&self) -> (Vec<Shape>, usize) {
        let (mut parts, mut unknown) = (0_usize, 0_usize);
        let shapes = self.keys.iter().map(|key| {
            let (shape, is_known) = key.shape(self, HPROF_PARTS_MAX.saturating_sub(parts));
            parts = parts.saturating_add(shape.runs.len());
            unknown = unknown.saturating_add(usize::from(!is_known));
            shape
        });
        (shapes.collect(), unknown)
    }
}

impl Key {
    /// Bytes before what the record holds.
    fn header(self, id_bytes: u8) -> u64 {
        let id = u64::from(id_bytes);
        match self {
            Self::Array { .. } => id.saturating_add(10),
            Self::Instance { .. } | Self::Unknown { .. } => id.saturating_mul(2).saturating_add(9),
            Self::Static { .. } => 0,
            Self::Text { .. } => id.saturating_add(Record::HEADER_BYTES),
        }
    }

    /// Bytes that the record holds.
    fn content(self) -> u64 {
        match self {
            Self::Array { kind, count } => count.saturating_mul(u64::from(tag::width(kind).unwrap_or(0))),
            Self::Instance { bytes, .. } | Self::Unknown { bytes } | Self::Text { bytes } => bytes,
            Self::Static { kind } => u64::from(tag::width(kind).unwrap_or(0)),
        }
    }

    fn file_bytes(self, id_bytes: u8) -> u64 {
        self.header(id_bytes).saturating_add(self.content())
    }

    /// The shape of such records, and whether all that it depends on is known.
    fn shape(self, heap: &Heap, parts_max: usize) -> (Shape, bool) {
        let (header, length) = (self.header(heap.id_bytes), self.content());
        let file_bytes = header.saturating_add(length);
        let whole = header..file_bytes;
        let one = |content, width| Shape::new(file_bytes, content, &[(whole.clone(), width)]);
        match self {
            Self::Array { kind, .. } => {
                (one(Content::Array(tag::type_name(kind)), tag::width(kind).unwrap_or(1)), true)
            }
            Self::Static { kind } => (one(Content::Static, tag::width(kind).unwrap_or(1)), true),
            Self::Text { .. } => (one(Content::Text, 1), true),
            Self::Unknown { .. } => (one(Content::Unknown, 1), false),
            Self::Instance { class, bytes } => {
                let layout = heap.classes.layout(class, bytes, heap.id_bytes);
                let Some(layout) = layout.filter(|layout| layout.len() <= parts_max) else {
                    return (one(Content::Unknown, 1), false);
                };
                let place = |(range, width): (std::ops::Range<u64>, u8)| {
                    (header.saturating_add(range.start)..header.saturating_add(range.end), width)
                };
                let parts: Vec<_> = layout.into_iter().map(place).collect();
                (Shape::new(file_bytes, Content::Fields, &parts), true)
            }
        }
    }
}
