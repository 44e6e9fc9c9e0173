//! What the proxy is told.

use crate::config::RouteTable;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use coredact_guard::{Accepted, Check, Reason};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::time::Duration;

/// A status with headers: of an accepted request those that the service behind gets, of a refused one those that the client gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// The headers that say who it is. Every one is in every answer, empty if there is nothing to say: a proxy that copies them then
/// overwrites what the client has sent under the same name.
pub(super) const IDENTITY: [&str; 8] = [
    "x-auth-issuer",
    "x-auth-subject",
    "x-auth-client",
    "x-auth-tenant",
    "x-auth-audience",
    SCOPES,
    "x-auth-token-id",
    "x-auth-key",
];

impl Answer {
    /// Who it is.
    pub(super) fn accepted(accepted: &Accepted) -> Self {
        let facts = &accepted.facts;
        let key = facts.key().map(|key| key.key().thumbprint().to_string());
        let values = [
            facts.issuer_claim().or_else(|| facts.issuer()),
            facts.subject(),
            facts.client(),
            facts.tenant(),
            Some(accepted.audience.as_str()),
            None,
            facts.token_id(),
            key.as_deref(),
        ];
        let pair = |(name, value): (&'static str, Option<&str>)| {
            let value = match name {
                SCOPES => listed(&scopes(accepted)),
                _ => escaped(value.unwrap_or_default()),
            };
            (HeaderName::from_static(name), value)
        };
        Self { status: StatusCode::OK, headers: IDENTITY.into_iter().zip(values).map(pair).collect() }
    }

    /// No token, or one that is refused (RFC 6750, section 3; RFC 9449, section 7.1). The client is told the kind of refusal alone; why
    /// stands in the log.
    pub(super) fn unauthorized(reason: Option<Reason>, nonce: Option<String>) -> Self {
        let challenges: &[&str] = match reason {
            None => &["Bearer", "DPoP"],
            Some(Reason::ProofNonceWrong) => &[r#"DPoP error="use_dpop_nonce""#],
            Some(Reason::CertificateMissing | Reason::CertificateWrong) => {
                &[r#"Bearer error="invalid_token""#]
            }
            Some(Reason::BindingMissing) => &[r#"DPoP error="invalid_token""#],
            Some(reason) if reason.check() == Check::Binding => &[r#"DPoP error="invalid_dpop_proof""#],
            Some(_) => &[r#"Bearer error="invalid_token""#],
        };
        let mut headers: Vec<_> =
            challenges.iter().map(|text| (WWW_AUTHENTICATE, HeaderValue::from_static(text))).collect();
        let nonce = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok());
        headers.extend(nonce.map(|nonce| (HeaderName::from_static("dpop-nonce"), nonce)));
        Self { status: StatusCode::UNAUTHORIZED, headers }
    }

    /// A good token that is not enough for the route.
    pub(super) fn insufficient(route: &RouteTable) -> Self {
        let scopes = route.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let challenge = format!(r#"Bearer error="insufficient_scope", scope="{}""#, text(&scopes));
        let challenge = HeaderValue::try_from(challenge).ok();
        let headers = challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)).into_iter().collect();
        Self { status: StatusCode::FORBIDDEN, headers }
    }

    /// A request that nobody may make.
    pub(super) fn forbidden(_reason: &'static str) -> Self {
        Self { status: StatusCode::FORBIDDEN, headers: Vec::new() }
    }

    /// The fault is ours.
    pub(super) fn unavailable() -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, headers: Vec::new() }
    }

    /// The client has shown too many refused tokens.
    pub(super) fn wait(time: Duration) -> Self {
        let seconds = HeaderValue::from(time.as_secs().saturating_add(1));
        Self { status: StatusCode::TOO_MANY_REQUESTS, headers: vec![(RETRY_AFTER, seconds)] }
    }
}

/// The scopes of a token: `scope` (RFC 9068, section 2.2.3) or `scp` (Microsoft Entra), a text or a list.
pub(super) fn scopes(accepted: &Accepted) -> Vec<&str> {
    let claims = accepted.facts.claims();
    let claim = claims.get("scope").or_else(|| claims.get("scp"));
    match claim {
        Some(serde_json::Value::String(text)) => text.split_ascii_whitespace().collect(),
        Some(serde_json::Value::Array(list)) => list.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A text as a header's value: what is not visible ASCII, spaces and `%`, is percent-encoded in UTF-8. Spaces at the ends of a value
/// are no part of it for whoever reads it (RFC 9110, section 5.5).
fn escaped(text: &str) -> HeaderValue {
    listed(&[text])
}

/// Texts with spaces between them.
fn listed(texts: &[&str]) -> HeaderValue {
    let encoded: Vec<String> =
        texts.iter().map(|text| utf8_percent_encode(text, &INVISIBLE).to_string()).collect();
    HeaderValue::try_from(encoded.join(" ")).unwrap_or(HeaderValue::from_static(""))
}

/// Text within quotes (RFC 6749, section 3.3: no quotes and no backslash in scopes).
fn text(text: &str) -> String {
    text.chars()
        .filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\'))
        .collect()
}

const INVISIBLE: AsciiSet = CONTROLS.add(b'%').add(b' ');

/// The header with the scopes, spaces between them.
const SCOPES: &str = "x-auth-scopes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_headers_are_visible_ascii() {
        for (value, expected) in [
            (" a b", "%20a%20b"),
            ("a\r\nX-Auth-Tenant: b", "a%0D%0AX-Auth-Tenant:%20b"),
            ("é%", "%C3%A9%25"),
            ("", ""),
        ] {
            assert_eq!(escaped(value), expected);
            assert_eq!(listed(&[value, "x"]), format!("{expected} x"));
        }
    }
}
