//! Records and sub-records in the order of the file.

use super::stream::{Stream, number};
use crate::fault::Fault;
use std::ops::Range;

/// What stands in the file.
#[derive(Debug)]
pub(super) enum Item {
    /// Bytes that nothing may change.
    Structure(Range<u64>),
    /// A string of the virtual machine: its identifier, and where its characters are.
    Text { id: u64, characters: Range<u64> },
    /// The name of a class.
    ClassName { text: u64 },
    /// A class: superclass, and the types of its fields.
    Class { id: u64, parent: u64, fields: Vec<u8> },
    /// An object with its class and the bytes of its fields.
    Instance { class: u64, fields: Range<u64> },
    /// An array of references, by the class of the array.
    References { class: u64, bytes: u64 },
    /// An array of a primitive type.
    Elements { kind: u8, bytes: u64 },
    /// Bytes that are not understood.
    Strange,
}

/// Bytes of tag, time and length.
const HEADER_BYTES: usize = 9;

/// Goes through a file; ends at its end or where it is cut off.
pub(super) struct Walk<'a, F> {
    pub(super) stream: Stream<'a>,
    pub(super) id: usize,
    pub(super) visit: F,
}

/// Whether a sub-record was whole.
#[derive(PartialEq, Eq)]
enum Sub {
    Whole,
    /// Cut off, or not understood.
    Broken,
}

