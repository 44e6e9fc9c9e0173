//! `[events]`: who may end sessions and users' tokens, and where that is remembered.

use super::{ConfigError, IssuerTable};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// `[events]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsTable {
    /// The SQLite file that remembers them; without it the ledger's store does.
    #[serde(default)]
    pub(crate) sqlite: Option<PathBuf>,
    /// Who sends them.
    #[serde(default)]
    pub(crate) transmitter: Vec<TransmitterTable>,
}

/// `[[events.transmitter]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransmitterTable {
    /// `iss` of its events.
    pub(crate) name: String,
    /// `aud` of events for this service.
    pub(crate) audience: String,
    /// The issuers whose tokens it may end, by their names in this configuration.
    pub(crate) issuers: BTreeSet<String>,
    /// A file of its keys: JWKS or PEM.
    #[serde(default)]
    pub(crate) keys_file: Option<PathBuf>,
    /// Where its key set is, `https://`.
    #[serde(default)]
    pub(crate) keys_url: Option<String>,
    /// Certificate authorities (PEM) for its address, instead of the system's.
    #[serde(default)]
    pub(crate) authorities: Option<PathBuf>,
    /// Algorithms by their names in `alg`.
    #[serde(default)]
    pub(crate) algorithms: Option<BTreeSet<String>>,
}

impl EventsTable {
    /// The transmitters as issuers of events.
    pub(crate) fn records(&self) -> Vec<IssuerTable> {
        self.transmitter.iter().map(TransmitterTable::record).collect()
    }

    /// What can be said of it without looking elsewhere.
    pub(super) fn check(&self, issuers: &[IssuerTable], ledger: bool) -> Result<(), ConfigError> {
        if self.sqlite.is_none() && !ledger {
            return Err(ConfigError::EventStore);
        }
        if self.transmitter.is_empty() {
            return Err(ConfigError::NoTransmitter);
        }
        for one in &self.transmitter {
            let unknown = |name: &&String| !issuers.iter().any(|issuer| issuer.name == **name);
            if let Some(name) = one.issuers.iter().find(unknown) {
                return Err(ConfigError::EventIssuer(name.clone()));
            }
            if one.issuers.is_empty() {
                return Err(ConfigError::EventIssuer(String::new()));
            }
        }
        Ok(())
    }
}

impl TransmitterTable {
    fn record(&self) -> IssuerTable {
        let seconds = |number: u32| NonZeroU32::MIN.saturating_add(number.saturating_sub(1));
        IssuerTable {
            name: self.name.clone(),
            profile: String::new(),
            events: true,
            keys_file: self.keys_file.clone(),
            keys_url: self.keys_url.clone(),
            metadata_url: None,
            authorities: self.authorities.clone(),
            refresh_seconds: seconds(3600),
            usable_seconds: seconds(24 * 3600),
            gap_seconds: seconds(60),
            audiences: BTreeMap::from([(self.audience.clone(), super::issuer::AudienceBinding::Bearer)]),
            algorithms: self.algorithms.clone(),
            types: None,
            tenants: None,
            any_tenant: false,
            tenant_claim: None,
            key_issuers: BTreeSet::new(),
            cloud: None,
            shared_key_set: false,
            lifetime_seconds_max: None,
            skew_seconds: None,
            require_token_id: false,
            require: BTreeMap::new(),
            accept_past_certificate: false,
        }
    }
}
