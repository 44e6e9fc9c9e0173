//! Proofs that were used, remembered until they are too old to be used again.

use crate::key::Thumbprint;
use crate::ledger::Answer;
use crate::reason::Reason;
use crate::token::Parts;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A window of used proofs. It is this process's own: of several instances each takes a proof once, unless they share
/// [`UsedProofs`].
pub struct Replays {
    window: Mutex<Window>,
    entries_max: usize,
}

#[derive(Default)]
struct Window {
    used: BTreeSet<Thumbprint>,
    by_end: BTreeSet<(u64, Thumbprint)>,
}

impl Replays {
    /// Remembers at most this many proofs at once; while it is full, proofs are refused.
    #[must_use]
    pub fn new(entries_max: usize) -> Self {
        Self { window: Mutex::default(), entries_max }
    }

    /// Remembers a proof until a moment; refuses one that is remembered.
    pub(crate) fn first_time(&self, proof: &[u8], until: u64, now: u64) -> Result<(), Reason> {
        let name = Thumbprint::of(proof);
        // A thread that panicked here left whole entries behind, or one in `used` alone, which refuses more, not less.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((end, old)) = window.by_end.first().copied().filter(|(end, _)| *end < now) {
            window.by_end.remove(&(end, old));
            window.used.remove(&old);
        }
        if window.used.contains(&name) {
            return Err(Reason::ProofReplayed);
        }
        if window.used.len() >= self.entries_max {
            return Err(Reason::ReplayWindowFull);
        }
        window.used.insert(name);
        window.by_end.insert((until, name));
        Ok(())
    }
}

/// Remembers used proofs for several instances of a service.
pub trait UsedProofs: Send + Sync {
    /// Remembers a proof until a moment; false if it was remembered already. What is older than `now`, in seconds since 1970, may be forgotten.
    fn first_time<'a>(&'a self, proof: Thumbprint, until: u64, now: u64) -> Answer<'a, bool>;
}

/// Refuses a proof that another instance has taken. It was accepted here: it is well formed and by this key.
pub(crate) async fn first_time(
    used: &dyn UsedProofs,
    key: Thumbprint,
    proof: &str,
    now: u64,
) -> Result<(), Reason> {
    let malformed = |_| Reason::ProofMalformed;
    let claims = Parts::split(proof).and_then(|parts| parts.claims()).map_err(malformed)?;
    let id = claims.get("jti").and_then(Value::as_str).ok_or(Reason::ProofMalformed)?;
    let name = Thumbprint::of(&[key.as_bytes().as_slice(), id.as_bytes()].concat());
    let until = now.saturating_add(KEPT_SECONDS);
    match used.first_time(name, until, now).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Reason::ProofReplayed),
        Err(_) => Err(Reason::ProofsUnavailable),
    }
}

/// Longer than any proof is taken for, in seconds, on machines whose clocks differ by minutes.
const KEPT_SECONDS: u64 = 600;

impl Default for Replays {
    /// Room for half a million proofs, about 60 MB: more than 4,000 requests a second for the two minutes that a proof is good for.
    fn default() -> Self {
        Self::new(500_000)
    }
}

impl fmt::Debug for Replays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replays").field("entries_max", &self.entries_max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_once_and_forgotten_when_it_is_too_old() {
        let replays = Replays::new(2);
        assert_eq!(replays.first_time(b"a", 120, 0), Ok(()));
        assert_eq!(replays.first_time(b"a", 120, 120), Err(Reason::ProofReplayed));
        assert_eq!(replays.first_time(b"b", 130, 120), Ok(()));
        assert_eq!(replays.first_time(b"c", 140, 120), Err(Reason::ReplayWindowFull));
        assert_eq!(replays.first_time(b"c", 140, 121), Ok(()));
        assert_eq!(replays.first_time(b"b", 130, 121), Err(Reason::ProofReplayed));
    }
}
