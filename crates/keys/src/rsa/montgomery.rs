//! Constants of Montgomery arithmetic that stand alone.
//!
//! OpenSSL, BoringSSL and what is built on them keep -1/p modulo 2^64 in a context of each prime, followed by a zero
//! (`BN_ULONG n0[2]`, crypto/bn/bn_local.h). A context that was given back keeps it, though the prime itself was
//! wiped: half the bits of a prime short of the key, but a mark of the key that is not there by chance. The product
//! of those of both primes is that of the modulus, which proves them.

use num_bigint::BigUint;
use std::collections::BTreeMap;

use super::limits::{LONE_WORDS_MAX, LONE_WORDS_PAIRED_MAX, LONE_WORDS_WORK_MAX};
use super::number::{inverse_word, low_word};

/// Odd words that look random, each with the first place at which it was met.
#[derive(Debug, Default)]
pub(super) struct LoneWords {
    words: BTreeMap<u64, u64>,
    /// Words that had no room.
    pub(super) dropped: u64,
}

/// Two constants whose product is that of a modulus.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The words and the positions of their first bytes.
    pub(super) words: [(u64, u64); 2],
}

/// Answers that a look-up is spared by: eight for each word of a full set.
const PRESENT: usize = 1 << 20;

impl LoneWords {
    /// Keeps the words of a window that may be such a constant.
    pub(super) fn collect(&mut self, window: &[u8], position: u64) {
        let skip = (position.wrapping_neg() % 8) as usize;
        let (words, _) = window.get(skip..).unwrap_or_default().as_chunks::<8>();
        for (index, pair) in words.array_windows().enumerate() {
            let [word, next] = pair.map(u64::from_le_bytes);
            if next == 0 && word & 1 == 1 && looks_random(word) {
                self.add(word, position + (skip + 8 * index) as u64);
            }
        }
    }

    /// Adds everything of another set.
    pub(super) fn merge(&mut self, other: Self) {
        self.dropped += other.dropped;
        for (word, position) in other.words {
            self.add(word, position);
        }
    }

    fn add(&mut self, word: u64, position: u64) {
        self.words.entry(word).and_modify(|first| *first = position.min(*first)).or_insert(position);
        if self.words.len() > LONE_WORDS_MAX {
            self.words.pop_last();
            self.dropped += 1;
        }
    }

    /// The pairs whose product is that of a number in the dump, where there are not too many words.
    pub(super) fn pairs_of(&self, is_number: impl Fn(u64) -> bool) -> Vec<Pair> {
        if self.words.len() > LONE_WORDS_PAIRED_MAX {
            return Vec::new();
        }
        let mut out = Vec::new();
        let words: Vec<(u64, u64, u64)> =
            self.words.iter().map(|(word, at)| (*word, *at, inverse_word(*word))).collect();
        for (index, (one, at, inverse)) in words.iter().enumerate() {
            for (other, other_at, other_inverse) in words.iter().skip(index + 1) {
                let low = inverse.wrapping_mul(*other_inverse);
                // A pair of a word and its negative says nothing.
                if looks_random(low) && is_number(low) {
                    out.push(Pair { words: [(*one, *at), (*other, *other_at)] });
                }
            }
        }
        out
    }

    /// The pairs of each modulus, as far as a fixed amount of work goes.
    pub(super) fn pairs<'m>(&self, moduli: &[&'m BigUint]) -> Vec<(&'m BigUint, Pair)> {
        let mut out = Vec::new();
        // The table below is long, and most files are short.
        if moduli.is_empty() || self.words.len() < 2 {
            return out;
        }
        let inverses: Vec<(u64, u64)> = self.words.keys().map(|word| (*word, inverse_word(*word))).collect();
        let mut present = vec![false; PRESENT];
        let slot = |word: u64| (word >> 24) as usize % PRESENT;
        inverses.iter().for_each(|(word, _)| present[slot(*word)] = true);
        for n in moduli.iter().take(LONE_WORDS_WORK_MAX / inverses.len().max(1)) {
            let product = inverse_word(low_word(n));
            for (word, inverse) in &inverses {
                let other = product.wrapping_mul(*inverse);
                if other <= *word || !present[slot(other)] {
                    continue;
                }
                if let (Some(one), Some(two)) = (self.words.get(word), self.words.get(&other)) {
                    out.push((*n, Pair { words: [(*word, *one), (other, *two)] }));
                }
            }
        }
        out
    }
}

/// True for 99 of 100 random words, and no pointer, small number or text.
fn looks_random(word: u64) -> bool {
    if word >> 48 == 0 || word >> 48 == 0xffff || word & 0x8080_8080_8080_8080 == 0 {
        return false;
    }
    let mut bytes = word.to_le_bytes();
    bytes.sort_unstable();
    bytes.iter().filter(|byte| **byte == 0).count() < 2
        && bytes.chunk_by(|one, next| one == next).count() >= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u64) -> u64 {
        let mut word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word ^ (word >> 27)
    }

    #[test]
    fn constants_of_both_primes_are_proven_by_the_modulus() {
        let (p, q) = (noise(1) | 1, noise(2) | 1);
        let n = BigUint::from(p) * BigUint::from(q) + (BigUint::from(noise(3)) << 1500_u32 << 64_u32);
        let (one, two) = (inverse_word(p).wrapping_neg(), inverse_word(q).wrapping_neg());
        let mut window = vec![0; 4096];
        for (at, word) in [(803, one), (2003, two), (2403, noise(4) | 1), (3003, noise(5) | 1)] {
            window[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let check = |position: u64, expected: &[(u64, u64)]| {
            let mut words = LoneWords::default();
            words.collect(&window, position);
            let found = words.pairs(&[&n]);
            let mut places: Vec<(u64, u64)> = found.iter().flat_map(|(_, pair)| pair.words).collect();
            places.sort_by_key(|place| place.1);
            assert_eq!(places, expected);
            let unencoded = words.pairs_of(|low| low == low_word(&n));
            assert_eq!(unencoded.iter().flat_map(|pair| pair.words).count(), expected.len());
        };
        check(5, &[(one, 808), (two, 2008)]);
        check(8, &[]);
    }

    #[test]
    fn pointers_and_texts_are_no_constants() {
        for word in [1, 0x7f12_3456_789b, u64::MAX, u64::from_le_bytes(*b"password"), 0xffff_8123_4567_89ab] {
            assert!(!looks_random(word), "{word:#x}");
        }
        assert!((0..1000).filter(|seed| looks_random(noise(*seed))).count() > 970);
    }
}
