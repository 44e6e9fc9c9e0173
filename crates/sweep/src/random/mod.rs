//! Which bytes look random: the root of policy `strict`.
//!
//! A block of [`BLOCK`] bytes looks random unless one of a few rules finds
//! structure in it ([`rule`] is the definition, one rule a function). Every
//! rule is a statement with a known probability under true randomness, and
//! the sum of them all is what the screen loses:
//!
//! | | probability |
//! |---|---|
//! | TABLE | |
//!
//! What the rules leave of ordinary memory is measured in this crate's
//! README.
//!
//! Numbers in arrays (`f64`, `f32`) have mantissas as random as keys. They are
//! told by the exponents of their neighbours, so a block is judged with the
//! eight bytes before and after it; among zeros, pointers, small integers
//! and text this changes nothing.

mod kernel;
mod rule;
mod scan;

use std::ops::Range;

/// Length in bytes of the block that is judged: an AES-128 key.
pub const BLOCK: usize = 16;

/// Bytes that two windows cut from one memory must share, so that each place
/// is judged in one of them as it would be in the whole.
pub const OVERLAP: usize = 2 * rule::LONG + rule::CONTEXT;

/// Finds the bytes that look random.
///
/// Sets `out` to sorted, disjoint, maximal ranges of the window; `out` is
/// cleared first. A range is a union of [`BLOCK`]-byte blocks, at any
/// alignment, that look random, joined by the 32-byte blocks that rest on 16
/// bytes of them and pass a rule with fewer demands.
pub fn runs(window: &[u8], out: &mut Vec<Range<usize>>) {
    if let Some((_, fastest)) = kernel::available().first() {
        fastest(window, out);
    }
}

/// A kernel: what [`runs`] does, in one way.
pub type Kernel = fn(&[u8], &mut Vec<Range<usize>>);

/// Every kernel that this processor can run, by name, fastest first; the last
/// is portable. For tests and measurements.
#[must_use]
pub fn kernels() -> &'static [(&'static str, Kernel)] {
    kernel::available()
}

#[cfg(test)]
mod tests;
