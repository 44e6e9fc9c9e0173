//! The claims that a token must have.

use super::{Refusal, Steps};
use crate::claims::{CLIENT, Claim, text};
use crate::issuer::{Binding, Issuer, Profile};
use crate::limits::AUDIENCES_MAX;
use crate::reason::{Check, Reason};
use crate::trust::SPIFFE;
use crate::verdict::{Facts, shown};
use serde_json::{Map, Value};

/// The audience that a token is taken for, and how tokens for it must be bound.
pub(super) struct Audience {
    pub(super) name: String,
    pub(super) bindings: Vec<Binding>,
}

/// Required claims, rules for claims, audience.
pub(super) fn check(
    issuer: &Issuer,
    facts: &Facts,
    wanted: Option<&str>,
    steps: &mut impl Steps,
) -> Result<Audience, Refusal> {
    let claims = &facts.claims;
    for claim in issuer.profile.required() {
        required(claims, *claim)?;
    }
    let id = issuer.profile.token_id_claim();
    if issuer.token_id && malformed(id, text(claims, id))?.is_none() {
        return Err(Refusal::about(Reason::ClaimMissing, id));
    }
    for name in ["sub", "jti", "uti", "sid"].into_iter().chain(CLIENT) {
        malformed(name, text(claims, name))?;
    }
    if let Some(version) = issuer.profile.version()
        && claims.get("ver").and_then(Value::as_str) != Some(version)
    {
        return Err(Refusal::about(Reason::ClaimNotAllowed, "ver"));
    }
    if issuer.profile == Profile::Spiffe && !is_spiffe(facts.subject().unwrap_or_default(), &issuer.name) {
        return Err(Refusal::about(Reason::ClaimNotAllowed, "sub is no SPIFFE ID of the trust domain"));
    }
    // Shared Signals Framework 1.0, section 4.1.2: whom it is about stands in `sub_id`.
    if issuer.profile == Profile::SecurityEvent && claims.contains_key("sub") {
        return Err(Refusal::about(Reason::ClaimNotAllowed, "sub"));
    }
    for (name, allowed) in &issuer.rules {
        let value = claims.get(name).ok_or_else(|| Refusal::about(Reason::ClaimMissing, name.clone()))?;
        let one = |value: &Value| value.as_str().is_some_and(|text| allowed.contains(text));
        let any = one(value) || value.as_array().is_some_and(|list| list.iter().any(one));
        if !any {
            return Err(Refusal::about(Reason::ClaimNotAllowed, name.clone()));
        }
    }
    let audience = audience(issuer, claims, wanted)?;
    steps.passed(Check::Claims, || format!("for {}", shown(&audience.name)));
    Ok(audience)
}

fn malformed<T>(name: &'static str, value: Result<T, Reason>) -> Result<T, Refusal> {
    value.map_err(|reason| Refusal::about(reason, name))
}

fn required(claims: &Map<String, Value>, claim: Claim) -> Result<(), Refusal> {
    let there = |name: &str| claims.contains_key(name);
    let client = || CLIENT.into_iter().any(there);
    let present = match claim {
        Claim::IssuedAt => there("iat"),
        Claim::Subject => there("sub"),
        Claim::Client => there("client_id"),
        Claim::SubjectOrClient => there("sub") || client(),
        Claim::TokenId => there("jti"),
    };
    if present { Ok(()) } else { Err(Refusal::about(Reason::ClaimMissing, claim.name())) }
}

/// The first audience of the token that the issuer's record has, or the one that is asked for. Where the token is for several of
/// the record's audiences, each may ask for a binding.
fn audience(issuer: &Issuer, claims: &Map<String, Value>, wanted: Option<&str>) -> Result<Audience, Refusal> {
    let bad = || Refusal::about(Reason::ClaimMalformed, "aud");
    let list = match claims.get("aud") {
        None => return Err(Refusal::about(Reason::ClaimMissing, "aud")),
        Some(one @ Value::String(_)) => std::slice::from_ref(one),
        Some(Value::Array(list)) if list.len() <= AUDIENCES_MAX && list.iter().all(Value::is_string) => list,
        Some(_) => return Err(bad()),
    };
    let fits = |name: &&str| wanted.is_none_or(|wanted| wanted == *name);
    let names = || list.iter().filter_map(Value::as_str);
    let served = || names().filter(fits).filter_map(|name| issuer.audiences.get_key_value(name));
    let Some((name, _)) = served().next() else {
        let first = names().next().map_or_else(|| "none".to_owned(), shown);
        return Err(Refusal::about(Reason::AudienceWrong, first));
    };
    let bindings = served().map(|(_, binding)| *binding).filter(|binding| *binding != Binding::Optional);
    Ok(Audience { name: name.clone(), bindings: bindings.collect() })
}

/// A SPIFFE ID of the trust domain (SPIFFE-ID, sections 2.1 and 2.2): a path, with no empty, `.` or `..` segment.
fn is_spiffe(subject: &str, domain: &str) -> bool {
    let path = subject.strip_prefix(domain).filter(|_| domain.starts_with(SPIFFE));
    let segment = |segment: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
    };
    path.and_then(|path| path.strip_prefix('/')).is_some_and(|path| path.split('/').all(segment))
}
