//! Named limits of the search for RSA keys. All are counts, never times, so that
//! the same dump gives the same findings on every computer.

use super::index::Standing;

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
/// Most bytes typical of machine code among 64. Random ones have three on average, and
/// more than this once in a million times; code has 28.
pub(super) const CODE_MAX: u8 = 13;
/// The same three for 32 bytes: all random ones pass but for one block in a million.
pub(super) const BLOCK_DISTINCT_MIN: u32 = 21;
/// See [`BLOCK_DISTINCT_MIN`].
pub(super) const BLOCK_DISTINCT_PADDED_MIN: u32 = 15;
/// See [`BLOCK_DISTINCT_MIN`].
pub(super) const BLOCK_CODE_MAX: u8 = 9;

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

/// Prime candidates kept for pairing, for one dump: so many that stand alone, so many at
/// edges, and so many inside runs. As many as [`STORED_BYTES_MAX`] of random bytes hold.
pub(super) const CANDIDATES_MAX: usize = 1 << 20;

/// Places at which a modulus may start, kept for one dump: so many at edges, so many
/// elsewhere. As many as [`STORED_BYTES_MAX`] of random bytes hold.
pub(super) const STARTS_MAX: usize = 3 << 19;

/// Products of two candidates tried in one class (layout and size) without regard
/// to the distance between them. A dump has fourteen classes of any size: two tenths of
/// a second for all.
pub(super) const CLASS_PAIRS_MAX: u64 = 1 << 23;
/// Where there are more, possible products of the class divided by its candidates, for one
/// dump: three seconds of one processor.
pub(super) const CLASS_QUOTIENTS_MAX: u64 = 1 << 31;
/// Beyond that, products tried of neighbours in one class.
pub(super) const NEAR_PAIRS_MAX: usize = 1 << 23;
/// And at least this many candidates before each: ten kilobytes of randomness.
pub(super) const NEIGHBOURS_MIN: usize = 64;

/// Places at edges at which such a modulus may start, for one size: a twentieth of a second.
pub(super) const BARE_STARTS_MAX: usize = 1 << 17;

/// Numbers of one size that stand alone and are tried as moduli though no encoding names them. A process has some tens.
pub(super) const BARE_MODULI_MAX: usize = 1 << 12;

/// Pairs of such a modulus and a private exponent that are tried for one size, those near each other first: a tenth of a
/// second.
pub(super) const BARE_PAIRS_MAX: usize = 1 << 22;

/// Word multiplications spent on exact divisions of such moduli by prime candidates for one dump: a tenth of a second.
pub(super) const BARE_DIVISION_WORK_MAX: u64 = 1 << 27;

/// Quotients of a known modulus by a word at an edge tried for one dump: a third of a second.
pub(super) const QUOTIENTS_MAX: usize = 1 << 26;

/// Pairs of prime and CRT exponent tried for one dump: two seconds of
/// one processor.
pub(super) const EXPONENT_PAIRS_MAX: u64 = 1 << 30;
/// Starts looked at on each side of a prime candidate for its CRT exponent: about
/// 2 KiB of randomness.
pub(super) const EXPONENT_NEIGHBOURS: usize = 128;

/// Word multiplications spent on exact divisions of known moduli by prime candidates for
/// one dump, by how these stand: half a second.
pub(super) const DIVISION_WORK_MAX: [(Standing, u64); 3] =
    [(Standing::Alone, 1 << 29), (Standing::Edge, 1 << 27), (Standing::Inside, 1 << 27)];

/// Word multiplications spent on greatest common divisors with moduli in use for one
/// dump, for numbers that stand alone, at edges, and elsewhere: eight seconds and two
/// tenths. A TLS server with a bundle of 150 certificates takes an eighth of the first, a
/// process of Node.js with as many takes half.
pub(super) const DIVISOR_WORK_MAX: [(Standing, u64); 3] =
    [(Standing::Alone, 1 << 33), (Standing::Edge, 1 << 26), (Standing::Inside, 1 << 26)];

/// The same for moduli that stand in the dump in encodings alone: a tenth of a second.
pub(super) const DIVISOR_WORK_UNLIKELY_MAX: [(Standing, u64); 3] =
    [(Standing::Alone, 1 << 27), (Standing::Edge, 1 << 25), (Standing::Inside, 1 << 25)];

/// 64-bit limbs of the numbers of one size read for comparison with known moduli,
/// those at edges first: 32 MiB.
pub(super) const VALUE_LIMBS_MAX: usize = 1 << 22;

/// A common divisor shorter than this is no prime of a key but a coincidence of a
/// modulus that is none. In bits.
pub(super) const DIVISOR_BITS_MIN: u64 = 192;

/// Pairs of full-size number and modulus compared as private exponents for one dump: a
/// quarter of a second.
pub(super) const QUOTIENT_CHECKS_MAX: usize = 1 << 24;

/// Numbers after a number that are compared with it as the other CRT exponent: the two
/// are computed one after the other.
pub(super) const EXPONENT_MATES: usize = 16;

/// Comparisons of two numbers as the CRT exponents of a known modulus for one dump:
/// a third of a second.
pub(super) const MATES_MAX: usize = 1 << 27;

/// Cubed limbs of modular exponentiations with a known modulus and a number that may be
/// its CRT exponent, for one dump: 128 at 2048 bits, half a second.
pub(super) const EXPONENTIATION_WORK_MAX: u64 = 128 << 15;
/// The same while nothing but moduli in encodings is left: sixteen.
pub(super) const EXPONENTIATION_WORK_FAR_MAX: u64 = 16 << 15;
/// Numbers that are tried with such a modulus.
pub(super) const FAR_VALUES_MAX: usize = 16;

/// Words that may be a constant of Montgomery arithmetic kept for one dump, the smallest first: 4 MiB. An ordinary
/// process has some hundred.
pub(super) const LONE_WORDS_MAX: usize = 1 << 17;

/// Products of such words looked up for one dump: a fifth of a second. Two of a full set agree with one modulus
/// by chance once in 2^31 dumps.
pub(super) const LONE_WORDS_WORK_MAX: usize = 1 << 27;

/// Most such words of which every pair is looked up among the numbers of the dump: eight million pairs, a tenth of a
/// second.
pub(super) const LONE_WORDS_PAIRED_MAX: usize = 1 << 12;
