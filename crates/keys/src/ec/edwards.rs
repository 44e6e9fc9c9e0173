//! Curve25519 in both its shapes (RFC 7748, RFC 8032). All point arithmetic is that of
//! `curve25519-dalek`.

use super::limits::BATCH_SCALARS;
use curve25519_dalek::{EdwardsPoint, Scalar};
use rayon::prelude::*;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

/// What the bytes of a key are to their public key. The lengths are those of Curve25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    /// A seed: the private key of RFC 8032, sections 5.1.5 and 5.2.5.
    Seed,
    /// The scalar that the seed expands to, or the same modulo L.
    Scalar,
    /// A private key of RFC 7748, clamped or not.
    Montgomery,
}

/// What one public key costs; see [`super::curve::Curve::cost`].
pub(super) const COST: u64 = 64;

/// The public keys of 32 bytes each under a reading; nothing for what cannot be a key.
pub(super) fn publics<K: AsRef<[u8]> + Sync>(reading: Reading, keys: &[K]) -> Vec<Option<Vec<u8>>> {
    let parts = keys.par_chunks(BATCH_SCALARS).flat_map_iter(|part| {
        let points: Vec<Option<EdwardsPoint>> = part.iter().map(|key| point(reading, key.as_ref())).collect();
        let some: Vec<EdwardsPoint> = points.iter().copied().flatten().collect();
        let encoded: Vec<Vec<u8>> = if reading == Reading::Montgomery {
            some.iter().map(|point| point.to_montgomery().to_bytes().to_vec()).collect()
        } else {
            let all = EdwardsPoint::compress_batch_alloc(&some);
            all.iter().map(|point| point.to_bytes().to_vec()).collect()
        };
        let mut encoded = encoded.into_iter();
        points.into_iter().map(|point| point.and_then(|_| encoded.next())).collect::<Vec<_>>()
    });
    parts.collect()
}

/// The public key of one.
pub(super) fn public(reading: Reading, key: &[u8]) -> Option<Vec<u8>> {
    publics(reading, &[key]).pop().flatten()
}

fn point(reading: Reading, bytes: &[u8]) -> Option<EdwardsPoint> {
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    match reading {
        Reading::Seed => {
            let expanded = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(bytes)));
            Some(EdwardsPoint::mul_base_clamped(expanded.first_chunk::<32>().copied()?))
        }
        Reading::Scalar => {
            let clamped = bytes[0] & 7 == 0 && bytes[31] & 0xc0 == 0x40;
            let scalar = if clamped {
                Scalar::from_bytes_mod_order(bytes)
            } else {
                Option::from(Scalar::from_canonical_bytes(bytes))?
            };
            Some(EdwardsPoint::mul_base(&scalar))
        }
        Reading::Montgomery => Some(EdwardsPoint::mul_base_clamped(bytes)),
    }
}
