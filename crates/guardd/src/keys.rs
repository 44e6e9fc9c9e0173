//! The keys of the issuers of a configuration: read from files, or kept fresh by a thread for each issuer.

use crate::config::{Config, ConfigError, IssuerTable, Keys};
use coredact_guard::source::{Clock, FetchError, Refresh, Refresher, RemoteKeys, Roots, read_keys};
use coredact_guard::{KeySet, Now, Trust, Verifier};
use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

/// Who is trusted. Keys over HTTPS are those that `before` has, if their source is the same; else there are none yet.
pub(crate) fn trust(config: &Config, before: Option<(&Config, &Trust)>) -> Result<Trust, ConfigError> {
    let mut trust = trust_of(&config.issuer)?;
    for group in &config.share_keys {
        trust = trust.share_keys(group.iter().map(String::as_str));
    }
    let Some((config_before, trust_before)) = before else { return Ok(trust) };
    for table in config.issuer.iter().filter(|table| matches!(table.keys(), Ok(Keys::Remote(_)))) {
        let same = |other: &&IssuerTable| other.name == table.name && other.keys().ok() == table.keys().ok();
        if config_before.issuer.iter().any(|other| same(&other)) {
            trust = trust.with_keys_from(trust_before, &table.name)?;
        }
    }
    Ok(trust)
}

/// Who is trusted, with the keys of files.
pub(crate) fn trust_of(tables: &[IssuerTable]) -> Result<Trust, ConfigError> {
    let mut trust = Trust::new();
    for table in tables {
        let keys = match table.keys()? {
            Keys::File(path) => {
                read_keys(&path).map_err(|error| ConfigError::KeysFile(table.name.clone(), error))?
            }
            Keys::Remote(_) => KeySet::default(),
        };
        trust = trust.issuer(table.record()?, keys)?;
    }
    Ok(trust)
}

/// What is told of a fetch that failed: the issuer and why.
pub(crate) type Faults = Arc<dyn Fn(&str, &FetchError) + Send + Sync>;

/// The threads that keep keys fresh, by issuer.
#[derive(Debug, Default)]
pub(crate) struct Refreshers(BTreeMap<String, Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    refresher: Refresher,
    remote: RemoteKeys,
    authorities: Option<String>,
}

impl Refreshers {
    /// Starts what a configuration wants, and keeps what `before` has of the same.
    pub(crate) fn start(
        tables: &[IssuerTable],
        verifier: &Arc<Verifier>,
        before: &Self,
        faults: &Faults,
    ) -> anyhow::Result<Self> {
        let mut kept = BTreeMap::new();
        for table in tables {
            let Some(remote) = table.remote()? else { continue };
            let authorities = table.authorities.as_deref().map(authorities).transpose()?;
            let same = |own: &&Arc<Kept>| {
                own.authorities == authorities
                    && own.remote.place == remote.place
                    && (own.remote.refresh, own.remote.usable, own.remote.gap)
                        == (remote.refresh, remote.usable, remote.gap)
            };
            if let Some(own) = before.0.get(&table.name).filter(same) {
                kept.insert(table.name.clone(), Arc::clone(own));
                continue;
            }
            let roots = authorities.clone().map_or(Roots::System, Roots::Pem);
            let faults = Arc::clone(faults);
            let clock: Clock = Arc::new(Now::from_clock);
            let tell = move |issuer: &str, error: &FetchError| faults(issuer, error);
            let refresher = Refresher::start(verifier, vec![remote.clone()], &roots, clock, tell)?;
            kept.insert(table.name.clone(), Arc::new(Kept { refresher, remote, authorities }));
        }
        Ok(Self(kept))
    }
}

impl Refresh for Refreshers {
    fn refresh<'a>(&'a self, issuer: &'a str) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        match self.0.get(issuer) {
            Some(kept) => kept.refresher.refresh(issuer),
            None => Box::pin(std::future::ready(false)),
        }
    }
}

/// Certificate authorities in PEM.
pub(crate) fn authorities(path: &Path) -> Result<String, ConfigError> {
    crate::files::text(path).map_err(|error| ConfigError::Read(path.to_owned(), error))
}

/// The same with every key fetched now, for the commands that look once; and the issuers whose keys were not to be had.
pub(crate) async fn trust_once(config: &Config) -> anyhow::Result<(Trust, BTreeMap<String, FetchError>)> {
    let mut trust = trust(config, None)?;
    let mut faults = BTreeMap::new();
    for table in &config.issuer {
        let Some(remote) = table.remote()? else { continue };
        let authorities = table.authorities.as_deref().map(authorities).transpose()?;
        let roots = authorities.map_or(Roots::System, Roots::Pem);
        match coredact_guard::source::fetch(&remote, &roots).await {
            Ok(keys) => trust = trust.with_keys(&table.name, keys, None)?,
            Err(error) => {
                faults.insert(table.name.clone(), error);
            }
        }
    }
    Ok((trust, faults))
}
