//! Keys that people write down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coredact_keys::encoded;
use coredact_keys::material::{Certainty, Component, Kind, Material, Notation, Role};
use coredact_keys::wallet;

/// Rules whose texts are read.
const RULES: [&str; 4] = ["age-secret-key", "wireguard-key", "bitcoin-wif", "extended-private-key"];

/// Reads a text under every rule of such keys, and looks for phrases in it; then writes the first bytes down as WireGuard does
/// and reads them back.
///
/// # Panics
/// If a promise is broken.
pub fn wallet(bytes: &[u8]) {
    let text = super::text_of(bytes);
    let mut hits = Vec::new();
    encoded::scan_text(&text, &mut hits);
    super::check_hits(&text, &hits);
    for rule in RULES {
        let material = read(rule, &text);
        assert!(material.components.iter().all(|one| !one.value.is_empty() || text.is_empty()), "{rule}");
    }
    let Some(mut key) = bytes.first_chunk::<32>().copied() else { return };
    key[0] &= 0xf8;
    key[31] = key[31] & 0x3f | 0x40;
    let material = read("wireguard-key", STANDARD.encode(key).as_bytes());
    assert!(material.components.iter().any(|one| one.value.bytes() == key), "a key was not read back");
}

fn read(rule: &str, text: &[u8]) -> Material {
    let mut material = Material {
        kind: Kind::Token,
        bits: 0,
        certainty: Certainty::Matched,
        detector: rule.to_owned(),
        components: vec![Component::new("text", Role::Secret, Notation::Text, text.to_vec())],
        public_ids: Vec::new(),
        publicly_known: None,
    };
    wallet::read(&mut material);
    wallet::name(&mut material);
    material
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_as_text_of_keys(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            wallet(&bytes);
        }

        #[test]
        fn any_words_are_read_as_text_of_keys(
            text in "(AGE-SECRET-KEY-1|xprv|abandon |zoo |about |[a-z]{3,8} |[A-Z0-9]{1,30}|[1-9A-HJ-NP-Za-km-z]{1,60}){0,24}",
        ) {
            wallet(text.as_bytes());
        }
    }
}
