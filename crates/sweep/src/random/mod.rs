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
//! | UTF-8 from end to end; ten bytes in multi-byte characters | 4.34e-5 |
//! | six bytes typical of x86-64 code | 5.65e-5 |
//! | fewer than 42 or more than 88 set bits of 128 | 3.52e-5 |
//! | small integers of 16 or 32 bits, Hangul in UTF-16 | 8.69e-6 |
//! | fewer than 11 different bytes | 5.86e-7 |
//! | any of them, at most | **4.93e-4** |
//!
//! So 16 random bytes alone among zeros, pointers or small integers are found
//! with probability 0.9995 or more, at any alignment (0.99956 measured over
//! 20 million keys). Of 32 random bytes all are covered unless both halves
//! fail (2.4e-7) or the rule for 32 bytes strikes (6.1e-7): 1 - 8.5e-7 (2e-7
//! measured to lose eight bytes or more). The figures of the table are exact
//! for each rule under uniform bytes and added up as if no two rules ever
//! struck the same block; the tests compute them.
//!
//! What the rules leave of ordinary memory is measured in this crate's
//! README.
//!
//! Arrays have elements as random as keys (mantissas, low bytes of times,
//! ideographs) and upper bytes that give them away. A block is therefore
//! judged with the eight bytes before and after it; what is found there can
//! only add to a likeness within the block, and among zeros, pointers and small
//! integers it changes nothing. Between two arrays of numbers, at the phase of
//! their elements, 16 random bytes are missed with probability 0.003, between
//! ideographs in UTF-16 with 0.002.
//!
mod kernel;
mod rule;
mod scan;
mod utf8;

use std::ops::Range;

/// Length in bytes of the block that is judged: an AES-128 key.
pub const BLOCK: usize = 16;

/// Bytes that two windows cut from one memory must share, so that each byte
/// found in the whole is found in one of them: on either side of a byte count
/// a block of 32, a block of 16 that it rests on, and the bytes beside that.
/// At a cut, where those are missing, a little more may be found.
pub const OVERLAP: usize = 2 * (rule::LONG + BLOCK + rule::CONTEXT);

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
mod probability;
#[cfg(test)]
mod tests;
