//! Named limits of the search for lattice keys. All are counts, never times, so that the
//! same dump gives the same findings on every computer.

/// Random runs at most this far apart are read together, in bytes: packed coefficients are a
/// little less random than the screen expects, and leave holes.
pub(super) const JOIN_BYTES: usize = 64;

/// Pieces of keys kept for one dump, those at the lowest positions.
pub(super) const PIECES_MAX: usize = 4096;

/// Bytes of one piece: the vectors and the matrix of the largest set in words of four bytes,
/// and as much again.
pub(super) const PIECE_BYTES_MAX: usize = 1 << 17;

/// ML-DSA keys that are computed for one window before anything is known: a third of a
/// millisecond each.
pub(super) const PROOFS_PER_WINDOW: u64 = 64;

/// Bytes by which the ends of a vector in few bits may be off: what stands beside it is
/// random, and extends it by chance.
pub(super) const SLACK_BYTES: usize = 24;

/// Numbers of 32 bytes that are tried as seeds: three microseconds each.
pub(super) const SEEDS_MAX: usize = 1 << 17;

/// Public seeds met in encodings that are kept for the search.
pub(super) const RHOS_MAX: usize = 1 << 14;

/// Signing keys with which a vector that is no transform is compared: beyond them it becomes
/// a finding of its own.
pub(super) const OWNERS_MAX: usize = 64;
