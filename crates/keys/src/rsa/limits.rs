//! Named limits of the search for RSA keys. All are counts, never times, so that
//! the same dump gives the same findings on every computer.

/// Runs at most this far apart are looked at together: a number with three zero
/// bytes close to each other falls into two runs, and digits kept in wider words
/// into many. In bytes.
pub(super) const JOIN_BYTES: usize = 32;

/// Bytes kept on each side of a run: the bounds of a number and of its run differ
/// by up to 16 bytes, and a top limb may be small.
pub(super) const MARGIN_BYTES: usize = 32;

/// Bytes of screened runs that a chunk must have to be kept: a 512-bit prime less
/// the 16 bytes on which screen and number may disagree.
pub(super) const CHUNK_RANDOM_BYTES_MIN: usize = 48;

/// Longest chunk whose every word is tried. Longer ones are bulk random data, of
/// which only the surroundings of edges are kept. In bytes.
pub(super) const CHUNK_BYTES_MAX: usize = 8 << 10;

/// Bytes kept on each side of an edge inside bulk random data: a 8192-bit number
/// and the words around it.
pub(super) const BULK_EDGE_BYTES: usize = 1200;

/// A hole between two runs counts as an edge from this size on. Holes of one or
/// two bytes come from chance, and there are eight of them in a random mebibyte.
pub(super) const EDGE_GAP_BYTES: usize = 3;

/// How far a number's bound may lie from the edge of its run, in bytes.
pub(super) const EDGE_SLACK_BYTES: usize = 16;

/// Bytes of a number that may lie in no run. All bytes of a random number are in its
/// run but for blocks that fail the screen (one in 160) at its ends.
pub(super) const PLAIN_BYTES_MAX: usize = 24;

/// Distinct values that 64 random bytes have, but for one block in ten million (the
/// mean is 56.7, the deviation 2.4). Machine code and records have fewer.
pub(super) const DISTINCT_MIN: u8 = 44;
/// The same for 64 bytes of words with spare bits: 52 bits in 64 give 47 on average.
pub(super) const DISTINCT_PADDED_MIN: u8 = 35;

/// Bytes of distinct chunks kept for one dump. Beyond it, long chunks are dropped
/// first, then those at the highest positions, whatever the order of arrival.
pub(super) const STORED_BYTES_MAX: usize = 16 << 20;

/// Moduli kept for one dump, smallest first.
pub(super) const MODULI_MAX: usize = 4096;

/// Largest and smallest modulus, in bits.
pub(super) const MODULUS_BITS_MAX: u64 = 8192 + 64;
/// See [`MODULUS_BITS_MAX`]. One bit less than 1024 would do; two allow for sloppy generators.
pub(super) const MODULUS_BITS_MIN: u64 = 1000;

/// Smallest number worth reading as a prime, in bits.
pub(super) const PRIME_BITS_MIN: usize = 500;
/// Largest prime looked for without a modulus, in bits: half of 8192.
pub(super) const PRIME_BITS_MAX: usize = 4096;

/// Prime candidates kept for pairing, for one dump.
pub(super) const CANDIDATES_MAX: usize = 1 << 20;

/// Places at which a modulus may start, kept for one dump.
pub(super) const STARTS_MAX: usize = 2 << 20;

/// Products of two candidates tried in one class (layout and size) without regard
/// to the distance between them.
pub(super) const CLASS_PAIRS_MAX: usize = 1 << 25;
/// Beyond that, each candidate is paired with this many candidates before it.
pub(super) const NEIGHBOURS: usize = 1024;
/// Products of two candidates tried for one dump: half a second.
pub(super) const PAIRS_MAX: usize = 1 << 27;

/// Quotients of a known modulus by a word tried for one dump: half a second.
pub(super) const QUOTIENTS_MAX: usize = 1 << 26;

/// Pairs of prime and CRT exponent tried for one dump: half a second.
pub(super) const EXPONENT_PAIRS_MAX: usize = 1 << 27;
/// Starts looked at on each side of a prime candidate for its CRT exponent: about
/// 2 KiB of randomness.
pub(super) const EXPONENT_NEIGHBOURS: usize = 128;

/// Word multiplications spent on greatest common divisors with known moduli for
/// one dump, in each of two passes: a third of a second.
pub(super) const DIVISOR_WORK_MAX: u64 = 1 << 28;

/// 64-bit limbs of the numbers of one size read for comparison with known moduli,
/// those at edges first: 32 MiB.
pub(super) const VALUE_LIMBS_MAX: usize = 1 << 22;

/// A common divisor shorter than this is no prime of a key but a coincidence of a
/// modulus that is none. In bits.
pub(super) const DIVISOR_BITS_MIN: u64 = 192;

/// Pairs of full-size number and modulus compared as private exponents for one dump.
pub(super) const QUOTIENT_CHECKS_MAX: usize = 1 << 22;

/// Modular exponentiations with a known modulus and a suspected CRT exponent for
/// one dump: about half a second at 2048 bits.
pub(super) const EXPONENTIATIONS_MAX: usize = 128;
