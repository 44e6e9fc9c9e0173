//! `[[issuer]]`: who is trusted, and for what.

use super::ConfigError;
use coredact_guard::source::{Place, RemoteKeys, holds_user, shown_address};
use coredact_guard::{Algorithm, Binding, Issuer, PastCertificate, Profile};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// An issuer. What is left out is at its strictest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerTable {
    /// `iss`, with `{tenantid}` for the tenant.
    pub(crate) name: String,
    /// `plain`, `rfc9068`, `entra-v1`, `entra-v2` or `spiffe`.
    #[serde(default = "plain")]
    pub(crate) profile: String,
    /// It sends security events and no tokens; made of another table.
    #[serde(skip)]
    pub(crate) events: bool,
    /// A file of keys: JWKS or PEM.
    #[serde(default)]
    pub(crate) keys_file: Option<PathBuf>,
    /// Where the key set is, `https://`.
    #[serde(default)]
    pub(crate) keys_url: Option<String>,
    /// Where the metadata is that names the key set, `https://`.
    #[serde(default)]
    pub(crate) metadata_url: Option<String>,
    /// Certificate authorities (PEM) for its address, instead of the system's.
    #[serde(default)]
    pub(crate) authorities: Option<PathBuf>,
    /// How often its keys are fetched.
    #[serde(default = "hour")]
    pub(crate) refresh_seconds: NonZeroU32,
    /// For how long keys are used after they were last fetched.
    #[serde(default = "day")]
    pub(crate) usable_seconds: NonZeroU32,
    /// Least time between two fetches, whatever tokens name.
    #[serde(default = "minute")]
    pub(crate) gap_seconds: NonZeroU32,
    /// Audiences, each with the binding that it wants.
    #[serde(default)]
    pub(crate) audiences: BTreeMap<String, AudienceBinding>,
    /// Algorithms by their names in `alg`.
    #[serde(default)]
    pub(crate) algorithms: Option<BTreeSet<String>>,
    /// Types (`typ`) instead of the profile's.
    #[serde(default)]
    pub(crate) types: Option<BTreeSet<String>>,
    /// Tenants that are served.
    #[serde(default)]
    pub(crate) tenants: Option<BTreeSet<String>>,
    /// Serve every tenant.
    #[serde(default)]
    pub(crate) any_tenant: bool,
    /// The claim that names the tenant.
    #[serde(default)]
    pub(crate) tenant_claim: Option<String>,
    /// Further `issuer` members of keys that are taken.
    #[serde(default)]
    pub(crate) key_issuers: BTreeSet<String>,
    /// The cloud (`cloud_instance_name`) that keys must be of.
    #[serde(default)]
    pub(crate) cloud: Option<String>,
    /// Its key set is published for several issuers.
    #[serde(default)]
    pub(crate) shared_key_set: bool,
    /// Longest time from `iat` to `exp`.
    #[serde(default)]
    pub(crate) lifetime_seconds_max: Option<u64>,
    /// How far its clock may differ from ours.
    #[serde(default)]
    pub(crate) skew_seconds: Option<u64>,
    /// Want an id in each token.
    #[serde(default)]
    pub(crate) require_token_id: bool,
    /// Claims, and the values of which one must be there.
    #[serde(default)]
    pub(crate) require: BTreeMap<String, BTreeSet<String>>,
    /// Take keys whose certificate has run out, and note it.
    #[serde(default)]
    pub(crate) accept_past_certificate: bool,
}

/// How tokens for an audience must be bound to their holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AudienceBinding {
    /// They need not be.
    Bearer,
    /// To a key (DPoP).
    Dpop,
    /// To a client certificate.
    MutualTls,
    /// To a key or a certificate.
    Bound,
}

impl AudienceBinding {
    /// The name in configurations.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
            Self::MutualTls => "mutual-tls",
            Self::Bound => "bound",
        }
    }
}

impl From<AudienceBinding> for Binding {
    fn from(binding: AudienceBinding) -> Self {
        match binding {
            AudienceBinding::Bearer => Self::Optional,
            AudienceBinding::Dpop => Self::Dpop,
            AudienceBinding::MutualTls => Self::MutualTls,
            AudienceBinding::Bound => Self::Any,
        }
    }
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// A file.
    File(PathBuf),
    /// An address.
    Remote(Place),
}

