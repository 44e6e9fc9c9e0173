//! Fragments of 8 bytes, and how many of them are met in a run of bytes.

use super::form;
use super::secret::Secret;
use super::weigh::telling;

/// Length of a fragment in bytes.
pub(super) const FRAGMENT_BYTES: usize = 8;

/// Bits of the filter for each needle: with two bits set, one word in 250 passes it by chance.
const FILTER_BITS_PER_NEEDLE: usize = 32;

/// Fewest and most bits of the filter, as powers of two: 32 KiB to 16 MiB.
const FILTER_LOG2: std::ops::RangeInclusive<u32> = 18..=27;

/// Multiplier of a Fibonacci hash: 2^64 divided by the golden ratio, made odd.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes of zeros that are passed over at once.
const ZEROS: [u8; 4096] = [0; 4096];

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

/// A set of needles, with a filter before it.
pub(super) struct Needles {
    sorted: Vec<Needle>,
    filter: Vec<u64>,
    shift: u32,
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
        form::forms(secret, |index, bytes| {
            for window in bytes.windows(FRAGMENT_BYTES).filter_map(|window| window.first_chunk::<8>()) {
                if telling(*window) {
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
        let bits = self.needles.len().saturating_mul(FILTER_BITS_PER_NEEDLE).next_power_of_two().ilog2();
        let bits = bits.clamp(*FILTER_LOG2.start(), *FILTER_LOG2.end());
        let mut needles = Needles { sorted: Vec::new(), filter: vec![0; 1 << (bits - 6)], shift: 64 - bits };
        for needle in &self.needles {
            for (index, bit) in needles.places(needle.word) {
                if let Some(group) = needles.filter.get_mut(index) {
                    *group |= bit;
                }
            }
        }
        needles.sorted = self.needles;
        needles
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
        let mut word = 0_u64;
        let mut at = 0_usize;
        for block in bytes.chunks(ZEROS.len()) {
            // A needle has at most three zeros, so none lies in zeros or starts there but in the last bytes.
            let (head, tail) = block.split_at(block.len().min(FRAGMENT_BYTES));
            let skip = ZEROS.starts_with(block);
            for (index, byte) in head.iter().chain(if skip { &[] } else { tail }).enumerate() {
                word = word >> 8 | u64::from(*byte) << 56;
                if self.may_hold(word)
                    && let Some(start) = (at + index + 1).checked_sub(FRAGMENT_BYTES)
                    && let Some(needle) = self.get(word)
                {
                    hit(start, needle);
                }
            }
            at += block.len();
        }
    }

    #[inline]
    fn may_hold(&self, word: u64) -> bool {
        let hash = word.wrapping_mul(SPREAD);
        let [(index, bit), (second_index, second_bit)] = self.places_of(hash);
        self.filter.get(index).is_some_and(|group| group & bit != 0)
            && self.filter.get(second_index).is_some_and(|group| group & second_bit != 0)
    }

    fn places(&self, word: u64) -> [(usize, u64); 2] {
        self.places_of(word.wrapping_mul(SPREAD))
    }

    /// The two bits of a hash: its top bits, and the same number of bits below the middle.
    #[inline]
    fn places_of(&self, hash: u64) -> [(usize, u64); 2] {
        [hash, hash.rotate_left(29)].map(|hash| {
            let place = hash >> self.shift;
            ((place >> 6) as usize, 1 << (place & 63))
        })
    }

    fn get(&self, word: u64) -> Option<&Needle> {
        let index = self.sorted.binary_search_by_key(&word, |needle| needle.word).ok()?;
        self.sorted.get(index)
    }
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
    fn seven_bytes_are_no_survivor() {
        let mut bytes = vec![0x41; 100];
        bytes[50..57].copy_from_slice(&SECRET[3..10]);
        assert!(found(&needles(&SECRET), &bytes).is_empty());
    }

    #[test]
    fn needle_with_zeros_at_its_end_is_found_before_zeros() {
        let secret = [0x93, 0x1c, 0xe7, 0x42, 0xb8, 0, 0, 0];
        let mut bytes = vec![0; 3 * 4096];
        bytes[4091..4096].copy_from_slice(&secret[..5]);
        assert_eq!(found(&needles(&secret), &bytes), [4091]);
    }
}
