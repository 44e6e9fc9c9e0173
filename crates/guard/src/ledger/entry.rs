//! A token as its issuer records it.

use crate::key::Thumbprint;
use crate::verdict::Facts;
use serde::{Deserialize, Serialize};

/// An issued token: what the ledger needs of it. As a document, members that are unknown are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// `iss`, with the tenant where there is one.
    pub issuer: String,
    /// `jti`, or `uti` of Entra.
    pub token_id: String,
    /// `sub`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// `aud`, in any order. Never left out: every token that is accepted has one, and it is compared.
    pub audiences: Vec<String>,
    /// `iat`, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<u64>,
    /// `exp`, in seconds since 1970.
    pub expires_at: u64,
    /// The token that it was issued for: a renewed or exchanged token descends from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

/// The name of the token that another descends from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Its `iss`.
    pub issuer: String,
    /// Its id.
    pub token_id: String,
}

impl Issued {
    /// What a token says of itself; none if it has no issuer or no id. Without a parent: tokens do not name theirs.
    #[must_use]
    pub fn of(facts: &Facts) -> Option<Self> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some(Self {
            issuer: owned(facts.issuer_claim())?,
            token_id: owned(facts.token_id())?,
            subject: owned(facts.subject()),
            client: owned(facts.client()),
            tenant: owned(facts.tenant()),
            audiences: facts.audiences().into_iter().map(str::to_owned).collect(),
            issued_at: facts.issued_at(),
            expires_at: facts.expires_at()?,
            parent: None,
        })
    }

    /// SHA-256 of the claims by which a token and its record are compared: somebody who forges with the id of a genuine token must
    /// also keep its subject, client, tenant, audiences and dates.
    ///
    /// Each text is preceded by its length, so that no two records have the same bytes.
    #[must_use]
    pub fn fingerprint(&self) -> Thumbprint {
        let mut bytes = b"coredact issued v1".to_vec();
        let mut put = |text: Option<&str>| {
            let length = text.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
            bytes.extend(length.to_be_bytes());
            bytes.extend(text.unwrap_or_default().as_bytes());
        };
        put(Some(&self.issuer));
        put(Some(&self.token_id));
        put(self.subject.as_deref());
        put(self.client.as_deref());
        put(self.tenant.as_deref());
        let mut audiences: Vec<&str> = self.audiences.iter().map(String::as_str).collect();
        audiences.sort_unstable();
        put(Some(&audiences.len().to_string()));
        audiences.into_iter().for_each(|audience| put(Some(audience)));
        bytes.extend(self.issued_at.unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(self.expires_at.to_be_bytes());
        Thumbprint::of(&bytes)
    }
}
