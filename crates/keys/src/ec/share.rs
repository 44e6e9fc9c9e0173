//! What other searches may ask of the bytes that were gathered for this one.

use super::edwards::Reading;
use super::harvest::Harvest;
use super::job::{Rank, Way, is_plain, is_text, looks_random, rank, starts};
use std::collections::{BTreeMap, BTreeSet};

/// Thirty-two random bytes that may be a key or a seed.
#[derive(Clone, Copy)]
pub(crate) struct Number<'a> {
    /// Position of the first byte.
    pub(crate) position: u64,
    /// The bytes.
    pub(crate) value: &'a [u8; 32],
    /// The random bytes beside them, those behind them before those in front.
    pub(crate) beside: Option<&'a [u8; 32]>,
}

impl<'a> Number<'a> {
    /// The number at an offset of some bytes, if it looks random.
    pub(crate) fn at(bytes: &'a [u8], at: usize, position: u64) -> Option<Self> {
        let number = |from: Option<usize>| {
            let bytes = bytes.get(from?..)?.first_chunk::<32>()?;
            looks_random(bytes).then_some(bytes)
        };
        let beside = number(at.checked_add(32)).or_else(|| number(at.checked_sub(32)));
        Some(Self { position: position.saturating_add(at as u64), value: number(Some(at))?, beside })
    }
}

/// Longest stretch in which long numbers are looked for: four of 4096 bits and what stands between.
const NUMBERS_STRETCH_MAX: usize = 2304;

/// Bytes of a number that may lie in no run: its top limb may be small.
const NUMBER_PLAIN_MAX: usize = 8;

/// Random bytes of any length that may be a key.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    /// Position of the first byte.
    pub(crate) position: u64,
    /// The bytes.
    pub(crate) value: &'a [u8],
}

impl Harvest {
    /// Strings of `length` bytes with nothing random beside them, or behind a head that names
    /// their length, in order of position. `in_digits` are less random.
    pub(crate) fn standing(&self, length: usize, in_digits: bool) -> Vec<Text<'_>> {
        let mut out = Vec::new();
        let plain_max = match in_digits {
            true => (2 * NUMBER_PLAIN_MAX).max(length / 4),
            false => NUMBER_PLAIN_MAX.max(length / 16),
        };
        let fits =
            |stretch: usize| (length.saturating_sub(plain_max)..=NUMBERS_STRETCH_MAX).contains(&stretch);
        for chunk in self.chunks().filter(|chunk| fits(chunk.stretch)) {
            for start in starts(chunk) {
                let range = start.at..start.at + length;
                let Some(value) = chunk.bytes.get(range.clone()) else { continue };
                let before = chunk.bytes.get(range.start.saturating_sub(8)..range.start).unwrap_or_default();
                let after =
                    chunk.bytes.get(range.end..(range.end + 8).min(chunk.bytes.len())).unwrap_or_default();
                let headed = start.length == Some(length);
                let is_bounded = headed || ((start.opens || is_plain(before)) && is_plain(after));
                let is_start = |first: &[u8; 8]| {
                    !is_plain(first) || (is_text(first) && !(before.len() == first.len() && is_text(before)))
                };
                let has_start = value.first_chunk().is_some_and(is_start);
                if !is_bounded || !has_start || chunk.plain_bytes(range) > plain_max {
                    continue;
                }
                out.push(Text { position: chunk.position.saturating_add(start.at as u64), value });
            }
        }
        out
    }

    /// Strings of 32 bytes that stand where a key may, each value once, those that stand alone
    /// first: no more than `max`, and how many were left out.
    pub(crate) fn numbers(&self, max: usize) -> (Vec<Number<'_>>, u64) {
        let way = Way::Bytes(Reading::Seed);
        let mut ranked: BTreeMap<Rank, Vec<Number<'_>>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for chunk in self.chunks() {
            for start in starts(chunk) {
                let Some(rank) = rank(chunk, start, way) else { continue };
                let number = Number::at(&chunk.bytes, start.at, chunk.position);
                if let Some(number) = number.filter(|number| seen.insert(number.value)) {
                    ranked.entry(rank).or_default().push(number);
                }
            }
        }
        let mut all: Vec<Number<'_>> = ranked.into_values().flatten().collect();
        let skipped = all.len().saturating_sub(max);
        all.truncate(max);
        (all, skipped as u64)
    }

    /// All bytes that were gathered or given.
    pub(crate) fn stored(&self) -> Vec<&[u8]> {
        let given = self.given().map(Vec::as_slice);
        self.chunks().map(|chunk| chunk.bytes.as_slice()).chain(given).collect()
    }
}
