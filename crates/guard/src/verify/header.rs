//! What a header may say.

use super::Refusal;
use crate::algorithm::Algorithm;
use crate::reason::Reason;
use serde_json::{Map, Value};

/// The part of a header that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) id: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
}

/// Refuses a header that brings or fetches a key, changes how the token is read, or is not signed.
pub(super) fn check(header: &Map<String, Value>) -> Result<Header<'_>, Refusal> {
    for (name, reason) in FORBIDDEN {
        if header.contains_key(name) {
            return Err(reason.into());
        }
    }
    let text = |name: &'static str| match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(Refusal::about(Reason::HeaderMalformed, name)),
    };
    if text("cty")?.is_some_and(is_token) {
        return Err(Reason::Nested.into());
    }
    let name = text("alg")?.ok_or_else(|| Refusal::about(Reason::HeaderMalformed, "alg is missing"))?;
    let algorithm = Algorithm::from_name(name).ok_or_else(|| refused_algorithm(name))?;
    Ok(Header { algorithm, id: text("kid")?, kind: text("typ")? })
}

/// Members that no access token needs (RFC 7515, sections 4.1.2 to 4.1.6 and 4.1.11; RFC 7797; RFC 7516, sections 4.1.2 and 4.1.3).
const FORBIDDEN: [(&str, Reason); 8] = [
    ("jwk", Reason::EmbeddedKey),
    ("x5c", Reason::EmbeddedKey),
    ("jku", Reason::KeyUrl),
    ("x5u", Reason::KeyUrl),
    ("crit", Reason::Critical),
    ("b64", Reason::Unencoded),
    ("zip", Reason::Compressed),
    ("enc", Reason::Encrypted),
];

/// `cty` of a nested token (RFC 7519, section 5.2), in any case and with or without its prefix.
fn is_token(content: &str) -> bool {
    let lower = content.to_ascii_lowercase();
    let short = lower.strip_prefix("application/").unwrap_or(&lower);
    matches!(short, "jwt" | "jose" | "jwe" | "jws" | "jose+json") || short.ends_with("+jwt")
}

fn refused_algorithm(name: &str) -> Refusal {
    let reason = if name.eq_ignore_ascii_case("none") {
        Reason::AlgorithmNone
    } else if name.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("HS")) {
        Reason::AlgorithmSymmetric
    } else {
        Reason::AlgorithmUnknown
    };
    Refusal::about(reason, crate::verdict::shown(name))
}
