//! A published key.

use super::limits::LABEL_MAX;
use crate::material::PublicId;
use crate::public::PublicKey;

/// What a document says of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// What it is published as: `certificate`, `jwk`, `ssh-key`, `openpgp-key`, `public-key`, `fingerprint`.
    pub kind: &'static str,
    /// What its publisher calls it: key id, comment, host, user id, name in a cloud.
    pub label: Option<String>,
    /// Subject of the certificate, as RFC 4514 writes it.
    pub subject: Option<String>,
    /// Its issuer, likewise; of a key set the issuer of its tokens.
    pub issuer: Option<String>,
    /// Start of validity, in seconds since 1970-01-01 UTC.
    pub not_before: Option<u64>,
    /// End of validity, likewise.
    pub not_after: Option<u64>,
    /// What it may be used for: `sig`, `digitalSignature`, `serverAuth`.
    pub uses: Vec<String>,
}

/// A published key, with its names and what its document says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key; none if the document only names it.
    pub key: Option<PublicKey>,
    /// The key's own names, then those that this publication adds (`certificate-sha256`, `x5t`, `openpgp-v4`).
    pub names: Vec<PublicId>,
    /// What the document says.
    pub published: Published,
}

impl Entry {
    /// A key and what is said of it.
    pub(super) fn new(key: PublicKey, published: Published) -> Self {
        Self { names: key.names(), key: Some(key), published }
    }

    /// A key that the document only names.
    pub(super) fn named(names: Vec<PublicId>, published: Published) -> Self {
        Self { key: None, names, published }
    }

    /// A SubjectPublicKeyInfo or RSAPublicKey of which nothing is said.
    pub(super) fn bare(bytes: &[u8]) -> Option<Self> {
        let key = PublicKey::from_spki(bytes).or_else(|| PublicKey::from_pkcs1(bytes))?;
        Some(Self::new(key, Published { kind: "public-key", ..Published::default() }))
    }

    /// Adds a name.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.names.push(PublicId { name, value: value.into() });
        self
    }
}

/// Text of a document as a label: one line, not too long; `None` if nothing is left.
pub(super) fn label(text: &str) -> Option<String> {
    let clean: String =
        text.trim().chars().map(|one| if one.is_control() { ' ' } else { one }).take(LABEL_MAX).collect();
    (!clean.trim().is_empty()).then_some(clean)
}

/// Seconds since 1970 as RFC 3339 writes them, in UTC; what is beyond the year 9999 as the number.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    let time = der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds));
    time.map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
