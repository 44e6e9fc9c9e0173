//! Numbers in the dump of which everything is known: moduli, their own Montgomery
//! constants, and all that belongs to keys already found. A process that loaded a bundle
//! of certificates holds hundreds.

use std::ops::Range;

use num_bigint::BigUint;
use num_traits::One;

use super::index::Index;
use super::keyring::Keyring;
use super::moduli::Moduli;
use super::number::low_word;
use super::pairs::occurrence;
use super::values::Value;

/// Where they stand.
pub(super) struct Explained {
    /// Positions, sorted and disjoint.
    ranges: Vec<Range<u64>>,
}

impl Explained {
    /// Finds them. A constant that is even is not found: numbers are indexed by odd words.
    pub(super) fn new(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> Self {
        let mut numbers = keyring.numbers(moduli);
        for n in moduli.iter() {
            if index.matching(low_word(n)).next().is_some() {
                numbers.push((BigUint::one() << (2 * n.bits().next_multiple_of(64))) % n);
                numbers.push(n.clone());
            }
        }
        let mut found = Vec::new();
        for number in &numbers {
            for start in index.matching(low_word(number)) {
                let place = occurrence(index, start, number, "");
                found.extend(place.map(|place| place.position..place.position + place.length as u64));
            }
        }
        found.sort_by_key(|range| range.start);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for range in found {
            match ranges.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        Self { ranges }
    }

    /// True if more than half of a number lies in one of them.
    pub(super) fn covers(&self, index: &Index, value: &Value) -> bool {
        let Some(sequence) = index.sequence(value.spot) else { return false };
        let (start, length) = sequence.place(value.spot.index(), value.count);
        let end = start + length as u64;
        let first = self.ranges.partition_point(|range| range.end <= start);
        let inside = self.ranges.iter().skip(first).take_while(|range| range.start < end);
        let covered: u64 = inside.map(|range| range.end.min(end) - range.start.max(start)).sum();
        2 * covered > length as u64
    }
}
