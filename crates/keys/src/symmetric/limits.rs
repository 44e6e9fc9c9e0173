//! Named limits of the search for symmetric keys.

/// Longest stretch of randomness in which schedules are looked for at every word, in bytes. Contexts of ciphers
/// are shorter, but for tables that have a search of their own.
pub(super) const WHOLE_BYTES_MAX: usize = 1024;

/// Bytes looked at on each end of a longer stretch.
pub(super) const EDGE_BYTES: usize = 512;

/// Bytes before a stretch that may belong to a schedule: the screen judges 16 bytes at a time.
pub(super) const MARGIN_BYTES: usize = 16;

/// Places of one window in which the key of a DES schedule is looked for whatever its parity bits are.
pub(super) const PARITY_SEARCHES_MAX: usize = 64;

/// Shortest schedule that is looked for, in bytes: that of SM4.
pub(super) const SCHEDULE_BYTES_MIN: usize = 128;

/// Shortest schedule of Camellia and ARIA: nettle's of Camellia-128.
pub(super) const LONG_SCHEDULE_BYTES_MIN: usize = 192;

/// Proofs of one window that may fail for what looks like a schedule of CAST-128: a tenth of a second each.
pub(super) const CAST_PROOFS_MAX: usize = 4;

/// Steps that a state of RC4 is run back in search of its beginning: bytes of the stream it has given, a few milliseconds.
pub(super) const RC4_STEPS_MAX: usize = 1 << 20;

/// Bytes on each side of a state of RC4 among which its key is looked for.
pub(super) const RC4_KEY_REACH_BYTES: usize = 16 << 10;

/// States of RC4 of one window whose keys are looked for: 20 milliseconds each. More are tables that are shuffled.
pub(super) const RC4_STATES_MAX: usize = 4;
