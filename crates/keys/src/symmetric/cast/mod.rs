//! CAST-128, also called CAST5 (RFC 2144): sixteen masking keys of 32 bits and sixteen rotations of five bits.
//!
//! The rotations beside random words are the screen. The proof takes the first four masking keys, each the sum of five
//! entries of S-boxes: with one equation at a time solved and the solutions joined where they share bytes, the sixteen
//! bytes of the state that they were made of follow, and from those the key, whose whole schedule must be the one that
//! stands there: 592 bits from 128.

mod boxes;
mod scan;
mod schedule;
mod solve;

pub(super) use scan::{Budget, beside, interleaved};
