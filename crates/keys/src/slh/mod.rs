//! Private keys of SLH-DSA (FIPS 205): SK.seed, SK.prf, PK.seed and PK.root, one behind the
//! other, proven by the root of the topmost tree, which follows from both seeds.
//!
//! The root costs four thousand hashes, or three hundred thousand for the sets with short
//! signatures. So it is computed only for strings with nothing random beside them, first for those whose
//! public half stands elsewhere in the dump as well, and within a bound that is reported.

mod search;
mod set;
mod tree;

#[cfg(test)]
mod tests;

pub use search::{Coverage, conclude};
pub(crate) use search::{complete_128f, private_key};
