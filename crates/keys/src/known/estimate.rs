//! How hard a secret is to guess.

use crate::tokens;
use std::collections::BTreeSet;

/// Of a longer value the beginning is asked.
const SAMPLE_BYTES: usize = 64;

/// Bytes are random if as many of sixteen differ. Of 20 random ones fewer do in one case of 3 billion (occupancy
/// of 256 places), of any other number more rarely.
const RANDOM_OF_SIXTEEN: usize = 9;

/// Bits that a value carries, by an estimate that is rather too low: of text under the model of words and identifiers
/// that tokens are judged by, of other bytes by how many differ.
#[must_use]
pub(super) fn bits(value: &[u8]) -> u32 {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    if is_text(value) {
        return (tokens::half_bits(value) / 2).min(length.saturating_mul(8));
    }
    let sample = value.get(..SAMPLE_BYTES).unwrap_or(value);
    let distinct = distinct(sample);
    let steps: BTreeSet<u8> = sample.array_windows().map(|[one, next]| next.wrapping_sub(*one)).collect();
    if distinct * 16 >= sample.len() * RANDOM_OF_SIXTEEN && steps.len() * 2 >= sample.len() {
        return length.saturating_mul(8);
    }
    length.saturating_mul(distinct.min(steps.len()).max(1).ilog2()).min(length.saturating_mul(4))
}

/// Different bytes of a value.
#[must_use]
pub(super) fn distinct(value: &[u8]) -> usize {
    value.iter().collect::<BTreeSet<_>>().len()
}

/// True for characters that people write, in UTF-8.
#[must_use]
pub(super) fn is_text(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| !text.chars().any(char::is_control))
}
