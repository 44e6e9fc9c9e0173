//! Keys in encodings, and of what they consist.

use super::set::Set;
use super::tree;
use crate::material::{Certainty, Component, Kind, Material, Notation, PublicId, Role};
use crate::public;

/// Hashes that one root may take: a few milliseconds. Those of the sets with short signatures take a hundred times as
/// many.
const ROOT_COST_MAX: u64 = 1 << 16;

/// Whether the root in a key is the one that follows from its seeds.
pub(super) fn is_key(set: Set, key: &[u8]) -> bool {
    let parts: Vec<&[u8]> = key.chunks(set.n).collect();
    let [sk_seed, _, pk_seed, root] = parts.as_slice() else { return false };
    tree::root(set, sk_seed, pk_seed) == *root
}

/// A key of SLH-DSA-SHA2-128f: both secret parts, and the first half of `public` completed.
pub(crate) fn complete_128f(secret: &[u8], public: &[u8]) -> Vec<u8> {
    let [set, ..] = Set::ALL;
    let (sk_seed, pk_seed) =
        (secret.get(..set.n).unwrap_or_default(), public.get(..set.n).unwrap_or_default());
    [secret, pk_seed, &tree::root(set, sk_seed, pk_seed)].concat()
}

/// The key in the OCTET STRING of a PrivateKeyInfo with this algorithm (RFC 9909, section 6).
pub(crate) fn private_key(oid: &[u8], octets: &[u8], detector: &str) -> Option<Material> {
    let set = Set::ALL.into_iter().find(|set| set.oid() == oid && 4 * set.n == octets.len())?;
    let is_proven = set.cost() <= ROOT_COST_MAX && is_key(set, octets);
    Some(material(set, octets, detector, if is_proven { Certainty::Proven } else { Certainty::Structured }))
}

/// The key with what names it.
pub(super) fn material(set: Set, key: &[u8], detector: &str, certainty: Certainty) -> Material {
    let (secret, public) = key.split_at(key.len() / 2);
    let (seed, prf) = secret.split_at(secret.len() / 2);
    let component = |name, role, value: &[u8]| Component::new(name, role, Notation::Bytes, value.to_vec());
    let mut public_ids = vec![PublicId { name: "algorithm", value: set.name.to_owned() }];
    public_ids.extend(public::other(&set.oid(), public));
    Material {
        kind: Kind::SlhDsaPrivateKey,
        bits: u32::try_from(8 * set.n).unwrap_or(0),
        certainty,
        detector: detector.to_owned(),
        components: vec![
            component("public", Role::Public, public),
            component("seed", Role::Secret, seed),
            component("prf", Role::Secret, prf),
        ],
        public_ids,
        publicly_known: None,
    }
}
