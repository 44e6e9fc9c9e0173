//! The masks with AVX2: two registers of 32 bytes.
#![expect(unsafe_code, reason = "the processor check and the vector loads")]

use crate::chunk::CHUNK;
use crate::text::scan::{Masks, runs as scan};
use crate::text::{Kernel, TextRun};
use std::arch::x86_64::*;

/// Bytes in a register.
const LANES: usize = 32;

/// The kernel, if and only if this processor has what it needs.
pub(super) fn kernel() -> Option<Kernel> {
    let has = std::is_x86_feature_detected!("avx2")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2");
    has.then_some(runs as Kernel)
}

/// Private: reachable only through [`kernel`], which has checked the processor.
fn runs(window: &[u8], min_chars: usize, out: &mut Vec<TextRun>) {
    // SAFETY: the only way to obtain this function is `kernel`, which returns
    // it only after detecting every feature that the callee names.
    unsafe { runs_avx2(window, min_chars, out) }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn runs_avx2(window: &[u8], min_chars: usize, out: &mut Vec<TextRun>) {
    scan(window, min_chars, out, |bytes| masks(bytes));
}

#[inline]
#[target_feature(enable = "avx2")]
fn masks(bytes: &[u8; CHUNK]) -> Masks {
    let (low, high) = (load(bytes, 0), load(bytes, LANES));
    let zero = _mm256_setzero_si256();
    Masks {
        printable: mask(printable(low), printable(high)),
        zero: mask(_mm256_cmpeq_epi8(low, zero), _mm256_cmpeq_epi8(high, zero)),
    }
}

/// Sets the printable bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn printable(bytes: __m256i) -> __m256i {
    // Compared as signed, bytes from 0x80 are below all others.
    let from_space = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(0x1f));
    let delete = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
    let tab_or_feed = _mm256_or_si256(
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x09)),
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x0a)),
    );
    let blank = _mm256_or_si256(tab_or_feed, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x0d)));
    _mm256_or_si256(_mm256_andnot_si256(delete, from_space), blank)
}

/// The high bits of 64 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn mask(low: __m256i, high: __m256i) -> u64 {
    let low = _mm256_movemask_epi8(low).cast_unsigned();
    let high = _mm256_movemask_epi8(high).cast_unsigned();
    u64::from(low) | u64::from(high) << 32
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; CHUNK], at: usize) -> __m256i {
    let lanes = &bytes[at..at + LANES];
    // SAFETY: `lanes` is exactly 32 readable bytes and the load needs no alignment.
    unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
}
