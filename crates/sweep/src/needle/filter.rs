//! A blocked Bloom filter over 8-byte words, and the pass that asks it at
//! every position.

use super::kernel::{self, REACH, bits, block_of};
use crate::chunk::{CHUNK, padded};
use crate::zero::is_zero;
use zeroize::Zeroizing;

/// Bits of the filter for each word, at least; at most twice as many.
const BITS_PER_WORD: usize = 16;
/// Chunks whose answers are collected before any is followed up: the filter
/// runs without branches, and the look-ups that follow overlap.
const BATCH: usize = 16;
/// A set of words that may say yes where it should say no (about one word in
/// fifty), never the reverse. Wiped when dropped.
pub(super) struct Filter {
    /// A power of two of blocks, two at least.
    blocks: Zeroizing<Vec<u64>>,
}

impl Filter {
    /// An empty filter for a number of words.
    pub(super) fn for_words(words: usize) -> Self {
        let blocks = (words * BITS_PER_WORD / 64).next_power_of_two().max(2);
        Self { blocks: Zeroizing::new(vec![0; blocks]) }
    }

    pub(super) fn add(&mut self, word: u64) {
        let at = block_of(word, self.blocks.len());
        if let Some(block) = self.blocks.get_mut(at) {
            *block |= bits(word);
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
        let Some((_, ask)) = kernel::available().first() else {
            return;
        };
        let starts = (window.len() + 1).saturating_sub(8);
        let mut base = 0;
        while base < starts {
            let mut hits = [0; BATCH];
            for (hits, chunk) in hits.iter_mut().zip((base..starts).step_by(CHUNK)) {
                let mut copy = [0; REACH];
                let bytes = padded(window, chunk, &mut copy);
                if !is_zero(bytes) {
                    *hits = ask(&self.blocks, bytes);
                }
            }
            for (mut hits, chunk) in hits.into_iter().zip((base..starts).step_by(CHUNK)) {
                while hits != 0 {
                    let at = chunk + hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    if at < starts {
                        give(at, word(window, at));
                    }
                }
            }
            base += BATCH * CHUNK;
        }
    }
}

/// The little-endian word at a position, zero beyond the end.
#[inline(always)]
pub(super) fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word))
}

/// Which of a power of two of buckets a word belongs to. Both halves of a
/// product, so that it says more than the filter has asked.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
pub(super) fn bucket_of(word: u64, buckets: usize) -> usize {
    let product = u128::from(word) * 0xd6e8_feb8_6659_fd93;
    (product as u64 ^ (product >> 64) as u64) as usize & (buckets - 1)
}
