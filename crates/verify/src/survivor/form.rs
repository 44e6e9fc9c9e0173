//! The orders in which a value's bytes are written.
//!
//! Text forms (hexadecimal, base64, UTF-16) are not here: the dump is decoded instead, see `decode`.

use super::secret::{Notation, Secret};
use zeroize::Zeroizing;

/// Names of the forms, for messages; the index is what [`forms`] gives.
pub(super) const NAMES: [&str; 6] = [
    "as it is",
    "4-byte words swapped",
    "8-byte words swapped",
    "reversed",
    "4-byte words in reverse order",
    "8-byte words in reverse order",
];

/// Calls `each` with every form of a value and its index in [`NAMES`].
///
/// A number of words, most significant first or last, with the bytes of each word in either order, is one of
/// these six for words of 4 and 8 bytes. The words are counted from the value's start, and for reversed
/// forms from its end, so that a value which is no whole number of words is met on both sides.
pub(super) fn forms(secret: &Secret, mut each: impl FnMut(usize, &[u8])) {
    let straight = &secret.bytes;
    let mut reversed = Zeroizing::new(straight.clone());
    reversed.reverse();
    each(0, straight);
    each(3, &reversed);
    if secret.notation == Notation::Binary {
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
        forms(secret, |index, bytes| found.push((index, bytes.to_vec())));
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
    fn text_is_looked_for_forwards_and_backwards() {
        let found = all(&Secret::text(1, b"secret".to_vec()));
        assert_eq!(found, [(0, b"secret".to_vec()), (3, b"terces".to_vec())]);
    }
}
