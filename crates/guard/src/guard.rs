//! A verifier with what belongs around it in a service: the ledger and the log.

use crate::binding::{self, UsedProofs};
use crate::events::{self, Ended};
use crate::ledger::{self, Ledger};
use crate::log::{Circumstances, Sink, event};
use crate::reason::Reason;
use crate::time::Now;
use crate::verdict::{Accepted, Bound, Refused, Verdict};
use crate::verify::{Request, Verifier};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Changes an event before it is written.
type Amend = dyn Fn(&mut Value, &Verdict) + Send + Sync;

/// Judges requests: the verifier first, then the security events and the ledger of issued tokens, if there are; then the decision is logged.
#[derive(Clone)]
pub struct Guard {
    verifier: Arc<Verifier>,
    ledger: Option<Arc<dyn Ledger>>,
    ended: Option<Arc<dyn Ended>>,
    proofs: Option<Arc<dyn UsedProofs>>,
    sink: Option<Arc<dyn Sink>>,
    amend: Option<Arc<Amend>>,
    #[cfg(feature = "https")]
    refresh: Option<Arc<dyn crate::source::Refresh>>,
    serve_unlogged: bool,
}

impl Guard {
    /// A guard without ledger and log.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            ledger: None,
            ended: None,
            proofs: None,
            sink: None,
            amend: None,
            #[cfg(feature = "https")]
            refresh: None,
            serve_unlogged: false,
        }
    }

    /// Refuses tokens that this ledger does not know.
    #[must_use]
    pub fn with_ledger(self, ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger: Some(ledger), ..self }
    }

    /// Refuses tokens that a security event has ended, as this store knows.
    #[must_use]
    pub fn with_ended(self, ended: Arc<dyn Ended>) -> Self {
        Self { ended: Some(ended), ..self }
    }

    /// Refuses a proof of possession that another instance has taken, as this store knows.
    #[must_use]
    pub fn with_used_proofs(self, proofs: Arc<dyn UsedProofs>) -> Self {
        Self { proofs: Some(proofs), ..self }
    }

    /// Has each event changed before it is written: members of the service's own, or names that it must not keep. It is told the verdict,
    /// and cannot change it.
    #[must_use]
    pub fn amend_log(self, amend: impl Fn(&mut Value, &Verdict) + Send + Sync + 'static) -> Self {
        Self { amend: Some(Arc::new(amend)), ..self }
    }

    /// Writes each decision here. A token whose acceptance cannot be written is refused, unless [`Self::serve_unlogged`].
    #[must_use]
    pub fn with_log(self, sink: Arc<dyn Sink>) -> Self {
        Self { sink: Some(sink), ..self }
    }

    /// Has an issuer's keys fetched when a token names one that is not there, and judges the token once more.
    #[cfg(feature = "https")]
    #[must_use]
    pub fn with_refresh(self, refresh: Arc<dyn crate::source::Refresh>) -> Self {
        Self { refresh: Some(refresh), ..self }
    }

    /// Serves on while the log cannot be written.
    #[must_use]
    pub fn serve_unlogged(self) -> Self {
        Self { serve_unlogged: true, ..self }
    }

    /// The verifier.
    #[must_use]
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Judges a request and logs the decision.
    pub async fn decide(
        &self,
        request: &Request<'_>,
        circumstances: &Circumstances<'_>,
        now: Now,
    ) -> Verdict {
        let verdict = self.judge(request, now).await;
        let Some(sink) = &self.sink else { return verdict };
        let mut event = event(request.token, &verdict, circumstances, now);
        if let Some(amend) = &self.amend {
            amend(&mut event, &verdict);
        }
        let written = sink.write(&event).is_ok();
        match verdict {
            Verdict::Accepted(accepted) if !written && !self.serve_unlogged => {
                refuse(accepted, Reason::LogUnavailable)
            }
            verdict => verdict,
        }
    }

    async fn judge(&self, request: &Request<'_>, now: Now) -> Verdict {
        let mut verdict = self.verify(request, now).await;
        if let (Some(proofs), Verdict::Accepted(accepted)) = (&self.proofs, &verdict)
            && let (Some(Bound::Key(key)), Some(proof)) = (accepted.bound, &request.dpop)
            && let Err(reason) = binding::first_time(proofs.as_ref(), key, proof.proof, now.0).await
        {
            verdict = refuse(accepted.clone(), reason);
        }
        if let (Some(ended), Verdict::Accepted(accepted)) = (&self.ended, &verdict)
            && let Err(reason) = events::check(ended.as_ref(), &accepted.facts).await
        {
            verdict = refuse(accepted.clone(), reason);
        }
        let asks = self.verifier.controls().asks_ledger();
        let Some(ledger) = self.ledger.as_ref().filter(|_| asks) else { return verdict };
        let Verdict::Accepted(accepted) = verdict else { return verdict };
        match ledger::check(ledger.as_ref(), &accepted.facts).await {
            Ok(()) => Verdict::Accepted(accepted),
            Err(reason) => refuse(accepted, reason),
        }
    }

    #[cfg(feature = "https")]
    async fn verify(&self, request: &Request<'_>, now: Now) -> Verdict {
        let before = self.verifier.trust();
        let verdict = self.verifier.verify(request, now);
        let unknown = matches!(verdict.reason(), Some(Reason::KeyUnknown | Reason::KeysStale));
        let Some(refresh) = self.refresh.as_ref().filter(|_| unknown) else { return verdict };
        let Some(issuer) = verdict.facts().issuer() else { return verdict };
        // A fetch for somebody else may have ended just before this one was asked for.
        let changed = |before: &Arc<_>| !Arc::ptr_eq(before, &self.verifier.trust());
        if refresh.refresh(issuer).await || changed(&before) {
            self.verifier.verify(request, now)
        } else {
            verdict
        }
    }

    #[cfg(not(feature = "https"))]
    #[expect(clippy::unused_async, reason = "with https it fetches keys")]
    async fn verify(&self, request: &Request<'_>, now: Now) -> Verdict {
        self.verifier.verify(request, now)
    }
}

fn refuse(accepted: Accepted, reason: Reason) -> Verdict {
    Verdict::Refused(Refused { reason, detail: "".into(), facts: accepted.facts, signed: true })
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
