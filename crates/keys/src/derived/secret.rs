//! A proven secret with everything that follows from it.

use super::keyed::Hash;
use super::{chacha, mac, tls13};
use crate::{Certainty, Component, Kind, Material, Notation, Role};

/// A value that follows from a secret, by the name of its component.
pub(super) type Value = (&'static str, Vec<u8>);

/// Where the secret is published that stands in the memory of every TLS 1.3 implementation.
const PUBLIC: &str =
    "RFC 8448 section 3: the early secret of every handshake without a shared key, or what follows from it";

/// A secret with what was derived from it.
pub(super) fn material(detector: &str, secret: &[u8], derived: Vec<Value>) -> Material {
    let mut components = vec![Component::new("secret", Role::Secret, Notation::Bytes, secret.to_vec())];
    for (name, value) in derived {
        if !components.iter().any(|known: &Component| known.value.bytes() == value) {
            components.push(Component::new(name, Role::Derived, Notation::Bytes, value));
        }
    }
    let publicly_known = Hash::ALL.into_iter().any(|hash| tls13::is_public(hash, secret));
    Material {
        kind: Kind::SymmetricKey,
        bits: u32::try_from(8 * secret.len()).unwrap_or(u32::MAX),
        certainty: Certainty::Proven,
        detector: detector.to_owned(),
        components,
        public_ids: Vec::new(),
        publicly_known: publicly_known.then(|| PUBLIC.to_owned()),
    }
}

/// A secret of TLS 1.3 with all that follows from it alone.
pub(super) fn tls13(hash: Hash, secret: &[u8]) -> Material {
    let outputs = tls13::outputs(hash, secret).into_iter();
    material("tls13-secret", secret, outputs.map(|(name, value)| (name, value.to_vec())).collect())
}

/// A key of HMAC with the states and blocks that give it away.
pub(super) fn hmac(algorithm: &mac::Algorithm, key: &[u8]) -> Material {
    material(algorithm.detector, key, states(algorithm, key).chain(blocks(algorithm, key)).collect())
}

/// A key of HMAC with a hash that is not known, but the length of whose blocks is.
pub(super) fn hmac_of_blocks(detector: &str, size: usize, key: &[u8]) -> Material {
    let like = || mac::ALGORITHMS.iter().filter(|one| one.block_bytes() == size);
    let blocks = like().take(1).flat_map(|one| blocks(one, key));
    material(detector, key, like().flat_map(|one| states(one, key)).chain(blocks).collect())
}

fn states(algorithm: &mac::Algorithm, key: &[u8]) -> impl Iterator<Item = Value> {
    mac::NAMES.into_iter().zip(algorithm.states(key)).map(|(name, state)| (name, state.to_vec()))
}

/// Of both blocks what the key is in: the padding behind it stands in every other block too.
fn blocks(algorithm: &mac::Algorithm, key: &[u8]) -> impl Iterator<Item = Value> {
    let blocks = algorithm.blocks(key).map(|block| block.into_iter().take(key.len()).collect());
    mac::BLOCKS.into_iter().zip(blocks)
}

/// A ChaCha20 key.
pub(super) fn chacha20(key: &[u8]) -> Material {
    material(
        chacha::DETECTOR,
        key,
        vec![("broadcast", key.chunks(4).flat_map(|word| word.repeat(4)).collect())],
    )
}
