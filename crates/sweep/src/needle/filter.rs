//! Blocked Bloom filters over 8-byte words, and the pass that asks one.
//!
//! Every word holds four grams of five bytes, and of any four neighbouring
//! places one is a multiple of four: asking about the grams at those places
//! alone misses no word at any alignment.

use super::kernel::{self, REACH, bits, block_of, gram};
use crate::chunk::{CHUNK, padded};
use crate::zero::is_zero;
use zeroize::Zeroizing;

/// Bits of a filter for each entry, at least; at most twice as many.
const BITS_PER_ENTRY: usize = 16;
/// Chunks whose answers are collected before any is followed up: the filter
/// runs without branches, and the look-ups that follow overlap.
const BATCH: usize = 16;
/// Grams of a word, and the distance of the places that are asked about.
pub(super) const GRAMS: usize = 4;

/// A set of numbers that may say yes where it should say no (about one in
/// two thousand), never the reverse. Wiped when dropped.
struct Bloom {
    /// A power of two of blocks, two at least.
    blocks: Zeroizing<Vec<u64>>,
}

impl Bloom {
    fn for_entries(entries: usize) -> Self {
        let blocks = (entries * BITS_PER_ENTRY / 64).next_power_of_two().max(2);
        Self { blocks: Zeroizing::new(vec![0; blocks]) }
    }

    fn add(&mut self, entry: u64) {
        let at = block_of(entry, self.blocks.len());
        if let Some(block) = self.blocks.get_mut(at) {
            *block |= bits(entry);
        }
    }

    fn may_hold(&self, entry: u64) -> bool {
        let bits = bits(entry);
        self.blocks.get(block_of(entry, self.blocks.len())).is_some_and(|block| block & bits == bits)
    }

    fn memory_bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice())
    }
}

/// A set of words that may say yes where it should say no, never the reverse.
pub(super) struct Filter {
    grams: Bloom,
    words: Bloom,
}

impl Filter {
    /// An empty filter for a number of words that hold a number of grams.
    pub(super) fn for_words(words: usize, grams: usize) -> Self {
        Self { grams: Bloom::for_entries(grams), words: Bloom::for_entries(words) }
    }

    pub(super) fn add(&mut self, word: u64) {
        self.words.add(word);
        (0..GRAMS).for_each(|index| self.grams.add(gram(word >> (8 * index))));
    }

    /// Memory in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.grams.memory_bytes() + self.words.memory_bytes()
    }

    /// Gives every position of the window, in order, and the word there, that may be in
    /// the set. Words of a chunk of zeros are not given.
    #[inline(always)]
    pub(super) fn visit(&self, window: &[u8], mut give: impl FnMut(usize, u64)) {
        let Some((_, ask)) = kernel::available().first() else {
            return;
        };
        let starts = (window.len() + 1).saturating_sub(8);
        // A gram stands up to three places behind the start of its word.
        let places = if starts == 0 { 0 } else { starts + GRAMS - 1 };
        let mut base = 0;
        while base < places {
            let mut hits = [0; BATCH];
            for (hits, chunk) in hits.iter_mut().zip((base..places).step_by(CHUNK)) {
                let mut copy = [0; REACH];
                let bytes = padded(window, chunk, &mut copy);
                if !is_zero(bytes) {
                    *hits = ask(&self.grams.blocks, bytes);
                }
            }
            for (mut hits, chunk) in hits.into_iter().zip((base..places).step_by(CHUNK)) {
                while hits != 0 {
                    let place = chunk + hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    for at in (place + 1).saturating_sub(GRAMS)..(place + 1).min(starts) {
                        let word = word(window, at);
                        if self.words.may_hold(word) {
                            give(at, word);
                        }
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
