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

/// The same for exponents of lengths that no standard gives a group, and for groups without a name: half a second each,
/// where a prime of such a group stands in the dump.
pub(super) const WORK_OTHER_MAX: u64 = 1 << 28;

/// Numbers that are tested for being primes of a group: five milliseconds each.
pub(super) const SAFE_PRIMES_TRIED_MAX: usize = 1 << 5;

/// Numbers beside a safe prime that are tried as its generator, and as exponents as long as it: they are allocated one
/// after the other.
pub(super) const BESIDE_MAX: usize = 6;

/// Bits of the windows of exponentiation tables.
pub(super) const WINDOW_BITS: usize = 6;
