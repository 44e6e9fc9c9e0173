//! The digits of base64 (RFC 4648, tables 1 and 2): both alphabets, no padding, no line breaks.
//!
//! Memory is full of text that could be base64, so what tells digits from other characters works on many at a time.

/// Characters that are compared at once, without a branch.
const BLOCK: usize = 32;

/// What stands for no digit.
const NONE: u8 = 64;

/// Value of a digit of either alphabet, 0 to 63; 64 for any other byte.
#[must_use]
pub const fn value(character: u8) -> u8 {
    match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => NONE,
    }
}

/// True for a digit of either alphabet.
#[must_use]
pub fn is_digit(character: u8) -> bool {
    VALUES.get(usize::from(character)).is_some_and(|value| *value < NONE)
}

/// True if digits of either alphabet are all there is.
#[inline]
#[must_use]
pub fn all_digits(text: &[u8]) -> bool {
    // Comparisons without a branch or a table: the processor makes many at a time.
    text.iter().fold(true, |all, &byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let sign = (byte == b'+') | (byte == b'-') | (byte == b'_');
        // The slash stands right before the zero.
        all & (letter | sign | (byte.wrapping_sub(b'/') < 11))
    })
}

/// How many digits of either alphabet `text` begins with.
#[must_use]
pub fn digits_ahead(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let whole = blocks.iter().take_while(|block| all_digits(*block)).count() * BLOCK;
    let rest = text.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| is_digit(**byte)).count()
}

/// Sets `out` to what digits say, those beyond the last whole group too. Bytes that are no digits count as some digit.
pub fn decode_into(digits: &[u8], out: &mut Vec<u8>) {
    let value = |digit: u8| VALUES.get(usize::from(digit)).map_or(0, |value| value & 63);
    let (pairs, rest) = digits.as_chunks::<8>();
    // All of it is written next: what is there need not be zero.
    out.resize(6 * pairs.len() + 6, 0);
    let (decoded, _) = out.as_chunks_mut::<6>();
    for (bytes, pair) in decoded.iter_mut().zip(pairs) {
        let [_, _, six @ ..] = joined(pair.map(value)).to_be_bytes();
        *bytes = six;
    }
    out.truncate(6 * pairs.len());
    let pool = rest.iter().fold(0_u64, |pool, digit| pool << 6 | u64::from(value(*digit)));
    let [_, _, bytes @ ..] = (pool << (6 * (8 - rest.len()))).to_be_bytes();
    out.extend(bytes.iter().take(rest.len() * 6 / 8));
}

/// The 48 bits that eight values of six bits are together, the first of them uppermost.
pub(crate) fn joined(values: [u8; 8]) -> u64 {
    let sixes = u64::from_be_bytes(values);
    let twelves = sixes >> 2 & 0x0fc0_0fc0_0fc0_0fc0 | sixes & 0x003f_003f_003f_003f;
    let halves = twelves >> 4 & 0x00ff_f000_00ff_f000 | twelves & 0x0000_0fff_0000_0fff;
    halves >> 8 & 0x0000_ffff_ff00_0000 | halves & 0x00ff_ffff
}

static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut character = 0;
    while character < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let byte = character as u8;
        table[character] = value(byte);
        character += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine as _;
    use ::base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn the_ways_to_tell_a_digit_agree() {
        for byte in 0..=255 {
            let expected = value(byte) < NONE;
            assert_eq!(is_digit(byte), expected, "{byte}");
            assert_eq!(all_digits(&[byte]), expected, "{byte}");
            assert_eq!(digits_ahead(&[byte; 70]), if expected { 70 } else { 0 }, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut out = vec![1];
            for text in [BASE64_STANDARD_NO_PAD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
                decode_into(text.as_bytes(), &mut out);
                prop_assert_eq!(&out, &bytes);
                prop_assert_eq!(digits_ahead(format!("{text}=").as_bytes()), text.len());
            }
        }
    }
}
