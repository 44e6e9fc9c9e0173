//! All numbers of one size in the dump, to be compared with a known modulus.

use super::index::{Index, Spot};
use super::layout::LAYOUTS;
use super::limits::VALUES_MAX;
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
    /// Not at the edge of a run.
    pub(super) far: bool,
    /// Starts and ends at an edge: fills a run.
    pub(super) fills: bool,
}

/// Numbers of at most `bits` bits, in order of layout and position, those at edges
/// first. Returns also how many had no room.
pub(super) fn of_size(index: &Index, bits: usize) -> (Vec<Value>, u64) {
    let mut values = Vec::new();
    let mut dropped = 0;
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
                    if values.len() == VALUES_MAX {
                        dropped += 1;
                        continue;
                    }
                    let fills = !far && sequence.fills(at, count);
                    values.push(Value { spot: Spot::new(chunk, layout, at), count, limbs, far, fills });
                }
            }
        }
    }
    (values, dropped)
}
