//! Issuers, and what each may do.

mod profile;
mod template;

pub use profile::Profile;
pub(crate) use template::{Template, is_tenant};

use crate::algorithm::Algorithm;
use crate::events::EVENT_TYPE;
use crate::limits::SKEW_SECONDS_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// How a token must be bound to its holder to be taken by an audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// It need not be. A token that says that it is bound must be proven all the same.
    #[default]
    Optional,
    /// To a key: DPoP (RFC 9449).
    Dpop,
    /// To a client certificate: mutual TLS (RFC 8705).
    MutualTls,
    /// To either.
    Any,
}

/// Which tenants of an issuer are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenants {
    /// Those of this list.
    Only(BTreeSet<String>),
    /// Every tenant that the issuer has: whoever opens an account there.
    Any,
}

/// What to do with a key whose certificate (`x5c`) has run out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PastCertificate {
    /// Refuse what it signs.
    #[default]
    Refuse,
    /// Accept it and note it in the verdict: some issuers publish stale certificates.
    Note,
}

/// An issuer of tokens: its name, and what is taken from it. Every rule begins at its strictest.
///
/// ```
/// use coredact_guard::{Algorithm, Binding, Issuer, Profile};
///
/// let issuer = Issuer::new("https://login.example/{tenantid}/v2.0")
///     .profile(Profile::EntraV2)
///     .tenants(["7c1d8bd4-5c2c-4a0e-8a8e-000000000001"])
///     .audience("api://mail")
///     .bound_audience("api://payments", Binding::Dpop)
///     .algorithms([Algorithm::Rs256]);
/// assert_eq!(issuer.name(), "https://login.example/{tenantid}/v2.0");
/// ```
#[derive(Clone, Debug)]
pub struct Issuer {
    pub(crate) name: String,
    pub(crate) profile: Profile,
    pub(crate) audiences: BTreeMap<String, Binding>,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) types: Option<Vec<String>>,
    pub(crate) tenants: Option<Tenants>,
    pub(crate) tenant_claim: Option<String>,
    pub(crate) key_issuers: BTreeSet<String>,
    pub(crate) cloud: Option<String>,
    pub(crate) shared_set: bool,
    pub(crate) lifetime_seconds_max: u64,
    pub(crate) skew_seconds: u64,
    pub(crate) token_id: bool,
    pub(crate) rules: BTreeMap<String, BTreeSet<String>>,
    pub(crate) past_certificate: PastCertificate,
}

impl Issuer {
    /// An issuer of this name, exactly as it stands in `iss`; `{tenantid}` stands for the tenant. For [`Profile::Spiffe`] the
    /// trust domain: `spiffe://example.org`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            profile: Profile::Plain,
            audiences: BTreeMap::new(),
            algorithms: None,
            types: None,
            tenants: None,
            tenant_claim: None,
            key_issuers: BTreeSet::new(),
            cloud: None,
            shared_set: false,
            lifetime_seconds_max: LIFETIME_SECONDS_MAX,
            skew_seconds: SKEW_SECONDS,
            token_id: false,
            rules: BTreeMap::new(),
            past_certificate: PastCertificate::Refuse,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What kind of token it writes.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Takes its tokens for this audience. Without any audience no token is taken.
    #[must_use]
    pub fn audience(self, audience: &str) -> Self {
        self.bound_audience(audience, Binding::Optional)
    }

    /// Takes its tokens for this audience if they are bound to their holder so.
    #[must_use]
    pub fn bound_audience(mut self, audience: &str, binding: Binding) -> Self {
        self.audiences.insert(audience.to_owned(), binding);
        self
    }

