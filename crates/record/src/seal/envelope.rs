//! The DSSE envelope: signing, and the gate.

use super::{PublicKey, SealError, SigningKey, Statement};
use crate::limits::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

/// Media type of an in-toto statement (in-toto attestation framework, envelope section).
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// One signature over the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Name of the key ([`PublicKey::id`]): a hint for people, not signed, and no check relies on it.
    #[serde(default)]
    pub keyid: String,
    /// The signature in base64.
    pub sig: String,
}

/// A payload with its signatures, as it lies in the seal's file.
///
/// Unknown members are ignored, as DSSE asks; members that occur twice are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// [`PAYLOAD_TYPE`].
    pub payload_type: String,
    /// The statement's JSON in base64.
    pub payload: String,
    /// At least one.
    pub signatures: Vec<Signature>,
}

impl Envelope {
    /// The bytes of the seal's file: one line of JSON, as cosign writes it.
    ///
    /// # Errors
    /// If the library cannot encode it; not expected to happen.
    pub fn to_json(&self) -> Result<String, SealError> {
        let mut text = serde_json::to_string(self).map_err(|_| SealError::Sign)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads an envelope, without believing any of it.
    ///
    /// # Errors
    /// If it is too large or no DSSE envelope.
    pub fn from_json(json: &[u8]) -> Result<Self, SealError> {
        if json.len() > ENVELOPE_BYTES_MAX {
            return Err(SealError::TooLarge("its length"));
        }
        let envelope: Self = serde_json::from_slice(json).map_err(SealError::Envelope)?;
        if envelope.signatures.len() > SIGNATURES_MAX {
            return Err(SealError::TooLarge("its number of signatures"));
        }
        Ok(envelope)
    }

    /// Adds a signature by another key over the same payload.
    ///
    /// # Errors
    /// If the payload is no base64 or cannot be signed.
    pub fn add_signature(&mut self, key: &SigningKey) -> Result<(), SealError> {
        let payload = decode(&self.payload)?;
        let sig = STANDARD.encode(key.sign(&pae(&self.payload_type, &payload))?);
        self.signatures.push(Signature { keyid: key.public_key().id()?, sig });
        Ok(())
    }
}

/// The bytes that are signed: DSSE's pre-authentication encoding (protocol 1.0.0, "Signature Definition").
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Signs a statement. The same statement and key give the same bytes: both algorithms are deterministic here.
///
/// # Errors
/// If the library cannot encode or sign; not expected to happen.
pub fn sign(statement: &Statement, key: &SigningKey) -> Result<Envelope, SealError> {
    let payload = serde_json::to_vec(statement).map_err(|_| SealError::Sign)?;
    enclose(PAYLOAD_TYPE, &payload, key)
}

/// The gate: returns the statement if and only if this key signed it, it is about the file of this
/// SHA-256, and it says that every answer of the verifier was the one wanted.
///
/// Several signatures are allowed; one by this key suffices. What the statement says is left unread
/// ([`super::Predicate::unread`]) is the caller's to judge.
///
/// # Errors
/// The first check that fails. Nothing of the payload is parsed before its signature is accepted.
pub fn verify(
    envelope_json: &[u8],
    public_key_pem: &str,
    file_sha256: &[u8; 32],
) -> Result<Statement, SealError> {
    let payload = open(envelope_json, public_key_pem, PAYLOAD_TYPE)?;
    let statement = Statement::from_json(&payload)?;
    statement.check(file_sha256)?;
    Ok(statement)
}

/// Signs any payload: what other documents than seals travel in.
///
/// # Errors
/// If the library cannot sign; not expected to happen.
pub fn enclose(payload_type: &str, payload: &[u8], key: &SigningKey) -> Result<Envelope, SealError> {
    let mut envelope = Envelope {
        payload_type: payload_type.to_owned(),
        payload: STANDARD.encode(payload),
        signatures: Vec::new(),
    };
    envelope.add_signature(key)?;
    Ok(envelope)
}

/// The payload of an envelope, if and only if it is of this type and this key signed it.
///
/// # Errors
/// The first check that fails. Nothing of the payload is parsed.
pub fn open(envelope_json: &[u8], public_key_pem: &str, payload_type: &str) -> Result<Vec<u8>, SealError> {
    let key = PublicKey::from_pem(public_key_pem)?;
    let envelope = Envelope::from_json(envelope_json)?;
    if envelope.payload_type != payload_type {
        return Err(SealError::PayloadType);
    }
    let payload = decode(&envelope.payload)?;
    let message = pae(&envelope.payload_type, &payload);
    let by_key = |signature: &Signature| decode(&signature.sig).is_ok_and(|sig| key.accepts(&message, &sig));
    if !envelope.signatures.iter().any(by_key) {
        return Err(SealError::Signature);
    }
    Ok(payload)
}

/// DSSE: a reader accepts standard and URL-safe base64.
fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| SealError::Base64)
}
