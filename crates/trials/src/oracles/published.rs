//! Public keys and the documents that publish them.

use coredact_keys::inventory::{self, Entry};
use coredact_keys::public::PublicKey;

/// Longest document: the deepest nesting of the longest one takes its time.
const DOCUMENT: usize = 32 << 10;

/// Names of the keys that are octets alone.
const OCTETS: [&str; 4] = ["Ed25519", "Ed448", "X25519", "X448"];

/// Reads a document of the inventory: each entry has a key or a name.
///
/// # Panics
/// If a promise is broken.
pub fn inventory(bytes: &[u8]) {
    let mut entries: Vec<Entry> = Vec::new();
    inventory::read(&bytes[..bytes.len().min(DOCUMENT)], &mut entries);
    for entry in entries {
        assert!(entry.key.is_some() || !entry.names.is_empty(), "an entry that says nothing");
        assert!(
            entry.names.iter().all(|id| !id.name.is_empty() && !id.value.is_empty()),
            "a name of nothing"
        );
    }
}

/// Reads a public key in every encoding: whatever is read has names.
///
/// # Panics
/// If a promise is broken.
pub fn public_key(bytes: &[u8]) {
    let (oid, point) = bytes.split_at(bytes.len().min(10));
    let half = bytes.len() / 2;
    let value = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let keys = [
        PublicKey::from_spki(bytes),
        PublicKey::from_pkcs1(bytes),
        PublicKey::from_ssh(bytes),
        PublicKey::rsa(&bytes[..half], &bytes[half..]),
        PublicKey::from_point(oid, point),
        value.as_ref().and_then(PublicKey::from_jwk),
    ];
    let octets = OCTETS.into_iter().map(|name| PublicKey::from_octets(name, bytes));
    for key in keys.into_iter().chain(octets).flatten() {
        assert!(!key.algorithm().is_empty());
        assert!(
            key.names().iter().all(|id| !id.name.is_empty() && !id.value.is_empty()),
            "a name of nothing"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_document_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            inventory(&bytes);
            public_key(&bytes);
        }

        #[test]
        fn any_text_is_read(text in "(ssh-rsa |ssh-ed25519 |-----BEGIN |\\{\"kty\":\"|[A-Za-z0-9+/=\",:{}\n -]{1,60}){0,12}") {
            inventory(text.as_bytes());
            public_key(text.as_bytes());
        }
    }
}
