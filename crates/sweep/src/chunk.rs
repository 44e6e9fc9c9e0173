//! Windows as chunks of 64 bytes, one bit of a mask for each.

use crate::zero::is_zero;

/// Bytes whose masks are made at once.
pub(crate) const CHUNK: usize = 64;

/// The bytes from `at`; beyond the window, a copy with zeros after its end.
#[inline(always)]
pub(crate) fn padded<'a, const N: usize>(window: &'a [u8], at: usize, copy: &'a mut [u8; N]) -> &'a [u8; N] {
    let rest = window.get(at..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk::<N>() {
        return whole;
    }
    for (to, from) in copy.iter_mut().zip(rest) {
        *to = *from;
    }
    copy
}

/// True if at least the bytes of one chunk from `at` are zero.
#[inline(always)]
pub(crate) fn starts_zero(window: &[u8], at: usize) -> bool {
    window.get(at..at + CHUNK).is_some_and(is_zero)
}

/// The first multiple of a chunk from `at` that does not start a zero chunk.
pub(crate) fn past_zeros(window: &[u8], mut at: usize) -> usize {
    const PAGE: usize = 4096;
    while window.get(at..at + PAGE).is_some_and(is_zero) {
        at += PAGE;
    }
    while starts_zero(window, at) {
        at += CHUNK;
    }
    at
}

/// The masks of two chunks as one.
#[inline(always)]
pub(crate) fn joined(here: u64, next: u64) -> u128 {
    u128::from(here) | u128::from(next) << 64
}

/// The part of a mask that is about the first chunk.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the low half is asked for")]
pub(crate) fn low(mask: u128) -> u64 {
    mask as u64
}

/// Masks without vectors: eight bytes at a time.
pub(crate) mod words {
    use super::CHUNK;

    /// One in every byte of a word.
    pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
    /// The high bit of every byte of a word.
    pub(crate) const HIGH: u64 = 0x80 * ONES;

    /// Collects the high bits of the eight words of a chunk.
    #[inline(always)]
    pub(crate) fn mask(of: impl Fn(usize) -> u64) -> u64 {
        // The product brings bit 8 * i to bit 56 + i; no two of its terms meet.
        let gather = |word: u64| (word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        (0..CHUNK / 8).fold(0, |mask, index| mask | gather(of(8 * index)) << (8 * index))
    }

    /// The high bit of every zero byte.
    #[inline(always)]
    pub(crate) fn zeros(word: u64) -> u64 {
        !(((word & !HIGH) + !HIGH) | word) & HIGH
    }

    /// The word at `at`, zero beyond the end.
    #[inline(always)]
    pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
        bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word))
    }
}
