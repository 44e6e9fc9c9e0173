//! The ledger of issued tokens, as the configuration has it.

use crate::config::{ConfigError, LedgerTable, Store};
use crate::files;
use crate::service::chain;
use crate::terminal::say;
use anyhow::{Context as _, Result};
use coredact_guard::events::{Cutoff, Ended};
use coredact_guard::ledger::{Answer, Found, Issued, LedgerError, PostgresLedger, RedisLedger, SqliteLedger};
use coredact_guard::{Ledger, Thumbprint, UsedProofs};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Opens a ledger. A server is not looked at before it is asked: while it does not answer, tokens are refused.
pub(crate) fn open(table: &LedgerTable) -> Result<Arc<Kept>> {
    let password = password(table)?;
    let store: Arc<dyn Memory> = match table.store()? {
        Store::Sqlite(path) => Arc::new(SqliteLedger::open(path)?),
        Store::Postgres(place) => Arc::new(PostgresLedger::open(place, password.as_deref())?),
        Store::Redis(place) => Arc::new(RedisLedger::open(place, password.as_deref(), table.keep_seconds)?),
    };
    Ok(Arc::new(Kept { store, patience: table.patience(), failing: AtomicBool::new(false) }))
}

/// A store in a file.
pub(crate) fn in_file(path: &Path) -> Result<Arc<Kept>> {
    let store = Arc::new(SqliteLedger::open(path)?);
    Ok(Arc::new(Kept { store, patience: FILE_PATIENCE, failing: AtomicBool::new(false) }))
}

/// Longer than a writer waits for another.
const FILE_PATIENCE: Duration = Duration::from_secs(6);

/// What the ledger is, for people. An address holds no password.
pub(crate) fn described(table: &LedgerTable) -> Result<String> {
    let seconds = table.timeout_seconds;
    Ok(match table.store()? {
        Store::Sqlite(path) => format!("SQLite, {}", path.display()),
        Store::Postgres(place) => format!("PostgreSQL, {place}, at most {seconds} s for an answer"),
        Store::Redis(place) => format!("Redis, {place}, at most {seconds} s for an answer"),
    })
}

/// The password, from where the configuration says.
#[expect(clippy::disallowed_methods, reason = "the configuration names the variable; it is read here alone")]
fn password(table: &LedgerTable) -> Result<Option<String>> {
    if let Some(name) = &table.password_env {
        // The error of a variable that is no text would hold its value.
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        return value.map(Some).ok_or_else(|| ConfigError::PasswordEnv(name.clone()).into());
    }
    let Some(path) = &table.password_file else { return Ok(None) };
    let text =
        files::text(path).with_context(|| format!("read the ledger's password in {}", path.display()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

/// A store of issued tokens that remembers security events and used proofs too, as all three do.
trait Memory: Ledger + Ended + UsedProofs {}

impl<T: Ledger + Ended + UsedProofs> Memory for T {}

/// A store that answers in time or not at all, and says once when it stops answering, and once when it answers again.
pub(crate) struct Kept {
    store: Arc<dyn Memory>,
    patience: Duration,
    failing: AtomicBool,
}

impl Kept {
    async fn wait<T>(&self, answer: Answer<'_, T>) -> Result<T, LedgerError> {
        let answer = tokio::time::timeout(self.patience, answer).await.unwrap_or(Err(LedgerError::Late));
        // A conflict is an answer.
        let failed = answer.as_ref().err().filter(|error| !matches!(error, LedgerError::Conflict(_)));
        let before = self.failing.swap(failed.is_some(), Ordering::Relaxed);
        match failed {
            Some(error) if !before => {
                say(&format!("failed to {}; tokens are refused until the ledger answers", chain(error)));
            }
            None if before => say("the ledger of issued tokens answers again"),
            _ => {}
        }
        answer
    }
}

impl UsedProofs for Kept {
    fn first_time<'a>(&'a self, proof: Thumbprint, until: u64, now: u64) -> Answer<'a, bool> {
        Box::pin(self.wait(self.store.first_time(proof, until, now)))
    }
}

impl Ended for Kept {
    fn end<'a>(&'a self, cutoffs: &'a [Cutoff]) -> Answer<'a, bool> {
        Box::pin(self.wait(self.store.end(cutoffs)))
    }

    fn latest<'a>(&'a self, names: &'a [Thumbprint]) -> Answer<'a, Option<u64>> {
        Box::pin(self.wait(self.store.latest(names)))
    }

    fn forget_ended<'a>(&'a self, now: u64) -> Answer<'a, ()> {
        Box::pin(self.wait(self.store.forget_ended(now)))
    }
}

impl Ledger for Kept {
    fn record<'a>(&'a self, issued: &'a Issued) -> Answer<'a, ()> {
        Box::pin(self.wait(self.store.record(issued)))
    }

    fn find<'a>(&'a self, issuer: &'a str, token_id: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(self.wait(self.store.find(issuer, token_id)))
    }

    fn forget<'a>(&'a self, expired_before: u64) -> Answer<'a, ()> {
        Box::pin(self.wait(self.store.forget(expired_before)))
    }
}
