//! The key schedule of TLS 1.3 (RFC 8446 section 7) and of QUIC (RFC 9001 section 5, RFC 9369 section 3.3).

use super::keyed::{Hash, Keyed, Output};

/// Labels of what a traffic secret is expanded to, and how many bytes that has; 0 for as many as the hash.
const EXPANDED: &[(&str, &[usize])] = &[
    ("key", &[16, 32]),
    ("finished", &[0]),
    ("traffic upd", &[0]),
    ("quic key", &[16, 32]),
    ("quic hp", &[16, 32]),
    ("quic ku", &[0]),
    ("quicv2 key", &[16, 32]),
    ("quicv2 hp", &[16, 32]),
    ("quicv2 ku", &[0]),
];

/// Names of these components, and of what follows otherwise.
const NAMES: &[(&str, &str)] = &[
    ("key", "traffic_key"),
    ("finished", "finished_key"),
    ("traffic upd", "next_secret"),
    ("quic key", "quic_key"),
    ("quic hp", "quic_header_key"),
    ("quic ku", "quic_next_secret"),
    ("quicv2 key", "quic_key"),
    ("quicv2 hp", "quic_header_key"),
    ("quicv2 ku", "quic_next_secret"),
];

/// Labels of the secrets that a handshake or master secret and a hash of the handshake give.
pub(super) const BRANCHES: &[&str] =
    &["c ap traffic", "s ap traffic", "c hs traffic", "s hs traffic", "exp master", "res master"];

/// Everything that follows from a secret alone, by the name of the component.
pub(super) fn outputs(hash: Hash, secret: &[u8]) -> Vec<(&'static str, Output)> {
    let Some(keyed) = Keyed::new(hash, secret) else { return Vec::new() };
    let mut out = Vec::with_capacity(18);
    for (label, lengths) in EXPANDED {
        let name = NAMES.iter().find(|(known, _)| known == label).map_or("key", |(_, name)| name);
        for length in *lengths {
            let length = if *length == 0 { hash.size() } else { *length };
            out.push((name, keyed.expand_label(label, &[], length)));
        }
    }
    // A ticket's nonce counts from zero in OpenSSL, in eight bytes.
    for nonce in 0..2_u64 {
        out.push(("resumption_key", keyed.expand_label("resumption", &nonce.to_be_bytes(), hash.size())));
    }
    let derived = keyed.expand_label("derived", &hash.of_nothing(), hash.size());
    let zeros = vec![0; hash.size()];
    if let Some(next) = Keyed::new(hash, &derived) {
        out.push(("next_stage", next.tag(&[&zeros])));
    }
    out.push(("derived_salt", derived));
    out
}

/// The finished key of a secret with SHA-256.
pub(crate) fn finished_key(secret: &[u8]) -> Option<Vec<u8>> {
    let outputs = outputs(Hash::Sha256, secret);
    outputs.into_iter().find(|(name, _)| *name == "finished_key").map(|(_, value)| value.to_vec())
}

/// True for the secret that every handshake without a shared key starts with, and for what follows from it.
pub(super) fn is_public(hash: Hash, secret: &[u8]) -> bool {
    let zeros = vec![0; hash.size()];
    let Some(keyed) = Keyed::new(hash, &zeros) else { return false };
    let early = keyed.tag(&[&zeros]);
    early.as_slice() == secret
        || Keyed::new(hash, &early).is_some_and(|early| {
            early.expand_label("derived", &hash.of_nothing(), hash.size()).as_slice() == secret
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn outputs_are_those_of_rfc_8448_section_3() {
        let check = |secret: &str, name: &str, expected: &str| {
            let outputs = outputs(Hash::Sha256, &bytes(secret));
            let found =
                outputs.iter().any(|(known, value)| *known == name && value.as_slice() == bytes(expected));
            assert!(found, "{name}");
        };
        let server = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";
        check(server, "traffic_key", "3fce516009c21727d0f2e4e86ee403bc");
        check(server, "finished_key", "008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8");
        let handshake = "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac";
        check(handshake, "next_stage", "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919");
        let early = bytes("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a");
        assert!(is_public(Hash::Sha256, &early));
        assert!(!is_public(Hash::Sha256, &bytes(server)));
    }
}
