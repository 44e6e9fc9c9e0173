//! The dates of a token.

use super::{Refusal, Steps};
use crate::issuer::{Issuer, Profile};
use crate::reason::{Check, Reason};
use crate::time::{rfc3339, seconds};
use serde_json::{Map, Value};

/// Not expired, not from the future, not too long.
pub(super) fn check(
    issuer: &Issuer,
    claims: &Map<String, Value>,
    now: u64,
    steps: &mut impl Steps,
) -> Result<(), Refusal> {
    let date = |name: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(value) => seconds(value).map(Some).ok_or_else(|| Refusal::about(Reason::TimeMalformed, name)),
    };
    let skew = issuer.skew_seconds;
    let latest = now.saturating_add(skew);
    if issuer.profile == Profile::SecurityEvent {
        // What has an end could be taken for a token (Shared Signals Framework 1.0, section 4.1.7).
        if claims.contains_key("exp") {
            return Err(Refusal::about(Reason::ClaimNotAllowed, "exp"));
        }
        let issued = date("iat")?.ok_or_else(|| Refusal::about(Reason::ClaimMissing, "iat"))?;
        if issued > latest {
            return Err(Refusal::about(Reason::IssuedInFuture, rfc3339(issued)));
        }
        steps.passed(Check::Time, || format!("of {}", rfc3339(issued)));
        return Ok(());
    }
    let expires = date("exp")?.ok_or_else(|| Refusal::about(Reason::ClaimMissing, "exp"))?;
    if expires.saturating_add(skew) <= now {
        return Err(Refusal::about(Reason::Expired, rfc3339(expires)));
    }
    if let Some(begins) = date("nbf")?.filter(|begins| *begins > latest) {
        return Err(Refusal::about(Reason::NotYetValid, rfc3339(begins)));
    }
    let issued = date("iat")?;
    if let Some(issued) = issued.filter(|issued| *issued > latest) {
        return Err(Refusal::about(Reason::IssuedInFuture, rfc3339(issued)));
    }
    // Without `iat`, which only JWT-SVIDs may leave out, what is left of its life is all that can be measured.
    let lifetime = expires.saturating_sub(issued.unwrap_or(now));
    if lifetime > issuer.lifetime_seconds_max {
        let most = issuer.lifetime_seconds_max;
        return Err(Refusal::about(Reason::LifetimeTooLong, format!("{lifetime} seconds, at most {most}")));
    }
    steps.passed(Check::Time, || format!("until {}", rfc3339(expires)));
    Ok(())
}
