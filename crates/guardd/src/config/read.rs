//! Reading the file, and what may be wrong with it.

use super::Config;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// Longer than is read: a part of it would not be in force.
    #[error("take a configuration of more than 4 MiB: {0}")]
    Long(PathBuf),
    /// It is no TOML, or a member is unknown or of the wrong type.
    #[error("understand the configuration")]
    Toml(#[source] Box<toml::de::Error>),
    /// No issuer.
    #[error("guard anything without an issuer; add [[issuer]] with name, audiences and a source of keys")]
    NoIssuer,
    /// None or several sources of keys.
    #[error("find the keys of an issuer; give it one of keys_file, keys_url and metadata_url: {0:?}")]
    Keys(String),
    /// Not `https://`.
    #[error("fetch keys without HTTPS; the address must begin with https://: {0:?}")]
    NotHttps(String),
    /// An unknown profile.
    #[error("use a profile that is not one of plain, rfc9068, entra-v1, entra-v2, spiffe: {0:?}")]
    Profile(String),
    /// An unknown algorithm.
    #[error("use an algorithm that is no signature of JWA, as RS256, ES256, EdDSA are: {0:?}")]
    Algorithm(String),
    /// Two answers about tenants.
    #[error("serve both a list of tenants and any tenant; take one away: {0:?}")]
    Tenants(String),
    /// The records contradict each other.
    #[error("trust the issuers")]
    Trust(#[from] coredact_guard::TrustError),
    /// A file of keys.
    #[error("take the keys of {0:?}")]
    KeysFile(String, #[source] coredact_guard::source::FileError),
    /// Keys are shared with an issuer that is not there.
    #[error("share keys with an issuer that is not trusted: {0:?}")]
    Shared(String),
    /// A route.
    #[error(
        "guard a route; its path begins with /, has no empty or dotted parts, and no % (write the letters themselves): {0:?}"
    )]
    Route(String),
    /// A route twice.
    #[error("guard a route that is there twice; make one of both: {0:?}")]
    RouteTwice(String),
    /// An origin.
    #[error("use an origin; it is https://host or https://host:port, without a path: {0:?}")]
    Origin(String),
    /// A header's name.
    #[error("use a header of this name: {0:?}")]
    Header(String),
    /// A secret that is too short.
    #[error("use a secret of less than 32 bytes for nonces: {0}")]
    Secret(PathBuf),
}

/// Reads the file. Paths in it become relative to where the process runs.
pub(crate) fn read(path: &Path) -> Result<Config, ConfigError> {
    let mut text = String::new();
    let failed = |error| ConfigError::Read(path.to_owned(), error);
    let file = File::open(path).map_err(failed)?;
    file.take(BYTES_MAX.saturating_add(1)).read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).map_or(true, |length| length > BYTES_MAX) {
        return Err(ConfigError::Long(path.to_owned()));
    }
    let mut config: Config = toml::from_str(&text).map_err(|error| ConfigError::Toml(Box::new(error)))?;
    if config.issuer.is_empty() {
        return Err(ConfigError::NoIssuer);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in files(&mut config) {
        *file = folder.join(&*file);
    }
    config.check()?;
    Ok(config)
}

/// Every path in it.
fn files(config: &mut Config) -> Vec<&mut PathBuf> {
    let mut files = Vec::new();
    if let Some(table) = &mut config.revocations {
        files.push(&mut table.file);
        files.extend(&mut table.public_key);
    }
    files.extend(config.ledger.as_mut().map(|table| &mut table.sqlite));
    files.extend(&mut config.log.file);
    files.extend(&mut config.dpop.secret_file);
    for issuer in &mut config.issuer {
        files.extend(&mut issuer.keys_file);
        files.extend(&mut issuer.authorities);
    }
    files
}

impl Config {
    /// What can be said of it without looking at other files.
    fn check(&self) -> Result<(), ConfigError> {
        let mut paths = BTreeSet::new();
        for route in &self.route {
            // What clients escape is compared as the letters that it means.
            if !crate::serve::is_plain_path(&route.path) || route.path.contains('%') {
                return Err(ConfigError::Route(route.path.clone()));
            }
            if !paths.insert(route.path.trim_end_matches('/')) {
                return Err(ConfigError::RouteTwice(route.path.clone()));
            }
        }
        for origin in &self.origins {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@'])) {
                return Err(ConfigError::Origin(origin.clone()));
            }
        }
        if let Some(name) = &self.client_certificate_header
            && axum::http::HeaderName::try_from(name.as_str()).is_err()
        {
            return Err(ConfigError::Header(name.clone()));
        }
        let is_known = |name: &&String| self.issuer.iter().any(|issuer| issuer.name == **name);
        match self.share_keys.iter().flatten().find(|name| !is_known(name)) {
            Some(name) => Err(ConfigError::Shared(name.clone())),
            None => Ok(()),
        }
    }
}

/// Longest configuration, in bytes: thousands of issuers.
const BYTES_MAX: u64 = 4 * 1024 * 1024;
