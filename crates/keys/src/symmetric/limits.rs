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
