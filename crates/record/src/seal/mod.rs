//! The seal: a signed in-toto statement of what was done to a dump.
//!
//! A debugging environment puts [`verify`] in front of itself: it needs the
//! clean file's SHA-256, the envelope and a public key; neither the original
//! nor a detector. What is signed is an in-toto Statement v1
//! (<https://in-toto.io/Statement/v1>) whose subject is the clean file, inside a
//! DSSE envelope (<https://github.com/secure-systems-lab/dsse>, protocol 1.0).

mod envelope;
mod error;
mod key;
mod statement;

pub use envelope::{Envelope, PAYLOAD_TYPE, Signature, enclose, open, pae, sign, verify};
pub use error::SealError;
pub use key::{PublicKey, SigningKey, generate_key_pem};
pub use statement::{
    DetectorVersion, Digest, InputDigest, Kept, PREDICATE_TYPE, Predicate, Removed, STATEMENT_TYPE,
    Statement, Subject, Tool,
};
