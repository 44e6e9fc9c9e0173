//! The ledger in PostgreSQL.

use super::{Answer, Found, Issued, Ledger, LedgerError, Parent, date, same};
use crate::binding::UsedProofs;
use crate::events::{Cutoff, Ended};
use crate::key::Thumbprint;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row};

/// A ledger in a PostgreSQL database: for many machines. A lost connection is made anew.
pub struct PostgresLedger {
    config: Config,
    client: Mutex<Option<Arc<Client>>>,
}

impl PostgresLedger {
    /// Connects (`host=... user=... dbname=...`) and makes the table if there is none. Over a local socket or a private network:
    /// the connection is not encrypted.
    ///
    /// # Errors
    /// If the text is no configuration or the server does not answer.
    pub async fn connect(config: &str) -> Result<Self, LedgerError> {
        let ledger = Self::of(config.parse().map_err(LedgerError::store)?);
        ledger.client().await?.batch_execute(SCHEMA).await.map_err(LedgerError::store)?;
        Ok(ledger)
    }

    /// The same without a look at the server: it is connected to when it is first asked, and the table is made when it is found missing.
    /// So a service can start before its ledger, and its role may be one that only reads.
    ///
    /// # Errors
    /// If the text is no configuration, or holds the password, or is a URL with a place for one (before `@`, after `?`). Neither error says what
    /// the text was.
    pub fn open(config: &str, password: Option<&str>) -> Result<Self, LedgerError> {
        let url = config.contains("://") && config.contains(['@', '?']);
        if url || config.to_ascii_lowercase().contains("password") {
            return Err(LedgerError::Password);
        }
        let mut config: Config =
            config.parse().map_err(|_| LedgerError::Address("host=... user=... dbname=..."))?;
        if config.get_password().is_some() {
            return Err(LedgerError::Password);
        }
        if let Some(password) = password {
            config.password(password);
        }
        Ok(Self::of(config))
    }

    fn of(config: Config) -> Self {
        Self { config, client: Mutex::new(None) }
    }

    /// The first row of what a statement gives. A table that is not there is made, and the statement tried once more.
    async fn first(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, LedgerError> {
        let client = self.client().await?;
        match client.query_opt(statement, parameters).await {
            Err(error) if is_without_table(&error) => {
                client.batch_execute(SCHEMA).await.map_err(LedgerError::store)?;
                client.query_opt(statement, parameters).await.map_err(LedgerError::store)
            }
            answer => answer.map_err(LedgerError::store),
        }
    }

    /// The connection, made anew if it was lost.
    async fn client(&self) -> Result<Arc<Client>, LedgerError> {
        let mut held = self.client.lock().await;
        if let Some(client) = held.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let (client, connection) = self.config.connect(NoTls).await.map_err(LedgerError::store)?;
        // Ends with the connection; whoever uses the client then is told.
        drop(tokio::spawn(connection));
        let client = Arc::new(client);
        *held = Some(Arc::clone(&client));
        Ok(client)
    }

    async fn read(&self, issuer: &str, token_id: &str) -> Result<Option<Found>, LedgerError> {
        let Some(row) = self.first(SELECT, &[&issuer, &token_id]).await? else { return Ok(None) };
        let damaged = |_| LedgerError::Damaged;
        let fingerprint: Vec<u8> = row.try_get(0).map_err(damaged)?;
        let issuer: Option<String> = row.try_get(1).map_err(damaged)?;
        let token_id: Option<String> = row.try_get(2).map_err(damaged)?;
        let parent = issuer.zip(token_id).map(|(issuer, token_id)| Parent { issuer, token_id });
        Ok(Some(Found { fingerprint: LedgerError::fingerprint(&fingerprint)?, parent }))
    }
}

impl Ledger for PostgresLedger {
    fn record<'a>(&'a self, issued: &'a Issued) -> Answer<'a, ()> {
        Box::pin(async move {
            let expires = i64::try_from(issued.expires_at).map_err(|_| LedgerError::Damaged)?;
            let (parent_issuer, parent_id) =
                issued.parent.as_ref().map(|one| (&one.issuer, &one.token_id)).unzip();
            let fingerprint = issued.fingerprint().as_bytes().to_vec();
            let values: [&(dyn ToSql + Sync); 6] =
                [&issued.issuer, &issued.token_id, &fingerprint, &expires, &parent_issuer, &parent_id];
            if self.first(INSERT, &values).await?.is_some() {
                return Ok(());
            }
            same(self.read(&issued.issuer, &issued.token_id).await?, issued)
        })
    }

