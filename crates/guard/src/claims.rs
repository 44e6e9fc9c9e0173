//! Claims that the checks ask for.

use crate::reason::Reason;
use serde_json::{Map, Value};

/// A claim that a token must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    IssuedAt,
    Subject,
    Client,
    SubjectOrClient,
    TokenId,
}

impl Claim {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IssuedAt => "iat",
            Self::Subject => "sub",
            Self::Client => "client_id",
            Self::SubjectOrClient => "sub or client_id",
            Self::TokenId => "jti",
        }
    }
}

/// The members that name the client, in the order in which they are asked (RFC 9068, section 2.2; OpenID Connect Core, section 2;
/// Entra version 1.0).
pub(crate) const CLIENT: [&str; 3] = ["client_id", "azp", "appid"];

/// A claim that is text, if it is there.
pub(crate) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Reason> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Reason::ClaimMalformed),
    }
}

/// The client, if the token names one.
pub(crate) fn client(claims: &Map<String, Value>) -> Option<&str> {
    CLIENT.iter().find_map(|name| claims.get(*name)?.as_str())
}
