//! Security events: an issuer tells that a session has ended, a credential has changed, or an account is disabled, and tokens of
//! before are refused from then on (OpenID Shared Signals: SET of RFC 8417, CAEP, RISC).
//!
//! Whoever sends events is trusted for events alone. [`Receiver`] holds a verifier of its own, so that no key for events ever
//! signs a token, and refuses events by a key that signs tokens.

mod check;
mod receiver;
mod subject;

pub(crate) use check::check;
pub use receiver::{EventFault, Received, Receiver};

use crate::key::Thumbprint;
use crate::ledger::Answer;

/// Remembers whose tokens were ended, and when.
///
/// What is ended has a name: the hash of an issuer with a user, a session or a tenant of it, or of several of these.
pub trait Ended: Send + Sync {
    /// Writes what was ended; false if all of it, or more, was known. A later moment is never replaced by an earlier one.
    fn end<'a>(&'a self, cutoffs: &'a [Cutoff]) -> Answer<'a, bool>;

    /// The latest moment at which any of these was ended, in seconds since 1970.
    fn latest<'a>(&'a self, names: &'a [Thumbprint]) -> Answer<'a, Option<u64>>;

    /// Forgets what has no token left at this moment, in seconds since 1970.
    fn forget_ended<'a>(&'a self, now: u64) -> Answer<'a, ()>;
}

/// Tokens that were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// Whose.
    pub name: Thumbprint,
    /// Those that were issued at this moment or before it, in seconds since 1970.
    pub at: u64,
    /// When the last of them has expired.
    pub until: u64,
}

/// Type of an event's token (RFC 8417, section 2.3), without `application/`.
pub(crate) const EVENT_TYPE: &str = "secevent+jwt";
