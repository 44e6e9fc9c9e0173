//! What one line of a text says.

use super::digits;
use super::escape::{self, What};
use std::ops::Range;

/// Fewest digits of an address before a dump of memory.
const ADDRESS_DIGITS_MIN: usize = 4;

/// Digits of numbers in a dump of memory: of one, two, four and eight bytes.
const DUMP_DIGITS: [usize; 4] = [2, 4, 8, 16];

/// Fewest numbers in a list: eight bytes are the shortest fragment that is looked for.
const LIST_NUMBERS_MIN: usize = 8;

/// Fewest digits of a word that stands by itself; shorter ones are offsets and numbers of lines.
const WORD_DIGITS_MIN: usize = 9;

/// Fewest characters of a string that is read.
const STRING_CHARACTERS_MIN: usize = 8;

/// A line of a dump of memory: an address, numbers of one width, and maybe characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// The address.
    pub(super) address: u64,
    /// Where the digits of each number stand, with `0x` if it has one.
    pub(super) numbers: Vec<Range<usize>>,
    /// Bytes of a number.
    pub(super) width: u8,
    /// The characters beside it.
    pub(super) beside: Option<Range<usize>>,
}

/// Reads a line as one of a dump of memory: gdb's `x`, lldb's `memory read`, xxd's, hexdump's, od's, HotSpot's.
pub(super) fn memory(line: &[u8]) -> Option<Memory> {
    let mut at = spaces(line, 0);
    if line.get(at..).is_some_and(|rest| rest.starts_with(b"=> ")) {
        at = spaces(line, at.saturating_add(3));
    }
    let (address, end) = number_at(line, at)?;
    let digits = unprefixed(line, &(at..end)).len();
    let is_prefixed = end.saturating_sub(at) > digits;
    at = end;
    if !(ADDRESS_DIGITS_MIN..=16).contains(&digits) {
        return None;
    }
    // gdb names the symbol between address and colon.
    if line.get(at..).is_some_and(|rest| rest.starts_with(b" <")) {
        let length = line.get(at..)?.iter().position(|byte| *byte == b'>')?;
        at = at.saturating_add(length).saturating_add(1);
    }
    let has_colon = line.get(at) == Some(&b':');
    if !has_colon && (is_prefixed || digits < 6) {
        return None;
    }
    at = at.saturating_add(usize::from(has_colon));
    let (numbers, behind) = numbers(line, at);
    let first = numbers.first()?;
    let digits = unprefixed(line, first).len();
    if numbers.len() < if has_colon { 1 } else { 4 } {
        return None;
    }
    let from = spaces(line, behind);
    let beside = (from < line.len()).then_some(from..line.len());
    let width = u8::try_from(digits / 2).ok()?;
    Some(Memory { address, numbers, width, beside })
}

/// Numbers of as many digits as the first, with white space between, and where they end.
fn numbers(line: &[u8], mut at: usize) -> (Vec<Range<usize>>, usize) {
    let mut out: Vec<Range<usize>> = Vec::new();
    loop {
        let start = spaces(line, at);
        let gap = start.saturating_sub(at);
        let Some((_, end)) = number_at(line, start).filter(|_| gap > 0) else { return (out, at) };
        let ends = line.get(end).is_none_or(u8::is_ascii_whitespace);
        let digits = unprefixed(line, &(start..end)).len();
        let fits = match out.first() {
            None => DUMP_DIGITS.contains(&digits),
            Some(first) => {
                let wanted = first.end.saturating_sub(first.start);
                // Dumps of single bytes have a gap in the middle; behind a wider one stand the characters.
                let is_near =
                    gap == 1 || line.get(at) == Some(&b'\t') || (gap == 2 && digits == 2 && out.len() == 8);
                end.saturating_sub(start) == wanted && is_near
            }
        };
        if !ends || !fits {
            return (out, at);
        }
        out.push(start..end);
        at = end;
    }
}

