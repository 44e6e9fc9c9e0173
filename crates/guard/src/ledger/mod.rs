//! The ledger of issued tokens: a token that nobody issued is refused, though its signature is right.
//!
//! Whoever issues writes each token's id with a fingerprint of its claims; whoever verifies looks it up. A forger who has the
//! signing key cannot write there.

mod check;
mod entry;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(crate) use check::check;
pub use entry::{Issued, Parent};
#[cfg(feature = "postgres")]
pub use postgres::PostgresLedger;
#[cfg(feature = "redis")]
pub use redis::RedisLedger;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;

use crate::key::Thumbprint;
use std::pin::Pin;

/// What a ledger answers, in time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// Remembers issued tokens.
pub trait Ledger: Send + Sync {
    /// Writes that a token was issued. Writing the same again changes nothing.
    fn record<'a>(&'a self, issued: &'a Issued) -> Answer<'a, ()>;

    /// What was written of the token of this issuer and id.
    fn find<'a>(&'a self, issuer: &'a str, token_id: &'a str) -> Answer<'a, Option<Found>>;

    /// Forgets tokens that expired before this moment, in seconds since 1970.
    fn forget<'a>(&'a self, expired_before: u64) -> Answer<'a, ()>;
}

/// What a ledger holds of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Of its claims: [`Issued::fingerprint`].
    pub fingerprint: Thumbprint,
    /// The token that it was issued for, if it descends from one.
    pub parent: Option<Parent>,
}

/// Why a ledger did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A token of this id was written with other claims.
    #[error("record a token: one of the same issuer and id was issued with other claims: {0:?}")]
    Conflict(String),
    /// The store failed.
    #[error("ask the ledger of issued tokens")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address holds the password, or has a place where one may stand: before `@`, after `?`.
    #[error(
        "use a ledger's address with a user, a password or options in it (@, ?); keep the password apart from it"
    )]
    Password,
    /// No address; how one looks.
    #[error("understand where the ledger is; it looks like {0}")]
    Address(&'static str),
    /// It took too long.
    #[error("ask the ledger of issued tokens: it did not answer in time")]
    Late,
    /// What the store holds is damaged.
    #[error("read an entry of the ledger: it is damaged")]
    Damaged,
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
impl LedgerError {
    fn store(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(error))
    }

    /// A fingerprint as the store returned it.
    fn fingerprint(bytes: &[u8]) -> Result<Thumbprint, Self> {
        bytes.try_into().map(Thumbprint::from_bytes).map_err(|_| Self::Damaged)
    }
}

/// A date as databases hold it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn date(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// What follows from finding an entry, or none, where a token was to be recorded.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
fn same(found: Option<Found>, issued: &Issued) -> Result<(), LedgerError> {
    match found {
        Some(found) if found.fingerprint == issued.fingerprint() && found.parent == issued.parent => Ok(()),
        _ => Err(LedgerError::Conflict(issued.token_id.clone())),
    }
}
