//! EncryptedPrivateKeyInfo (RFC 5958, section 3) with PBES2 and PBKDF2 (RFC 8018).

use super::limits::{CIPHERTEXT_BYTES_MAX, ITERATIONS_MAX};
use pkcs5::EncryptionScheme;
use pkcs5::der::Decode;
use pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Prf};
use zeroize::Zeroizing;

/// A key, and how a password opens it.
#[derive(Debug)]
pub struct Pkcs8 {
    scheme: Parameters,
    /// Blocks that are hashed for one try.
    cost: u64,
    ciphertext: Vec<u8>,
}

impl Pkcs8 {
    /// Reads an AlgorithmIdentifier.
    pub(super) fn read(algorithm: &[u8], ciphertext: &[u8]) -> Option<Self> {
        let Ok(EncryptionScheme::Pbes2(scheme)) = EncryptionScheme::from_der(algorithm) else { return None };
        // Other derivations (scrypt) are made to cost memory, which a dump must not be able to ask for.
        let Kdf::Pbkdf2(kdf) = &scheme.kdf else { return None };
        if kdf.iteration_count > ITERATIONS_MAX || ciphertext.len() > CIPHERTEXT_BYTES_MAX {
            return None;
        }
        let output = match kdf.prf {
            Pbkdf2Prf::HmacWithSha1 => 20,
            Pbkdf2Prf::HmacWithSha224 => 28,
            Pbkdf2Prf::HmacWithSha256 => 32,
            Pbkdf2Prf::HmacWithSha384 => 48,
            Pbkdf2Prf::HmacWithSha512 => 64,
            _ => return None,
        };
        // The inner and the outer hash, each of one block, which are twice as long from SHA-384 on.
        let blocks = if output > 32 { 4 } else { 2 };
        let outputs = scheme.encryption.key_size().div_ceil(output) as u64;
        let cost = u64::from(kdf.iteration_count).saturating_mul(blocks).saturating_mul(outputs);
        Some(Self { scheme, cost, ciphertext: ciphertext.to_vec() })
    }

    /// Blocks that are hashed for one try.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    /// What the word makes of it, if the padding fits.
    pub(super) fn open(&self, word: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.scheme.decrypt(word, &self.ciphertext).ok().map(Zeroizing::new)
    }
}