    /// Takes these algorithms only. Without this, each that its keys are for.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Takes these types (`typ`) instead of the profile's, without `application/`; an empty one stands for a header without `typ`.
    #[must_use]
    pub fn types<'a>(mut self, types: impl IntoIterator<Item = &'a str>) -> Self {
        self.types = Some(types.into_iter().map(str::to_owned).collect());
        self
    }

    /// Serves these tenants.
    #[must_use]
    pub fn tenants<'a>(mut self, tenants: impl IntoIterator<Item = &'a str>) -> Self {
        self.tenants = Some(Tenants::Only(tenants.into_iter().map(str::to_owned).collect()));
        self
    }

    /// Serves every tenant that the issuer has: anybody can open an account there.
    #[must_use]
    pub fn any_tenant(mut self) -> Self {
        self.tenants = Some(Tenants::Any);
        self
    }

    /// The claim that names the tenant, where it is not the profile's.
    #[must_use]
    pub fn tenant_claim(mut self, name: &str) -> Self {
        self.tenant_claim = Some(name.to_owned());
        self
    }

    /// Wants this claim to be one of these texts, or, where the claim is a list, to hold one: organisations, clients, roles.
    #[must_use]
    pub fn require<'a>(mut self, claim: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.rules.insert(claim.to_owned(), values.into_iter().map(str::to_owned).collect());
        self
    }

    /// Also takes keys whose `issuer` member is this, besides the issuer's own name.
    #[must_use]
    pub fn key_issuer(mut self, name: &str) -> Self {
        self.key_issuers.insert(name.to_owned());
        self
    }

    /// Takes keys of this cloud only (`cloud_instance_name`): a key that states none is refused.
    #[must_use]
    pub fn cloud(mut self, name: &str) -> Self {
        self.cloud = Some(name.to_owned());
        self
    }

    /// Its key set is published for several issuers: a key without an `issuer` member is refused.
    #[must_use]
    pub fn shared_key_set(mut self) -> Self {
        self.shared_set = true;
        self
    }

    /// The longest time from `iat` to `exp`, in seconds; 24 hours without this.
    #[must_use]
    pub fn lifetime_seconds_max(mut self, seconds: u64) -> Self {
        self.lifetime_seconds_max = seconds;
        self
    }

    /// How far its clock may differ from ours, in seconds; 60 without this, never over 300.
    #[must_use]
    pub fn skew_seconds(mut self, seconds: u64) -> Self {
        self.skew_seconds = seconds.min(SKEW_SECONDS_MAX);
        self
    }

    /// Wants each token to have an id (`jti`; `uti` of Entra).
    #[must_use]
    pub fn require_token_id(mut self) -> Self {
        self.token_id = true;
        self
    }

    /// What to do with keys whose certificate has run out.
    #[must_use]
    pub fn past_certificate(mut self, rule: PastCertificate) -> Self {
        self.past_certificate = rule;
        self
    }

    /// True if the type is one of this issuer's tokens. Media types are compared without regard to case (RFC 2045, section 5.1).
    pub(crate) fn takes_type(&self, kind: Option<&str>) -> bool {
        let kind = kind.unwrap_or_default();
        let short = match kind.split_at_checked(APPLICATION.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) => rest,
            _ => kind,
        };
        // An event is no token, whatever types a record has.
        if self.profile != Profile::SecurityEvent && short.eq_ignore_ascii_case(EVENT_TYPE) {
            return false;
        }
        match &self.types {
            Some(types) => types.iter().any(|own| own.eq_ignore_ascii_case(short)),
            None => self.profile.types().iter().any(|own| own.eq_ignore_ascii_case(short)),
        }
    }

    /// True if the algorithm may be used.
    pub(crate) fn takes_algorithm(&self, algorithm: Algorithm) -> bool {
        self.algorithms.as_ref().is_none_or(|own| own.contains(&algorithm))
    }
}

/// Prefix that `typ` may leave out (RFC 7515, section 4.1.9).
const APPLICATION: &str = "application/";
/// Longest lifetime of a token unless its issuer's record says otherwise: a day. (Entra's longest ordinary access token lives 90 minutes.)
const LIFETIME_SECONDS_MAX: u64 = 24 * 3600;
/// How far clocks may differ: a minute, "usually no more than a few minutes" (RFC 7519, section 4.1.4).
const SKEW_SECONDS: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_media_types() {
        let access = Issuer::new("https://a").profile(Profile::AccessToken);
        for kind in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert!(access.takes_type(Some(kind)), "{kind}");
        }
        for kind in
            [None, Some("JWT"), Some("logout+jwt"), Some("at+jwt "), Some("application/application/at+jwt")]
        {
            assert!(!access.takes_type(kind), "{kind:?}");
        }
        let plain = Issuer::new("https://a");
        assert!(plain.takes_type(None) && plain.takes_type(Some("jwt")));
        assert!(!plain.takes_type(Some("logout+jwt")) && !plain.takes_type(Some("secevent+jwt")));
    }
}
