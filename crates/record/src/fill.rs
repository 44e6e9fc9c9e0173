//! What stands in removed bytes: the one definition, for writer and verifier.
//!
//! The fill of a cut is the pattern `[` marker `#` number `]`, where marker is
//! the cut's marker (one to six ASCII capitals) and number is its finding's
//! number in decimal without leading zeros. The pattern starts at the first
//! byte of the cut, is repeated, and is cut short at the cut's end. Byte `i` of
//! a cut therefore is `pattern[i mod pattern.len()]`.
//!
//! In texts, digits are overwritten by digits, so that whoever reads numbers there still does: the fill of a cut
//! whose marker is [`ZEROS`] is `0`, of one whose marker is [`ONES`] it is `1`, whatever its finding.
//!
//! ```
//! let mut cut = [0; 10];
//! coredact_record::fill::write("AES", 3, 0, &mut cut);
//! assert_eq!(&cut, b"[AES#3][AE");
//! ```
//!
//! Somebody who meets it in a debugger reads what was there; it is ASCII, so no
//! 8 bytes of it are a canonical address or look random; and it depends on
//! nothing secret, never on the removed bytes.

use crate::Cut;

/// Marker of a cut that is filled with `0`: hexadecimal digits of a text.
pub const ZEROS: &str = "ZEROS";

/// Marker of a cut that is filled with `1`: decimal digits of a text. A number of JSON does not begin with a zero.
pub const ONES: &str = "ONES";

/// The text that is repeated: `[AES#3]`. 4 to 18 bytes of ASCII; of digits one.
#[must_use]
pub fn pattern(marker: &str, finding: u32) -> String {
    match marker {
        ZEROS => "0".to_owned(),
        ONES => "1".to_owned(),
        _ => format!("[{marker}#{finding}]"),
    }
}

/// Fills `bytes`, which lie `phase` bytes behind the start of their cut.
///
/// A cut may be written in pieces: each piece with its own phase gives the same bytes as one call.
pub fn write(marker: &str, finding: u32, phase: u64, bytes: &mut [u8]) {
    for (byte, fill) in bytes.iter_mut().zip(stream(marker, finding, phase)) {
        *byte = fill;
    }
}

/// True if `bytes`, which lie `phase` bytes behind the start of `cut`, are its fill and nothing else.
#[must_use]
pub fn matches(cut: &Cut, phase: u64, bytes: &[u8]) -> bool {
    bytes.iter().copied().eq(stream(&cut.marker, cut.finding, phase).take(bytes.len()))
}

fn stream(marker: &str, finding: u32, phase: u64) -> impl Iterator<Item = u8> {
    let mut pattern = pattern(marker, finding).into_bytes();
    let length = u64::try_from(pattern.len()).unwrap_or(u64::MAX);
    // The remainder is below the pattern's length, which is a usize.
    pattern.rotate_left(usize::try_from(phase % length).unwrap_or(0));
    let mut at = 0;
    std::iter::repeat_with(move || {
        let byte = pattern.get(at).copied().unwrap_or(b'[');
        at = if at + 1 < pattern.len() { at + 1 } else { 0 };
        byte
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(marker: &str, finding: u32, phase: u64, expected: &str) {
        let mut bytes = vec![0; expected.len()];
        write(marker, finding, phase, &mut bytes);
        assert_eq!(bytes, expected.as_bytes());
        let cut = Cut { file_offset: 9, length: 99, finding, marker: marker.into() };
        assert!(matches(&cut, phase, &bytes));
    }

    #[test]
    fn fill_repeats_the_pattern_from_the_start_of_the_cut() {
        check("AES", 3, 0, "[AES#3][AES#3][A");
        check("AES", 3, 2, "ES#3][AES#3]");
        check("RANDOM", 4_294_967_295, 0, "[RANDOM#4294967295][RANDOM");
        check("EC", 1, u64::MAX, "#1][EC#1][");
        check("EC", 1, 5, "]");
        check("EC", 1, 0, "");
        check(ZEROS, 7, 3, "00000");
        check(ONES, 7, 0, "111");
    }

    #[test]
    fn byte_that_is_no_fill_is_seen() {
        let cut = Cut { file_offset: 0, length: 8, finding: 3, marker: "AES".into() };
        assert!(!matches(&cut, 0, b"[AES#4]["));
        assert!(!matches(&cut, 1, b"[AES#3]["));
    }

    #[test]
    fn fill_is_no_canonical_address() {
        for finding in [1, 99, 12_345_678] {
            let mut bytes = [0; 64];
            write("TOKEN", finding, 0, &mut bytes);
            for word in bytes.windows(8) {
                let word = u64::from_le_bytes(word.try_into().unwrap());
                assert!(word >> 47 != 0 && word >> 47 != 0x1_ffff, "{word:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_give_the_same_bytes_as_the_whole(length in 0usize..200, split in 0usize..200, finding: u32) {
            let split = split.min(length);
            let (mut whole, mut pieces) = (vec![0; length], vec![0; length]);
            write("RSA", finding, 0, &mut whole);
            let (head, tail) = pieces.split_at_mut(split);
            write("RSA", finding, 0, head);
            write("RSA", finding, split as u64, tail);
            prop_assert_eq!(whole, pieces);
        }
    }
}