/// The words of a line: numbers of 9 to 16 digits with `0x`, or of 16 without.
pub(super) fn words(line: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = line.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_alphanumeric)) {
        let start = at.saturating_add(start);
        let rest = line.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        let token = start..start.saturating_add(length);
        let digits = unprefixed(line, &token);
        let is_prefixed = digits.len() < length;
        let fits = if is_prefixed { (WORD_DIGITS_MIN..=16).contains(&digits.len()) } else { length == 16 };
        if fits && digits::hexadecimal(digits).is_some() {
            out.push(token.clone());
        }
        at = token.end.max(start.saturating_add(1));
    }
    out
}

/// A number of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Where it stands.
    pub(super) place: Range<usize>,
    /// Its value, in two's complement.
    pub(super) value: u64,
    /// Whether it is below zero.
    pub(super) is_negative: bool,
    /// Whether it is written in hexadecimal.
    pub(super) is_hexadecimal: bool,
}

/// The lists of a line: numbers with a comma, a colon or a space between, eight or more.
pub(super) fn lists(line: &[u8]) -> Vec<Vec<Listed>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let (list, end) = list(line, at);
        if list.len() >= LIST_NUMBERS_MIN {
            out.push(list);
        }
        at = end.max(at.saturating_add(1));
    }
    out
}

/// The list that begins at a place, and where it ends.
fn list(line: &[u8], mut at: usize) -> (Vec<Listed>, usize) {
    let mut out: Vec<Listed> = Vec::new();
    let mut separator = None;
    if at > 0
        && line.get(at.saturating_sub(1)).is_some_and(|byte| is_word(*byte) || matches!(byte, b'.' | b'-'))
    {
        return (out, at);
    }
    loop {
        let Some(number) = listed(line, at, separator) else { return (out, at) };
        let mut end = number.place.end;
        out.push(number);
        // gdb shows the character beside the number of a `char`.
        if line.get(end..).is_some_and(|rest| rest.starts_with(b" '")) {
            let quoted = line.get(end.saturating_add(2)..).unwrap_or_default();
            let close = quoted
                .windows(2)
                .position(|pair| pair.last() == Some(&b'\'') && pair.first() != Some(&b'\\'));
            end = end.saturating_add(close.map_or(0, |close| close.saturating_add(4)));
        }
        let Some(sign) = line.get(end).copied().filter(|sign| matches!(sign, b',' | b':' | b' ')) else {
            return (out, end);
        };
        if separator.is_some_and(|separator| separator != sign) {
            return (out, end);
        }
        separator = Some(sign);
        let next = end.saturating_add(1);
        at = if sign == b',' { spaces(line, next) } else { next };
    }
}

/// The number of a list at a place. With another sign than a comma between, bytes of two digits.
fn listed(line: &[u8], at: usize, separator: Option<u8>) -> Option<Listed> {
    let rest = line.get(at..)?;
    let sign = usize::from(rest.first() == Some(&b'-'));
    let length =
        rest.iter().skip(sign).position(|byte| !is_word(*byte)).unwrap_or(rest.len().saturating_sub(sign));
    let place = at..at.saturating_add(sign).saturating_add(length);
    let text = line.get(place.clone())?;
    let behind = line.get(place.end..).unwrap_or_default();
    let follows = behind.first().copied().filter(|_| !behind.starts_with(b" '"));
    let is_pair = text.len() == 2
        && matches!(separator.or(follows), Some(b':' | b' '))
        && text.iter().all(u8::is_ascii_hexdigit);
    if is_pair || text.starts_with(b"0x") {
        let value = digits::hexadecimal(text)?;
        return Some(Listed { place, value, is_negative: false, is_hexadecimal: true });
    }
    let value = digits::decimal(text).filter(|_| matches!(separator, None | Some(b',')))?;
    Some(Listed { place, value, is_negative: sign > 0, is_hexadecimal: false })
}

