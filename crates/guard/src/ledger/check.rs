//! Whether somebody issued a token.

use super::{Issued, Ledger, LedgerError};
use crate::reason::Reason;
use crate::verdict::Facts;

/// Asks the ledger for the token, and for those that it descends from.
pub(crate) async fn check(ledger: &dyn Ledger, facts: &Facts) -> Result<(), Reason> {
    let failed = |_: LedgerError| Reason::LedgerUnavailable;
    let issued = Issued::of(facts).ok_or(Reason::NotIssued)?;
    let found = ledger.find(&issued.issuer, &issued.token_id).await.map_err(failed)?;
    let found = found.ok_or(Reason::NotIssued)?;
    if found.fingerprint != issued.fingerprint() {
        return Err(Reason::IssuedOtherwise);
    }
    // A resource that renews forged tokens writes honest records of their children: the root decides.
    let mut parent = found.parent;
    for _ in 0..GENERATIONS_MAX {
        let Some(name) = parent else { return Ok(()) };
        let found = ledger.find(&name.issuer, &name.token_id).await.map_err(failed)?;
        parent = found.ok_or(Reason::ParentNotIssued)?.parent;
    }
    if parent.is_none() { Ok(()) } else { Err(Reason::ParentNotIssued) }
}

/// Most generations that are followed back.
const GENERATIONS_MAX: usize = 16;
