//! The orders in which a value's bytes are written.
//!
//! Text forms (hexadecimal, base64, UTF-16) are not here: the dump is decoded instead, see `decode`.

use super::secret::{Notation, Secret};
use zeroize::Zeroizing;

/// Names of the forms, for messages; the index is what [`forms`] gives.
pub(super) const NAMES: [&str; 8] = [
    "as it is",
    "4-byte words swapped",
    "8-byte words swapped",
    "reversed",
    "4-byte words in reverse order",
    "8-byte words in reverse order",
    "as digits of fewer bits than their words",
    "reversed, as digits of fewer bits than their words",
];

/// Bits of a digit and bytes of its word in libraries for long numbers: CPython 30 in 4, libtommath 28 in 4
/// and 60 in 8, OpenJDK 26 and 28 in 8, BearSSL 31 in 4 and 15 in 2, wolfSSL 57 and others in 8, code for
/// curves and vector units 25, 26, 29, 51, 52, 56, 58 in 4 or 8, V8 and GMP nails 62 and 63 in 8.
const DIGITS: [(usize, usize); 18] = [
    (15, 2),
    (25, 4),
    (26, 4),
    (28, 4),
    (29, 4),
    (30, 4),
    (31, 4),
    (25, 8),
    (26, 8),
    (28, 8),
    (51, 8),
    (52, 8),
    (56, 8),
    (57, 8),
    (58, 8),
    (60, 8),
    (62, 8),
    (63, 8),
];

/// Calls `each` with every form of a value, which of its bytes are [foreign](Secret::foreign), and its index in [`NAMES`].
///
/// A number of words, most significant first or last, with the bytes of each word in either order, is one of
/// these six for words of 4 and 8 bytes. The words are counted from the value's start, and for reversed
/// forms from its end, so that a value which is no whole number of words is met on both sides.
pub(super) fn forms(secret: &Secret, mut each: impl FnMut(usize, &[u8], &[u8])) {
    let mut foreign = Vec::new();
    // What is foreign moves as the bytes do.
    orders(&secret.foreign, secret.notation, |_, bytes| foreign.push(bytes.to_vec()));
    let mut foreign = foreign.into_iter();
    orders(&secret.bytes, secret.notation, |index, bytes| {
        each(index, bytes, foreign.next().as_deref().unwrap_or_default());
    });
}

/// Every form of bytes.
fn orders(straight: &[u8], notation: Notation, mut each: impl FnMut(usize, &[u8])) {
    let mut reversed = Zeroizing::new(straight.to_vec());
    reversed.reverse();
    each(0, straight);
    each(3, &reversed);
    if notation == Notation::Number {
        for (bits, width) in DIGITS {
            each(6, &digits(straight, bits, width));
            each(7, &digits(&reversed, bits, width));
        }
    }
    if notation != Notation::Text {
        for (index, width) in [(1, 4), (2, 8)] {
            each(index, &swapped(straight, width));
            each(index + 3, &swapped(&reversed, width));
            if !straight.len().is_multiple_of(width) {
                // The same words counted from the other end.
                let mut other = swapped(&reversed, width);
                other.reverse();
                each(index + 3, &Zeroizing::new(words_reversed(straight, width)));
                each(index, &other);
            }
        }
    }
}

/// The number whose least significant byte is the first, in digits, least significant first, each in a
/// little-endian word.
fn digits(number: &[u8], bits: usize, width: usize) -> Zeroizing<Vec<u8>> {
    let mut written = Zeroizing::new(Vec::new());
    for start in (0..number.len() * 8).step_by(bits) {
        // A digit of 63 bits lies in at most nine bytes.
        let window = number.iter().skip(start / 8).take(9).rev();
        let window = window.fold(0_u128, |window, byte| window << 8 | u128::from(*byte));
        let digit = window >> (start % 8) & ((1 << bits) - 1);
        written.extend(digit.to_le_bytes().iter().take(width));
    }
    written
}

/// Every word's bytes turned around; a last, shorter word too.
fn swapped(bytes: &[u8], width: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes.chunks(width).flat_map(|word| word.iter().rev()).copied().collect())
}

/// The words, counted from the start, in reverse order.
fn words_reversed(bytes: &[u8], width: usize) -> Vec<u8> {
    let words: Vec<&[u8]> = bytes.chunks(width).collect();
    words.into_iter().rev().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(secret: &Secret) -> Vec<(usize, Vec<u8>)> {
        let mut found = Vec::new();
        forms(secret, |index, bytes, _| found.push((index, bytes.to_vec())));
        found
    }

    #[test]
    fn value_has_six_orders() {
        let secret = Secret::binary(1, (0..16).collect());
        let expected: [(usize, [u8; 16]); 6] = [
            (0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            (1, [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]),
            (2, [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8]),
            (3, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
            (4, [12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]),
            (5, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]),
        ];
        let mut found = all(&secret);
        found.sort();
        assert_eq!(found, expected.map(|(index, bytes)| (index, bytes.to_vec())));
    }

    #[test]
    fn what_is_foreign_moves_with_the_bytes() {
        let foreign: Vec<u8> = (0..26).map(|at| if (9..14).contains(&at) { 0xff } else { 0 }).collect();
        let bytes = foreign.iter().map(|foreign| foreign & 0x5a).collect();
        let mut count = 0;
        forms(&Secret::number(1, bytes).with_foreign(foreign), |index, bytes, foreign| {
            assert_eq!(bytes.len(), foreign.len(), "{}", NAMES[index]);
            let is_marked = |(byte, foreign): (&u8, &u8)| *byte == 0 || *foreign != 0;
            assert!(bytes.iter().zip(foreign).all(is_marked), "{}", NAMES[index]);
            assert!(foreign.iter().filter(|foreign| **foreign == 0).count() >= 13, "{}", NAMES[index]);
            count += 1;
        });
        assert!(count > 40, "{count}");
        forms(&Secret::binary(1, vec![1; 16]), |_, _, foreign| assert!(foreign.is_empty()));
    }

    #[test]
    fn number_is_written_in_digits() {
        // 2^30 * 5 + 3 and 2^60 + 7, by hand.
        let number = (5_u64 << 30 | 3).to_le_bytes();
        assert_eq!(digits(&number, 30, 4).as_slice(), [3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
        let number = (1_u128 << 60 | 7).to_le_bytes();
        assert_eq!(digits(&number[..8], 60, 8).as_slice(), [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn text_is_looked_for_forwards_and_backwards() {
        let found = all(&Secret::text(1, b"secret".to_vec()));
        assert_eq!(found, [(0, b"secret".to_vec()), (3, b"terces".to_vec())]);
    }
}
