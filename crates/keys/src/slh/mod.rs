//! Private keys of SLH-DSA (FIPS 205) in PKCS#8 (RFC 9909): SK.seed, SK.prf, PK.seed and PK.root, one behind the
//! other. The root of the topmost tree follows from both seeds and proves the key; it is computed for the sets with fast
//! signatures, where it costs some thousand hashes.
//!
//! Bare keys are looked for where their public half stands elsewhere too: they are short strings of random bytes like any
//! other, and a root for each of them costs more than all other detectors together.

mod key;
mod search;
mod set;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use key::{complete_128f, private_key};
pub use search::{Coverage, Origin, conclude};
