//! Eight words at a time with AVX-512: products of 64 bits, and a gather.
#![expect(unsafe_code, reason = "the processor check, the vector loads and the gather")]

use super::{CHOICES, FACTOR, Kernel, REACH, shift};
use crate::chunk::CHUNK;
use std::arch::x86_64::*;

/// Words that start in this many bytes are asked about at once.
const WORDS: usize = 8;

/// The kernel, if and only if this processor has what it needs.
pub(super) fn kernel() -> Option<Kernel> {
    let has = std::is_x86_feature_detected!("avx512bw") && std::is_x86_feature_detected!("avx512dq");
    has.then_some(ask as Kernel)
}

/// Private: reachable only through [`kernel`], which has checked the processor.
fn ask(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    // SAFETY: the only way to obtain this function is `kernel`, which returns
    // it only after detecting every feature that the callee names.
    unsafe { ask_avx512(blocks, bytes) }
}

#[target_feature(enable = "avx512bw,avx512dq")]
fn ask_avx512(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    let shift = _mm_cvtsi32_si128(shift(blocks.len()).cast_signed());
    let [first, second] = CHOICES.map(|choice| _mm_cvtsi32_si128(choice.cast_signed()));
    let factor = _mm512_set1_epi64(FACTOR.cast_signed());
    let one = _mm512_set1_epi64(1);
    let mut hits = 0;
    for at in (0..CHUNK).step_by(WORDS) {
        let hash = _mm512_mullo_epi64(words(bytes, at), factor);
        let blocks = gather(blocks, _mm512_srl_epi64(hash, shift));
        // A rotation takes its count modulo 64.
        let first = _mm512_rorv_epi64(blocks, _mm512_srl_epi64(hash, first));
        let second = _mm512_rorv_epi64(blocks, _mm512_srl_epi64(hash, second));
        let both = _mm512_test_epi64_mask(_mm512_and_si512(first, second), one);
        hits |= u64::from(both) << at;
    }
    hits
}

/// The eight words that start at the eight bytes from `at`.
#[inline]
#[target_feature(enable = "avx512bw")]
fn words(bytes: &[u8; REACH], at: usize) -> __m512i {
    let lanes = &bytes[at..at + 16];
    // SAFETY: `lanes` is exactly 16 readable bytes and the load needs no alignment.
    let both = unsafe { _mm_loadu_si128(lanes.as_ptr().cast()) };
    _mm512_shuffle_epi8(_mm512_broadcast_i32x4(both), spread())
}

/// For each of eight words, which of 16 bytes it has.
#[inline]
#[target_feature(enable = "avx512bw")]
fn spread() -> __m512i {
    let from = |start: i64| (0..8).fold(0, |word, byte| word | (start + byte) << (8 * byte));
    _mm512_set_epi64(from(7), from(6), from(5), from(4), from(3), from(2), from(1), from(0))
}

/// The blocks at eight indices; zeros if any index is none.
#[inline]
#[target_feature(enable = "avx512bw")]
fn gather(blocks: &[u64], indices: __m512i) -> __m512i {
    let len = _mm512_set1_epi64(blocks.len().cast_signed() as i64);
    let inside = _mm512_cmplt_epu64_mask(indices, len);
    let base = blocks.as_ptr().cast();
    let none = _mm512_setzero_si512();
    // SAFETY: lanes are read only at indices below the length of `blocks`, whose
    // elements are the 8 bytes that the scale says.
    unsafe { _mm512_mask_i64gather_epi64::<8>(none, inside, indices, base) }
}
