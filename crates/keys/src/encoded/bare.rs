//! Base64 without a label: a key on one line, or lines out of the middle of one.
//!
//! Certificates, public keys and pictures look the same. Only what decodes, at
//! one of the four alignments, to the structure of a private key counts.

use super::base64::{self, Digits};
use super::limits::{MIN_LINE, MIN_RUN, RUN_BLOCK, RUN_OVERLAP};
use super::{binary, fragment};
use crate::base64::all_digits;
use crate::material::Hit;
use std::ops::Range;
use zeroize::Zeroizing;

/// Digits that a probe looks at: a whole line.
const PROBE: usize = MIN_LINE;

/// Distance between probes: every line of [`MIN_RUN`] digits holds one.
const STRIDE: usize = MIN_RUN - PROBE;

/// Calls `visit` for every block of base64 in `text` outside the sorted ranges
/// `covered`. Long runs come in blocks that overlap.
pub(super) fn runs(text: &[u8], covered: &[Range<usize>], mut visit: impl FnMut(&Digits)) {
    let mut covered = covered.iter().peekable();
    let mut digits = Digits::default();
    let mut floor = 0;
    let mut at = 0;
    while let Some(probe) = text.get(at..).and_then(|rest| rest.first_chunk::<PROBE>()) {
        if !all_digits(probe) {
            at += STRIDE;
            continue;
        }
        while let Some(done) = covered.next_if(|range| range.end <= at) {
            floor = floor.max(done.end);
        }
        if let Some(inside) = covered.peek().filter(|range| range.start <= at) {
            at = inside.end;
            floor = at;
            continue;
        }
        let start = base64::line_start(text, at, floor);
        if let Some(end) = short_line(text, start) {
            at = end.max(at + 1);
            floor = at;
            continue;
        }
        digits.read_again(text, start, RUN_BLOCK);
        let full = digits.len() >= RUN_BLOCK;
        if !full {
            digits.drop_trailing_word();
        }
        if digits.len() >= MIN_RUN {
            visit(&digits);
        }
        let next =
            if full { digits.place(RUN_BLOCK - RUN_OVERLAP).unwrap_or(digits.end) } else { digits.end };
        at = next.max(at + 1);
        floor = if full { next } else { at };
    }
}

/// Where the line at `start` ends, if it is too short and none follows.
fn short_line(text: &[u8], start: usize) -> Option<usize> {
    let line = base64::line_length(text, start, MIN_RUN);
    if line >= MIN_RUN {
        return None;
    }
    // Escaped digits take more characters; the end is found again where they do.
    let end = start + line;
    let gap = base64::separator(text, end);
    let escaped = matches!(text.get(end), Some(b'\\' | b'%'));
    let alone = gap == 0 || base64::line_length(text, end + gap, MIN_LINE) < MIN_LINE;
    (alone && !escaped).then_some(end)
}

/// Reports the private keys in unlabelled base64. `also` sees every block, what it decodes to, and from which
/// of its first four digits on.
pub(super) fn scan(
    text: &[u8],
    covered: &[Range<usize>],
    out: &mut Vec<Hit>,
    mut also: impl FnMut(&Digits, usize, &[u8]),
) {
    let mut done = 0;
    let mut bytes = Zeroizing::default();
    let mut found = Vec::new();
    runs(text, covered, |digits| {
        for skip in 0..4 {
            digits.decode_into(skip, &mut bytes);
            binary::scan_binary(&bytes, &mut found);
            fragment::in_decoded(&bytes, &mut found);
            also(digits, skip, &bytes);
            for mut hit in found.drain(..) {
                hit.range = digits.text_of(&hit.range, skip);
                if hit.range.start >= done {
                    done = hit.range.end;
                    hit.form = "base64";
                    "base64".clone_into(&mut hit.material.detector);
                    out.push(hit);
                }
            }
        }
    });
}
