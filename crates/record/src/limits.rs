//! Limits on what input controls.

/// Longest envelope that the gate reads, in bytes. A seal of 10,000 findings takes some 5 MB.
pub(crate) const ENVELOPE_BYTES_MAX: usize = 64 << 20;

/// Most signatures that the gate tries in one envelope.
pub(crate) const SIGNATURES_MAX: usize = 64;
