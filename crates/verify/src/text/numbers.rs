//! The bytes that a text writes down in numbers and escapes.
//!
//! Plainer than what found them: all numbers of one length that follow one another, over lines too, are bytes in either
//! order; numbers in decimal are words and lists; backslashes are undone wherever they stand.

use super::word::{Word, width, words};
use crate::fault::{Fault, Named};
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes that are written down one after the other.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// The bytes.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// For each byte where the number or character stands that writes it.
    pub(crate) places: Vec<Range<u64>>,
}

/// Fewest bytes that say something.
const BYTES_MIN: usize = 8;

/// Numbers that are held at most until they are shown.
const HELD_MAX: usize = 1 << 16;

/// Numbers that a stretch repeats of the one before, so that nothing is missed at its edge.
const OVERLAP: usize = 64;

/// Bytes of a line that are read together, and how many of them the next part repeats.
const LINE_BYTES_MAX: u64 = 1 << 20;
const LINE_OVERLAP_BYTES: u64 = 4096;

/// A number: where it stands, its value, the bytes that it stands for.
type Number = (Range<u64>, u64, usize);

/// Shows every stretch of bytes that a text at a place of the dump writes down.
///
/// # Errors
/// If the text cannot be read.
pub(crate) fn read_back(
    dump: Named<'_>,
    place: Range<u64>,
    show: &mut dyn FnMut(&Stretch),
) -> Result<(), Fault> {
    let mut reader = Reader { hexadecimal: Vec::new(), column: Vec::new(), show };
    let mut at = place.start;
    while at < place.end {
        let taken = (place.end - at).min(LINE_BYTES_MAX);
        let held = dump.take(at, taken)?;
        let mut from = 0;
        let is_last = at + taken >= place.end;
        for line in held.split_inclusive(|byte| *byte == b'\n') {
            let whole = line.ends_with(b"\n") || is_last;
            if !whole && from > 0 {
                break;
            }
            reader.line(line, at + from as u64);
            from += line.len();
        }
        let is_cut = !is_last && from as u64 == taken && held.last() != Some(&b'\n');
        at += from as u64 - if is_cut { LINE_OVERLAP_BYTES } else { 0 };
    }
    reader.flush();
    reader.flush_column();
    Ok(())
}

struct Reader<'a> {
    /// Numbers of one length that follow one another.
    hexadecimal: Vec<Number>,
    /// Numbers in decimal, each on a line of its own.
    column: Vec<(Range<u64>, (u64, bool))>,
    show: &'a mut dyn FnMut(&Stretch),
}

impl Reader<'_> {
    fn line(&mut self, line: &[u8], base: u64) {
        if line.contains(&b'\\') || !line.is_ascii() {
            self.escapes(line, base, true);
            self.escapes(line, base, false);
        }
        let words = words(line);
        let place = |word: &Word| base + word.place.start as u64..base + word.place.end as u64;
        match words.as_slice() {
            [one] if one.decimal.is_some() && !one.is_prefixed => {
                self.column.extend(one.decimal.map(|value| (place(one), value)));
                return;
            }
            _ => self.flush_column(),
        }
        let from = words.first().map_or(0, |first| behind_address(line, first));
        for word in words.iter().filter(|word| word.place.start >= from) {
            let bytes = match word.hexadecimal {
                Some((2, _)) => Some(1),
                Some((4, _)) => Some(2),
                Some((8, _)) => Some(4),
                Some((16, _)) => Some(8),
                Some((9.., _)) if word.is_prefixed => Some(8),
                Some(_) if word.is_prefixed => Some(1),
                _ => None,
            };
            let Some(bytes) = bytes else { continue };
            let value = word.hexadecimal.map_or(0, |(_, value)| value);
            if self.hexadecimal.last().is_some_and(|(_, _, before)| *before != bytes) {
                self.flush();
            }
            self.hexadecimal.push((place(word), value, bytes));
            if self.hexadecimal.len() >= HELD_MAX {
                let tail = self.hexadecimal.get(HELD_MAX - OVERLAP..).unwrap_or_default().to_vec();
                self.flush();
                self.hexadecimal = tail;
            }
        }
        self.decimals(line, base, &words);
    }

    /// Lists of numbers in decimal, and each of those that fill a word.
    fn decimals(&mut self, line: &[u8], base: u64, words: &[Word]) {
        let mut list: Vec<(Range<u64>, (u64, bool))> = Vec::new();
        let mut end = None;
        for word in words {
            let place = base + word.place.start as u64..base + word.place.end as u64;
            let between = end.and_then(|end: usize| line.get(end..word.place.start)).unwrap_or_default();
            let goes_on = between.len() <= LIST_GAP_MAX && between.contains(&b',');
            if !goes_on || word.decimal.is_none() {
                self.list(&list);
                list.clear();
            }
            if let Some(number) = word.decimal {
                if word.place.len() >= WORD_DIGITS_MIN {
                    self.list(&[(place.clone(), (number.0, true)); 1]);
                }
                list.push((place, number));
            }
            end = Some(word.place.end);
        }
        self.list(&list);
    }

    fn list(&mut self, list: &[(Range<u64>, (u64, bool))]) {
        let values: Vec<(u64, bool)> = list.iter().map(|(_, value)| *value).collect();
        let bytes = if let [_] = list { 8 } else { width(&values) };
        let numbers: Vec<Number> =
            list.iter().map(|(place, (value, _))| (place.clone(), *value, bytes)).collect();
        self.show(&numbers, false);
    }

    fn flush(&mut self) {
        let numbers = std::mem::take(&mut self.hexadecimal);
        self.show(&numbers, false);
        if numbers.first().is_some_and(|(_, _, bytes)| *bytes > 1) {
            self.show(&numbers, true);
        }
    }

    fn flush_column(&mut self) {
        let column = std::mem::take(&mut self.column);
        self.list(&column);
    }

    fn show(&mut self, numbers: &[Number], reversed: bool) {
        let mut stretch = Stretch::default();
        for (place, value, bytes) in numbers {
            let mut written = value.to_le_bytes();
            let written = written.get_mut(..*bytes).unwrap_or_default();
            if reversed {
                written.reverse();
            }
            stretch.bytes.extend_from_slice(written);
            stretch.places.extend(std::iter::repeat_n(place.clone(), *bytes));
        }
        if stretch.bytes.len() >= BYTES_MIN {
            (self.show)(&stretch);
        }
    }

    /// Undoes backslashes, with characters of Latin-1 as bytes, or all bytes as they are.
    fn escapes(&mut self, line: &[u8], base: u64, is_latin: bool) {
        let mut stretch = Stretch::default();
        let mut at = 0;
        while let Some(byte) = line.get(at) {
            let (value, length) = match byte {
                b'\\' => escape(line, at),
                _ if is_latin => character(line, at),
                _ => (*byte, 1),
            };
            stretch.bytes.push(value);
            stretch.places.push(base + at as u64..base + (at + length) as u64);
            at += length;
        }
        if stretch.bytes.len() >= BYTES_MIN {
            (self.show)(&stretch);
        }
    }
}

