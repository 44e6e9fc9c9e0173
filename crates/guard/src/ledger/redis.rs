//! The ledger in Redis.

use super::{Answer, Found, Issued, Ledger, LedgerError, Parent, same};
use crate::binding::UsedProofs;
use crate::events::{Cutoff, Ended};
use crate::key::Thumbprint;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    AsyncCommands as _, Client, ConnectionInfo, ExistenceCheck, IntoConnectionInfo as _, SetExpiry,
    SetOptions,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use tokio::sync::OnceCell;

/// A ledger in Redis: for many machines, as durable as the server is set up to be. A lost connection is made anew.
pub struct RedisLedger {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    keep_seconds: u64,
}

/// An entry as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<(String, String)>,
}

impl RedisLedger {
    /// Connects (`redis://host:port`, `redis+unix:///path`). Entries stay for `keep_seconds` after their token has expired, then the server
    /// forgets them by itself.
    ///
    /// # Errors
    /// If the text is no address or the server does not answer.
    pub async fn connect(address: &str, keep_seconds: u64) -> Result<Self, LedgerError> {
        let client = Client::open(address).map_err(LedgerError::store)?;
        let connection = client.get_connection_manager().await.map_err(LedgerError::store)?;
        Ok(Self { client, connection: OnceCell::new_with(Some(connection)), keep_seconds })
    }

    /// The same without a look at the server: it is connected to when it is first asked. `redis://host:port/number` names the database.
    ///
    /// # Errors
    /// If the text is no address, or has a place for a password (before `@`, after `?`). Neither error says what the text was.
    pub fn open(address: &str, password: Option<&str>, keep_seconds: u64) -> Result<Self, LedgerError> {
        let wrong = |_| LedgerError::Address("redis://host:port or redis+unix:///path");
        if address.contains(['@', '?']) {
            return Err(LedgerError::Password);
        }
        let mut info: ConnectionInfo = address.into_connection_info().map_err(wrong)?;
        let settings = info.redis_settings();
        if let Some(password) = password {
            let settings = settings.clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        let client = Client::open(info).map_err(wrong)?;
        Ok(Self { client, connection: OnceCell::new(), keep_seconds })
    }

    /// The connection; it is made anew by itself.
    async fn connection(&self) -> Result<ConnectionManager, LedgerError> {
        let made = async {
            // Whoever asks has a limit of his own, and asks again.
            let settings = ConnectionManagerConfig::new().set_number_of_retries(0);
            self.client.get_connection_manager_lazy(settings).map_err(LedgerError::store)
        };
        self.connection.get_or_try_init(|| made).await.cloned()
    }

    async fn read(&self, issuer: &str, token_id: &str) -> Result<Option<Found>, LedgerError> {
        let text: Option<String> =
            self.connection().await?.get(name(issuer, token_id)).await.map_err(LedgerError::store)?;
        let Some(text) = text else { return Ok(None) };
        let stored: Stored = serde_json::from_str(&text).map_err(|_| LedgerError::Damaged)?;
        let fingerprint = stored.fingerprint.parse().map_err(|_| LedgerError::Damaged)?;
        let parent = stored.parent.map(|(issuer, token_id)| Parent { issuer, token_id });
        Ok(Some(Found { fingerprint, parent }))
    }
}

/// The key under which a token is stored: of one length, and free of what issuers may write.
fn name(issuer: &str, token_id: &str) -> String {
    let bytes = format!("{}:{issuer}{token_id}", issuer.len());
    format!("coredact:issued:{}", Thumbprint::of(bytes.as_bytes()))
}

impl Ledger for RedisLedger {
    fn record<'a>(&'a self, issued: &'a Issued) -> Answer<'a, ()> {
        Box::pin(async move {
            let parent = issued.parent.as_ref().map(|one| (one.issuer.clone(), one.token_id.clone()));
            let stored = Stored { fingerprint: issued.fingerprint().to_string(), parent };
            let text = serde_json::to_string(&stored).map_err(|_| LedgerError::Damaged)?;
            let until = issued.expires_at.saturating_add(self.keep_seconds);
            let options = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::EXAT(until));
            let set: redis::Value = self
                .connection()
                .await?
                .set_options(name(&issued.issuer, &issued.token_id), text, options)
                .await
                .map_err(LedgerError::store)?;
            if set == redis::Value::Nil {
                same(self.read(&issued.issuer, &issued.token_id).await?, issued)
            } else {
                Ok(())
            }
        })
    }

    fn find<'a>(&'a self, issuer: &'a str, token_id: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(self.read(issuer, token_id))
    }

    /// Does nothing: the server forgets entries `keep_seconds` after their token has expired.
    fn forget<'a>(&'a self, _: u64) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Ended for RedisLedger {
    fn end<'a>(&'a self, cutoffs: &'a [Cutoff]) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut connection = self.connection().await?;
            let mut new = false;
            for cutoff in cutoffs {
                let mut command = redis::cmd("EVAL");
                command
                    .arg(END)
                    .arg(1)
                    .arg(ended(cutoff.name))
                    .arg(cutoff.at)
                    .arg(cutoff.until.saturating_add(1));
                let written: i64 = command.query_async(&mut connection).await.map_err(LedgerError::store)?;
                new |= written != 0;
            }
            Ok(new)
        })
    }

    fn latest<'a>(&'a self, names: &'a [Thumbprint]) -> Answer<'a, Option<u64>> {
        Box::pin(async move {
            if names.is_empty() {
                return Ok(None);
            }
            let names: Vec<String> = names.iter().copied().map(ended).collect();
            let found: Vec<Option<u64>> =
                self.connection().await?.mget(names).await.map_err(LedgerError::store)?;
            Ok(found.into_iter().flatten().max())
        })
    }

    /// Does nothing: the server forgets each by itself.
    fn forget_ended<'a>(&'a self, _: u64) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// The key under which it is stored when somebody's tokens were ended.
fn ended(name: Thumbprint) -> String {
    format!("coredact:ended:{name}")
}

/// Writes a later moment in the place of an earlier one, in one step.
const END: &str = "local old = redis.call('GET', KEYS[1])
    if old and tonumber(old) >= tonumber(ARGV[1]) then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'EXAT', ARGV[2])
    return 1";

impl UsedProofs for RedisLedger {
    fn first_time<'a>(&'a self, proof: Thumbprint, until: u64, _now: u64) -> Answer<'a, bool> {
        Box::pin(async move {
            let options = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::EXAT(until));
            let name = format!("coredact:proof:{proof}");
            let set: redis::Value =
                self.connection().await?.set_options(name, 1, options).await.map_err(LedgerError::store)?;
            Ok(set != redis::Value::Nil)
        })
    }
}

impl fmt::Debug for RedisLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.write_str("RedisLedger")
    }
}
