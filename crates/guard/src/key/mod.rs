//! Public keys of issuers: read, checked once, prepared for verification.

mod certificate;
mod fault;
mod jwk;
mod material;
mod set;
mod spki;
mod thumbprint;
mod weak;

#[cfg(test)]
mod tests;

pub use fault::KeyFault;
pub use set::{KeySet, KeySetError, RefusedKey};
pub use thumbprint::{Thumbprint, ThumbprintError};

pub(crate) use jwk::{proof_key, read as read_jwk};

use crate::algorithm::Algorithm;
use aws_lc_rs::signature::ParsedPublicKey;
use std::fmt;

/// A public key that an issuer signs with.
///
/// It has no method that verifies for callers outside of this crate: a signature counts only together with the issuer
/// that the key belongs to, and that is [`crate::Verifier`]'s to say.
#[derive(Clone)]
pub struct Key {
    pub(crate) id: Option<String>,
    pub(crate) thumbprint: Thumbprint,
    pub(crate) spki: Thumbprint,
    pub(crate) prepared: Vec<(Algorithm, ParsedPublicKey)>,
    pub(crate) lifetime: Lifetime,
    pub(crate) published: Option<Published>,
    pub(crate) issuer_member: Option<String>,
    pub(crate) cloud_member: Option<String>,
    /// The one tenant that it is for, if it is for one.
    pub(crate) tenant: Option<String>,
    /// For JWT-SVIDs only (`use` is `jwt-svid`).
    pub(crate) svid: bool,
    /// Its publisher marks it as revoked.
    pub(crate) withdrawn: bool,
}

/// The hard ends of a key, in seconds since 1970: of its certificate (`x5c`) or as its publisher states them (`nbf`, `exp` of
/// a JWK, as in OpenID Federation 1.0, section 8.7). The narrower of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// Not before.
    pub not_before: Option<u64>,
    /// Not after.
    pub not_after: Option<u64>,
}

/// When a key was seen published, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// First seen.
    pub from: u64,
    /// Last seen; none if it still is.
    pub to: Option<u64>,
}

impl Key {
    /// What its issuer calls it. A hint: anybody can choose one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The JWK thumbprint (RFC 7638, SHA-256).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_sha256(&self) -> Thumbprint {
        self.spki
    }

    /// When it may be used.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// When it was seen published, if an archive says so.
    #[must_use]
    pub fn published(&self) -> Option<Published> {
        self.published
    }

    /// The algorithms that it verifies.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.prepared.iter().map(|(algorithm, _)| *algorithm)
    }

    /// True if it verifies signatures of the algorithm.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.prepared.iter().any(|(own, _)| *own == algorithm)
    }

    /// True if the signature over the message is by this key.
    pub(crate) fn accepts(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let prepared = self.prepared.iter().find(|(own, _)| *own == algorithm);
        prepared.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}
