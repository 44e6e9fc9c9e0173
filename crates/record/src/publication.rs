//! Where a found key is published, by whom, and until when it was valid.

use crate::PublicId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A document of the inventory that names a found key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Publication {
    /// The file of the inventory.
    pub place: String,
    /// What it is published as: `certificate`, `jwk`, `ssh-key`, `openpgp-key`, `public-key`, `fingerprint`.
    pub kind: String,
    /// What its publisher calls it: key id, comment, host, user id, name in a cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Subject of the certificate (RFC 4514).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Issuer of the certificate, or of the tokens that a key set is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Start of validity (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// End of validity (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// True if the end of validity had passed when the report was made.
    #[serde(default)]
    pub expired: bool,
    /// What the key may be used for: `sig`, `digitalSignature`, `serverAuth`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Names that this publication adds to the key's own: `certificate-sha256`, `x5t`, `serial`, `openpgp-v4`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<PublicId>,
}

impl Publication {
    /// One line for people: `certificate CN=sts, issued by CN=ca, valid until 2021-04-04 (expired)`. No name of a file.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut parts = vec![self.kind.clone()];
        parts.extend(self.subject.clone());
        let named = self.label.as_ref().filter(|label| self.subject.as_ref() != Some(*label));
        parts.extend(named.map(|label| format!("\u{201c}{label}\u{201d}")));
        let mut text = parts.join(" ");
        if let Some(issuer) = self.issuer.as_ref().filter(|issuer| self.subject.as_ref() != Some(*issuer)) {
            text.push_str(&format!(", issued by {issuer}"));
        }
        if let Some(end) = &self.not_after {
            let day = end.get(..10).unwrap_or(end);
            let note = if self.expired { " (expired)" } else { "" };
            text.push_str(&format!(", valid until {day}{note}"));
        }
        if !self.uses.is_empty() {
            text.push_str(&format!(", for {}", self.uses.join(" ")));
        }
        text
    }

    /// What to do with a key that is published so and has been found in a dump.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self.kind.as_str() {
            "certificate" if self.expired => {
                "expired: make sure that no verifier takes it any more, and that its successor is another key"
            }
            "certificate" => "issue a certificate for a new key, then revoke this one at its issuer",
            "jwk" => {
                "sign with a new key, take this one out of the key set, and refuse it by its thumbprint at every verifier"
            }
            "ssh-key" => "make a new key, take this line out of every authorized_keys and known_hosts",
            "openpgp-key" => "publish a revocation, sign and encrypt with a new key",
            "fingerprint" => {
                "take the credential out of the service that lists it, after a new one is in use"
            }
            _ => "replace it wherever it is published",
        }
    }
}
