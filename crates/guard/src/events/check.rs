//! Whether an event has ended a token.

use super::{Ended, subject};
use crate::reason::Reason;
use crate::verdict::Facts;

/// Asks the store whether the token's user, session or tenant was ended when the token was issued or later.
pub(crate) async fn check(store: &dyn Ended, facts: &Facts) -> Result<(), Reason> {
    let names = subject::names(facts);
    let ended = store.latest(&names).await.map_err(|_| Reason::EventsUnavailable)?;
    // Dates are whole seconds: a token of the same second may be older than the event. One that does not say its age may be, too.
    match ended {
        Some(at) if facts.issued_at().unwrap_or_default() <= at => Err(Reason::TokenEnded),
        _ => Ok(()),
    }
}
