//! Named limits of the search for derived secrets. All are counts, never times.

/// Byte strings that are tried as secrets, of each length, those that stand alone first: one to three microseconds each
/// for what SHA-256 derives, fifteen for what SHA-384 does.
pub(super) const CANDIDATES_MAX: usize = 1 << 17;

/// The same of the secrets of TLS 1.3 with SHA-384.
pub(super) const LONG_CANDIDATES_MAX: usize = 1 << 16;

/// The same where no symmetric key was proven: libraries and archives have tables without end, and hardly a secret. A
/// Java heap with Bouncy Castle has 107,000.
pub(super) const CANDIDATES_WITHOUT_KEY_MAX: usize = 1 << 17;

/// The same of those with random bytes on both sides.
pub(super) const INSIDE_MAX: usize = 1 << 13;

/// Bytes on each side of a padded key among which what proves it is looked for: objects of one connection.
pub(super) const PAD_REACH_BYTES: usize = 256 << 10;

/// Padded keys of one window whose proof is looked for; more are taken for what they look like.
pub(super) const PAD_PROOFS_MAX: usize = 256;

/// Bytes at the start of a random run in which pairs of blocks without padding may start: a structure.
pub(super) const PAIR_REACH_BYTES: usize = 1024;

/// Distances of two blocks of one key, in bytes: side by side, or a structure with states and a buffer between.
pub(super) const PAIR_DISTANCES: std::ops::RangeInclusive<usize> = 64..=512;

/// Bytes by which the ends of a run and of the secret in it may differ.
pub(super) const EDGE_BYTES: usize = 8;

/// Pairs of a master secret and two randoms that are tried: six microseconds each.
pub(super) const TLS12_PAIRS_MAX: usize = 1 << 15;

/// Randoms that are tried with one master secret: the nearest ones, since both belong to one connection.
pub(super) const TLS12_NEAREST: usize = 24;

/// Pairs of a shared secret of SSH and the hash of an exchange that are tried: a microsecond each.
pub(super) const SSH_PAIRS_MAX: usize = 1 << 18;

/// Hashes that are tried with one shared secret: the nearest ones, for libraries keep both in one structure.
pub(super) const SSH_NEAREST: usize = 16;

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

/// Sixteen random bytes of one window that are tried as Kerberos keys if it has an AES-128 schedule: two microseconds each
/// for AES-128 and as many for SHA-256.
pub(super) const KERBEROS_CANDIDATES_MAX: usize = 1 << 12;
