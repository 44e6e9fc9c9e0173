//! The configuration: one TOML file.

mod events;
mod issuer;
mod ledger;
mod read;

pub(crate) use events::EventsTable;
pub(crate) use issuer::{IssuerTable, Keys};
pub(crate) use ledger::{LedgerTable, Store};
pub(crate) use read::{ConfigError, read};

use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

/// The whole file. Paths in it are relative to the folder that it lies in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where HTTP and gRPC are served.
    #[serde(default = "listen")]
    pub(crate) listen: SocketAddr,
    /// The origins that clients reach the protected services at: proofs of possession are for URLs under them.
    #[serde(default)]
    pub(crate) origins: BTreeSet<String>,
    /// Proxies whose word on a client's address is believed.
    #[serde(default = "loopback")]
    pub(crate) proxies: BTreeSet<IpAddr>,
    /// The header in which the proxy hands on the client's certificate; the proxy must overwrite what clients send.
    #[serde(default)]
    pub(crate) client_certificate_header: Option<String>,
    /// How often files are looked at.
    #[serde(default = "two")]
    pub(crate) watch_seconds: NonZeroU32,
    /// Longest that requests may take to end after a signal to stop.
    #[serde(default = "ten")]
    pub(crate) shutdown_seconds: NonZeroU32,
    /// A folder for what must outlive a restart: the number of the last signed list of revoked keys.
    #[serde(default)]
    pub(crate) state: Option<PathBuf>,
    /// Revoked keys.
    #[serde(default)]
    pub(crate) revocations: Option<RevocationsTable>,
    /// The ledger of issued tokens.
    #[serde(default)]
    pub(crate) ledger: Option<LedgerTable>,
    /// Security events.
    #[serde(default)]
    pub(crate) events: Option<EventsTable>,
    /// The log of decisions.
    #[serde(default)]
    pub(crate) log: LogTable,
    /// How many refused tokens a client may show.
    #[serde(default)]
    pub(crate) limit: LimitTable,
    /// How many connections, and how long each may take.
    #[serde(default)]
    pub(crate) connections: ConnectionsTable,
    /// Proofs of possession.
    #[serde(default)]
    pub(crate) dpop: DpopTable,
    /// When keys are old.
    #[serde(default)]
    pub(crate) audit: AuditTable,
    /// Groups of issuers that publish the same keys.
    #[serde(default)]
    pub(crate) share_keys: Vec<BTreeSet<String>>,
    /// Issuers.
    #[serde(default)]
    pub(crate) issuer: Vec<IssuerTable>,
    /// What parts of the protected services want more than an accepted token.
    #[serde(default)]
    pub(crate) route: Vec<RouteTable>,
}

/// `[revocations]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevocationsTable {
    /// The list.
    pub(crate) file: PathBuf,
    /// The public key (PEM) that must have signed it.
    #[serde(default)]
    pub(crate) public_key: Option<PathBuf>,
}

/// `[log]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogTable {
    /// The file that events are appended to; without it they go to standard output.
    #[serde(default)]
    pub(crate) file: Option<PathBuf>,
    /// Accept tokens while the log cannot be written.
    #[serde(default)]
    pub(crate) serve_unlogged: bool,
}

/// `[limit]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitTable {
    /// Refused tokens that a client may show in a minute; 0 for any number.
    #[serde(default = "refused_per_minute")]
    pub(crate) refused_per_minute: u32,
}

/// `[connections]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionsTable {
    /// Most connections at once; further ones wait until one ends.
    #[serde(default = "nine_hundred")]
    pub(crate) max: NonZeroU16,
    /// Longest that a client may take to send the head of a request, and that a connection may be idle.
    #[serde(default = "half_minute")]
    pub(crate) header_seconds: NonZeroU32,
    /// Longest that a request may take, with its body and its decision.
    #[serde(default = "ten")]
    pub(crate) request_seconds: NonZeroU32,
}

impl ConnectionsTable {
    /// Longest that the head of a request may take.
    pub(crate) fn header(&self) -> Duration {
        Duration::from_secs(self.header_seconds.get().into())
    }

    /// Longest that a request may take.
    pub(crate) fn request(&self) -> Duration {
        Duration::from_secs(self.request_seconds.get().into())
    }
}

/// `[dpop]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DpopTable {
    /// Want nonces of this server in proofs, each good for one to two spans of this many seconds.
    #[serde(default)]
    pub(crate) nonce_seconds: Option<NonZeroU32>,
    /// A file whose bytes, 32 or more, are the secret of the nonces, so that several instances take each other's.
    #[serde(default)]
    pub(crate) secret_file: Option<PathBuf>,
    /// Remember used proofs where the ledger is, for every instance, and not in this process alone.
    #[serde(default)]
    pub(crate) shared: bool,
}

/// `[audit]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditTable {
    /// Days after which a key should have been replaced.
    #[serde(default)]
    pub(crate) rotation_days: Option<u64>,
    /// Days before a certificate's end from which on it is reported.
    #[serde(default)]
    pub(crate) notice_days: Option<u64>,
}

/// `[[route]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTable {
    /// Where paths begin that it is for: `/admin` is for `/admin` and `/admin/users`, not for `/administration`.
    pub(crate) path: String,
    /// The scopes that a token must have, all of them.
    #[serde(default)]
    pub(crate) scopes: BTreeSet<String>,
    /// The audience that a token must be for.
    #[serde(default)]
    pub(crate) audience: Option<String>,
}

impl Default for LimitTable {
    fn default() -> Self {
        Self { refused_per_minute: refused_per_minute() }
    }
}

impl Default for ConnectionsTable {
    fn default() -> Self {
        Self { max: nine_hundred(), header_seconds: half_minute(), request_seconds: ten() }
    }
}

/// The port above the one that Envoy's examples use for authorization.
fn listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 9192).into()
}

fn loopback() -> BTreeSet<IpAddr> {
    [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into()
}

fn two() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1)
}

fn ten() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(9)
}

/// More than a proxy opens; fewer than the files that a process may open (1024 by default on Linux).
fn nine_hundred() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(899)
}

/// Longer than proxies keep an idle connection for, mostly; shorter than they wait for an answer.
fn half_minute() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(29)
}

/// A client with an old token asks a few times before it renews; somebody who tries tokens asks on.
fn refused_per_minute() -> u32 {
    120
}