    fn find<'a>(&'a self, issuer: &'a str, token_id: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(self.read(issuer, token_id))
    }

    fn forget<'a>(&'a self, expired_before: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            let before = date(expired_before);
            self.client().await?.execute(DELETE, &[&before]).await.map(|_| ()).map_err(LedgerError::store)
        })
    }
}

impl Ended for PostgresLedger {
    fn end<'a>(&'a self, cutoffs: &'a [Cutoff]) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut new = false;
            // Each by itself: what was written before an error is written again when the event is sent again.
            for cutoff in cutoffs {
                let name = cutoff.name.as_bytes().to_vec();
                let row = self.first(END, &[&name, &date(cutoff.at), &date(cutoff.until)]).await?;
                new |= row.is_some();
            }
            Ok(new)
        })
    }

    fn latest<'a>(&'a self, names: &'a [Thumbprint]) -> Answer<'a, Option<u64>> {
        Box::pin(async move {
            let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            let row = self.first(LATEST, &[&names]).await?.ok_or(LedgerError::Damaged)?;
            let latest: Option<i64> = row.try_get(0).map_err(|_| LedgerError::Damaged)?;
            latest.map(u64::try_from).transpose().map_err(|_| LedgerError::Damaged)
        })
    }

    fn forget_ended<'a>(&'a self, now: u64) -> Answer<'a, ()> {
        Box::pin(async move { self.first(FORGET_ENDED, &[&date(now)]).await.map(|_| ()) })
    }
}

impl UsedProofs for PostgresLedger {
    fn first_time<'a>(&'a self, proof: Thumbprint, until: u64, now: u64) -> Answer<'a, bool> {
        Box::pin(async move {
            self.first(FORGET_PROOFS, &[&date(now)]).await?;
            let row = self.first(USE_PROOF, &[&proof.as_bytes().to_vec(), &date(until)]).await?;
            Ok(row.is_some())
        })
    }
}

impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The configuration may hold a password.
        f.write_str("PostgresLedger")
    }
}

fn is_without_table(error: &Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_TABLE)
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS coredact_issued (
        issuer TEXT NOT NULL,
        token_id TEXT NOT NULL,
        fingerprint BYTEA NOT NULL,
        expires_at BIGINT NOT NULL,
        parent_issuer TEXT,
        parent_id TEXT,
        PRIMARY KEY (issuer, token_id)
    );
    CREATE INDEX IF NOT EXISTS coredact_issued_expires_at ON coredact_issued (expires_at);
    CREATE TABLE IF NOT EXISTS coredact_ended (
        name BYTEA NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        until BIGINT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS coredact_proofs (name BYTEA NOT NULL PRIMARY KEY, until BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS coredact_proofs_until ON coredact_proofs (until);
";

const INSERT: &str =
    "INSERT INTO coredact_issued VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING TRUE";

const SELECT: &str =
    "SELECT fingerprint, parent_issuer, parent_id FROM coredact_issued WHERE issuer = $1 AND token_id = $2";

const END: &str = "INSERT INTO coredact_ended AS old VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE
    SET at = excluded.at, until = greatest(old.until, excluded.until) WHERE excluded.at > old.at RETURNING TRUE";

const LATEST: &str = "SELECT max(at) FROM coredact_ended WHERE name = ANY($1)";

const FORGET_ENDED: &str =
    "WITH gone AS (DELETE FROM coredact_ended WHERE until < $1 RETURNING 1) SELECT count(*) FROM gone";

const USE_PROOF: &str = "INSERT INTO coredact_proofs VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING TRUE";

const FORGET_PROOFS: &str =
    "WITH gone AS (DELETE FROM coredact_proofs WHERE until < $1 RETURNING 1) SELECT count(*) FROM gone";

const DELETE: &str = "DELETE FROM coredact_issued WHERE expires_at < $1";
