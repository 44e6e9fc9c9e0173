//! The masks with AVX-512: one register of 64 bytes, compared into a mask.
#![expect(unsafe_code, reason = "the processor check and the vector loads")]

use crate::chunk::CHUNK;
use crate::random::rule::DISTANCES;
use crate::random::scan::{Far, Near, REACH, runs as scan};
use crate::random::{Kernel, kernel::class};
use std::arch::x86_64::*;
use std::ops::Range;

/// The kernel, if and only if this processor has what it needs.
pub(super) fn kernel() -> Option<Kernel> {
    let has = std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("lzcnt")
        && std::is_x86_feature_detected!("popcnt");
    has.then_some(runs as Kernel)
}

/// Private: reachable only through [`kernel`], which has checked the processor.
fn runs(window: &[u8], out: &mut Vec<Range<usize>>) {
    // SAFETY: the only way to obtain this function is `kernel`, which returns
    // it only after detecting every feature that the callee names.
    unsafe { runs_avx512(window, out) }
}

#[target_feature(enable = "avx512bw,bmi1,bmi2,lzcnt,popcnt")]
fn runs_avx512(window: &[u8], out: &mut Vec<Range<usize>>) {
    scan(window, out, |bytes| near(bytes), |bytes| far(bytes));
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn near(bytes: &[u8; CHUNK]) -> Near {
    let chunk = load(bytes, 0);
    Near { zero: is(chunk, 0), high: _mm512_movepi8_mask(chunk), top: is(chunk, 0xff) | is(chunk, 0xaa) }
}

// Written out: a closure given to `array::map` is compiled without AVX-512
// around it and called for every element (measured: 10 times slower).
#[inline]
#[target_feature(enable = "avx512bw")]
fn far(bytes: &[u8; REACH]) -> Far {
    let [a, b, c, d, e, f, g] = DISTANCES;
    let chunk = load(bytes, 0);
    Far {
        equal: [
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, a)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, b)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, c)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, d)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, e)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, f)),
            _mm512_cmpeq_epi8_mask(chunk, load(bytes, g)),
        ],
        text: members(chunk, &class::TEXT),
        plain: members(chunk, &class::PLAIN),
        code: members(chunk, &class::CODE),
    }
}

/// The bytes that have a value.
#[inline]
#[target_feature(enable = "avx512bw")]
fn is(bytes: __m512i, value: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(value.cast_signed()))
}

/// The bytes that belong to a class.
#[inline]
#[target_feature(enable = "avx512bw")]
fn members(bytes: __m512i, class: &class::Nibbles) -> u64 {
    let nibble = _mm512_set1_epi8(0x0f);
    let low = _mm512_and_si512(bytes, nibble);
    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), nibble);
    let low = _mm512_shuffle_epi8(load(&class.low, 0), low);
    let high = _mm512_shuffle_epi8(load(&class.high, 0), high);
    _mm512_test_epi8_mask(low, high)
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn load(bytes: &[u8], at: usize) -> __m512i {
    let lanes = &bytes[at..at + CHUNK];
    // SAFETY: `lanes` is exactly 64 readable bytes and the load needs no alignment.
    unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
}