impl<F: FnMut(Item) -> Result<(), Fault>> Walk<'_, F> {
    pub(super) fn run(&mut self) -> Result<(), Fault> {
        let length = self.stream.length();
        while self.stream.at < length {
            let start = self.stream.at;
            let Some(header) = self.stream.take(HEADER_BYTES)? else { return (self.visit)(Item::Strange) };
            let tag = header.first().copied().unwrap_or(0);
            let body = number(header.get(5..).unwrap_or_default());
            let first = self.stream.at;
            let end = first.saturating_add(body);
            if matches!(tag, 0x0c | 0x1c) {
                (self.visit)(Item::Structure(start..first))?;
                self.heap(tag, body)?;
                continue;
            }
            if end > length {
                return (self.visit)(Item::Strange);
            }
            (self.visit)(Item::Structure(start..first))?;
            self.record(tag, first, end)?;
            self.stream.at = end;
        }
        Ok(())
    }

    fn record(&mut self, tag: u8, first: u64, end: u64) -> Result<(), Fault> {
        let id = self.id as u64;
        match tag {
            0x01 if end.saturating_sub(first) >= id => {
                let Some(bytes) = self.stream.take(self.id)? else { return Ok(()) };
                let text = number(bytes);
                (self.visit)(Item::Structure(first..first + id))?;
                (self.visit)(Item::Text { id: text, characters: first + id..end })
            }
            0x02 if end.saturating_sub(first) == 2 * id + 8 => {
                let Some(bytes) = self.stream.take(2 * self.id + 8)? else { return Ok(()) };
                let text = number(bytes.get(self.id + 8..).unwrap_or_default());
                (self.visit)(Item::ClassName { text })?;
                (self.visit)(Item::Structure(first..end))
            }
            0x01..=0x07 | 0x0a | 0x0b | 0x0d | 0x0e | 0x2c => (self.visit)(Item::Structure(first..end)),
            _ => (self.visit)(Item::Strange),
        }
    }

    /// A heap dump, whose length is known modulo 2^32.
    fn heap(&mut self, tag: u8, body: u64) -> Result<(), Fault> {
        let length = self.stream.length();
        let first = self.stream.at;
        let stated = first.saturating_add(body);
        let endless = tag == 0x0c && body == 0 && !self.records_follow(first)?;
        let mut end = if endless { length } else { stated };
        while self.stream.at < end.min(length) {
            let start = self.stream.at;
            let mut items = Vec::new();
            let whole = self.sub_record(&mut items)? == Sub::Whole;
            while whole && !endless && self.stream.at > end && end.saturating_add(1 << 32) <= length {
                end = end.saturating_add(1 << 32);
            }
            if !whole || self.stream.at > end {
                self.stream.at = if stated > start { stated.min(length) } else { length };
                return (self.visit)(Item::Strange);
            }
            for item in items {
                (self.visit)(item)?;
            }
        }
        Ok(())
    }

    /// Whether three records stand here, or fewer up to the end of the file.
    fn records_follow(&mut self, at: u64) -> Result<bool, Fault> {
        let length = self.stream.length();
        let mut next = at;
        let mut fits = true;
        for _ in 0..3 {
            if next == length {
                break;
            }
            self.stream.at = next;
            let header = self.stream.take(HEADER_BYTES)?.map(<[u8]>::to_vec).unwrap_or_default();
            let known = matches!(header.first(), Some(0x01..=0x07 | 0x0a..=0x0e | 0x1c | 0x2c));
            let body = number(header.get(5..).unwrap_or_default());
            next = next.saturating_add(HEADER_BYTES as u64).saturating_add(body);
            fits &= known && next <= length;
        }
        self.stream.at = at;
        Ok(fits)
    }

    /// Reads one sub-record; the stream then stands behind it.
    fn sub_record(&mut self, items: &mut Vec<Item>) -> Result<Sub, Fault> {
        let start = self.stream.at;
        let (id, wide) = (self.id as u64, self.id);
        let Some(tag) = self.stream.take(1)?.and_then(|tag| tag.first().copied()) else {
            return Ok(Sub::Broken);
        };
        let fixed = match tag {
            0xff | 0x05 | 0x07 | 0x89..=0x8d | 0x90 => id,
            0x01 => 2 * id,
            0x02 | 0x03 | 0x08 | 0x8e => id + 8,
            0x04 | 0x06 | 0xfe => id + 4,
            0xc3 => id + 9,
            0x20 => return self.class(start, items),
            0x21 => {
                let Some(head) = self.stream.take(2 * wide + 8)? else { return Ok(Sub::Broken) };
                let class = number(head.get(wide + 4..2 * wide + 4).unwrap_or_default());
                let bytes = number(head.get(2 * wide + 4..).unwrap_or_default());
                let fields = self.stream.at..self.stream.at.saturating_add(bytes);
                items.push(Item::Structure(start..fields.start));
                items.push(Item::Instance { class, fields });
                return Ok(self.skip(bytes));
            }
            0x22 => {
                let Some(head) = self.stream.take(2 * wide + 8)? else { return Ok(Sub::Broken) };
                let count = number(head.get(wide + 4..wide + 8).unwrap_or_default());
                let class = number(head.get(wide + 8..).unwrap_or_default());
                let bytes = count.saturating_mul(id);
                items.push(Item::References { class, bytes });
                items.push(Item::Structure(start..self.stream.at.saturating_add(bytes)));
                return Ok(self.skip(bytes));
            }
            0x23 => {
                let Some(head) = self.stream.take(wide + 9)? else { return Ok(Sub::Broken) };
                let count = number(head.get(wide + 4..wide + 8).unwrap_or_default());
                let kind = head.last().copied().unwrap_or(0);
                let Some(width) = width(kind) else { return Ok(Sub::Broken) };
                items.push(Item::Structure(start..self.stream.at));
                items.push(Item::Elements { kind, bytes: count.saturating_mul(width) });
                return Ok(self.skip(count.saturating_mul(width)));
            }
            _ => return Ok(Sub::Broken),
        };
        let whole = self.skip(fixed);
        items.push(Item::Structure(start..self.stream.at));
        Ok(whole)
    }

    fn class(&mut self, start: u64, items: &mut Vec<Item>) -> Result<Sub, Fault> {
        let wide = self.id;
        let mut from = start;
        // Stack trace; loader, signers, domain, two reserved; size of an instance; number of constants.
        let Some(head) = self.stream.take(7 * wide + 10)? else { return Ok(Sub::Broken) };
        let class = number(head.get(..wide).unwrap_or_default());
        let parent = number(head.get(wide + 4..2 * wide + 4).unwrap_or_default());
        let mut count = number(head.get(7 * wide + 8..).unwrap_or_default());
        for key in [2, wide] {
            for _ in 0..count {
                let Some(entry) = self.stream.take(key + 1)? else { return Ok(Sub::Broken) };
                let kind = entry.last().copied().unwrap_or(0);
                let value = self.stream.at;
                let Some(bytes) = self.bytes_of(kind) else { return Ok(Sub::Broken) };
                if self.skip(bytes) == Sub::Broken {
                    return Ok(Sub::Broken);
                }
                if kind != 2 {
                    items.push(Item::Structure(from..value));
                    from = self.stream.at;
                }
            }
            let Some(next) = self.stream.take(2)? else { return Ok(Sub::Broken) };
            count = number(next);
        }
        let mut fields = Vec::new();
        for _ in 0..count {
            let Some(entry) = self.stream.take(wide + 1)? else { return Ok(Sub::Broken) };
            fields.push(entry.last().copied().unwrap_or(0));
        }
        items.push(Item::Structure(from..self.stream.at));
        items.push(Item::Class { id: class, parent, fields });
        Ok(Sub::Whole)
    }

    fn bytes_of(&self, kind: u8) -> Option<u64> {
        if kind == 2 { Some(self.id as u64) } else { width(kind) }
    }

    fn skip(&mut self, bytes: u64) -> Sub {
        let end = self.stream.at.saturating_add(bytes);
        if end > self.stream.length() {
            return Sub::Broken;
        }
        self.stream.at = end;
        Sub::Whole
    }
}

/// Bytes of a value of a primitive type: boolean, char, float, double, byte, short, int, long.
pub(super) fn width(kind: u8) -> Option<u64> {
    match kind {
        4 | 8 => Some(1),
        5 | 9 => Some(2),
        6 | 10 => Some(4),
        7 | 11 => Some(8),
        _ => None,
    }
}
