//! What a document may demand.

/// Documents inside one another: a Kubernetes list of secrets holds base64 of PEM of DER.
pub(super) const DEPTH_MAX: usize = 6;

/// Most keys taken from one document.
pub(super) const ENTRIES_MAX: usize = 1 << 20;

/// Shortest run of base64 that can be a public key: an Ed25519 SubjectPublicKeyInfo has 44 bytes.
pub(super) const BASE64_MIN: usize = 58;

/// Longest label kept, in characters.
pub(super) const LABEL_MAX: usize = 200;
