//! All numbers of one size in the dump, to be compared with known moduli.

use super::index::{Index, Spot, Standing};
use super::layout::LAYOUTS;
use super::limits::VALUE_LIMBS_MAX;
use super::survey::Survey;

/// A number of the wanted size, whatever it is.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it starts.
    pub(super) spot: Spot,
    /// Its digits.
    pub(super) count: usize,
    /// 64-bit limbs, least significant first.
    pub(super) limbs: Vec<u64>,
    /// How it stands there.
    pub(super) standing: Standing,
}

impl Value {
    /// True if its lowest bit is set.
    pub(super) fn is_odd(&self) -> bool {
        self.limbs.first().is_some_and(|limb| limb & 1 == 1)
    }
}

/// Numbers of at most `bits` bits: those that stand alone first, those inside runs
/// last, and each of the three in order of layout and position. Returns also how many
/// had no room.
pub(super) fn of_size(index: &Index, bits: usize) -> (Vec<Value>, u64) {
    let mut values = Vec::new();
    let (mut dropped, mut stored) = (0, 0);
    for (chunk, bytes) in index.chunks.iter().enumerate() {
        if bytes.bytes.len() * 8 < bits {
            continue;
        }
        for (layout, words) in LAYOUTS.iter().enumerate() {
            let count = words.words(bits);
            let Some(survey) = Survey::new(bytes, words) else { continue };
            let (near, far) = survey.fitting(count);
            for at in near.into_iter().chain(far) {
                let Some(limbs) = survey.sequence.limbs(at, count) else { continue };
                if limbs.iter().all(|limb| *limb == 0) {
                    continue;
                }
                let standing = survey.standing(at, count);
                // Half of the room is for numbers at edges.
                let room = if standing == Standing::Inside { VALUE_LIMBS_MAX / 2 } else { VALUE_LIMBS_MAX };
                if stored + limbs.len() > room {
                    dropped += 1;
                    continue;
                }
                stored += limbs.len();
                values.push(Value { spot: Spot::new(chunk, layout, at), count, limbs, standing });
            }
        }
    }
    values.sort_by_key(|value| (value.standing, value.spot.layout(), value.spot));
    (values, dropped)
}
