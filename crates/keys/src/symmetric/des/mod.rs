//! DES and triple DES (FIPS 46-3): sixteen round keys of 48 bits, every one a selection from the same 56 bits.
//!
//! Libraries spread a round key over eight bytes of which each holds the six bits that go into one S-box, but they
//! differ in which S-box comes where, in the order of the six bits and in how words are turned. All of that is
//! inferred: six bits in sixteen rounds are 96 bits that come from 28 bits of the key, so they fit one S-box and
//! one order only, and all eight must fit the same key: 768 bits from 56.

mod join;
mod lanes;
mod screen;
mod tables;

pub(super) use join::scan;
