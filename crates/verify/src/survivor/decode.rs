//! Undoes what text does to bytes: hexadecimal, base64, UTF-16, percent signs, backslashes.
//!
//! Every function goes over a run of the dump and hands every decoded run on, with the offset at which the
//! text of it begins. Where the start of a group cannot be known, all are tried: four for base64, two for
//! hexadecimal. Runs are no longer than what is handed in, which bounds the memory taken.

use super::text::{base64_value, decode_base64, decode_hex, hex_value};
use std::ops::Range;
use zeroize::Zeroizing;

/// Base64 characters that 8 bytes take.
const BASE64_MIN: usize = 11;
/// Hexadecimal digits that 8 bytes take.
const HEX_MIN: usize = 16;
/// Of 11 characters with a line break among them, one part has 6 or more.
const BASE64_STEP: usize = 6;
/// UTF-16 units that 8 characters take, and how far a step may go to land among them with two to come.
const WIDE_STEP: usize = 8;
/// Characters before an escape that can belong to the same 8.
const ESCAPE_REACH: usize = 24;

/// Takes a decoded run: where its text begins, what was undone, the bytes.
pub(super) type Sink<'a> = &'a mut dyn FnMut(usize, &'static str, &[u8]);

/// Hands on everything that decodes in `bytes`: text, and text written in UTF-16.
pub(super) fn all(bytes: &[u8], sink: Sink<'_>) {
    narrow(bytes, sink);
    texts(bytes, sink);
}

/// Hands on everything that decodes in `bytes` read as text of one byte a character.
pub(super) fn texts(bytes: &[u8], sink: Sink<'_>) {
    base64_and_hex(bytes, sink);
    spaced_hex(bytes, sink);
    escapes(bytes, sink);
}

/// Length of the line break at `at`: also `\n` and `\r\n` spelled out, as in JSON.
fn break_at(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..).unwrap_or_default() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] | [b'\\', b'n', ..] => 2,
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        _ => 0,
    }
}

/// Length of the line break that ends before `at`.
fn break_before(bytes: &[u8], at: usize) -> usize {
    match bytes.get(..at).unwrap_or_default() {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        [.., b'\\', b'r', b'\\', b'n'] => 4,
        [.., b'\\', b'n'] => 2,
        _ => 0,
    }
}

fn is_base64(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|byte| base64_value(*byte).is_some())
}

/// The base64 characters around `at` that follow one another, none before `floor`.
fn part_around(bytes: &[u8], at: usize, floor: usize) -> Range<usize> {
    let is_part = |byte: &&u8| base64_value(**byte).is_some();
    let before = bytes.get(floor..at).unwrap_or_default().iter().rev().take_while(is_part).count();
    let behind = bytes.get(at..).unwrap_or_default().iter().take_while(is_part).count();
    at - before..at + behind
}

/// Where a run goes on before a part that starts at `start`: where that part really starts (the `n` of `\n`
/// looks like base64), and the part before the line break.
fn part_before(bytes: &[u8], start: usize, floor: usize) -> Option<(usize, Range<usize>)> {
    let spelled = bytes.get(start) == Some(&b'n') && start > floor && bytes.get(start - 1) == Some(&b'\\');
    let start = if spelled { start + 1 } else { start };
    let end = start.checked_sub(break_before(bytes, start)).filter(|end| *end > floor && *end < start)?;
    let part = part_around(bytes, end, floor).start..end;
    (!part.is_empty()).then_some((start, part))
}

fn base64_and_hex(bytes: &[u8], sink: Sink<'_>) {
    let mut characters = Zeroizing::new(Vec::new());
    let mut scratch = Scratch::default();
    let (mut floor, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        if base64_value(*byte).is_none() {
            at += BASE64_STEP;
            continue;
        }
        let mut part = part_around(bytes, at, floor);
        let mut earlier = part_before(bytes, part.start, floor);
        if part.len() < BASE64_MIN && earlier.is_none() && break_at(bytes, part.end) == 0 {
            floor = part.end;
            at = part.end + BASE64_STEP;
            continue;
        }
        // Only a part too short to be met by itself can stand before the first that was met.
        let mut parts = Vec::new();
        while let Some((start, before)) = earlier.filter(|_| parts.len() < BASE64_STEP) {
            parts.push(start..part.end);
            earlier = part_before(bytes, before.start, floor);
            part = before;
        }
        let start = part.start;
        characters.clear();
        for part in std::iter::once(part).chain(parts.into_iter().rev()) {
            characters.extend_from_slice(bytes.get(part.clone()).unwrap_or_default());
            at = part.end;
        }
        while is_base64(bytes, at + break_at(bytes, at)) {
            let next = part_around(bytes, at + break_at(bytes, at), at);
            characters.extend_from_slice(bytes.get(next.clone()).unwrap_or_default());
            at = next.end;
        }
        run(start, &characters, &mut scratch, sink);
        floor = at;
    }
}

/// Memory that is used again.
#[derive(Default)]
struct Scratch {
    values: Zeroizing<Vec<u8>>,
    decoded: Zeroizing<Vec<u8>>,
}

