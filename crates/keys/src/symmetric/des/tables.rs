//! The tables of FIPS 46-3, pages 18 to 21.

/// Rounds, and round keys.
pub(super) const ROUNDS: usize = 16;

/// Bits of each half of the key.
pub(super) const HALF: usize = 28;

/// By how many places the halves are turned before each round, from the start.
pub(super) const TURNED: [usize; ROUNDS] = [1, 2, 4, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23, 25, 27, 28];

/// PC-1: which bit of the key (from 1, the first the highest of the first byte) each bit of the halves is.
pub(super) const PC1: [usize; 2 * HALF] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44,
    36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20,
    12, 4,
];

/// PC-2: which bit of both halves (from 1) each bit of a round key is.
pub(super) const PC2: [usize; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37,
    47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
