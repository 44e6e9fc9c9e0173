//! Key sets (RFC 7517, section 5).

use super::{Key, KeyFault, Published, read_jwk};
use crate::json;
use crate::limits::{KEY_SET_BYTES_MAX, KEY_SET_KEYS_MAX};
use serde_json::Value;
use std::sync::Arc;

/// The keys that one place publishes.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    pub(crate) keys: Vec<Arc<Key>>,
    /// Keys that were not taken, and why.
    pub refused: Vec<RefusedKey>,
}

/// A published key that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedKey {
    /// What its publisher calls it.
    pub id: Option<String>,
    /// Why it is not taken.
    pub fault: KeyFault,
}

/// Not a key set at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Larger than 4 MiB or more than 1024 keys.
    #[error("read a key set within limits: {0}")]
    TooLarge(&'static str),
    /// No JSON object with an array `keys` of objects, or a member occurs twice.
    #[error("read a key set: it is no JSON object with an array of keys in \"keys\"")]
    Malformed,
    /// No PEM of a public key or certificate.
    #[error("read a public key: there is no PEM of a public key or certificate")]
    Pem,
    /// The one key is not taken.
    #[error("take a public key")]
    Key(#[source] KeyFault),
}

impl KeySet {
    /// Reads a JWKS. A key that cannot be taken does not spoil the others: see [`Self::refused`].
    ///
    /// # Errors
    /// If it is no key set, or too large.
    pub fn from_jwks(bytes: &[u8]) -> Result<Self, KeySetError> {
        if bytes.len() > KEY_SET_BYTES_MAX {
            return Err(KeySetError::TooLarge("its length"));
        }
        let members = json::object(bytes).map_err(|_| KeySetError::Malformed)?;
        let list = members.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        if list.len() > KEY_SET_KEYS_MAX {
            return Err(KeySetError::TooLarge("its number of keys"));
        }
        let mut set = Self::default();
        for item in list {
            let members = item.as_object().ok_or(KeySetError::Malformed)?;
            match read_jwk(members) {
                Ok(key) => set.keys.push(Arc::new(key)),
                Err(fault) => {
                    let id = members.get("kid").and_then(Value::as_str).map(str::to_owned);
                    set.refused.push(RefusedKey { id, fault });
                }
            }
        }
        Ok(set)
    }

    /// The keys that were taken.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().map(AsRef::as_ref)
    }

    /// Joins another set to this one.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.refused.extend(other.refused);
    }

    /// Says when the keys were seen published, as an archive knows it.
    #[must_use]
    pub fn published(self, published: Published) -> Self {
        let state = |key: Arc<Key>| Arc::new(Key { published: Some(published), ..Arc::unwrap_or_clone(key) });
        Self { keys: self.keys.into_iter().map(state).collect(), refused: self.refused }
    }
}
