//! Base64 without a label: a key on one line, or lines out of the middle of one.
//!
//! Certificates, public keys and pictures look the same. Only what decodes, at
//! one of the four alignments, to the structure of a private key counts.

use super::base64::{self, Digits};
use super::limits::{MIN_RUN, RUN_BLOCK, RUN_OVERLAP};
use super::{binary, fragment};
use crate::material::Hit;
use std::ops::Range;

/// Distance between probes; a run of [`MIN_RUN`] digits holds a probe and the
/// [`PROBE`] digits behind it.
const STRIDE: usize = 32;

/// Digits that must follow a probe.
const PROBE: usize = 8;

/// Calls `visit` for every block of base64 in `text` outside the sorted ranges
/// `covered`. Long runs come in blocks that overlap.
pub(super) fn runs(text: &[u8], covered: &[Range<usize>], mut visit: impl FnMut(&Digits)) {
    let mut covered = covered.iter().peekable();
    let mut floor = 0;
    let mut at = 0;
    while at + PROBE <= text.len() {
        if !(at..at + PROBE).all(|at| base64::is_digit_at(text, at)) {
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
        let mut digits = Digits::read(text, start, RUN_BLOCK);
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

/// Reports the private keys in unlabelled base64.
pub(super) fn scan(text: &[u8], covered: &[Range<usize>], out: &mut Vec<Hit>) {
    let mut done = 0;
    runs(text, covered, |digits| {
        for skip in 0..4 {
            let bytes = digits.decode(skip);
            let mut found = Vec::new();
            binary::scan_binary(&bytes, &mut found);
            fragment::in_decoded(&bytes, &mut found);
            for mut hit in found {
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
