//! Why something was not sealed, or a seal not accepted.

/// A refusal. None of them carries key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key is no unencrypted PKCS#8 PEM of Ed25519 or P-256, nor SEC1 PEM of P-256.
    #[error(
        "read a signing key: it is no unencrypted PKCS#8 PEM of Ed25519 or P-256, nor SEC1 PEM of P-256; make one with coredact generate signing-key"
    )]
    SigningKey,
    /// The key is encrypted under a password.
    #[error(
        "read a signing key: it is encrypted; decrypt it first, for example with openssl pkcs8 -in KEY -out PLAIN"
    )]
    EncryptedKey,
    /// The key is no SubjectPublicKeyInfo PEM of Ed25519 or P-256.
    #[error(
        "read a public key: it is no PEM (BEGIN PUBLIC KEY) of Ed25519 or P-256; make one with coredact generate public-key"
    )]
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
    #[error("read the seal: it is no DSSE envelope; name the file that scrub wrote beside the clean dump")]
    Envelope(#[source] serde_json::Error),
    /// The envelope is larger, or has more signatures, than this gate reads.
    #[error("read the seal within limits: {0}")]
    TooLarge(&'static str),
    /// The payload or a signature is no base64.
    #[error("read the seal: its base64 is damaged; fetch it again")]
    Base64,
    /// The payload is not in-toto.
    #[error("read the seal: its payload is not {expected}; name a seal of coredact", expected = super::PAYLOAD_TYPE)]
    PayloadType,
    /// No signature in the envelope was made by the key over this payload.
    #[error(
        "find a signature by this key that is valid for the seal: it was signed by another key or changed; ask whoever scrubbed the dump"
    )]
    Signature,
    /// The payload, although signed, is no statement of this kind.
    #[error("read the sealed statement: another version of coredact may have written it")]
    Statement(#[source] serde_json::Error),
    /// The statement's type is not the one that this gate knows.
    #[error("accept a statement of the type {0:?}")]
    StatementType(String),
    /// The predicate's type is not the one that this gate knows.
    #[error("accept a predicate of the type {0:?}")]
    PredicateType(String),
    /// The seal is of another file.
    #[error(
        "match the file's SHA-256 with the sealed one: the file was changed, or the seal is of another; fetch both again"
    )]
    OtherFile,
    /// The report is not the one that was sealed.
    #[error(
        "match the report's SHA-256 with the sealed one: the report was changed, or is of another scrub; fetch it again"
    )]
    OtherReport,
    /// The seal says that verification did not pass.
    #[error("accept a seal whose verification did not pass: {0}; scrub the dump again")]
    NotVerified(String),
}
