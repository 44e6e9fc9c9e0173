//! Every key that an issuer has published, and when: to judge old tokens after their key is gone.

use crate::json;
use crate::key::{Key, KeySet, KeySetError, Published, RefusedKey, read_jwk};
use crate::time::Now;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the archive's format.
pub const ARCHIVE_SCHEMA: &str = "coredact-key-archive-v1";

/// Published keys of issuers, with the intervals in which they were seen.
///
/// A key set is shown to it each time it is fetched. A key that is there at the first look of all may be older than that, so nothing is
/// claimed of its beginning; one that is gone was last published when it was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    issuers: BTreeMap<String, Vec<Record>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    from: u64,
    seen: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
    jwk: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    issuers: BTreeMap<String, Vec<Record>>,
}

/// Why an archive was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read an archive of keys: it is damaged, or not of the format {ARCHIVE_SCHEMA}")]
pub struct ArchiveError;

impl Archive {
    /// Reads an archive as [`Self::to_json`] wrote it.
    ///
    /// # Errors
    /// If it is no archive.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let document: Document = serde_json::from_slice(bytes).map_err(|_| ArchiveError)?;
        if document.schema == ARCHIVE_SCHEMA {
            Ok(Self { issuers: document.issuers })
        } else {
            Err(ArchiveError)
        }
    }

    /// The archive as a document.
    ///
    /// # Errors
    /// If the library cannot encode it; not expected to happen.
    pub fn to_json(&self) -> Result<String, ArchiveError> {
        let document = Document { schema: ARCHIVE_SCHEMA.to_owned(), issuers: self.issuers.clone() };
        serde_json::to_string_pretty(&document).map_err(|_| ArchiveError)
    }

    /// Notes what an issuer publishes at this moment. Keys with private members are not kept.
    ///
    /// # Errors
    /// If it is no key set; then nothing is noted.
    pub fn observe(&mut self, issuer: &str, key_set: &[u8], now: Now) -> Result<(), KeySetError> {
        KeySet::from_jwks(key_set)?;
        let members = json::object(key_set).map_err(|_| KeySetError::Malformed)?;
        let list = members.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        let taken = list.iter().filter_map(Value::as_object).filter(|jwk| read_jwk(jwk).is_ok());
        let taken: Vec<&Map<String, Value>> = taken.collect();
        let first_look = !self.issuers.contains_key(issuer);
        let records = self.issuers.entry(issuer.to_owned()).or_default();
        for record in records.iter_mut().filter(|record| record.to.is_none()) {
            if taken.contains(&&record.jwk) {
                record.seen = now.0;
            } else {
                record.to = Some(record.seen);
            }
        }
        for jwk in taken {
            if !records.iter().any(|record| record.to.is_none() && record.jwk == *jwk) {
                let from = if first_look { 0 } else { now.0 };
                records.push(Record { from, seen: now.0, to: None, jwk: jwk.clone() });
            }
        }
        Ok(())
    }

    /// Every key of the issuer with its interval: a token is judged by the keys of the time at which it says it was issued.
    #[must_use]
    pub fn key_set(&self, issuer: &str) -> KeySet {
        let mut set = KeySet::default();
        for record in self.issuers.get(issuer).into_iter().flatten() {
            let published = Some(Published { from: record.from, to: record.to });
            match read_jwk(&record.jwk) {
                Ok(key) => set.keys.push(Arc::new(Key { published, ..key })),
                Err(fault) => {
                    let id = record.jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
                    set.refused.push(RefusedKey { id, fault });
                }
            }
        }
        set
    }

    /// The issuers that it knows.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.issuers.keys().map(String::as_str)
    }
}
