//! The masks without vectors, eight bytes at a time.

use crate::chunk::CHUNK;
use crate::chunk::words::{HIGH, ONES, mask, word, zeros};
use crate::text::TextRun;
use crate::text::scan::{Masks, runs as scan};

/// The portable kernel.
pub(super) fn runs(window: &[u8], min_chars: usize, out: &mut Vec<TextRun>) {
    scan(window, min_chars, out, masks);
}

fn masks(bytes: &[u8; CHUNK]) -> Masks {
    Masks { printable: mask(|at| printable(word(bytes, at))), zero: mask(|at| zeros(word(bytes, at))) }
}

/// The high bit of every printable byte.
fn printable(word: u64) -> u64 {
    let low7 = word & !HIGH;
    let from_space = low7 + 0x60 * ONES;
    let delete = low7 + ONES;
    let is = |byte: u8| zeros(word ^ (u64::from(byte) * ONES));
    (from_space & !delete & !word & HIGH) | is(b'\t') | is(b'\n') | is(b'\r')
}
