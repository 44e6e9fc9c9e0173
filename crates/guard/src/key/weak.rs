//! Keys whose private half anybody can find.

use curve25519_dalek::edwards::CompressedEdwardsY;

/// True if the modulus is of the ROCA kind (CVE-2017-15361): modulo every small prime it is a power of 65537.
///
/// The test of Nemec et al., "The Return of Coppersmith's Attack" (2017), section 2.2. A random modulus passes all of
/// them by chance less often than once in a hundred million.
pub(super) fn roca(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_65537(remainder(modulus, *prime), *prime))
}

/// True if this is no point of Ed25519, or one of small order: a signature that verifies under it proves nothing.
pub(super) fn ed25519(key: &[u8]) -> bool {
    let point = CompressedEdwardsY::from_slice(key).ok().and_then(|point| point.decompress());
    point.is_none_or(|point| point.is_small_order())
}

/// Odd primes under 168, as the first parameter set of the flawed library uses (39 primes, keys of up to 992 bits; longer keys
/// use more, so these suffice for every size).
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime)
}

fn is_power_of_65537(value: u32, prime: u32) -> bool {
    let base = 65_537 % prime;
    let mut power = 1;
    for _ in 0..prime {
        if power == value {
            return true;
        }
        power = power * base % prime;
    }
    false
}
