//! The definition: what a candidate is, one offset at a time.

use super::{Candidate, Relation};
use std::ops::Range;

/// Every relation with the distance from each of the three words to its older
/// operand, in bytes.
const SHAPES: [(Relation, [isize; 3]); 6] = [
    (Relation::Ascending128, [-16, -16, -16]),
    (Relation::Ascending192, [-24, -24, -24]),
    (Relation::Ascending256, [-32, -32, -32]),
    (Relation::Descending128, [16, 16, 16]),
    (Relation::Descending192, [40, 8, 8]),
    (Relation::Descending256, [32, 32, 32]),
];

/// How far before a word its operands reach, in bytes.
pub(super) const BEFORE: usize = 32;
/// How far after a word they reach, for a deciding word.
pub(super) const AFTER: usize = 32;

/// Tests every offset of the window.
pub(super) fn candidates(window: &[u8], out: &mut Vec<Candidate>) {
    candidates_at(window, 0..window.len(), out);
}

/// Tests the offsets whose deciding word begins in a range of multiples of
/// four.
pub(super) fn candidates_of_words(window: &[u8], words: Range<usize>, out: &mut Vec<Candidate>) {
    let first_offset = |word: usize| word.saturating_sub(DECIDING - 1);
    candidates_at(window, first_offset(words.start)..first_offset(words.end), out);
}

/// Tests the offsets whose deciding word is this one or a later one.
pub(super) fn candidates_from_word(window: &[u8], word: usize, out: &mut Vec<Candidate>) {
    candidates_of_words(window, word..window.len() + DECIDING, out);
}

/// One past the greatest distance from an offset to its deciding word, in bytes.
///
/// A vector kernel looks at words at multiples of four only. The last eight
/// bytes of a run hold one such word whole, whatever the alignment: the deciding
/// word, 8 to 11 bytes after the offset. It is zero in none of its operands, of
/// which the older lies 16, 24 or 32 bytes before it, or 8, 16 or 32 after.
const DECIDING: usize = 12;

fn candidates_at(window: &[u8], offsets: Range<usize>, out: &mut Vec<Candidate>) {
    for offset in offsets {
        let Some(run) = window.get(offset..).and_then(|rest| rest.first_chunk()) else { return };
        let Some(steps) = steps(run) else { continue };
        for (relation, lags) in SHAPES {
            if holds(window, offset, steps, lags) && !is_endless(window, offset, lags) {
                out.push(Candidate { offset, relation });
            }
        }
    }
}

/// True if the next three words obey as well: one of six words in a row is an
/// S-box step, so what obeys six times is a pattern that repeats (`x, y, x ^ y`).
fn is_endless(window: &[u8], offset: usize, [.., lag]: [isize; 3]) -> bool {
    let next = offset.saturating_add(12);
    let steps = window.get(next..).and_then(|rest| rest.first_chunk()).and_then(steps);
    steps.is_some_and(|steps| holds(window, next, steps, [lag; 3]))
}

/// `w[i] ^ w[i - 1]` for the three words after the one at the offset, which are
/// what their older operands have to be. `None` if an operand of the last two
/// is blank.
fn steps(run: &[u8; 16]) -> Option<[u32; 3]> {
    let ([w0, w1, w2, w3], []) = run.as_chunks::<4>() else { return None };
    let [w0, w1, w2, w3] = [w0, w1, w2, w3].map(|word| u32::from_le_bytes(*word));
    let steps @ [_, second, third] = [w1 ^ w0, w2 ^ w1, w3 ^ w2];
    let blank = has_blank_word(w1, w2) || has_blank_word(w2, w3) || has_blank_word(second, third);
    (!blank).then_some(steps)
}

/// True if four bytes in a row are zero among the eight of two words in a row.
fn has_blank_word(low: u32, high: u32) -> bool {
    let both = u64::from(low) | u64::from(high) << 32;
    (0..=4).any(|byte| both >> (8 * byte) & u64::from(u32::MAX) == 0)
}

fn holds(window: &[u8], offset: usize, [first, second, third]: [u32; 3], lags: [isize; 3]) -> bool {
    let older = |place: usize, lag| {
        let at = offset.checked_add(place)?.checked_add_signed(lag)?;
        window.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
    };
    // The middle word first: it is the one most often different.
    older(8, lags[1]) == Some(second) && older(12, lags[2]) == Some(third) && older(4, lags[0]) == Some(first)
}
