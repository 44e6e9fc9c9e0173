//! Lists that are signed, to be handed from machine to machine.

use super::{Revocation, RevocationError, Revocations};
use coredact_record::seal::{SealError, SigningKey, enclose, open};
use serde::{Deserialize, Serialize};

/// Type of the payload in its DSSE envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.coredact.revocations+json";

/// Name of the payload's format.
const SCHEMA: &str = "coredact-revocations-v1";

/// A list with its number, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedList {
    /// Rises with each list: an older one is refused where a newer one was in force.
    pub number: u64,
    /// The keys.
    pub revocations: Revocations,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    schema: String,
    number: u64,
    revoked: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    thumbprint: String,
    #[serde(default)]
    why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
}

impl SignedList {
    /// The list in a signed envelope, as the file holds it.
    ///
    /// # Errors
    /// If the library cannot encode or sign; not expected to happen.
    pub fn sign(&self, key: &SigningKey) -> Result<String, SealError> {
        let entry = |(thumbprint, one): (&crate::Thumbprint, &Revocation)| Entry {
            thumbprint: thumbprint.to_string(),
            why: one.why.clone(),
            since: one.since,
        };
        let revoked = self.revocations.iter().map(entry).collect();
        let payload = Payload { schema: SCHEMA.to_owned(), number: self.number, revoked };
        let payload = serde_json::to_vec(&payload).map_err(|_| SealError::Sign)?;
        enclose(PAYLOAD_TYPE, &payload, key)?.to_json()
    }

    /// The list, if and only if this key signed it (`PUBLIC KEY` PEM of Ed25519 or P-256).
    ///
    /// # Errors
    /// If it is no envelope, not by the key, or no list.
    pub fn open(envelope: &[u8], public_key_pem: &str) -> Result<Self, RevocationError> {
        let payload = open(envelope, public_key_pem, PAYLOAD_TYPE).map_err(RevocationError::Signature)?;
        let payload: Payload = serde_json::from_slice(&payload).map_err(|_| RevocationError::Payload)?;
        if payload.schema != SCHEMA {
            return Err(RevocationError::Payload);
        }
        let mut revocations = Revocations::new();
        for entry in payload.revoked {
            let thumbprint = entry.thumbprint.parse().map_err(|_| RevocationError::Payload)?;
            revocations.insert(thumbprint, Revocation { why: entry.why, since: entry.since });
        }
        Ok(Self { number: payload.number, revocations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thumbprint;
    use coredact_record::seal::generate_key_pem;

    #[test]
    fn a_list_is_read_by_its_key_alone() {
        let pem = || SigningKey::from_pem(&generate_key_pem().unwrap()).unwrap();
        let (key, other) = (pem(), pem());
        let public = |key: &SigningKey| key.public_key().to_pem().unwrap();
        let mut revocations = Revocations::new();
        revocations.insert(Thumbprint::of(b"a"), Revocation { why: "leaked".into(), since: Some(7) });
        let list = SignedList { number: 3, revocations };
        let file = list.sign(&key).unwrap();
        assert_eq!(SignedList::open(file.as_bytes(), &public(&key)).unwrap(), list);
        assert!(SignedList::open(file.as_bytes(), &public(&other)).is_err());
        let changed = file.replacen("eyJ", "eyK", 1);
        assert!(SignedList::open(changed.as_bytes(), &public(&key)).is_err());
        let seal = enclose("application/vnd.in-toto+json", b"{}", &key).unwrap().to_json().unwrap();
        assert!(SignedList::open(seal.as_bytes(), &public(&key)).is_err());
    }
}