/// Characters between two numbers of a list.
const LIST_GAP_MAX: usize = 12;

/// Digits of a number in decimal that is looked at by itself.
const WORD_DIGITS_MIN: usize = 10;

/// Where the address before a dump of memory ends, with the symbol that gdb names; zero if the line has none.
fn behind_address(line: &[u8], first: &Word) -> usize {
    let behind = line.get(first.place.end..).unwrap_or_default();
    let named =
        if behind.starts_with(b" <") { behind.windows(2).position(|pair| pair == b">:") } else { None };
    let spaced = first.place.start == 0 && behind.starts_with(b"  ");
    match named {
        _ if first.hexadecimal.is_none_or(|(digits, _)| digits < 4) => 0,
        Some(named) => first.place.end + named,
        None if behind.starts_with(b":") || spaced => first.place.end,
        None => 0,
    }
}

/// The byte that a character stands for in Latin-1, and its length.
fn character(line: &[u8], at: usize) -> (u8, usize) {
    match line.get(at..at + 2) {
        Some([high @ (0xc2 | 0xc3), low @ 0x80..=0xbf]) => (high << 6 | low & 0x3f, 2),
        _ => (line.get(at).copied().unwrap_or(0), 1),
    }
}

/// The byte that an escape stands for, and its length.
fn escape(line: &[u8], at: usize) -> (u8, usize) {
    let number = |from: usize, count: usize, radix: u32| {
        let digits = line.get(from..from + count)?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
    };
    let low = |value: u32| u8::try_from(value & 0xff).unwrap_or(0);
    match line.get(at + 1) {
        Some(b'u') => number(at + 2, 4, 16).map_or((b'u', 2), |value| (low(value), 6)),
        Some(b'x') => number(at + 2, 2, 16).map_or((b'x', 2), |value| (low(value), 4)),
        Some(b'0'..=b'7') => {
            let length = (1..=3).rev().find(|count| number(at + 1, *count, 8).is_some()).unwrap_or(1);
            (low(number(at + 1, length, 8).unwrap_or(0)), length + 1)
        }
        Some(b'n') => (b'\n', 2),
        Some(b'r') => (b'\r', 2),
        Some(b't') => (b'\t', 2),
        Some(b'b') => (8, 2),
        Some(b'f') => (12, 2),
        Some(b'v') => (11, 2),
        Some(b'a') => (7, 2),
        Some(other @ 0x20..0x7f) => (*other, 2),
        _ => (b'\\', 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(text: &str) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let bytes = text.as_bytes().to_vec();
        read_back(Named::clean(&bytes), 0..bytes.len() as u64, &mut |stretch| {
            assert_eq!(stretch.bytes.len(), stretch.places.len());
            out.push(stretch.bytes.to_vec());
        })
        .unwrap();
        out
    }

    #[test]
    fn numbers_are_read_back_in_both_orders() {
        let check = |text: &str, expected: &str| {
            let all = stretches(text);
            assert!(all.iter().any(|one| one == expected.as_bytes()), "{text}: {all:?}");
        };
        check("0x7ffe10:\t0x4847464544434241\t0x504f4e4d4c4b4a49\n", "ABCDEFGHIJKLMNOP");
        check("0x7ffe10 <a+8>:\t0x44434241\n0x7ffe14 <a+12>:\t0x48474645\n", "ABCDEFGH");
        check("00000000: 4142 4344 4546 4748  ABCDEFGH\n", "ABCDEFGH");
        check("00000000  41 42 43 44 45 46 47 48  |ABCDEFGH|\n", "ABCDEFGH");
        check("rax  0x4847464544434241  5208208757389214273\n", "ABCDEFGH");
        check("a = {65, 66, 67, 68, 69, 70, 71, 72}\n", "ABCDEFGH");
        check("{0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48}", "ABCDEFGH");
        check("65\n66,\n67\n68\n69\n70\n71\n72", "ABCDEFGH");
        check("\"\\101BCDEFGH\"", "\"ABCDEFGH\"");
        check("\"\\u0041BCDEF\\x47H\"", "\"ABCDEFGH\"");
    }
}
