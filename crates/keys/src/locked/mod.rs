//! Private keys that a password encrypts, and whether a word opens them: a key whose passphrase lies in the same dump is
//! as good as not encrypted.

mod legacy;
mod limits;
mod pkcs8;

#[cfg(test)]
mod tests;

use crate::material::{Certainty, Component, Kind, Material, Notation, Role};
use zeroize::Zeroizing;

/// Name of the public component that holds the AlgorithmIdentifier of what encrypted a key, in DER.
pub(crate) const ALGORITHM: &str = "algorithm";

/// Name of the public component that holds the value of a `DEK-Info` header (RFC 1421, section 4.6.1.3).
pub(crate) const DEK_INFO: &str = "dek-info";

/// An encrypted private key, read so far that words can be tried.
#[derive(Debug)]
pub enum Locked {
    /// EncryptedPrivateKeyInfo with PBES2 and PBKDF2.
    Pkcs8(pkcs8::Pkcs8),
    /// PEM with `Proc-Type: 4,ENCRYPTED`, as OpenSSL's traditional form has it.
    Legacy(legacy::Legacy),
}

impl Locked {
    /// Reads what a detector found; nothing if it is no such key, is cut off, or asks for more work than any writer.
    #[must_use]
    pub fn of(material: &Material) -> Option<Self> {
        if material.kind != Kind::EncryptedPrivateKey {
            return None;
        }
        let named =
            |name: &str| material.components.iter().find(|one| one.name == name).map(|one| one.value.bytes());
        let ciphertext = named("ciphertext")?;
        if let Some(info) = named(DEK_INFO) {
            return legacy::Legacy::read(info, ciphertext).map(Self::Legacy);
        }
        pkcs8::Pkcs8::read(named(ALGORITHM)?, ciphertext).map(Self::Pkcs8)
    }

    /// What one try costs, in blocks that are hashed: a tenth of a microsecond each, or two.
    #[must_use]
    pub fn cost(&self) -> u64 {
        match self {
            Self::Pkcs8(key) => key.cost(),
            Self::Legacy(_) => legacy::COST,
        }
    }

    /// The DER of the private key, if the word opens it. Padding, tag, length and version fit by chance once in 2^48.
    #[must_use]
    pub fn open(&self, word: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let plain = match self {
            Self::Pkcs8(key) => key.open(word),
            Self::Legacy(key) => key.open(word),
        }?;
        is_private_key(&plain).then_some(plain)
    }
}

/// Whether bytes are one SEQUENCE that begins with a version of 0 to 2, as PrivateKeyInfo, RSAPrivateKey, ECPrivateKey and
/// DSA's do.
fn is_private_key(plain: &[u8]) -> bool {
    let Some((0x30, rest)) = plain.split_first().map(|(tag, rest)| (*tag, rest)) else { return false };
    let (length, header) = match rest {
        [short @ 0..=0x7f, ..] => (usize::from(*short), 1),
        [0x81, length, ..] => (usize::from(*length), 2),
        [0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 3),
        _ => return false,
    };
    let Some(content) = rest.get(header..) else { return false };
    content.len() == length && matches!(content, [0x02, 0x01, 0..=2, ..])
}

/// A word that opened a key, as a finding.
#[must_use]
pub fn passphrase(word: &[u8]) -> Material {
    Material {
        kind: Kind::Credential,
        bits: u32::try_from(word.len()).unwrap_or(u32::MAX).saturating_mul(8),
        certainty: Certainty::Proven,
        detector: "passphrase".to_owned(),
        components: vec![Component::new("secret", Role::Secret, Notation::Text, word.to_vec())],
        public_ids: Vec::new(),
        publicly_known: None,
    }
}
