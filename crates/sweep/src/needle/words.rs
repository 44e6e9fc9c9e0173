//! Exact look-up of 8-byte words at any alignment.

use super::filter::{Filter, GRAMS, bucket_of};
use std::fmt;
use zeroize::Zeroizing;

/// A set of 8-byte words, each with a number. Wiped when dropped.
///
/// For values that are known in part: the low 64 bits of products of primes.
/// Memory: 26 to 36 bytes a word.
pub struct Words {
    filter: Filter,
    words: Zeroizing<Vec<u64>>,
    ids: Zeroizing<Vec<u32>>,
    /// Where each bucket starts in `words` and `ids`, and their length.
    buckets: Zeroizing<Vec<usize>>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.words.len())
    }
}

impl Words {
    /// Indexes words; order does not matter, a word may come more than once.
    #[must_use]
    pub fn build(list: &[([u8; 8], u32)]) -> Self {
        let mut filter = Filter::for_words(list.len(), GRAMS * list.len());
        let mut buckets = Zeroizing::new(vec![0; list.len().next_power_of_two().div_ceil(2) + 1]);
        let count = buckets.len() - 1;
        for (word, _) in list {
            let word = u64::from_le_bytes(*word);
            filter.add(word);
            if let Some(after) = buckets.get_mut(bucket_of(word, count)) {
                *after += 1;
            }
        }
        let mut sum = 0;
        for bucket in buckets.iter_mut() {
            sum += *bucket;
            *bucket = sum;
        }
        let mut words = Zeroizing::new(vec![0; list.len()]);
        let mut ids = Zeroizing::new(vec![0; list.len()]);
        // Each bucket is filled from its end, which then is its start.
        for (word, id) in list.iter().rev() {
            let word = u64::from_le_bytes(*word);
            if let Some(end) = buckets.get_mut(bucket_of(word, count)) {
                *end -= 1;
                if let Some((slot, slot_id)) = words.get_mut(*end).zip(ids.get_mut(*end)) {
                    (*slot, *slot_id) = (word, *id);
                }
            }
        }
        Self { filter, words, ids, buckets }
    }

    /// Memory of the index in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
            + size_of_val(self.ids.as_slice())
            + size_of_val(self.buckets.as_slice())
            + self.filter.memory_bytes()
    }

    /// Calls `give` with the place and the number of every word found, at any
    /// alignment, by place and in the order of the list. The word of eight
    /// zero bytes is never found, and one with five zero bytes in a row may be
    /// missed.
    pub fn find(&self, window: &[u8], mut give: impl FnMut(usize, u32)) {
        self.filter.visit(window, |at, word| {
            let bucket = bucket_of(word, self.buckets.len() - 1);
            let bounds = self.buckets.get(bucket).zip(self.buckets.get(bucket + 1));
            let (start, end) = bounds.map_or((0, 0), |(start, end)| (*start, *end));
            let words = self.words.get(start..end).unwrap_or_default();
            let ids = self.ids.get(start..end).unwrap_or_default();
            for (_, id) in words.iter().zip(ids).filter(|(known, _)| **known == word && word != 0) {
                give(at, *id);
            }
        });
    }
}
