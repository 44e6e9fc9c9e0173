//! Eight grams at a time with AVX-512: products of 64 bits, and a gather.
#![expect(unsafe_code, reason = "the processor check, the vector loads and the gather")]

use super::{CHOICES, FACTOR, GRAM, Kernel, REACH, shift};
use std::arch::x86_64::*;

/// The lowest bit of every byte: the places of grams at multiples of eight.
const EIGHTHS: u64 = 0x0101_0101_0101_0101;

/// The kernel, if and only if this processor has what it needs.
pub(super) fn kernel() -> Option<Kernel> {
    let has = std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("avx512dq")
        && std::is_x86_feature_detected!("bmi2");
    has.then_some(ask as Kernel)
}

/// Private: reachable only through [`kernel`], which has checked the processor.
fn ask(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    // SAFETY: the only way to obtain this function is `kernel`, which returns
    // it only after detecting every feature that the callee names.
    unsafe { ask_avx512(blocks, bytes) }
}

#[target_feature(enable = "avx512bw,avx512dq,bmi2")]
fn ask_avx512(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    let even = _pdep_u64(u64::from(grams(blocks, &bytes[..64])), EIGHTHS);
    let odd = _pdep_u64(u64::from(grams(blocks, &bytes[4..68])), EIGHTHS);
    even | odd << 4
}

/// Which of the eight grams at multiples of eight bytes may be in the filter.
#[inline]
#[target_feature(enable = "avx512bw,avx512dq")]
fn grams(blocks: &[u64], bytes: &[u8]) -> u8 {
    let bytes = &bytes[..64];
    // SAFETY: `bytes` is exactly 64 readable bytes and the load needs no alignment.
    let words = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
    let grams = _mm512_and_si512(words, _mm512_set1_epi64(GRAM.cast_signed()));
    let hash = _mm512_mullo_epi64(grams, _mm512_set1_epi64(FACTOR.cast_signed()));
    let shift = _mm_cvtsi32_si128(shift(blocks.len()).cast_signed());
    let blocks = gather(blocks, _mm512_srl_epi64(hash, shift));
    let all = CHOICES.iter().fold(_mm512_set1_epi64(1), |all, choice| {
        let choice = _mm_cvtsi32_si128(choice.cast_signed());
        // A rotation takes its count modulo 64.
        _mm512_and_si512(all, _mm512_rorv_epi64(blocks, _mm512_srl_epi64(hash, choice)))
    });
    _mm512_test_epi64_mask(all, all)
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
