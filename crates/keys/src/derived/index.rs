//! Where an output may stand: first a bitmap of all words, then a comparison of those that may match.

use crate::ec::Stretch;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Bytes that the bitmap tells apart.
const PREFIX: usize = 8;

/// Bits of the bitmap for each word in it, so that of 32 others one is taken for one of them.
const BITS_PER_WORD: usize = 32;

/// Fewest and most words of the bitmap: 32 MiB.
const WORDS: std::ops::RangeInclusive<usize> = (1 << 10)..=(1 << 22);

/// A set of words that may say yes when it should not, never no.
pub(super) struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn with_room(count: usize) -> Self {
        let size = (count.saturating_mul(BITS_PER_WORD) / 64).clamp(*WORDS.start(), *WORDS.end());
        let size = size.next_power_of_two();
        Self { words: vec![0; size], shift: 64 - 6 - size.ilog2() }
    }

    fn place(&self, prefix: u64) -> (usize, u64) {
        let hash = prefix.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        (usize::try_from(hash >> 6).unwrap_or(0), 1 << (hash & 63))
    }

    fn insert(&mut self, prefix: u64) {
        let (word, bit) = self.place(prefix);
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether bytes that start so may be there.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        let Some(prefix) = bytes.first_chunk::<PREFIX>() else { return false };
        let (word, bit) = self.place(u64::from_le_bytes(*prefix));
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Every place of the stretches where a word of a machine begins.
fn places<'a>(stretches: &'a [Stretch<'a>]) -> impl Iterator<Item = (u64, &'a [u8])> {
    stretches.iter().flat_map(|stretch| {
        let first = usize::try_from(stretch.position.wrapping_neg() % 4).unwrap_or(0);
        let last = stretch.bytes.len().saturating_sub(PREFIX);
        let at = move |at: usize| (stretch.position.wrapping_add(at as u64), &stretch.bytes[at..]);
        (first..=last).step_by(4).filter(|at| *at < stretch.bytes.len()).map(at)
    })
}

/// What stands in the stretches, and the keys known from elsewhere.
pub(super) fn filter(stretches: &[Stretch<'_>], known: &[Vec<u8>]) -> Filter {
    let bytes: usize = stretches.iter().map(|stretch| stretch.bytes.len()).sum();
    let mut filter = Filter::with_room(bytes / 4 + known.len());
    let known = known.iter().map(Vec::as_slice);
    for bytes in places(stretches).map(|(_, bytes)| bytes).chain(known) {
        if let Some(prefix) = bytes.first_chunk::<PREFIX>() {
            filter.insert(u64::from_le_bytes(*prefix));
        }
    }
    filter
}

/// Of the outputs those that stand in the stretches or are known, with the places.
pub(super) fn confirm(
    stretches: &[Stretch<'_>],
    known: &[Vec<u8>],
    outputs: &[&[u8]],
) -> BTreeMap<usize, Vec<u64>> {
    let mut filter = Filter::with_room(outputs.len());
    let mut by_prefix: Vec<([u8; PREFIX], usize)> = Vec::new();
    for (number, output) in outputs.iter().enumerate() {
        if let Some(prefix) = output.first_chunk::<PREFIX>() {
            filter.insert(u64::from_le_bytes(*prefix));
            by_prefix.push((*prefix, number));
        }
    }
    by_prefix.sort_unstable();
    let matching = |bytes: &[u8]| -> Vec<usize> {
        let Some(prefix) = bytes.first_chunk::<PREFIX>().filter(|_| filter.may_hold(bytes)) else {
            return Vec::new();
        };
        let first = by_prefix.partition_point(|(known, _)| known < prefix);
        let same = by_prefix.iter().skip(first).take_while(|(known, _)| known == prefix);
        let whole = |number: &usize| outputs.get(*number).is_some_and(|output| bytes.starts_with(output));
        same.map(|(_, number)| *number).filter(whole).collect()
    };
    let seen: Vec<(u64, usize)> = stretches
        .par_iter()
        .flat_map_iter(|stretch| {
            places(std::slice::from_ref(stretch))
                .flat_map(|(position, bytes)| {
                    matching(bytes).into_iter().map(move |number| (position, number))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let mut found: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for number in known.iter().flat_map(|key| matching(key)) {
        found.entry(number).or_default();
    }
    for (position, number) in seen {
        found.entry(number).or_default().push(position);
    }
    found
}
