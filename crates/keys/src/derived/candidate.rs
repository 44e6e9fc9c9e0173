//! Which bytes are tried as secrets, and in which order.

use super::limits::{EDGE_BYTES, INSIDE_MAX};
use crate::ec::Stretch;
use std::collections::BTreeSet;

/// A byte string that may be a secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// Position of the first byte, in the numbering of the stretches.
    pub(super) position: u64,
    /// The bytes.
    pub(super) bytes: &'a [u8],
    /// 0 if nothing random stands on either side, 1 on one, 2 on none.
    pub(super) rank: usize,
}

/// The candidates of one length, `most` of each rank at most, each value once, those that stand alone first, and how many had no room: of those with
/// an end of their own, and of those amid other randomness.
pub(super) fn candidates<'a>(
    stretches: &[Stretch<'a>],
    length: usize,
    most: usize,
) -> (Vec<Candidate<'a>>, [u64; 2]) {
    let mut ranks: [Vec<Candidate<'a>>; 3] = Default::default();
    let mut left_out = [0_u64; 2];
    let mut seen = BTreeSet::new();
    for candidate in stretches.iter().flat_map(|stretch| of_stretch(stretch, length)) {
        let is_inside = candidate.rank == 2;
        let Some(rank) = ranks.get_mut(candidate.rank) else { continue };
        if rank.len() >= if is_inside { most.min(INSIDE_MAX) } else { most } {
            left_out[usize::from(is_inside)] += 1;
        } else if may_be_secret(candidate.bytes) && seen.insert(candidate.bytes) {
            rank.push(candidate);
        }
    }
    (ranks.into_iter().flatten().collect(), left_out)
}

fn of_stretch<'a>(stretch: &Stretch<'a>, length: usize) -> impl Iterator<Item = Candidate<'a>> {
    let (bytes, position) = (stretch.bytes, stretch.position);
    stretch.runs.iter().flat_map(move |run| {
        let first = run.start.saturating_sub(EDGE_BYTES);
        let last = (run.end + EDGE_BYTES).min(bytes.len()).saturating_sub(length);
        let aligned = usize::try_from(position.wrapping_add(first as u64).wrapping_neg() % 4).unwrap_or(0);
        (first + aligned..=last).step_by(4).filter_map(move |at| {
            let position = position.wrapping_add(at as u64);
            let opens = run.start + EDGE_BYTES > at && opens(bytes.get(..at)?);
            let closes = run.end < at + length + EDGE_BYTES && closes(bytes.get(at + length..)?);
            let rank = 2 - usize::from(opens) - usize::from(closes);
            let secret = bytes.get(at..at + length)?;
            // Amid other randomness only where a structure of 64-bit code would put it.
            let is_likely = rank == 0 || position.is_multiple_of(8);
            is_likely.then_some(Candidate { position, bytes: secret, rank })
        })
    })
}

/// Whether something may begin behind these bytes: the last word is no random one.
fn opens(before: &[u8]) -> bool {
    before.last_chunk::<4>().is_none_or(|word| is_plain(*word))
        || before.last_chunk::<8>().is_some_and(|[.., one, two]| *one == 0 && *two == 0)
}

/// Whether something may end before these bytes.
fn closes(behind: &[u8]) -> bool {
    behind.first_chunk::<4>().is_none_or(|word| is_plain(*word))
}

/// True for a word that is part of a small number or a pointer: a random one has two zeros once in 11,000 times.
fn is_plain(word: [u8; 4]) -> bool {
    word.iter().filter(|byte| **byte == 0).count() >= 2
}

/// Whether bytes may come from a generator: hardly any zero, hardly any twice.
pub(super) fn may_be_secret(bytes: &[u8]) -> bool {
    let mut seen = [0_u64; 4];
    bytes.iter().for_each(|byte| seen[usize::from(byte >> 6)] |= 1 << (byte & 63));
    let distinct = seen.iter().map(|word| word.count_ones() as usize).sum::<usize>();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    zeros <= 3 && distinct * 4 >= bytes.len().min(48) * 3 - bytes.len() / 4
}
