//! All numbers of one size in the dump, to be compared with a known modulus.

use super::index::{Candidate, Index, Spot};
use super::layout::LAYOUTS;
use super::limits::VALUE_LIMBS_MAX;
use super::sequence::Sequence;

/// A number of the wanted size, whatever it is.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it starts.
    pub(super) spot: Spot,
    /// Its digits.
    pub(super) count: usize,
    /// 64-bit limbs, least significant first.
    pub(super) limbs: Vec<u64>,
    /// Which powers of the radix it may be a remainder of.
    pub(super) remains: Remains,
    /// Starts and ends at an edge: fills a run.
    pub(super) fills: bool,
}

/// Montgomery constants that a number may be, besides a prime or a multiple of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remains {
    /// None: it looks like a prime.
    None,
    /// R^2 modulo a prime.
    Square,
    /// R, R^2 or R^3 modulo a prime.
    All,
}

/// Prime candidates of `length` 64-bit limbs.
pub(super) fn candidates(index: &Index, length: usize) -> Vec<Value> {
    let classes = index.classes.iter().filter(|((_, limbs), _)| *limbs == length);
    let read = |candidate: &Candidate| {
        let limbs = index.sequence(candidate.spot)?.limbs(candidate.spot.index(), candidate.count)?;
        let limbs = limbs.into_iter().take(length).collect();
        Some(Value {
            spot: candidate.spot,
            count: candidate.count,
            limbs,
            remains: Remains::None,
            fills: false,
        })
    };
    classes.flat_map(|(_, class)| class.iter().filter_map(read)).collect()
}

/// Numbers of at most `bits` bits, in order of layout and position, those at edges
/// first. Returns also how many had no room.
pub(super) fn of_size(index: &Index, bits: usize) -> (Vec<Value>, u64) {
    let mut values = Vec::new();
    let (mut dropped, mut stored) = (0, 0);
    for far in [false, true] {
        for (layout, words) in LAYOUTS.iter().enumerate() {
            if far && !words.anywhere {
                continue;
            }
            let count = words.words(bits);
            for (chunk, bytes) in index.chunks.iter().enumerate() {
                if bytes.bytes.len() < count * words.word {
                    continue;
                }
                let Some(sequence) = Sequence::new(bytes, words) else { continue };
                let (near, interior) = sequence.fitting(count);
                for at in if far { interior } else { near } {
                    let Some(limbs) = sequence.limbs(at, count) else { continue };
                    if limbs.iter().all(|limb| *limb == 0) {
                        continue;
                    }
                    if stored + limbs.len() > VALUE_LIMBS_MAX {
                        dropped += 1;
                        continue;
                    }
                    stored += limbs.len();
                    let remains = if far { Remains::Square } else { Remains::All };
                    let fills = !far && sequence.fills(at, count);
                    values.push(Value { spot: Spot::new(chunk, layout, at), count, limbs, remains, fills });
                }
            }
        }
    }
    (values, dropped)
}
