//! Moduli known from certificates and other public encodings.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_integer::Integer;

use super::limits::{MODULI_MAX, MODULUS_BITS_MAX, MODULUS_BITS_MIN};
use super::number::low_word;
use super::sieve::has_small_factor;

/// Known moduli with their exponents.
#[derive(Debug, Default)]
pub(super) struct Moduli {
    known: BTreeMap<BigUint, Option<BigUint>>,
    by_low_word: BTreeMap<u64, Vec<BigUint>>,
    /// Moduli that had no room.
    pub(super) dropped: u64,
}

impl Moduli {
    /// Adds a modulus unless its size or a small factor rules it out.
    pub(super) fn add(&mut self, n: &BigUint, e: Option<BigUint>) {
        if n.is_even() || !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&n.bits()) {
            return;
        }
        if has_small_factor(&n.to_u64_digits()) {
            return;
        }
        let entry = self.known.entry(n.clone()).or_default();
        // Two sources may disagree; the smaller exponent wins whatever the order.
        *entry = match (entry.take(), e) {
            (Some(old), Some(new)) => Some(old.min(new)),
            (old, new) => old.or(new),
        };
        if self.known.len() > MODULI_MAX {
            self.known.pop_last();
            self.dropped += 1;
        }
    }

    /// Adds everything of another set.
    pub(super) fn merge(&mut self, other: Self) {
        self.dropped += other.dropped;
        for (n, e) in other.known {
            self.add(&n, e);
        }
    }

    /// Makes [`Self::matching`] answer for what was added.
    pub(super) fn index(&mut self) {
        self.by_low_word.clear();
        for n in self.known.keys() {
            self.by_low_word.entry(low_word(n)).or_default().push(n.clone());
        }
    }

    /// Moduli with these low 64 bits.
    pub(super) fn matching(&self, low: u64) -> Vec<&BigUint> {
        self.by_low_word.get(&low).map(|moduli| moduli.iter().collect()).unwrap_or_default()
    }

    /// The moduli, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = &BigUint> {
        self.known.keys()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The exponent that came with a modulus.
    pub(super) fn exponent(&self, n: &BigUint) -> Option<&BigUint> {
        self.known.get(n)?.as_ref()
    }

    /// Public exponents worth trying: those in use, and those seen.
    pub(super) fn exponents(&self) -> Vec<BigUint> {
        let mut all: Vec<BigUint> = [65537u32, 3, 17, 5, 257, 7].map(BigUint::from).to_vec();
        for e in self.known.values().flatten() {
            if e.bits() <= 32 && !all.contains(e) && all.len() < 12 {
                all.push(e.clone());
            }
        }
        all
    }
}
