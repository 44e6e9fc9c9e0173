//! What kinds of token issuers write.

use crate::claims::Claim;
use crate::events::EVENT_TYPE;

/// The rules for the tokens of an issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// A JWT (RFC 7519) under the rules of RFC 8725: `iss`, `aud`, `exp`, `iat`, and `sub` or a client.
    #[default]
    Plain,
    /// A JWT access token (RFC 9068): `typ` is `at+jwt`; `sub`, `client_id` and `jti` too.
    AccessToken,
    /// Microsoft Entra, version 1.0: `ver` and `tid` too; the token's id is `uti`.
    EntraV1,
    /// Microsoft Entra, version 2.0: `ver` and `tid` too; the token's id is `uti`.
    EntraV2,
    /// A SPIFFE JWT-SVID: `sub` in the trust domain, `aud`, `exp`; the trust domain's bundle decides, not `iss`.
    Spiffe,
    /// Not tokens but security events about them (SET, RFC 8417): `typ` is `secevent+jwt`; `iat` and `jti` too, and neither `exp` nor `sub`
    /// (Shared Signals Framework 1.0, section 4.1). For [`crate::events::Receiver`] alone; no configuration has a name for it.
    SecurityEvent,
}

impl Profile {
    /// Every profile of tokens.
    pub const ALL: [Self; 5] = [Self::Plain, Self::AccessToken, Self::EntraV1, Self::EntraV2, Self::Spiffe];

    /// The name in configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::AccessToken => "rfc9068",
            Self::EntraV1 => "entra-v1",
            Self::EntraV2 => "entra-v2",
            Self::Spiffe => "spiffe",
            Self::SecurityEvent => "security-event",
        }
    }

    /// The profile of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The claims that must be there, beyond `aud` and `exp`.
    pub(crate) fn required(self) -> &'static [Claim] {
        match self {
            Self::Plain => &[Claim::IssuedAt, Claim::SubjectOrClient],
            // RFC 9068, section 2.2.
            Self::AccessToken => &[Claim::IssuedAt, Claim::Subject, Claim::Client, Claim::TokenId],
            Self::EntraV1 | Self::EntraV2 => &[Claim::IssuedAt, Claim::Subject],
            // JWT-SVID, section 3: `sub`, `aud` and `exp`.
            Self::Spiffe => &[Claim::Subject],
            // RFC 8417, section 2.2.
            Self::SecurityEvent => &[Claim::IssuedAt, Claim::TokenId],
        }
    }

    /// The types (`typ`) of its tokens, without `application/`; an empty one stands for a header without `typ`.
    pub(crate) fn types(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["JWT", ""],
            // RFC 9068, section 4.
            Self::AccessToken => &["at+jwt"],
            Self::EntraV1 | Self::EntraV2 => &["JWT", "at+jwt"],
            // JWT-SVID, section 2.3.
            Self::Spiffe => &["JWT", "JOSE", ""],
            Self::SecurityEvent => &[EVENT_TYPE],
        }
    }

    /// The claim that names the tenant.
    pub(crate) fn tenant_claim(self) -> Option<&'static str> {
        matches!(self, Self::EntraV1 | Self::EntraV2).then_some("tid")
    }

    /// What `ver` must be.
    pub(crate) fn version(self) -> Option<&'static str> {
        match self {
            Self::EntraV1 => Some("1.0"),
            Self::EntraV2 => Some("2.0"),
            _ => None,
        }
    }

    /// The claim that names the token.
    pub(crate) fn token_id_claim(self) -> &'static str {
        if matches!(self, Self::EntraV1 | Self::EntraV2) { "uti" } else { "jti" }
    }
}
