//! How hard a secret is to guess.

use crate::tokens;
use std::collections::BTreeSet;

/// A value of as many bytes or fewer has random bytes if three quarters of them differ; of a longer one its
/// beginning is asked.
const SAMPLE_BYTES: usize = 64;

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
    if distinct * 4 >= sample.len() * 3 && steps.len() * 2 >= sample.len() {
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
