//! Named limits of the search for derived secrets. All are counts, never times.

/// Byte strings that are tried as secrets, of each length, those that stand alone first: two microseconds each.
pub(super) const CANDIDATES_MAX: usize = 1 << 17;

/// Bytes by which the ends of a run and of the secret in it may differ.
pub(super) const EDGE_BYTES: usize = 8;

/// Pairs of a master secret and two randoms that are tried: half a microsecond each.
pub(super) const TLS12_PAIRS_MAX: usize = 1 << 19;

/// Bytes around a secret of TLS 1.3 among which those it was derived from are looked for: one structure.
pub(super) const NEIGHBOURHOOD_BYTES: u64 = 1536;

/// Neighbourhoods that are looked through.
pub(super) const NEIGHBOURHOODS_MAX: usize = 256;

/// Strings of one neighbourhood that are tried with each other.
pub(super) const NEIGHBOURS_MAX: usize = 48;

/// Prekeys of shielded keys that are kept: an agent with that many keys.
pub(super) const PREKEYS_MAX: usize = 256;

/// Bytes of a sealed key, at most: that of RSA-16384.
pub(super) const SEALED_BYTES_MAX: usize = 12 << 10;
