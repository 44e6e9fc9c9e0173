//! Named limits of the search. All are counts, never times, so that the same dump gives the
//! same findings on every computer.

/// Numbers of one length that are read, those that stand alone first.
pub(super) const NUMBERS_MAX: usize = 1 << 14;

/// Numbers as long as a modulus that are compared with the orders.
pub(super) const MODULI_MAX: usize = 1 << 12;

/// Pairs of modulus and order that are taken for a group.
pub(super) const GROUPS_MAX: usize = 8;

/// Numbers whose power tells whether they belong to a group: two milliseconds each.
pub(super) const MEMBERS_TRIED_MAX: usize = 1 << 9;

/// Members of a group that are tried as its generator: a key pair, a peer's public key, and
/// what a handshake leaves.
pub(super) const BASES_MAX: usize = 6;

/// Products of limbs that exponentiation may take: a second of one core.
pub(super) const WORK_MAX: u64 = 1 << 29;

/// Bits of the windows of exponentiation tables.
pub(super) const WINDOW_BITS: usize = 6;
