//! Signing and public keys: Ed25519 (RFC 8032) and ECDSA P-256 with SHA-256 (FIPS 186-5).

use super::SealError;
use ed25519_dalek::pkcs8::KeypairBytes;
use p256::ecdsa;
use p256::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding,
};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A private key that signs seals. Never shown; wiped when dropped.
pub struct SigningKey(Private);

enum Private {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<ecdsa::SigningKey>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Private::Ed25519(_) => "SigningKey(Ed25519)",
            Private::P256(_) => "SigningKey(P-256)",
        })
    }
}

impl SigningKey {
    /// Reads a private key: `PRIVATE KEY` (PKCS#8) of Ed25519 or P-256, or `EC PRIVATE KEY` (SEC1) of
    /// P-256. Other blocks before it (`EC PARAMETERS`) are skipped.
    ///
    /// # Errors
    /// If there is no such key, or it is encrypted.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        if let Some(block) = block(pem, "PRIVATE KEY") {
            if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(block) {
                return Ok(Self(Private::Ed25519(Box::new(key))));
            }
            let key = ecdsa::SigningKey::from_pkcs8_pem(block).map_err(|_| SealError::SigningKey)?;
            return Ok(Self(Private::P256(Box::new(key))));
        }
        if let Some(block) = block(pem, "EC PRIVATE KEY") {
            // OpenSSL's older encryption stands in headers inside the block.
            if block.contains("Proc-Type:") {
                return Err(SealError::EncryptedKey);
            }
            let key = p256::SecretKey::from_sec1_pem(block).map_err(|_| SealError::SigningKey)?;
            return Ok(Self(Private::P256(Box::new(key.into()))));
        }
        // `ENCRYPTED PRIVATE KEY` of PKCS#8, `ENCRYPTED SIGSTORE PRIVATE KEY` and `ENCRYPTED COSIGN PRIVATE KEY`.
        let encrypted = pem.contains("-----BEGIN ENCRYPTED ");
        Err(if encrypted { SealError::EncryptedKey } else { SealError::SigningKey })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Private::P256(key) => Public::P256(*key.verifying_key()),
        })
    }

    /// Signs a message: 64 bytes for Ed25519, ASN.1 DER (RFC 3279, section 2.2.3) for ECDSA, as the sigstore tools do.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        use ed25519_dalek::Signer as _;
        match &self.0 {
            Private::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Private::P256(key) => {
                let signature: ecdsa::Signature = key.try_sign(message).map_err(|_| SealError::Sign)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    }
}

/// A public key that seals are checked with.
#[derive(Clone, Debug)]
pub struct PublicKey(Public);

#[derive(Clone, Debug)]
enum Public {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(ecdsa::VerifyingKey),
}

impl PublicKey {
    /// Reads a `PUBLIC KEY` PEM (SubjectPublicKeyInfo, RFC 5280, section 4.1.2.7).
    ///
    /// # Errors
    /// If there is no such key of Ed25519 or P-256. A private key is refused: it does not belong at the gate.
    pub fn from_pem(pem: &str) -> Result<Self, SealError> {
        let block = block(pem, "PUBLIC KEY").ok_or(SealError::PublicKey)?;
        if let Ok(key) = ed25519_dalek::VerifyingKey::from_public_key_pem(block) {
            return if key.is_weak() { Err(SealError::PublicKey) } else { Ok(Self(Public::Ed25519(key))) };
        }
        let key = ecdsa::VerifyingKey::from_public_key_pem(block).map_err(|_| SealError::PublicKey)?;
        Ok(Self(Public::P256(key)))
    }

    /// SubjectPublicKeyInfo as PEM, as `openssl pkey -pubout` prints it.
    ///
    /// # Errors
    /// If the library cannot encode it; not expected to happen.
    pub fn to_pem(&self) -> Result<String, SealError> {
        match &self.0 {
            Public::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
            Public::P256(key) => key.to_public_key_pem(LineEnding::LF),
        }
        .map_err(|_| SealError::Sign)
    }

    /// Name of the key: SHA-256 of its SubjectPublicKeyInfo DER in hexadecimal, as transparency logs name
    /// keys (RFC 6962, section 3.2) and as `openssl pkey -pubin -outform DER | sha256sum` prints it.
    ///
    /// # Errors
    /// If the library cannot encode the key; not expected to happen.
    pub fn id(&self) -> Result<String, SealError> {
        let der = match &self.0 {
            Public::Ed25519(key) => key.to_public_key_der(),
            Public::P256(key) => key.to_public_key_der(),
        }
        .map_err(|_| SealError::Sign)?;
        Ok(crate::hex::encode(&Sha256::digest(der.as_bytes())))
    }

    /// True if the signature is by this key over the message.
    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        use ecdsa::signature::Verifier as _;
        match &self.0 {
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Public::P256(key) => ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

/// Makes a fresh Ed25519 private key, as PKCS#8 PEM (RFC 8410, section 7) that `openssl pkey` reads.
///
/// # Errors
/// If the system gives no random bytes.
pub fn generate_key_pem() -> Result<Zeroizing<String>, SealError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(SealError::NoRandomness)?;
    // Without the public half: OpenSSL before 3.2 does not read version 2 of the structure.
    let pair = KeypairBytes { secret_key: *seed, public_key: None };
    pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| SealError::Sign)
}

/// The PEM block of a label, borders included.
fn block<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let end_line = format!("-----END {label}-----");
    let start = pem.find(&format!("-----BEGIN {label}-----"))?;
    let rest = pem.get(start..)?;
    let end = rest.find(&end_line)?.checked_add(end_line.len())?;
    rest.get(..end)
}
