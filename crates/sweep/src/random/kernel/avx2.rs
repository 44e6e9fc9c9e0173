//! The masks with AVX2: two registers of 32 bytes.
#![expect(unsafe_code, reason = "the processor check and the vector loads")]

use crate::chunk::CHUNK;
use crate::random::rule::DISTANCES;
use crate::random::scan::{Far, Near, REACH, runs as scan};
use crate::random::{Kernel, kernel::class};
use std::arch::x86_64::*;
use std::ops::Range;

/// Bytes in a register.
const LANES: usize = 32;

/// The kernel, if and only if this processor has what it needs.
pub(super) fn kernel() -> Option<Kernel> {
    let has = std::is_x86_feature_detected!("avx2")
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
    unsafe { runs_avx2(window, out) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn runs_avx2(window: &[u8], out: &mut Vec<Range<usize>>) {
    scan(window, out, |bytes| near(bytes), |bytes| far(bytes));
}

#[inline]
#[target_feature(enable = "avx2")]
fn near(bytes: &[u8; CHUNK]) -> Near {
    let (low, high) = (load(bytes, 0), load(bytes, LANES));
    Near {
        zero: mask(is(low, 0), is(high, 0)),
        high: mask(low, high),
        top: mask(
            _mm256_or_si256(is(low, 0xff), is(low, 0xaa)),
            _mm256_or_si256(is(high, 0xff), is(high, 0xaa)),
        ),
    }
}

// Written out: a closure given to `array::map` is compiled without AVX2 around
// it and called for every element (measured: 10 times slower).
#[inline]
#[target_feature(enable = "avx2")]
fn far(bytes: &[u8; REACH]) -> Far {
    let [a, b, c, d, e, f, g] = DISTANCES;
    Far {
        equal: [
            equal(bytes, a),
            equal(bytes, b),
            equal(bytes, c),
            equal(bytes, d),
            equal(bytes, e),
            equal(bytes, f),
            equal(bytes, g),
        ],
        text: members(bytes, &class::TEXT),
        plain: members(bytes, &class::PLAIN),
        code: members(bytes, &class::CODE),
    }
}

/// The bytes that come again after a distance.
#[inline]
#[target_feature(enable = "avx2")]
fn equal(bytes: &[u8; REACH], distance: usize) -> u64 {
    mask(
        _mm256_cmpeq_epi8(load(bytes, 0), load(bytes, distance)),
        _mm256_cmpeq_epi8(load(bytes, LANES), load(bytes, LANES + distance)),
    )
}

/// The bytes that belong to a class.
#[inline]
#[target_feature(enable = "avx2")]
fn members(bytes: &[u8; REACH], class: &class::Nibbles) -> u64 {
    !mask(outside(load(bytes, 0), class), outside(load(bytes, LANES), class))
}

/// Sets the bytes that have a value.
#[inline]
#[target_feature(enable = "avx2")]
fn is(bytes: __m256i, value: u8) -> __m256i {
    _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(value.cast_signed()))
}

/// Sets the bytes that do not belong to a class.
#[inline]
#[target_feature(enable = "avx2")]
fn outside(bytes: __m256i, class: &class::Nibbles) -> __m256i {
    let nibble = _mm256_set1_epi8(0x0f);
    let low = _mm256_and_si256(bytes, nibble);
    let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
    let low = _mm256_shuffle_epi8(load(&class.low, 0), low);
    let high = _mm256_shuffle_epi8(load(&class.high, 0), high);
    _mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256())
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
fn load(bytes: &[u8], at: usize) -> __m256i {
    let lanes = &bytes[at..at + LANES];
    // SAFETY: `lanes` is exactly 32 readable bytes and the load needs no alignment.
    unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
}
