//! Fragments of 8 bytes, and how many of them are met in a run of bytes.

use super::form;
use super::secret::Secret;
use super::weigh::telling;

/// Length of a fragment in bytes.
pub(super) const FRAGMENT_BYTES: usize = 8;

/// Length of a gram in bytes.
const GRAM_BYTES: usize = 5;

/// Distance of the places whose grams are looked up. A fragment holds four grams, and of any four
/// neighbouring places one is a multiple of four: none is missed.
const STRIDE: usize = FRAGMENT_BYTES - GRAM_BYTES + 1;

/// Bits of a filter for each needle: with two bits set, one number in 250 passes it by chance.
const FILTER_BITS_PER_NEEDLE: usize = 32;

/// Fewest and most bits of a filter, as powers of two: 32 KiB to 16 MiB.
const FILTER_LOG2: std::ops::RangeInclusive<u32> = 18..=27;

/// Multiplier of a Fibonacci hash: 2^64 divided by the golden ratio, made odd.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes that are passed over at once if they, and a fragment behind them, are zeros.
const PAGE_BYTES: usize = 4096;
const ZEROS: [u8; PAGE_BYTES + FRAGMENT_BYTES] = [0; PAGE_BYTES + FRAGMENT_BYTES];

/// One needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needle {
    /// The fragment, first byte lowest.
    pub(super) word: u64,
    /// Number of its finding.
    pub(super) finding: u32,
    /// Index of its form.
    pub(super) form: u8,
}

/// A set of needles, with filters before it.
pub(super) struct Needles {
    sorted: Vec<Needle>,
    /// The grams of all needles.
    grams: Filter,
    /// The needles.
    words: Filter,
}

/// A set of numbers that says yes to others at times.
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    fn new(needles: usize) -> Self {
        let bits = needles.saturating_mul(FILTER_BITS_PER_NEEDLE).next_power_of_two().ilog2();
        let bits = bits.clamp(*FILTER_LOG2.start(), *FILTER_LOG2.end());
        Self { bits: vec![0; 1 << (bits - 6)], shift: 64 - bits }
    }

    fn add(&mut self, number: u64) {
        for (index, bit) in self.places(number) {
            if let Some(group) = self.bits.get_mut(index) {
                *group |= bit;
            }
        }
    }

    #[inline]
    fn may_hold(&self, number: u64) -> bool {
        let [(index, bit), (second_index, second_bit)] = self.places(number);
        self.bits.get(index).is_some_and(|group| group & bit != 0)
            && self.bits.get(second_index).is_some_and(|group| group & second_bit != 0)
    }

    /// The two bits of a number: the top bits of its hash, and the same number of bits below the middle.
    #[inline]
    fn places(&self, number: u64) -> [(usize, u64); 2] {
        let hash = number.wrapping_mul(SPREAD);
        [hash, hash.rotate_left(29)].map(|hash| {
            let place = hash >> self.shift;
            ((place >> 6) as usize, 1 << (place & 63))
        })
    }
}

/// Needles under construction.
#[derive(Debug, Default)]
pub(super) struct Builder {
    needles: Vec<Needle>,
    /// Fragments that say nothing.
    pub(super) without_information: u64,
}

impl Builder {
    /// Adds every fragment of every form of a value.
    pub(super) fn add(&mut self, secret: &Secret) {
        form::forms(secret, |index, bytes, foreign| {
            let windows = bytes.windows(FRAGMENT_BYTES).filter_map(|window| window.first_chunk::<8>());
            for (at, window) in windows.enumerate() {
                let foreign = foreign.get(at..at + FRAGMENT_BYTES).unwrap_or_default();
                if telling(*window) && foreign.iter().all(|byte| *byte == 0) {
                    let form = u8::try_from(index).unwrap_or(0);
                    self.needles.push(Needle {
                        word: u64::from_le_bytes(*window),
                        finding: secret.finding,
                        form,
                    });
                } else if index == 0 {
                    self.without_information += 1;
                }
            }
        });
    }

    /// How many needles there are, before equal ones are joined.
    pub(super) fn len(&self) -> usize {
        self.needles.len()
    }

    /// The finished set.
    pub(super) fn finish(mut self) -> Needles {
        self.needles.sort_unstable();
        self.needles.dedup_by_key(|needle| needle.word);
        let filter = || Filter::new(self.needles.len());
        let (mut grams, mut words) = (filter(), filter());
        for needle in &self.needles {
            words.add(needle.word);
            (0..STRIDE).for_each(|index| grams.add(gram(needle.word >> (8 * index))));
        }
        Needles { sorted: self.needles, grams, words }
    }
}

