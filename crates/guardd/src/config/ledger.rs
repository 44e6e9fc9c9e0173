//! `[ledger]`: where issued tokens are written down.

use super::ConfigError;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// `[ledger]`: one of three stores.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerTable {
    /// The file of the SQLite ledger.
    #[serde(default)]
    pub(crate) sqlite: Option<PathBuf>,
    /// Where PostgreSQL is: `host=/run/postgresql user=guard dbname=issued`.
    #[serde(default)]
    pub(crate) postgres: Option<String>,
    /// Where Redis is: `redis://host:6379` or `redis+unix:///run/redis.sock`.
    #[serde(default)]
    pub(crate) redis: Option<String>,
    /// A file with the password alone.
    #[serde(default)]
    pub(crate) password_file: Option<PathBuf>,
    /// The name of the environment variable with the password.
    #[serde(default)]
    pub(crate) password_env: Option<String>,
    /// Never taken; a configuration is read by more people than a password may be.
    #[serde(default)]
    pub(crate) password: Option<IgnoredAny>,
    /// Longest that an answer may take; after it the token is refused.
    #[serde(default = "two")]
    pub(crate) timeout_seconds: NonZeroU32,
    /// How long Redis keeps a token after it has expired.
    #[serde(default = "hour")]
    pub(crate) keep_seconds: u64,
}

/// The store of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store<'a> {
    Sqlite(&'a PathBuf),
    Postgres(&'a str),
    Redis(&'a str),
}

impl LedgerTable {
    /// The one store.
    pub(crate) fn store(&self) -> Result<Store<'_>, ConfigError> {
        match (&self.sqlite, &self.postgres, &self.redis) {
            (Some(path), None, None) => Ok(Store::Sqlite(path)),
            (None, Some(place), None) => Ok(Store::Postgres(place)),
            (None, None, Some(place)) => Ok(Store::Redis(place)),
            _ => Err(ConfigError::Ledger),
        }
    }

    /// Longest that an answer may take.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.get().into())
    }

    /// What can be said of it without looking elsewhere.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let secret = self.password_file.is_some() || self.password_env.is_some();
        if self.password.is_some() {
            return Err(ConfigError::Password);
        }
        if self.password_file.is_some() && self.password_env.is_some() {
            return Err(ConfigError::TwoPasswords);
        }
        match self.store()? {
            Store::Sqlite(_) if secret => Err(ConfigError::NoPassword),
            _ => Ok(()),
        }
    }
}

fn two() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1)
}

/// Longer than clocks differ.
fn hour() -> u64 {
    3600
}