/// Decodes one run of characters that may be base64 or hexadecimal.
fn run(start: usize, characters: &[u8], scratch: &mut Scratch, sink: Sink<'_>) {
    let Scratch { values, decoded } = scratch;
    if characters.len() < BASE64_MIN {
        return;
    }
    values.clear();
    values.extend(characters.iter().filter_map(|byte| base64_value(*byte)));
    for phase in 0..4 {
        decoded.clear();
        decode_base64(values.get(phase..).unwrap_or_default(), decoded);
        sink(start, "base64", decoded);
    }
    for digits in characters.split(|byte| hex_value(*byte).is_none()).filter(|run| run.len() >= HEX_MIN) {
        values.clear();
        values.extend(digits.iter().filter_map(|byte| hex_value(*byte)));
        for phase in 0..2 {
            decoded.clear();
            decode_hex(values.get(phase..).unwrap_or_default(), decoded);
            sink(start, "hexadecimal", decoded);
        }
    }
}

/// Hexadecimal bytes with a colon or a space between.
fn spaced_hex(bytes: &[u8], sink: Sink<'_>) {
    let pair = |at: usize| match bytes.get(at..at + 2) {
        Some([high, low]) => Some(hex_value(*high)? << 4 | hex_value(*low)?),
        _ => None,
    };
    let mut at = 0;
    // 8 bytes take 23 characters with 7 separators, so that a step of 8 lands inside with three of them to come.
    while let Some(window) = bytes.get(at..at + 3) {
        let index = window.iter().position(|byte| matches!(byte, b':' | b' '));
        let found = index.map(|index| at + index).filter(|found| {
            let separators = [0, 3, 6].map(|further| bytes.get(found + further));
            separators.iter().all(|separator| *separator == separators[0])
        });
        let Some(found) = found else {
            at += 8;
            continue;
        };
        let separator = bytes.get(found).copied();
        let mut start = found + 1;
        while start >= 3 && bytes.get(start - 1).copied() == separator && pair(start - 3).is_some() {
            start -= 3;
        }
        let mut decoded = Zeroizing::new(Vec::new());
        let mut end = start;
        while let Some(byte) = pair(end) {
            decoded.push(byte);
            end += 3;
            if bytes.get(end - 1).copied() != separator {
                break;
            }
        }
        if decoded.len() >= 8 {
            sink(start, "hexadecimal", &decoded);
        }
        at = end.max(at + 8);
    }
}

/// Text in UTF-16, either byte order, any alignment; then whatever that text decodes to.
fn narrow(bytes: &[u8], sink: Sink<'_>) {
    let wide = |at: usize| match bytes.get(at..at + 2) {
        Some([character, 0]) => (0x20..0x7f).contains(character) || character.is_ascii_whitespace(),
        _ => false,
    };
    let mut at = 0;
    while at < bytes.len() {
        let found = (at..at + 2).find(|at| wide(*at) && wide(at + 2));
        let Some(found) = found else {
            at += WIDE_STEP;
            continue;
        };
        let mut start = found;
        while start >= 2 && wide(start - 2) {
            start -= 2;
        }
        let mut text = Zeroizing::new(Vec::new());
        // Most significant byte first, the first zero stands before the first character, and the last
        // character has none behind it.
        let mut end = start;
        while wide(end) {
            text.extend(bytes.get(end));
            end += 2;
        }
        text.extend(bytes.get(end).filter(|byte| (0x20..0x7f).contains(*byte)));
        if text.len() >= 8 {
            sink(start, "UTF-16", &text);
            texts(&text, &mut |_, undone, decoded| sink(start, undone, decoded));
        }
        at = end.max(at + WIDE_STEP);
    }
}

/// Percent signs (RFC 3986) and backslashes (RFC 8259, section 7) before other characters.
fn escapes(bytes: &[u8], sink: Sink<'_>) {
    let mut done = 0;
    for found in memchr::memchr2_iter(b'%', b'\\', bytes) {
        if found < done || unescaped(bytes, found).is_none_or(|(_, length)| length == 1) {
            continue;
        }
        let reach = found.saturating_sub(ESCAPE_REACH).max(done);
        let before = bytes.get(reach..found).unwrap_or_default();
        let start =
            before.iter().rposition(|byte| !byte.is_ascii_graphic()).map_or(reach, |at| reach + at + 1);
        let mut text = Zeroizing::new(Vec::new());
        let mut end = start;
        while let Some((byte, length)) = unescaped(bytes, end) {
            text.push(byte);
            end += length;
        }
        sink(start, "escapes", &text);
        base64_and_hex(&text, &mut |_, undone, decoded| sink(start, undone, decoded));
        done = end;
    }
}

/// The character at `at`, and how many bytes write it.
fn unescaped(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let hex = |digits: Option<&[u8]>| {
        digits?.iter().try_fold(0_u8, |byte, digit| Some(byte << 4 | hex_value(*digit)?))
    };
    match *rest {
        [b'%', ..] => hex(rest.get(1..3)).map(|byte| (byte, 3)).or(Some((b'%', 1))),
        [b'\\', b'u', b'0', b'0', ..] => hex(rest.get(4..6)).map(|byte| (byte, 6)),
        [b'\\', b'x', ..] => hex(rest.get(2..4)).map(|byte| (byte, 4)),
        [b'\\', b'n', ..] => Some((b'\n', 2)),
        [b'\\', character @ (b'/' | b'\\' | b'"' | b'\''), ..] => Some((character, 2)),
        [character, ..] => character.is_ascii_graphic().then_some((character, 1)),
        [] => None,
    }
}
