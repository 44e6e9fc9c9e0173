//! The words of a line, and which numbers they are.

use std::ops::Range;

/// A word.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Where it stands in the line, with its sign.
    pub(super) place: Range<usize>,
    /// Its hexadecimal digits and its value, if it is such a number.
    pub(super) hexadecimal: Option<(usize, u64)>,
    /// Whether `0x` stands before it.
    pub(super) is_prefixed: bool,
    /// Its value in two's complement and whether it is negative, if it is a decimal number.
    pub(super) decimal: Option<(u64, bool)>,
}

/// All words of a line.
pub(super) fn words(line: &[u8]) -> Vec<Word> {
    let mut out = Vec::new();
    let mut start = 0;
    for piece in line.split(|byte| !byte.is_ascii_alphanumeric()) {
        let end = start + piece.len();
        if !piece.is_empty() {
            let is_negative = start > 0 && line.get(start - 1) == Some(&b'-');
            out.push(word(piece, start..end, is_negative));
        }
        start = end + 1;
    }
    out
}

fn word(text: &[u8], place: Range<usize>, is_negative: bool) -> Word {
    let is_prefixed = text.starts_with(b"0x");
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    let read = |digits: &[u8], radix: u32| {
        let text = std::str::from_utf8(digits).ok()?;
        u64::from_str_radix(text, radix).ok()
    };
    let hexadecimal = read(digits, 16).map(|value| (digits.len(), value));
    let decimal =
        read(text, 10).map(|value| if is_negative { (value.wrapping_neg(), true) } else { (value, false) });
    Word { place, hexadecimal, is_prefixed, decimal }
}

/// Bytes of the narrowest integer that holds some decimal numbers.
pub(super) fn width(numbers: &[(u64, bool)]) -> usize {
    let needed = |(value, is_negative): &(u64, bool)| {
        // A negative number takes the bits of its complement, and one for the sign.
        let bits = if *is_negative { 65 - (!value).leading_zeros() } else { 64 - value.leading_zeros() };
        match bits {
            0..=8 => 1,
            9..=16 => 2,
            17..=32 => 4,
            _ => 8,
        }
    };
    numbers.iter().map(needed).max().unwrap_or(1)
}
