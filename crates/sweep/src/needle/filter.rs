//! A blocked Bloom filter over 8-byte words, and the pass that asks it at
//! every position.

use crate::chunk::{CHUNK, padded};
use crate::zero::is_zero;
use zeroize::Zeroizing;

/// Bits of the filter for each word, at least; at most twice as many.
const BITS_PER_WORD: usize = 16;
/// Positions whose answers are collected before any is followed up: the
/// filter runs without branches, and the look-ups that follow overlap.
const BATCH: usize = 16 * CHUNK;

/// A set of words that may say yes where it should say no (about one word in
/// a hundred), never the reverse. Wiped when dropped.
pub(super) struct Filter {
    blocks: Zeroizing<Vec<u64>>,
    /// How far a hash is shifted to give the index of a block.
    shift: u32,
}

impl Filter {
    /// An empty filter for a number of words.
    pub(super) fn for_words(words: usize) -> Self {
        let blocks = (words * BITS_PER_WORD / 64).next_power_of_two().max(2);
        Self { blocks: Zeroizing::new(vec![0; blocks]), shift: 64 - blocks.ilog2() }
    }

    pub(super) fn add(&mut self, word: u64) {
        let hash = hash(word);
        if let Some(block) = self.blocks.get_mut(block_of(hash, self.shift)) {
            *block |= bits_of(hash);
        }
    }

    #[inline(always)]
    fn may_have(&self, word: u64) -> bool {
        let hash = hash(word);
        let block = self.blocks.get(block_of(hash, self.shift)).copied().unwrap_or(0);
        block & bits_of(hash) == bits_of(hash)
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
        let mut hits = [0; BATCH];
        let mut base = 0;
        while base < starts {
            let end = starts.min(base + BATCH);
            let mut count = 0;
            for chunk in (base..end).step_by(CHUNK) {
                let mut copy = [0; CHUNK + 7];
                let bytes = padded(window, chunk, &mut copy);
                if !is_zero(bytes) {
                    count = self.ask(bytes, chunk, &mut hits, count);
                }
            }
            for at in hits.iter().take(count).copied().filter(|at| *at < starts) {
                give(at, word(window, at));
            }
            base = end;
        }
    }

    /// Adds the positions of a chunk that may be in the set to `hits`, which
    /// holds `count`; says how many it holds then.
    #[inline(always)]
    fn ask(
        &self,
        bytes: &[u8; CHUNK + 7],
        base: usize,
        hits: &mut [usize; BATCH],
        mut count: usize,
    ) -> usize {
        for (offset, bytes) in bytes.array_windows::<8>().enumerate() {
            // Written always, kept if counted.
            if let Some(hit) = hits.get_mut(count) {
                *hit = base + offset;
            }
            count += usize::from(self.may_have(u64::from_le_bytes(*bytes)));
        }
        count
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
#[expect(clippy::cast_possible_truncation, reason = "an index below the number of blocks")]
fn block_of(hash: u64, shift: u32) -> usize {
    (hash >> shift) as usize
}

/// The two bits of a word in its block.
#[inline(always)]
fn bits_of(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63)
}

/// Which of a power of two of buckets a word belongs to, by the hash bits that
/// the filter uses least.
pub(super) fn bucket_of(word: u64, buckets: usize) -> usize {
    (hash(word) >> 12) as usize & (buckets - 1)
}
