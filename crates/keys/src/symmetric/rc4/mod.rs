//! States of RC4: a permutation of all 256 bytes, as bytes or as words of 32 bits.
//!
//! Nothing in a permutation binds it to its key, so alone it is a suspicion only: other programs shuffle bytes too. With the
//! key near it, it is proven: the generator can be run back to where it began, since each of its steps can be undone, and there the
//! key must have shuffled the bytes so. The constant permutations of ciphers (S-boxes) have structure that a state has not.

mod key;
mod scan;

pub use scan::prove_states;
pub(super) use scan::scan;

/// Entries of the permutation.
const ENTRIES: usize = 256;
