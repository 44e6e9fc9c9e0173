//! The private keys inside PKCS#8: RFC 9935 (ML-KEM) and RFC 9881 (ML-DSA).

use super::material::{Key, Set};
use crate::encoded::der;
use crate::material::{Certainty, Material};

/// Tag of the member `seed` ([0] IMPLICIT OCTET STRING).
const SEED: u8 = 0x80;

/// The key in the OCTET STRING of a PrivateKeyInfo with this algorithm: a seed, an expanded
/// key, both, or either without a tag as older programs wrote it, a public key behind it.
/// Nothing for another algorithm, or for octets that are no key.
pub(crate) fn private_key(oid: &[u8], octets: &[u8], detector: &str) -> Option<Material> {
    let set = Set::by_oid(oid)?;
    let content = |at: usize, tag: u8| {
        let element = der::expect(octets, at, tag).filter(der::Element::complete)?;
        Some((element.bytes(octets), element.content.end))
    };
    let both = || {
        let outer = der::expect(octets, 0, der::SEQUENCE)?;
        let (seed, end) = content(outer.content.start, der::OCTET_STRING)?;
        let (expanded, _) = content(end, der::OCTET_STRING)?;
        Some((Some(seed), Some(expanded)))
    };
    // A bare key may begin like a head: what it would head is not all of it.
    let whole = |tag| content(0, tag).filter(|(_, end)| *end == octets.len());
    let inner = whole(SEED).or_else(|| whole(der::OCTET_STRING)).map_or(octets, |(inner, _)| inner);
    let (seed, expanded) = both().unwrap_or_else(|| {
        if inner.len() == seed_bytes(set) {
            (Some(inner), None)
        } else {
            (None, inner.get(..expanded_bytes(set)))
        }
    });
    let from_seed = seed.and_then(|seed| {
        let (seed, z) = seed.split_first_chunk::<32>()?;
        Key::from_seed(set, seed, z.first_chunk())
    });
    let from_expanded = expanded.and_then(|key| Key::from_expanded(set, key));
    let agree =
        from_seed.as_ref().zip(expanded).is_some_and(|(key, expanded)| key.expanded.as_slice() == expanded);
    let is_proven = agree || from_expanded.is_some();
    let mut material = from_seed.or(from_expanded)?.material(Some(detector));
    if !is_proven {
        material.certainty = Certainty::Structured;
    }
    Some(material)
}

/// d and z, or xi.
fn seed_bytes(set: Set) -> usize {
    match set {
        Set::Kem(_) => 64,
        Set::Dsa(_) => 32,
    }
}

fn expanded_bytes(set: Set) -> usize {
    match set {
        Set::Kem(kem) => kem.key_bytes(),
        Set::Dsa(dsa) => dsa.key_bytes(),
    }
}
