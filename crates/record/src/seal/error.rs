//! Why something was not sealed, or a seal not accepted.

/// A refusal. None of them carries key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key is no unencrypted PKCS#8 PEM of Ed25519 or P-256, nor SEC1 PEM of P-256.
    #[error("read a signing key (unencrypted PKCS#8 PEM of Ed25519 or P-256, or SEC1 PEM of P-256)")]
    SigningKey,
    /// The key is encrypted under a password.
    #[error(
        "read a signing key that is encrypted; decrypt it first, for example with openssl pkcs8 -in KEY -out PLAIN"
    )]
    EncryptedKey,
    /// The key is no SubjectPublicKeyInfo PEM of Ed25519 or P-256.
    #[error("read a public key (PEM, BEGIN PUBLIC KEY, of Ed25519 or P-256)")]
    PublicKey,
    /// The system gave no random bytes.
    #[error("make a key")]
    NoRandomness(#[source] getrandom::Error),
    /// The library could not sign or encode; not expected to happen.
    #[error("sign")]
    Sign,
    /// The report is of no scrub that passed.
    #[error("seal a report without {0}")]
    NotSealable(&'static str),
    /// The envelope is no DSSE JSON.
    #[error("read the seal's envelope")]
    Envelope(#[source] serde_json::Error),
    /// The envelope is larger, or has more signatures, than this gate reads.
    #[error("read the seal's envelope within limits: {0}")]
    TooLarge(&'static str),
    /// The payload or a signature is no base64.
    #[error("decode the base64 of the seal")]
    Base64,
    /// The payload is not in-toto.
    #[error("accept a payload that is not {expected}", expected = super::PAYLOAD_TYPE)]
    PayloadType,
    /// No signature in the envelope was made by the key over this payload.
    #[error("find a valid signature by this key")]
    Signature,
    /// The payload, although signed, is no statement of this kind.
    #[error("read the sealed statement")]
    Statement(#[source] serde_json::Error),
    /// The statement's type is not the one that this gate knows.
    #[error("accept a statement of the type {0:?}")]
    StatementType(String),
    /// The predicate's type is not the one that this gate knows.
    #[error("accept a predicate of the type {0:?}")]
    PredicateType(String),
    /// The seal is of another file.
    #[error("match the file's SHA-256 with the sealed one")]
    OtherFile,
    /// The seal says that verification did not pass.
    #[error("accept a seal whose verification did not pass: {0}")]
    NotVerified(String),
}