impl Needles {
    /// How many different needles there are.
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Calls `hit` with every needle in `bytes` and the offset of its first byte.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], mut hit: impl FnMut(usize, &Needle)) {
        let mut at = 0;
        while at < bytes.len() {
            // A needle has at most three zeros, so that no gram of it is in zeros.
            if bytes.get(at..at + ZEROS.len()).is_none_or(|page| page != ZEROS) {
                self.find_in(bytes, at, &mut hit);
            }
            at += PAGE_BYTES;
        }
    }

    /// Looks up the grams that start in a page.
    #[inline]
    fn find_in(&self, bytes: &[u8], page: usize, hit: &mut impl FnMut(usize, &Needle)) {
        for place in (page..bytes.len().min(page + PAGE_BYTES)).step_by(STRIDE) {
            if !gram_at(bytes, place).is_some_and(|gram| self.grams.may_hold(gram)) {
                continue;
            }
            for at in (place + 1).saturating_sub(STRIDE)..=place {
                let word =
                    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u64::from_le_bytes);
                if let Some(word) = word.filter(|word| self.words.may_hold(*word))
                    && let Some(needle) = self.get(word)
                {
                    hit(at, needle);
                }
            }
        }
    }

    fn get(&self, word: u64) -> Option<&Needle> {
        let index = self.sorted.binary_search_by_key(&word, |needle| needle.word).ok()?;
        self.sorted.get(index)
    }
}

/// The first bytes of a word.
fn gram(word: u64) -> u64 {
    word & ((1 << (8 * GRAM_BYTES)) - 1)
}

/// The gram at a place; of the last bytes too.
#[inline]
fn gram_at(bytes: &[u8], at: usize) -> Option<u64> {
    let rest = bytes.get(at..)?;
    if let Some(word) = rest.first_chunk() {
        return Some(gram(u64::from_le_bytes(*word)));
    }
    let mut word = [0; FRAGMENT_BYTES];
    word.get_mut(..rest.len())?.copy_from_slice(rest);
    (rest.len() >= GRAM_BYTES).then(|| gram(u64::from_le_bytes(word)))
}

impl Drop for Needles {
    fn drop(&mut self) {
        for needle in &mut self.sorted {
            zeroize::Zeroize::zeroize(&mut needle.word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn needles(secret: &[u8]) -> Needles {
        let mut builder = Builder::default();
        builder.add(&Secret::binary(5, secret.to_vec()));
        builder.finish()
    }

    fn found(needles: &Needles, bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        needles.find(bytes, |at, needle| {
            assert_eq!(needle.finding, 5);
            found.push(at);
        });
        found
    }

    const SECRET: [u8; 16] =
        [0x93, 0x1c, 0xe7, 0x42, 0xb8, 0x0d, 0x66, 0xfa, 0x35, 0xd1, 0x7e, 0x29, 0xc4, 0x58, 0x8f, 0xa0];

    proptest! {
        #[test]
        fn fragment_is_found_wherever_it_stands(at in 0usize..9000, zero: bool, from in 0usize..8) {
            let mut bytes = vec![if zero { 0 } else { 0x41 }; 9100];
            bytes[at..at + 8].copy_from_slice(&SECRET[from..from + 8]);
            prop_assert_eq!(found(&needles(&SECRET), &bytes), [at]);
        }
    }

    #[test]
    fn eight_bytes_that_are_not_all_of_the_secret_are_no_needle() {
        let mut foreign = vec![0; SECRET.len()];
        foreign[3] = 0xff;
        let mut builder = Builder::default();
        builder.add(&Secret::binary(5, SECRET.to_vec()).with_foreign(foreign));
        let needles = builder.finish();
        let mut found = Vec::new();
        needles.find(&SECRET, |at, _| found.push(at));
        assert_eq!(found, [4, 5, 6, 7, 8]);
    }

    #[test]
    fn seven_bytes_are_no_survivor() {
        let mut bytes = vec![0x41; 100];
        bytes[50..57].copy_from_slice(&SECRET[3..10]);
        assert!(found(&needles(&SECRET), &bytes).is_empty());
    }

    #[test]
    fn needle_with_zeros_at_its_end_is_found_before_zeros() {
        let secret = [0x93, 0x1c, 0xe7, 0x42, 0xb8, 0x0d, 0, 0];
        let mut bytes = vec![0; 3 * 4096];
        bytes[4090..4096].copy_from_slice(&secret[..6]);
        assert_eq!(found(&needles(&secret), &bytes), [4090]);
    }
}
