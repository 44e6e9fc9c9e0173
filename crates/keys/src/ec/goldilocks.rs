//! Curve448 in both its shapes (RFC 7748, RFC 8032). All point arithmetic is that of
//! `ed448-goldilocks`; here is only the table of multiples that makes many keys cheap.

use super::edwards::Reading;
use super::limits::BATCH_SCALARS;
use ed448_goldilocks::EdwardsPoint;
use rayon::prelude::*;
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// What one public key costs; see [`super::curve::Curve::cost`].
pub(super) const COST: u64 = 560;

/// Length of a seed and of a public key of Ed448, in bytes (RFC 8032, section 5.2.5).
pub(super) const SEED_BYTES: usize = 57;

/// Length of a scalar and of a key of X448, in bytes (RFC 7748, section 5).
pub(super) const SCALAR_BYTES: usize = 56;

/// Bits of a digit of a scalar.
const DIGIT_BITS: usize = 4;

/// Points for one digit: all of its values but zero.
const MULTIPLES: usize = (1 << DIGIT_BITS) - 1;

/// d 16^i B for every digit i and every value d of it.
static MULTIPLES_OF_BASE: LazyLock<Vec<EdwardsPoint>> = LazyLock::new(|| {
    let mut out = Vec::with_capacity(SCALAR_BYTES * 2 * MULTIPLES);
    let mut base = EdwardsPoint::GENERATOR;
    for _ in 0..SCALAR_BYTES * 8 / DIGIT_BITS {
        let mut multiple = base;
        for _ in 0..MULTIPLES {
            out.push(multiple);
            multiple += base;
        }
        base = multiple;
    }
    out
});

/// Length of the bytes that a reading takes.
pub(super) fn width(reading: Reading) -> usize {
    if reading == Reading::Seed { SEED_BYTES } else { SCALAR_BYTES }
}

/// The public keys of bytes under a reading; nothing for what cannot be a key.
pub(super) fn publics<K: AsRef<[u8]> + Sync>(reading: Reading, keys: &[K]) -> Vec<Option<Vec<u8>>> {
    let parts = keys
        .par_chunks(BATCH_SCALARS)
        .flat_map_iter(|part| part.iter().map(|key| public(reading, key.as_ref())).collect::<Vec<_>>());
    parts.collect()
}

/// The public key of one.
pub(super) fn public(reading: Reading, key: &[u8]) -> Option<Vec<u8>> {
    if key.len() != width(reading) {
        return None;
    }
    let point = match reading {
        Reading::Seed => multiple(expand(key).get(..SCALAR_BYTES)?),
        Reading::Scalar => multiple(key),
        Reading::Montgomery => multiple(&clamp(key)),
    };
    Some(if reading == Reading::Montgomery {
        point.to_montgomery().as_bytes().to_vec()
    } else {
        Vec::<u8>::from(&point.to_affine().compress())
    })
}

/// The 114 bytes that a seed expands to: the clamped scalar, 57 bytes, and the prefix
/// (RFC 8032, section 5.2.5).
pub(super) fn expand(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = hash(seed);
    let scalar = clamp(out.get(..SCALAR_BYTES).unwrap_or_default());
    out.iter_mut().zip(scalar.iter()).for_each(|(to, from)| *to = *from);
    if let Some(top) = out.get_mut(SCALAR_BYTES) {
        *top = 0;
    }
    out
}

/// The same as SHAKE256 gives them, before bits of the scalar are set.
pub(super) fn hash(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut hasher = Shake256::default();
    hasher.update(seed);
    let mut out = Zeroizing::new(vec![0; 2 * SEED_BYTES]);
    hasher.finalize_xof().read(&mut out);
    out
}

/// The bits that every scalar has set or clear (RFC 7748, section 5).
pub(super) fn clamp(scalar: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(scalar.to_vec());
    if let Some(first) = out.first_mut() {
        *first &= 0xfc;
    }
    if let Some(last) = out.last_mut() {
        *last |= 0x80;
    }
    out
}

/// A multiple of the base point; `scalar` is little-endian.
fn multiple(scalar: &[u8]) -> EdwardsPoint {
    let digits = scalar.iter().flat_map(|byte| [usize::from(byte & 15), usize::from(byte >> 4)]);
    let mut sum = EdwardsPoint::IDENTITY;
    for (digit, multiples) in digits.zip(MULTIPLES_OF_BASE.chunks_exact(MULTIPLES)) {
        if let Some(point) = digit.checked_sub(1).and_then(|before| multiples.get(before)) {
            sum += *point;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: &str) -> Vec<u8> {
        (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap()).collect()
    }

    #[test]
    fn vectors_of_the_specifications_agree() {
        let check = |reading, key: &str, expected: &str| {
            assert_eq!(public(reading, &bytes(key)), Some(bytes(expected)), "{reading:?}");
        };
        // RFC 8032, section 7.4, "Blank".
        let seed = "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b";
        let signs = "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";
        check(Reading::Seed, seed, signs);
        let scalar = &expand(&bytes(seed))[..SCALAR_BYTES];
        assert_eq!(public(Reading::Scalar, scalar), Some(bytes(signs)));
        // RFC 7748, section 6.2, Alice's key.
        check(
            Reading::Montgomery,
            "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
            "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
        );
    }
}