/// The number of a line on which nothing else stands but a comma.
pub(super) fn alone(line: &[u8]) -> Option<Listed> {
    let from = spaces(line, 0);
    let number = listed(line, from, Some(b','))?;
    let rest = line.get(number.place.end..).unwrap_or_default();
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    rest.iter().all(u8::is_ascii_whitespace).then_some(number)
}

/// The stretches of a line that hold escapes or characters beyond ASCII, byte by byte: a character beyond ASCII is a byte in
/// Latin-1, as JavaScript has bytes in strings, and then once more the bytes that it has in UTF-8, as gdb prints those.
pub(super) fn strings(line: &[u8]) -> Vec<Vec<Range<usize>>> {
    if line.iter().all(|byte| *byte != b'\\' && *byte < 0x80) {
        return Vec::new();
    }
    let mut out = characters(line, true);
    if line.iter().any(|byte| *byte >= 0x80) {
        out.extend(characters(line, false));
    }
    let is_written = |string: &Vec<Range<usize>>| {
        let beyond =
            |place: &Range<usize>| place.len() > 1 || line.get(place.start).is_some_and(|byte| *byte >= 0x80);
        string.len() >= STRING_CHARACTERS_MIN && string.iter().any(beyond)
    };
    out.retain(is_written);
    out
}

/// The characters of a line, parted at quotes and where one is beyond Latin-1; or its bytes, but for escapes, which stay whole.
fn characters(line: &[u8], is_latin: bool) -> Vec<Vec<Range<usize>>> {
    let (mut out, mut string) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(atom) = line.get(at..).and_then(escape::atom) {
        let place = at..at.saturating_add(atom.bytes);
        at = place.end;
        let is_escape = line.get(place.start) == Some(&b'\\');
        if line.get(place.clone()) == Some(b"\"") {
            out.push(std::mem::take(&mut string));
        } else if !is_latin && !is_escape {
            string.extend(place.map(|byte| byte..byte.saturating_add(1)));
        } else if matches!(atom.what, What::Latin(_)) {
            string.push(place);
        } else {
            out.push(std::mem::take(&mut string));
        }
    }
    out.push(string);
    out
}

/// Of a line that shows a register: its number, and the number as it is shown once more; of a vector register all that
/// stands between braces, twice.
pub(super) fn register(line: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let from = spaces(line, 0);
    let rest = line.get(from..)?;
    let name = rest.iter().position(|byte| !is_word(*byte))?;
    let start = spaces(line, from.saturating_add(name));
    if !(1..=16).contains(&name) || start == from.saturating_add(name) {
        return None;
    }
    if line.get(start..).is_some_and(|rest| rest.starts_with(b"{")) {
        return Some((start..line.len(), start..line.len()));
    }
    let (_, end) =
        number_at(line, start).filter(|_| line.get(start..).is_some_and(|rest| rest.starts_with(b"0x")))?;
    let natural = spaces(line, end);
    let text = line.get(natural..)?;
    let is_number =
        text.iter().any(u8::is_ascii_digit) && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    (natural > end && is_number).then_some((start..end, natural..line.len()))
}

/// The number in hexadecimal at a place, and where it ends.
fn number_at(line: &[u8], at: usize) -> Option<(u64, usize)> {
    let rest = line.get(at..)?;
    let prefix = if rest.starts_with(b"0x") { 2 } else { 0 };
    let digits = rest.iter().skip(prefix).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let text = rest.get(..prefix.checked_add(digits)?)?;
    Some((digits::hexadecimal(text)?, at.saturating_add(text.len())))
}

/// The digits of a number without `0x`.
fn unprefixed<'a>(line: &'a [u8], place: &Range<usize>) -> &'a [u8] {
    let text = line.get(place.clone()).unwrap_or_default();
    text.strip_prefix(b"0x").unwrap_or(text)
}

/// The first place from `at` on that is no white space.
fn spaces(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    at.saturating_add(length)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
