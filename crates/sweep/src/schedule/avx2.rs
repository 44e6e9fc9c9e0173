//! Eight words at a time: passes over what cannot hold a candidate and leaves
//! the rest to the definition.
#![expect(unsafe_code, reason = "vector loads, and the call behind the CPU check")]

use super::scalar::{self, AFTER, BEFORE};
use super::{Candidate, Kernel};
use std::arch::x86_64::{
    __m256i, _mm256_andnot_si256, _mm256_cmpeq_epi32, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_setzero_si256, _mm256_testz_si256, _mm256_xor_si256,
};

/// Bytes in a vector.
const LANES: usize = 32;
/// A block with everything its words relate to.
type View = [u8; BEFORE + LANES + AFTER];

/// Returns the kernel if and only if this CPU has AVX2.
pub(super) fn kernel() -> Option<Kernel> {
    std::is_x86_feature_detected!("avx2").then_some(candidates as Kernel)
}

/// Private: reachable only through [`kernel`], which has checked the CPU.
fn candidates(window: &[u8], out: &mut Vec<Candidate>) {
    // SAFETY: the only way to obtain this function is `kernel`, which returns
    // it only after detecting AVX2.
    unsafe { candidates_avx2(window, out) }
}

#[target_feature(enable = "avx2")]
fn candidates_avx2(window: &[u8], out: &mut Vec<Candidate>) {
    let mut block = BEFORE;
    scalar::candidates_of_words(window, 0..block, out);
    while let Some(view) = window.get(block - BEFORE..).and_then(|rest| rest.first_chunk()) {
        if suspicious(view) {
            scalar::candidates_of_words(window, block..block + LANES, out);
        }
        block += LANES;
    }
    scalar::candidates_from_word(window, block, out);
}

/// True if any word of the block obeys any relation and no operand is zero.
#[inline]
#[target_feature(enable = "avx2")]
fn suspicious(view: &View) -> bool {
    let (word, before) = (load::<0>(view), load::<-4>(view));
    let step = _mm256_xor_si256(word, before);
    let equal = _mm256_or_si256(
        _mm256_or_si256(
            _mm256_or_si256(
                _mm256_cmpeq_epi32(step, load::<-16>(view)),
                _mm256_cmpeq_epi32(step, load::<-24>(view)),
            ),
            _mm256_or_si256(
                _mm256_cmpeq_epi32(step, load::<-32>(view)),
                _mm256_cmpeq_epi32(step, load::<8>(view)),
            ),
        ),
        _mm256_or_si256(
            _mm256_cmpeq_epi32(step, load::<16>(view)),
            _mm256_cmpeq_epi32(step, load::<32>(view)),
        ),
    );
    let zero = _mm256_setzero_si256();
    let blank = _mm256_or_si256(
        _mm256_or_si256(_mm256_cmpeq_epi32(word, zero), _mm256_cmpeq_epi32(before, zero)),
        _mm256_cmpeq_epi32(step, zero),
    );
    let found = _mm256_andnot_si256(blank, equal);
    _mm256_testz_si256(found, found) == 0
}

/// The vector at a distance from the start of the block.
#[inline]
#[target_feature(enable = "avx2")]
fn load<const DISTANCE: isize>(view: &View) -> __m256i {
    let at = const { BEFORE.checked_add_signed(DISTANCE).expect("no operand lies before the view") };
    let lanes = &view[at..at + LANES];
    // SAFETY: `lanes` is exactly 32 readable bytes and the load needs no alignment.
    unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
}
