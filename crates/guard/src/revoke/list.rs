//! The list of revoked keys.

use crate::key::{Key, Thumbprint};
use std::collections::BTreeMap;

/// Revoked keys, by thumbprint of the public key: of its JWK (RFC 7638) or of its SubjectPublicKeyInfo.
///
/// Never by `kid`: whoever has a leaked key can write any `kid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    entries: BTreeMap<Thumbprint, Revocation>,
}

/// One revoked key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocation {
    /// Why, for people.
    pub why: String,
    /// When it was put on the list, in seconds since 1970, if that is known. The key is refused for tokens of every age.
    pub since: Option<u64>,
}

impl Revocations {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a key on the list.
    pub fn insert(&mut self, thumbprint: Thumbprint, revocation: Revocation) {
        self.entries.insert(thumbprint, revocation);
    }

    /// Joins another list to this one. A key is never taken off by that.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// The entry for a key, if it is on the list.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Revocation> {
        if self.entries.is_empty() {
            return None;
        }
        self.entries.get(&key.thumbprint).or_else(|| self.entries.get(&key.spki))
    }

    /// Every entry, by thumbprint.
    pub fn iter(&self) -> impl Iterator<Item = (&Thumbprint, &Revocation)> {
        self.entries.iter()
    }

    /// How many keys are on the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if no key is on the list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
