//! Secrets that a text writes down: in hexadecimal, base64, or with escapes.

use super::index::Index;
use super::limits::SECRET_BYTES_MIN;
use super::material;
use crate::base64;
use crate::material::Hit;
use std::ops::Range;
use zeroize::Zeroizing;

/// Characters of base64 that hold the shortest secret whatever stands before it.
const BASE64_CHARS_MIN: usize = 11;

/// What may stand between the bytes of a hexadecimal dump.
const SEPARATORS: [&[u8]; 9] = [b":", b" ", b"-", b", 0x", b",0x", b"\\x", b"%", b", ", b","];

/// Appends what is found in a run of text; ranges count its characters.
pub(super) fn scan(index: &Index, text: &[u8], out: &mut Vec<Hit>) {
    in_base64(index, text, out);
    in_hexadecimal(index, text, out);
    in_escapes(index, text, out);
}

/// Decodes every run of base64 characters at each of its four alignments.
fn in_base64(index: &Index, text: &[u8], out: &mut Vec<Hit>) {
    let mut plain = Zeroizing::new(Vec::new());
    for run in runs(text, BASE64_CHARS_MIN, base64::is_digit) {
        let characters = text.get(run.clone()).unwrap_or_default();
        // Of eleven characters that encode anything but zeros one in three hundred has letters of one case.
        if !characters.iter().any(u8::is_ascii_uppercase) || !characters.iter().any(u8::is_ascii_lowercase) {
            continue;
        }
        for phase in 0..4 {
            base64::decode_into(characters.get(phase..).unwrap_or_default(), &mut plain);
            let place = |range: Range<usize>| {
                let start = run.start + phase;
                start + range.start / 3 * 4..(start + range.end.div_ceil(3) * 4).min(run.end)
            };
            found_in(index, &plain, "base64", &place, out);
        }
    }
}

/// Decodes digits without anything between them, at both alignments, and pairs of digits with the same separator.
fn in_hexadecimal(index: &Index, text: &[u8], out: &mut Vec<Hit>) {
    for run in runs(text, 2 * SECRET_BYTES_MIN, |byte| byte.is_ascii_hexdigit()) {
        for phase in 0..2 {
            let digits = text.get(run.start + phase..run.end).unwrap_or_default();
            let plain = pairs(digits.as_chunks::<2>().0.iter().copied());
            let start = run.start + phase;
            found_in(index, &plain, "hex", &|range| start + 2 * range.start..start + 2 * range.end, out);
        }
    }
    for separator in SEPARATORS {
        let step = 2 + separator.len();
        let mut at = 0;
        let finder = memchr::memmem::Finder::new(separator);
        while let Some(found) = text.get(at..).and_then(|rest| finder.find(rest)) {
            let first = at + found;
            at = first + separator.len();
            let Some(start) = first.checked_sub(2) else { continue };
            let count = count_pairs(text, start, separator);
            if count >= SECRET_BYTES_MIN {
                let digits =
                    (0..count).filter_map(|index| text.get(start + index * step..)?.first_chunk().copied());
                let place = |range: Range<usize>| {
                    start + step * range.start..start + step * range.end - separator.len()
                };
                found_in(index, &pairs(digits), "hex dump", &place, out);
            }
            at = at.max(start + count * step);
        }
    }
}

/// Pairs of digits from `start` on with `separator` between them.
fn count_pairs(text: &[u8], start: usize, separator: &[u8]) -> usize {
    let mut count = 0;
    let mut at = start;
    while text.get(at..at + 2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)) {
        count += 1;
        at += 2;
        if !text.get(at..).is_some_and(|rest| rest.starts_with(separator)) {
            break;
        }
        at += separator.len();
    }
    count
}

/// Undoes percent signs and backslashes.
fn in_escapes(index: &Index, text: &[u8], out: &mut Vec<Hit>) {
    if memchr::memchr2(b'%', b'\\', text).is_none() {
        return;
    }
    let (mut plain, mut places) = (Zeroizing::new(Vec::with_capacity(text.len())), Vec::new());
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (bytes, length) = unescape(rest);
        for byte in bytes {
            plain.push(byte);
            places.push(at);
        }
        at += length;
    }
    places.push(at);
    let place = |range: Range<usize>| {
        let place = |at: usize| places.get(at).copied().unwrap_or(text.len());
        place(range.start)..place(range.end)
    };
    found_in(index, &plain, "escaped", &place, out);
}

/// The bytes that the beginning of a text stands for, and its length: `%2F` (RFC 3986, section 2.1), and what JSON
/// (RFC 8259, section 7) and C write behind a backslash.
fn unescape(text: &[u8]) -> (Vec<u8>, usize) {
    let digits = |range: Range<usize>| {
        let digits = text.get(range).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let byte = |range| digits(range).and_then(|value| u8::try_from(value).ok());
    match text {
        [b'%', ..] => byte(1..3).map(|byte| (vec![byte], 3)),
        [b'\\', b'x', ..] => byte(2..4).map(|byte| (vec![byte], 4)),
        [b'\\', b'u', ..] => {
            digits(2..6).and_then(char::from_u32).map(|one| (one.to_string().into_bytes(), 6))
        }
        [b'\\', b'n', ..] => Some((vec![b'\n'], 2)),
        [b'\\', b't', ..] => Some((vec![b'\t'], 2)),
        [b'\\', other, ..] if !other.is_ascii_alphanumeric() => Some((vec![*other], 2)),
        _ => None,
    }
    .unwrap_or_else(|| (text.first().copied().into_iter().collect(), 1))
}

/// Appends what stands in decoded bytes, with its place in the text.
fn found_in(
    index: &Index,
    plain: &[u8],
    form: &'static str,
    place: &dyn Fn(Range<usize>) -> Range<usize>,
    out: &mut Vec<Hit>,
) {
    index.plain(plain, &mut |mut found| {
        found.range = place(found.range.clone());
        out.push(material::hit(found, Some(form)));
    });
}

/// Maximal runs of at least `least` bytes that `belongs` accepts.
fn runs(text: &[u8], least: usize, belongs: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(left) = text.get(start..).filter(|left| left.len() >= least) {
        // The last byte of the shortest run first: most words are passed over in one step.
        if let Some(foreign) = left.iter().take(least).rposition(|byte| !belongs(*byte)) {
            start += foreign + 1;
            continue;
        }
        let length = left.iter().position(|byte| !belongs(*byte)).unwrap_or(left.len());
        out.push(start..start + length);
        start += length + 1;
    }
    out
}

/// The bytes that a whole text writes in hexadecimal.
pub(super) fn hexadecimal_whole(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (digits, rest) = text.as_chunks::<2>();
    (rest.is_empty() && text.iter().all(u8::is_ascii_hexdigit)).then(|| pairs(digits.iter().copied()))
}

/// The bytes that a whole text writes in base64 of either alphabet, with or without padding.
pub(super) fn base64_whole(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let mut out = Zeroizing::new(Vec::new());
    base64::decode_into(digits, &mut out);
    base64::all_digits(digits).then_some(out)
}

fn pairs(digits: impl Iterator<Item = [u8; 2]>) -> Zeroizing<Vec<u8>> {
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0);
    Zeroizing::new(digits.map(|[high, low]| value(high) << 4 | value(low)).collect())
}
