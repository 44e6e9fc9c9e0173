//! The ledger in a file.

use super::{Answer, Found, Issued, Ledger, LedgerError, Parent, date, same};
use crate::binding::UsedProofs;
use crate::events::{Cutoff, Ended};
use crate::key::Thumbprint;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A ledger in an SQLite file: for one machine. Several processes may use the file.
pub struct SqliteLedger(Mutex<Connection>);

impl SqliteLedger {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If it cannot be opened or is no ledger.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = Connection::open(path).map_err(LedgerError::store)?;
        connection.busy_timeout(BUSY).map_err(LedgerError::store)?;
        connection.execute_batch(SCHEMA).map_err(LedgerError::store)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, issued: &Issued) -> Result<(), LedgerError> {
        let expires = i64::try_from(issued.expires_at).map_err(|_| LedgerError::Damaged)?;
        let (parent_issuer, parent_id) =
            issued.parent.as_ref().map(|one| (&one.issuer, &one.token_id)).unzip();
        let fingerprint = issued.fingerprint();
        let row = params![
            issued.issuer,
            issued.token_id,
            fingerprint.as_bytes(),
            expires,
            parent_issuer,
            parent_id
        ];
        let written = self.connection().prepare_cached(INSERT).and_then(|mut insert| insert.execute(row));
        if written.map_err(LedgerError::store)? == 1 {
            return Ok(());
        }
        same(self.read(&issued.issuer, &issued.token_id)?, issued)
    }

    fn read(&self, issuer: &str, token_id: &str) -> Result<Option<Found>, LedgerError> {
        let connection = self.connection();
        let mut select = connection.prepare_cached(SELECT).map_err(LedgerError::store)?;
        let row = select.query_row(params![issuer, token_id], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, Option<String>>(1)?,
                row.get::<_, Option<String>>(2)?,
            ))
        });
        let Some((fingerprint, issuer, token_id)) = row.optional().map_err(LedgerError::store)? else {
            return Ok(None);
        };
        let parent = issuer.zip(token_id).map(|(issuer, token_id)| Parent { issuer, token_id });
        Ok(Some(Found { fingerprint: LedgerError::fingerprint(&fingerprint)?, parent }))
    }
}

impl Ledger for SqliteLedger {
    fn record<'a>(&'a self, issued: &'a Issued) -> Answer<'a, ()> {
        Box::pin(async move { self.write(issued) })
    }

    fn find<'a>(&'a self, issuer: &'a str, token_id: &'a str) -> Answer<'a, Option<Found>> {
        Box::pin(async move { self.read(issuer, token_id) })
    }

    fn forget<'a>(&'a self, expired_before: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            let before = date(expired_before);
            let deleted =
                self.connection().execute("DELETE FROM issued WHERE expires_at < ?1", params![before]);
            deleted.map(|_| ()).map_err(LedgerError::store)
        })
    }
}

impl Ended for SqliteLedger {
    fn end<'a>(&'a self, cutoffs: &'a [Cutoff]) -> Answer<'a, bool> {
        Box::pin(async move {
            let mut connection = self.connection();
            let write = connection.transaction().map_err(LedgerError::store)?;
            let mut new = 0;
            for cutoff in cutoffs {
                let row = params![cutoff.name.as_bytes(), date(cutoff.at), date(cutoff.until)];
                new += write.execute(END, row).map_err(LedgerError::store)?;
            }
            write.commit().map_err(LedgerError::store)?;
            Ok(new > 0)
        })
    }

    fn latest<'a>(&'a self, names: &'a [Thumbprint]) -> Answer<'a, Option<u64>> {
        Box::pin(async move {
            let connection = self.connection();
            let mut select = connection.prepare_cached(LATEST).map_err(LedgerError::store)?;
            let mut latest = None;
            for name in names {
                let row = select.query_row(params![name.as_bytes()], |row| row.get::<_, i64>(0));
                let found = row.optional().map_err(LedgerError::store)?;
                let found = found.map(u64::try_from).transpose().map_err(|_| LedgerError::Damaged)?;
                latest = latest.max(found);
            }
            Ok(latest)
        })
    }

    fn forget_ended<'a>(&'a self, now: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            let deleted = self.connection().execute("DELETE FROM ended WHERE until < ?1", params![date(now)]);
            deleted.map(|_| ()).map_err(LedgerError::store)
        })
    }
}

impl UsedProofs for SqliteLedger {
    fn first_time<'a>(&'a self, proof: Thumbprint, until: u64, now: u64) -> Answer<'a, bool> {
        Box::pin(async move {
            let connection = self.connection();
            let old = connection.execute("DELETE FROM proofs WHERE until < ?1", params![date(now)]);
            old.map_err(LedgerError::store)?;
            let row = params![proof.as_bytes(), date(until)];
            let written =
                connection.execute("INSERT INTO proofs VALUES (?1, ?2) ON CONFLICT DO NOTHING", row);
            Ok(written.map_err(LedgerError::store)? == 1)
        })
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteLedger")
    }
}

/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS issued (
        issuer TEXT NOT NULL,
        token_id TEXT NOT NULL,
        fingerprint BLOB NOT NULL,
        expires_at INTEGER NOT NULL,
        parent_issuer TEXT,
        parent_id TEXT,
        PRIMARY KEY (issuer, token_id)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX IF NOT EXISTS issued_expires_at ON issued (expires_at);
    CREATE TABLE IF NOT EXISTS ended (
        name BLOB NOT NULL PRIMARY KEY,
        at INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE IF NOT EXISTS proofs (name BLOB NOT NULL PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID, STRICT;
    CREATE INDEX IF NOT EXISTS proofs_until ON proofs (until);
";

const INSERT: &str = "INSERT INTO issued VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

const END: &str = "INSERT INTO ended VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE
    SET at = excluded.at, until = max(until, excluded.until) WHERE excluded.at > at";

const LATEST: &str = "SELECT at FROM ended WHERE name = ?1";

const SELECT: &str =
    "SELECT fingerprint, parent_issuer, parent_id FROM issued WHERE issuer = ?1 AND token_id = ?2";