impl IssuerTable {
    /// Where its keys come from.
    pub(crate) fn keys(&self) -> Result<Keys, ConfigError> {
        match (&self.keys_file, &self.keys_url, &self.metadata_url) {
            (Some(file), None, None) => Ok(Keys::File(file.clone())),
            (None, Some(url), None) => Ok(Keys::Remote(Place::KeySet(https(url)?))),
            (None, None, Some(url)) => Ok(Keys::Remote(Place::Metadata(https(url)?))),
            _ => Err(ConfigError::Keys(self.name.clone())),
        }
    }

    /// How its keys are fetched, if they are.
    pub(crate) fn remote(&self) -> Result<Option<RemoteKeys>, ConfigError> {
        let Keys::Remote(place) = self.keys()? else { return Ok(None) };
        let seconds = |number: NonZeroU32| Duration::from_secs(number.get().into());
        Ok(Some(RemoteKeys {
            refresh: seconds(self.refresh_seconds),
            usable: seconds(self.usable_seconds),
            gap: seconds(self.gap_seconds),
            ..RemoteKeys::new(&self.name, place)
        }))
    }

    /// The record for the verifier.
    pub(crate) fn record(&self) -> Result<Issuer, ConfigError> {
        let profile = if self.events {
            Profile::SecurityEvent
        } else {
            Profile::from_name(&self.profile).ok_or_else(|| ConfigError::Profile(self.profile.clone()))?
        };
        let texts = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<String>>();
        let mut issuer = Issuer::new(&self.name).profile(profile);
        for (audience, binding) in &self.audiences {
            issuer = issuer.bound_audience(audience, (*binding).into());
        }
        if let Some(names) = &self.algorithms {
            let known = |name: &String| {
                Algorithm::from_name(name).ok_or_else(|| ConfigError::Algorithm(name.clone()))
            };
            issuer = issuer.algorithms(names.iter().map(known).collect::<Result<Vec<_>, _>>()?);
        }
        if let Some(types) = &self.types {
            issuer = issuer.types(texts(types).iter().map(String::as_str));
        }
        issuer = match (&self.tenants, self.any_tenant) {
            (Some(_), true) => return Err(ConfigError::Tenants(self.name.clone())),
            (Some(tenants), false) => issuer.tenants(texts(tenants).iter().map(String::as_str)),
            (None, true) => issuer.any_tenant(),
            (None, false) => issuer,
        };
        if let Some(claim) = &self.tenant_claim {
            issuer = issuer.tenant_claim(claim);
        }
        for name in &self.key_issuers {
            issuer = issuer.key_issuer(name);
        }
        for (claim, values) in &self.require {
            issuer = issuer.require(claim, texts(values).iter().map(String::as_str));
        }
        Ok(self.rest(issuer))
    }

    /// What needs no reading.
    fn rest(&self, mut issuer: Issuer) -> Issuer {
        if let Some(cloud) = &self.cloud {
            issuer = issuer.cloud(cloud);
        }
        if self.shared_key_set {
            issuer = issuer.shared_key_set();
        }
        if let Some(seconds) = self.lifetime_seconds_max {
            issuer = issuer.lifetime_seconds_max(seconds);
        }
        if let Some(seconds) = self.skew_seconds {
            issuer = issuer.skew_seconds(seconds);
        }
        if self.require_token_id {
            issuer = issuer.require_token_id();
        }
        if self.accept_past_certificate {
            issuer = issuer.past_certificate(PastCertificate::Note);
        }
        issuer
    }
}

fn https(url: &str) -> Result<String, ConfigError> {
    if !url.starts_with("https://") {
        return Err(ConfigError::NotHttps(shown_address(url)));
    }
    if holds_user(url) { Err(ConfigError::User(shown_address(url))) } else { Ok(url.to_owned()) }
}

fn plain() -> String {
    Profile::Plain.name().to_owned()
}

const fn seconds(number: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(number.saturating_sub(1))
}

fn minute() -> NonZeroU32 {
    seconds(60)
}

fn hour() -> NonZeroU32 {
    seconds(3600)
}

fn day() -> NonZeroU32 {
    seconds(24 * 3600)
}
