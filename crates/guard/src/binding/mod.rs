//! Tokens that are bound to their holder (`cnf`, RFC 7800): a stolen one is worth nothing without the key.

mod dpop;
mod mtls;
mod nonce;
mod replay;

pub use dpop::Dpop;
pub use nonce::Nonces;
pub(crate) use replay::first_time;
pub use replay::{Replays, UsedProofs};

use crate::issuer::Binding;
use crate::key::Thumbprint;
use crate::reason::Reason;
use crate::verdict::Bound;
use crate::verify::{Refusal, Request, Verifier};
use serde_json::{Map, Value};

/// Checks the token's binding, and that it has the one that its audiences ask for.
///
/// A token that says that it is bound must be proven, whether or not the audience asks: taking it as a bearer token would undo the
/// binding (RFC 9449, section 7.2). Under the scheme DPoP a token that says no such thing is refused (section 7.1).
pub(crate) fn check(
    verifier: &Verifier,
    claims: &Map<String, Value>,
    wanted: &[Binding],
    request: &Request<'_>,
    now: u64,
) -> Result<Option<Bound>, Refusal> {
    let (key, certificate) = match claims.get("cnf") {
        None => (None, None),
        Some(Value::Object(members)) => {
            let (key, certificate) = (named(members, "jkt")?, named(members, "x5t#S256")?);
            if key.is_none() && certificate.is_none() {
                return Err(Reason::BindingUnknown.into());
            }
            (key, certificate)
        }
        Some(_) => return Err(Refusal::about(Reason::ClaimMalformed, "cnf")),
    };
    for wanted in wanted {
        let has = match wanted {
            Binding::Optional => true,
            Binding::Dpop => key.is_some(),
            Binding::MutualTls => certificate.is_some(),
            Binding::Any => key.is_some() || certificate.is_some(),
        };
        if !has {
            return Err(Reason::BindingMissing.into());
        }
    }
    if request.must_be_proven && key.is_none() {
        return Err(Reason::BindingMissing.into());
    }
    let mut bound = None;
    if let Some(wanted) = certificate {
        mtls::check(request.client_certificate, wanted)?;
        bound = Some(Bound::Certificate(wanted));
    }
    if let Some(wanted) = key {
        let proof = request.dpop.ok_or(Reason::ProofMissing)?;
        dpop::check(verifier, &proof, request.token, wanted, now)?;
        bound = Some(Bound::Key(wanted));
    }
    Ok(bound)
}

fn named(members: &Map<String, Value>, name: &'static str) -> Result<Option<Thumbprint>, Refusal> {
    let bad = || Refusal::about(Reason::ClaimMalformed, name);
    let Some(value) = members.get(name) else { return Ok(None) };
    value.as_str().and_then(|text| text.parse().ok()).map(Some).ok_or_else(bad)
}
