//! Limits on what input may make a pass do.

/// Most places in patterns that one 8-byte word is looked up in. Patterns
/// share words without end (the header of a hundred PEM files); this many are
/// extended, and a word with more is a match by itself where eight bytes are enough for one.
pub(crate) const CHAIN_MAX: usize = 32;
