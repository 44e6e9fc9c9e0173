//! A blocked Bloom filter over 8-byte words, and the pass that asks it at
//! every position.

use crate::chunk::{CHUNK, padded};
use crate::zero::is_zero;
use zeroize::Zeroizing;

/// Bits of the filter for each word, at least; at most twice as many.
const BITS_PER_WORD: usize = 16;
/// Chunks whose answers are collected before any is followed up: the filter
/// runs without branches, and the look-ups that follow overlap.
const BATCH: usize = 16;
/// Bytes of the words that start in a chunk.
const REACH: usize = CHUNK + 7;

/// A set of words that may say yes where it should say no (about one word in
/// fifty), never the reverse. Wiped when dropped.
pub(super) struct Filter {
    /// A power of two of blocks.
    blocks: Zeroizing<Vec<u64>>,
}

impl Filter {
    /// An empty filter for a number of words.
    pub(super) fn for_words(words: usize) -> Self {
        let blocks = (words * BITS_PER_WORD / 64).next_power_of_two();
        Self { blocks: Zeroizing::new(vec![0; blocks]) }
    }

    pub(super) fn add(&mut self, word: u64) {
        let hash = hash(word);
        let last = self.blocks.len() - 1;
        if let Some(block) = self.blocks.get_mut(block_of(hash, last)) {
            *block |= 1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 58);
        }
    }

    /// Memory in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice())
    }

    /// Gives every position of the window, and the word there, that may be in
    /// the set. The word of zeros alone is never given.
    #[inline(always)]
    pub(super) fn visit(&self, window: &[u8], mut give: impl FnMut(usize, u64)) {
        let starts = (window.len() + 1).saturating_sub(8);
        let mut base = 0;
        while base < starts {
            let mut hits = [0; BATCH];
            for (hits, chunk) in hits.iter_mut().zip((base..starts).step_by(CHUNK)) {
                let mut copy = [0; REACH];
                let bytes = padded(window, chunk, &mut copy);
                if !is_zero(bytes) {
                    *hits = self.ask(bytes);
                }
            }
            for (mut hits, chunk) in hits.into_iter().zip((base..starts).step_by(CHUNK)) {
                while hits != 0 {
                    let first = hits.leading_zeros();
                    let at = chunk + first as usize;
                    hits &= !(1 << 63 >> first);
                    if at < starts {
                        give(at, word(window, at));
                    }
                }
            }
            base += BATCH * CHUNK;
        }
    }

    /// Which of the words that start in a chunk may be in the set, a bit each, the
    /// first word in the highest bit.
    #[inline(always)]
    fn ask(&self, bytes: &[u8; REACH]) -> u64 {
        let blocks = self.blocks.as_slice();
        let Some(last) = blocks.len().checked_sub(1) else {
            return 0;
        };
        bytes.array_windows().fold(0, |hits, word| {
            let hash = hash(u64::from_le_bytes(*word));
            let block = blocks.get(block_of(hash, last)).copied().unwrap_or(0);
            let both = (block >> (hash & 63)) & (block >> (hash >> 6 & 63)) & (block >> (hash >> 58));
            hits << 1 | both & 1
        })
    }
}

/// The little-endian word at a position, zero beyond the end.
#[inline(always)]
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word))
}

/// Mixes a word: both halves of its product with 2^64 over the golden ratio.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
fn hash(word: u64) -> u64 {
    let product = u128::from(word) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}

#[inline(always)]
fn block_of(hash: u64, last: usize) -> usize {
    (hash >> 12) as usize & last
}

/// Which of a power of two of buckets a word belongs to, by the upper bits of
/// its hash, of which the filter uses few.
pub(super) fn bucket_of(word: u64, buckets: usize) -> usize {
    (hash(word) >> 24) as usize & (buckets - 1)
}
