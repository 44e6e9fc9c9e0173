//! Which bytes look random: the root of policy `strict`.
//!
//! A block of [`BLOCK`] bytes looks random unless one of a few rules finds
//! structure in it ([`rule`] is the definition, one rule a function). Every
//! rule is a statement with a known probability under true randomness, and
//! the sum of them all is what the screen loses:
//!
//! | rule | strikes 16 random bytes with probability |
//! |---|---|
//! | three zero bytes and more | 3.21e-5 |
//! | two zero bytes after the top of a pointer or small integer | 1.23e-4 |
//! | a zero byte at both ends | 1.53e-5 |
//! | no high bit, or nothing but high bits | 3.05e-5 |
//! | three pairs of equal bytes at a distance of 1, 2, 3, 4, 5, 6 or 8 | 9.64e-5 |
//! | seven text bytes in a row; ten plain ones in all | 5.12e-5 |
//! | UTF-8 from end to end; ten bytes in multi-byte characters | 3.85e-5 |
//! | six bytes typical of x86-64 code | 5.65e-5 |
//! | fewer than 42 or more than 88 set bits of 128 | 3.52e-5 |
//! | any of them, at most | **4.79e-4** |
//!
//! So 16 random bytes alone among zeros, pointers, small integers or text are
//! found with probability 0.99952 or more, at any alignment. Of 32 random
//! bytes all are covered unless both halves fail, or the rule for 32 bytes
//! strikes (6.1e-7): 1 - 8.4e-7. The figures are exact sums over the
//! distribution of each rule under uniform bytes, added up as if no two rules
//! ever struck the same block (`cargo test -p coredact-sweep` counts them).
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
mod utf8;

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
