//! Reading the file, and what may be wrong with it.

use super::Config;
use crate::files;
use coredact_guard::limits::SKEW_SECONDS_MAX;
use coredact_guard::source::shown_address;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    /// It is no TOML, or a member is unknown or of the wrong type. The line itself is not shown: it may hold what it should not.
    #[error("understand line {0} of the configuration: {1}")]
    Toml(usize, String),
    /// No issuer.
    #[error("guard anything without an issuer; add [[issuer]] with name, audiences and a source of keys")]
    NoIssuer,
    /// None or several sources of keys.
    #[error("find the keys of an issuer; give it one of keys_file, keys_url and metadata_url: {0:?}")]
    Keys(String),
    /// Not `https://`.
    #[error("fetch keys without HTTPS; the address must begin with https://: {0:?}")]
    NotHttps(String),
    /// An address with a user or a password.
    #[error(
        "fetch keys with a user or a password in the address; take what ends with @ away (%40 is an @ of the path): {0:?}"
    )]
    User(String),
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
    /// None or several stores.
    #[error("keep a ledger; give [ledger] one of sqlite, postgres and redis")]
    Ledger,
    /// A password for all to read.
    #[error(
        "hold a password in the configuration; put it into a file (password_file) or a variable (password_env)"
    )]
    Password,
    /// Two passwords.
    #[error("choose a password; give [ledger] one of password_file and password_env")]
    TwoPasswords,
    /// A password for a file.
    #[error("use a password with SQLite; take it away, the file's permissions protect it")]
    NoPassword,
    /// No such variable.
    #[error("find the ledger's password in the environment: {0} is not set, empty, or no text")]
    PasswordEnv(String),
    /// A log that would be waited for.
    #[error("append decisions to a pipe; leave out the file for standard output: {0}")]
    LogPipe(PathBuf),
    /// A log in a file of something else.
    #[error("append decisions to a file that something else is kept in; give [log] a file of its own: {0}")]
    LogTaken(PathBuf),
    /// No folder for the state.
    #[error("remember anything in the state folder; make the folder: {0}")]
    State(PathBuf),
    /// Clocks that differ too much.
    #[error("take the tokens of {0:?} with clocks that differ by {1} s; skew_seconds is {max} at most", max = SKEW_SECONDS_MAX)]
    Skew(String, u64),
    /// Nowhere to remember proofs.
    #[error("share used proofs of possession without a [ledger]; add one, or take `shared` away")]
    Proofs,
    /// Nowhere to remember events.
    #[error(
        "take security events without a store; give [events] a file (sqlite), or the configuration a [ledger]"
    )]
    EventStore,
    /// Nobody sends events.
    #[error(
        "take security events from nobody; add [[events.transmitter]] with name, audience, issuers and a source of keys"
    )]
    NoTransmitter,
    /// A transmitter speaks for nobody.
    #[error(
        "take security events about the tokens of an issuer that is not trusted; name issuers of this configuration: {0:?}"
    )]
    EventIssuer(String),
    /// A secret that is too short.
    #[error("use a secret of less than 32 bytes for nonces: {0}")]
    Secret(PathBuf),
}

/// Reads the file. Paths in it become relative to where the process runs.
pub(crate) fn read(path: &Path) -> Result<Config, ConfigError> {
    let text = files::text(path).map_err(|error| ConfigError::Read(path.to_owned(), error))?;
    let mut config: Config = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Toml(before.matches('\n').count().saturating_add(1), error.message().to_owned())
    })?;
    if config.issuer.is_empty() {
        return Err(ConfigError::NoIssuer);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in files(&mut config) {
        *file = folder.join(&*file);
    }
    config.check()?;
    own_log(&mut config, path)?;
    Ok(config)
}

/// The log is appended to: it is no file that something else lives in, by whatever name.
fn own_log(config: &mut Config, path: &Path) -> Result<(), ConfigError> {
    let Some(log) = config.log.file.take() else { return Ok(()) };
    let ledger = config.ledger.as_ref().and_then(|table| table.sqlite.clone());
    let events = config.events.as_ref().and_then(|table| table.sqlite.clone());
    let beside = |file: PathBuf| SQLITE_BESIDE.map(|end| PathBuf::from(format!("{}{end}", file.display())));
    let mut others: Vec<PathBuf> = ledger.into_iter().chain(events).flat_map(beside).collect();
    others.extend(files(config).into_iter().map(|file| file.clone()));
    others.push(path.to_owned());
    let clash = others.iter().any(|other| is_same(&log, other));
    let taken = if clash { Err(ConfigError::LogTaken(log.clone())) } else { Ok(()) };
    config.log.file = Some(log);
    taken
}

/// Whether two paths are the same file, or will be when it is made.
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (Err(_), Err(_)) => place(one) == place(other),
        _ => false,
    }
}

/// Where a file that is not there yet will be made: links and dots of its folder aside.
fn place(path: &Path) -> PathBuf {
    let path =
        std::fs::read_link(path).map_or_else(|_| path.to_owned(), |to| path.with_file_name("").join(to));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or(folder.clone(), |name| folder.join(name))
}

/// What SQLite keeps beside a database (<https://www.sqlite.org/tempfiles.html>).
const SQLITE_BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Every path in it.
fn files(config: &mut Config) -> Vec<&mut PathBuf> {
    let mut files = Vec::new();
    if let Some(table) = &mut config.revocations {
        files.push(&mut table.file);
        files.extend(&mut table.public_key);
    }
    if let Some(table) = &mut config.ledger {
        files.extend(&mut table.sqlite);
        files.extend(&mut table.password_file);
    }
    if let Some(table) = &mut config.events {
        files.extend(&mut table.sqlite);
        for one in &mut table.transmitter {
            files.extend(&mut one.keys_file);
            files.extend(&mut one.authorities);
        }
    }
    files.extend(&mut config.log.file);
    files.extend(&mut config.state);
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
                return Err(ConfigError::Origin(shown_address(origin)));
            }
        }
        if let Some(name) = &self.client_certificate_header
            && axum::http::HeaderName::try_from(name.as_str()).is_err()
        {
            return Err(ConfigError::Header(name.clone()));
        }
        if let Some(folder) = self.state.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(ConfigError::State(folder.clone()));
        }
        if self.dpop.shared && self.ledger.is_none() {
            return Err(ConfigError::Proofs);
        }
        for issuer in &self.issuer {
            if let Some(seconds) = issuer.skew_seconds.filter(|seconds| *seconds > SKEW_SECONDS_MAX) {
                return Err(ConfigError::Skew(issuer.name.clone(), seconds));
            }
        }
        if let Some(table) = &self.ledger {
            table.check()?;
        }
        if let Some(table) = &self.events {
            table.check(&self.issuer, self.ledger.is_some())?;
        }
        let is_known = |name: &&String| self.issuer.iter().any(|issuer| issuer.name == **name);
        match self.share_keys.iter().flatten().find(|name| !is_known(name)) {
            Some(name) => Err(ConfigError::Shared(name.clone())),
            None => Ok(()),
        }
    }
}
