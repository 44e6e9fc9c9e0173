//! Named limits of the search for elliptic-curve keys. All are counts, never times, so
//! that the same dump gives the same findings on every computer.

/// Runs at most this far apart are looked at together, in bytes: a number with a few
/// zero bytes close to each other falls into two runs.
pub(super) const JOIN_BYTES: usize = 16;

/// Bytes kept on each side of a run: the bounds of a number and of its run differ by up
/// to 16 bytes, and the words behind them say whether the number stands alone.
pub(super) const MARGIN_BYTES: usize = 32;

/// Longest stretch that is kept whole, in bytes. Of longer ones, which are bulk random
/// data, [`BULK_EDGE_BYTES`] are kept at both ends.
pub(super) const CHUNK_BYTES_MAX: usize = 4096;

/// Bytes kept at each end of bulk random data: a key pair and its neighbours.
pub(super) const BULK_EDGE_BYTES: usize = 256;

/// Longest stretch inside of which numbers are read that touch neither end, in bytes:
/// the halves of expanded keys, with a public key and a nonce beside them; three coordinates
/// of 521 bits.
pub(super) const INSIDE_BYTES_MAX: usize = 224;

/// Longest stretch inside of which a seed is read at every machine word, in bytes: a public key on both sides of it.
pub(super) const PAIR_BYTES_MAX: usize = 112;

/// Longest stretch at the ends of which numbers are read first, in bytes. Certificates,
/// tickets and packets are longer, key structures are not.
pub(super) const SHORT_BYTES_MAX: usize = 512;

/// The same for keys of curve448, which cost nine times those of 256 bits: a seed with its
/// public key, or an expanded one.
pub(super) const GOLDILOCKS_BYTES_MAX: usize = 128;

/// Random bytes that a stretch must have to be kept: a 160-bit number, as DSA has them, less
/// what the screen may lose at its ends.
pub(super) const RANDOM_BYTES_MIN: usize = 18;

/// Bytes of a number that may lie in no run. The screen covers all of 32 random bytes but
/// once in a million times.
pub(super) const PLAIN_BYTES_MAX: usize = 4;

/// Bytes of stretches kept for one dump. Beyond it long stretches are dropped first,
/// then those at the highest positions.
pub(super) const STORED_BYTES_MAX: usize = 16 << 20;

/// Public keys given from outside that are kept, lowest first.
pub(super) const PUBLIC_MAX: usize = 65_536;

/// Chunks that are read at once, so that what is read of them has room: 25 MiB if all of
/// them are full of possible scalars on all curves.
pub(super) const BLOCK_CHUNKS: usize = 256;

/// Scalars whose public keys are computed with one inversion, and by one thread.
pub(super) const BATCH_SCALARS: usize = 256;

/// Work allowed for one dump, in the products of limbs of [`super::curve::Curve::cost`]:
/// 131072 scalars of 256 bits on each of two curves, or three seconds of one core.
pub(super) const WORK_MAX: u64 = 1 << 24;

/// The same for the least likely numbers, those of [`super::job::Rank::Inside`]: a second. A process of Node.js has 41,000.
pub(super) const WORK_INSIDE_MAX: u64 = 1 << 22;

/// Positions from this one on are those of numbers that were put together from arrays of digits, beyond all bytes of a dump.
pub const ASSEMBLED_POSITION: u64 = 1 << 61;

/// Numbers of one byte order that are remembered, to see which stand in the other too: 100 MB of digests.
pub(super) const ORDERED_MAX: usize = 1 << 22;

/// Largest byte before a number that is taken for a tag: the alternatives of a type.
pub(super) const TAG_MAX: u8 = 8;

/// Distinct values that 32 random bytes have, but once in twenty thousand times.
pub(super) const DISTINCT_MIN: u32 = 23;

/// Zero bytes that 32 random bytes may have: four are met once in a hundred thousand times.
pub(super) const ZERO_BYTES_MAX: usize = 3;

/// Bytes from 0x80 on among 32 random ones, but once in fifty thousand times; fewer are
/// numbers and text.
pub(super) const HIGH_BYTES: std::ops::RangeInclusive<usize> = 5..=27;

/// Bytes typical of machine code among 32, but once in a million times; code has 14.
pub(super) const CODE_MAX: u8 = 9;

/// Numbers of one size that are tried as coordinates, those that stand alone first: three
/// microseconds each.
pub(super) const NUMBERS_MAX: usize = 1 << 17;

/// Pairs of X and Z of points in Jacobian coordinates that are tried for one curve, one form
/// and one dump, of neighbours first: all pairs of 512 numbers, in a twentieth of a second.
pub(super) const JACOBIAN_PAIRS_MAX: usize = 1 << 18;

/// But as many neighbours on each side of a number at least: coordinates are mostly allocated
/// one after the other.
pub(super) const JACOBIAN_REACH_MIN: usize = 4;
