//! Whose token it says it is: issuer, algorithm, type, tenant.

use super::header::Header;
use super::{Refusal, Steps};
use crate::issuer::{Issuer, Tenants, is_tenant};
use crate::reason::{Check, Reason};
use crate::trust::{Entry, Trust};
use crate::verdict::{Facts, shown};
use serde_json::Value;

/// The issuer's record, and the tenant.
pub(super) struct Scope<'t> {
    pub(super) entry: &'t Entry,
    pub(super) tenant: Option<String>,
}

/// Finds the issuer and checks what its record says of algorithm, type and tenant.
pub(super) fn check<'t>(
    trust: &'t Trust,
    facts: &Facts,
    header: &Header<'_>,
    steps: &mut impl Steps,
) -> Result<Scope<'t>, Refusal> {
    let name = match facts.claims.get("iss") {
        None => None,
        Some(Value::String(name)) => Some(name.as_str()),
        Some(_) => return Err(Reason::IssuerMalformed.into()),
    };
    let Some(found) = trust.find(name, facts.subject()) else {
        let name = name.ok_or(Reason::IssuerMissing)?;
        return Err(Refusal::about(Reason::IssuerUnknown, shown(name)));
    };
    let issuer = &found.entry.issuer;
    if !issuer.takes_algorithm(header.algorithm) {
        return Err(Refusal::about(Reason::AlgorithmNotAllowed, header.algorithm.name()));
    }
    if !issuer.takes_type(header.kind) {
        return Err(Refusal::about(Reason::TypeWrong, header.kind.map_or_else(|| "none".into(), shown)));
    }
    steps.passed(Check::Issuer, || found.entry.name.to_string());
    let tenant = tenant(issuer, facts, found.tenant)?;
    steps.passed(Check::Tenant, || crate::explain::named(tenant.as_deref()));
    Ok(Scope { entry: found.entry, tenant })
}

/// The tenant, if the issuer has tenants: the one in its name and the one of the claim must be the same, and served.
fn tenant(issuer: &Issuer, facts: &Facts, in_name: Option<&str>) -> Result<Option<String>, Refusal> {
    let claim = issuer.tenant_claim.as_deref().or(issuer.profile.tenant_claim());
    let in_claim = match claim {
        None => None,
        Some(name) => {
            let value = facts.claims.get(name).ok_or(Reason::TenantMissing)?;
            let text = value.as_str().filter(|text| is_tenant(text));
            Some(text.ok_or_else(|| Refusal::about(Reason::ClaimMalformed, name.to_owned()))?)
        }
    };
    if let (Some(in_name), Some(in_claim)) = (in_name, in_claim)
        && in_name != in_claim
    {
        return Err(Reason::TenantMismatch.into());
    }
    let Some(tenant) = in_name.or(in_claim) else { return Ok(None) };
    match &issuer.tenants {
        Some(Tenants::Any) => {}
        Some(Tenants::Only(served)) if served.contains(tenant) => {}
        _ => return Err(Refusal::about(Reason::TenantNotAllowed, tenant.to_owned())),
    }
    Ok(Some(tenant.to_owned()))
}
