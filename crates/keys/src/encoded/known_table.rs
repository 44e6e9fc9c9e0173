//! SHA-256 of publicly known keys and where each is published.

/// Sorted by digest. Only fingerprints stand here, never a key.
pub(super) const KNOWN: &[([u8; 32], &str)] = &[];
