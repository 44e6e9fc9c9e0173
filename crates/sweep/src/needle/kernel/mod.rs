//! Asking the filter about every fourth gram that starts in a chunk, in one way
//! per instruction set.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use crate::chunk::CHUNK;
use std::sync::OnceLock;

/// Bytes that a kernel reads: a chunk, and a word behind it.
pub(super) const REACH: usize = CHUNK + 8;

/// Says with a bit for each place which grams that start at a multiple of four
/// in a chunk may be in a filter of a power of two of blocks, two at least.
pub(super) type Kernel = fn(&[u64], &[u8; REACH]) -> u64;

/// Every kernel this processor can run, fastest first; the last is `scalar`.
pub(super) fn available() -> &'static [(&'static str, Kernel)] {
    static KERNELS: OnceLock<Vec<(&'static str, Kernel)>> = OnceLock::new();
    KERNELS.get_or_init(|| {
        let mut kernels: Vec<(&'static str, Kernel)> = Vec::new();
        #[cfg(target_arch = "x86_64")]
        kernels.extend(avx512::kernel().map(|kernel| ("avx512", kernel)));
        kernels.push(("scalar", scalar::ask));
        kernels
    })
}

/// 2^64 over the golden ratio. Entries are hashed by the low half of a product,
/// which vectors have too; its upper bits depend on every byte.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
/// Which bits of the hash choose the four bits of a block.
const CHOICES: [u32; 4] = [40, 34, 28, 22];
/// The bytes of a gram: five.
const GRAM: u64 = (1 << 40) - 1;

/// The first five bytes of a word.
#[inline(always)]
pub(super) fn gram(word: u64) -> u64 {
    word & GRAM
}

/// The index of the block of an entry: as many of the hash's top bits as needed.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "an index below the number of blocks")]
pub(super) fn block_of(word: u64, blocks: usize) -> usize {
    (word.wrapping_mul(FACTOR) >> shift(blocks)) as usize
}

/// The four bits of an entry in its block.
#[inline(always)]
pub(super) fn bits(word: u64) -> u64 {
    let hash = word.wrapping_mul(FACTOR);
    CHOICES.iter().fold(0, |bits, choice| bits | 1 << (hash >> choice & 63))
}

/// How far a hash is shifted to leave the index of a block: below 64.
#[inline(always)]
fn shift(blocks: usize) -> u32 {
    (u64::BITS - blocks.max(2).ilog2()) & 63
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn kernels_agree_and_know_every_gram(
            bytes in prop::collection::vec(prop::sample::select(vec![0_u8, 1, 0x7f, 0x80, 0xff, b'a']), REACH),
            noise in prop::collection::vec(any::<u8>(), REACH),
            known in 0_usize..CHUNK / 4,
            size in 1_u32..12,
            other: u64,
        ) {
            for bytes in [bytes, noise] {
                let bytes: &[u8; REACH] = bytes.first_chunk().unwrap();
                let known = 4 * known;
                let word = u64::from_le_bytes(*bytes[known..].first_chunk().unwrap());
                let mut blocks = vec![0; 1 << size];
                for word in [word, other, !word].map(gram) {
                    blocks[block_of(word, 1 << size)] |= bits(word);
                }
                let expected = scalar::ask(&blocks, bytes);
                prop_assert!(expected >> known & 1 == 1);
                for (name, kernel) in available() {
                    prop_assert_eq!(kernel(&blocks, bytes), expected, "kernel {}", name);
                }
            }
        }
    }
}
