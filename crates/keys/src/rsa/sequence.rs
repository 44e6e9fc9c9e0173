//! A chunk read in one layout: the digits of a number, least significant first.

use std::ops::Range;

use super::chunk::Chunk;
use super::layout::Layout;

/// The words of a chunk in rising order of significance. Nothing is copied: a word is
/// read when it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence<'c> {
    /// How the words are read.
    pub(super) layout: &'static Layout,
    /// Where they are.
    pub(super) chunk: &'c Chunk,
    /// Offset of the lowest-addressed word in the chunk.
    first: usize,
    /// How many there are.
    length: usize,
}

impl<'c> Sequence<'c> {
    /// Reads a chunk.
    pub(super) fn new(chunk: &'c Chunk, layout: &'static Layout) -> Self {
        let misaligned = usize::try_from(chunk.position % layout.word as u64).unwrap_or(0);
        let first = (layout.word - misaligned) % layout.word;
        let length = chunk.bytes.len().saturating_sub(first) / layout.word;
        Self { layout, chunk, first, length }
    }

    /// How many digits there are.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The digit at an index; too large for one maybe.
    pub(super) fn digit(&self, index: usize) -> Option<u64> {
        let range = self.range(index, 1);
        (index < self.length).then_some(())?;
        Some(self.layout.digit(self.chunk.bytes.get(range)?))
    }

    /// The low 64 bits of a number that starts at `index`.
    pub(super) fn low(&self, index: usize) -> u64 {
        let mut low = 0u64;
        let mut at = 0;
        for digit in (index..self.length).map_while(|index| self.digit(index)) {
            low |= digit << at;
            at += self.layout.bits;
            if at >= 64 {
                break;
            }
        }
        low
    }

    /// The number of `count` digits that starts at `index`, as 64-bit limbs,
    /// least significant first; `None` if it leaves the chunk or a digit is too large.
    pub(super) fn limbs(&self, index: usize, count: usize) -> Option<Vec<u64>> {
        if count > self.length.saturating_sub(index) {
            return None;
        }
        let bytes = self.chunk.bytes.get(self.range(index, count))?;
        match (self.layout.word, self.layout.falling, self.layout.is_padded()) {
            (4 | 8, false, false) if !self.layout.big_endian => return Some(little_endian(bytes)),
            (1, true, false) => return Some(bytes.rchunks(8).map(big_endian).collect()),
            _ => {}
        }
        let mut limbs = Vec::with_capacity((count * self.layout.bits).div_ceil(64));
        let (mut pending, mut filled) = (0u128, 0);
        let mut take = |word: &[u8]| {
            let digit = self.layout.digit(word);
            pending |= u128::from(digit) << filled;
            filled += self.layout.bits;
            if filled >= 64 {
                limbs.push(low_half(pending));
                pending >>= 64;
                filled -= 64;
            }
            self.layout.is_padded() && digit >> self.layout.bits != 0
        };
        let words = bytes.chunks_exact(self.layout.word);
        let too_large =
            if self.layout.falling { words.rev().any(&mut take) } else { words.into_iter().any(&mut take) };
        if too_large {
            return None;
        }
        if filled > 0 {
            limbs.push(low_half(pending));
        }
        Some(limbs)
    }

    /// Position in the dump and length in bytes of the number of `count` digits at `index`.
    pub(super) fn place(&self, index: usize, count: usize) -> (u64, usize) {
        let range = self.range(index, count);
        (self.chunk.position + range.start as u64, range.len())
    }

    /// Bytes of the chunk that the number of `count` digits at `index` takes.
    pub(super) fn range(&self, index: usize, count: usize) -> Range<usize> {
        let from = if self.layout.falling { self.length.saturating_sub(index + count) } else { index };
        let start = self.first + from * self.layout.word;
        start..start + count * self.layout.word
    }

    /// The index of the digit that starts nearest below an offset of the chunk.
    pub(super) fn index(&self, offset: usize) -> usize {
        let words = offset.saturating_sub(self.first) / self.layout.word;
        if self.layout.falling { self.length.saturating_sub(words) } else { words }
    }
}

/// Limbs of a little-endian number.
fn little_endian(bytes: &[u8]) -> Vec<u64> {
    let (limbs, rest) = bytes.as_chunks::<8>();
    let mut out = Vec::with_capacity(limbs.len() + 1);
    out.extend(limbs.iter().map(|limb| u64::from_le_bytes(*limb)));
    if !rest.is_empty() {
        out.push(rest.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte)));
    }
    out
}

/// One limb of a big-endian number.
fn big_endian(bytes: &[u8]) -> u64 {
    match bytes.as_chunks::<8>().0.first() {
        Some(limb) => u64::from_be_bytes(*limb),
        None => bytes.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
fn low_half(value: u128) -> u64 {
    value as u64
}
