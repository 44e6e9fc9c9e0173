//! The index of known secrets: what `coredact known add` writes and `--known` reads. It holds no secret.

use crate::render::pretty_text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the index's format; its JSON carries it as `schema`.
pub const KNOWN_SCHEMA: &str = "coredact-known-v1";

/// What the names of all versions begin with.
const KNOWN_SCHEMAS: &str = "coredact-known-v";

/// Fingerprints of secrets, under a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownIndex {
    /// `coredact-known-v1`. Within a version fields are only added.
    pub schema: String,
    /// 32 random bytes, hexadecimal.
    pub salt: String,
    /// Where the key comes from.
    pub key: KnownKey,
    /// The secrets, in the order in which they were added.
    pub secrets: Vec<KnownSecret>,
}

/// Where the key of an index comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum KnownKey {
    /// The salt is all: whoever has the index can try guesses.
    Index,
    /// A file that does not travel with the index, by Argon2id (RFC 9106, version 0x13, one lane, 32 bytes).
    File {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
        /// 8 bytes by which a wrong file is told from the right one, hexadecimal.
        check: String,
    },
}

/// A secret without itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownSecret {
    /// What its owner calls it.
    pub label: String,
    /// Length in bytes.
    pub length: u32,
    /// Whether it is text.
    pub text: bool,
    /// What it is recognised by.
    pub fingerprints: Vec<KnownFingerprint>,
}

/// Two fingerprints of some bytes of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownFingerprint {
    /// Which bytes: `whole-secret`, `decoded`, `latin-1`, `utf-16`, `head`, `tail`, `decoded-head`, `decoded-tail`.
    pub of: String,
    /// How many.
    pub length: u32,
    /// Where the eight bytes of the coarse fingerprint begin.
    pub at: u32,
    /// The coarse fingerprint, 22 bits.
    pub screen: u32,
    /// The full fingerprint, 16 bytes, hexadecimal.
    pub confirm: String,
}

/// Why a file is no index that can be used. Says nothing of what the file holds: it may be a file of secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KnownError {
    /// Cut off.
    #[error("read the index: it ends in the middle")]
    CutOff,
    /// Something else.
    #[error("read the index: line {line} is not as `coredact known add` writes it")]
    NoIndex {
        /// From 1.
        line: usize,
    },
    /// Of a later version.
    #[error("read the index: it is of version {0}, and this program reads version 1")]
    Version(u32),
    /// Of no version at all.
    #[error("read the index: its schema is not {KNOWN_SCHEMA}")]
    Schema,
}

impl KnownIndex {
    /// Reads an index.
    ///
    /// # Errors
    /// If it is none, or of another version.
    pub fn from_json(json: &[u8]) -> Result<Self, KnownError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let fault = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Eof => KnownError::CutOff,
            _ => KnownError::NoIndex { line: error.line() },
        };
        let head: Head = serde_json::from_slice(json).map_err(fault)?;
        if head.schema != KNOWN_SCHEMA {
            let version = head.schema.strip_prefix(KNOWN_SCHEMAS).and_then(|version| version.parse().ok());
            return Err(version.map_or(KnownError::Schema, KnownError::Version));
        }
        serde_json::from_slice(json).map_err(fault)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty_text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> KnownIndex {
        let fingerprint = KnownFingerprint {
            of: "whole-secret".to_owned(),
            length: 32,
            at: 24,
            screen: 77,
            confirm: "00".repeat(16),
        };
        KnownIndex {
            schema: KNOWN_SCHEMA.to_owned(),
            salt: "11".repeat(32),
            key: KnownKey::File { memory_kib: 65536, passes: 3, check: "22".repeat(8) },
            secrets: vec![KnownSecret {
                label: "billing".to_owned(),
                length: 32,
                text: false,
                fingerprints: vec![fingerprint],
            }],
        }
    }

    #[test]
    fn index_round_trips() {
        assert_eq!(KnownIndex::from_json(index().to_json().as_bytes()).unwrap(), index());
    }

    #[test]
    fn what_is_no_index_is_told_without_its_content() {
        let text = index().to_json();
        let check = |text: &str, expected: KnownError| {
            assert_eq!(KnownIndex::from_json(text.as_bytes()).unwrap_err(), expected, "{text}");
        };
        check(&text[..text.len() / 2], KnownError::CutOff);
        check("", KnownError::CutOff);
        check("hunter2-is-a-secret", KnownError::NoIndex { line: 1 });
        check("{\"schema\":\"coredact-report-v1\"}", KnownError::Schema);
        check(&text.replace("known-v1", "known-v7"), KnownError::Version(7));
        check(&text.replace("\"at\": 24", "\"at\": -24"), KnownError::NoIndex { line: 16 });
        check(&text.replace("\"file\"", "\"elsewhere\""), KnownError::NoIndex { line: 5 });
    }
}
