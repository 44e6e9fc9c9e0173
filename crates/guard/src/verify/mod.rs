//! The verification: one order for every token.

mod claims;
mod header;
mod key;
mod scope;
mod steps;
mod time;

pub(crate) use steps::{Refusal, Silent, Steps};

use crate::binding::{self, Dpop, Nonces, Replays};
use crate::controls::Controls;
use crate::reason::{Check, Reason};
use crate::revoke::Revocations;
use crate::time::Now;
use crate::token::Parts;
use crate::trust::Trust;
use crate::verdict::{Accepted, Bound, Facts, Refused, Verdict};
use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use std::sync::Arc;

/// A token, and what came with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The compact token, without `Bearer`.
    pub token: &'a str,
    /// The audience that is asked for, if the service has several; none: any audience of the issuer's record.
    pub audience: Option<&'a str>,
    /// The proof of possession, if one came, and the request that it must be for.
    pub dpop: Option<Dpop<'a>>,
    /// The client's certificate in DER, if the connection has one.
    pub client_certificate: Option<&'a [u8]>,
    /// It came under the scheme DPoP (`Authorization: DPoP`): it must be bound to a key and proven (RFC 9449, section 7.1).
    pub must_be_proven: bool,
}

impl<'a> Request<'a> {
    /// A token with nothing beside it.
    #[must_use]
    pub fn bearer(token: &'a str) -> Self {
        Self { token, ..Self::default() }
    }

    /// The audience that is asked for.
    #[must_use]
    pub fn audience(self, audience: &'a str) -> Self {
        Self { audience: Some(audience), ..self }
    }

    /// The proof of possession that came with it.
    #[must_use]
    pub fn dpop(self, dpop: Dpop<'a>) -> Self {
        Self { dpop: Some(dpop), ..self }
    }

    /// It came under the scheme DPoP.
    #[must_use]
    pub fn must_be_proven(self) -> Self {
        Self { must_be_proven: true, ..self }
    }

    /// The client's certificate, in DER.
    #[must_use]
    pub fn client_certificate(self, der: &'a [u8]) -> Self {
        Self { client_certificate: Some(der), ..self }
    }
}

/// Verifies tokens against issuers.
///
/// It reads no file, opens no connection and has no clock. Trust and the list of revoked keys may be replaced at any time
/// from any thread; a verification that has begun ends with what it began with.
#[derive(Debug)]
pub struct Verifier {
    trust: ArcSwap<Trust>,
    revocations: ArcSwap<Revocations>,
    controls: Controls,
    pub(crate) replays: Replays,
    pub(crate) nonces: Option<Nonces>,
}

impl Verifier {
    /// A verifier that does every check.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            trust: ArcSwap::from_pointee(trust),
            revocations: ArcSwap::default(),
            controls: Controls::all(),
            replays: Replays::default(),
            nonces: None,
        }
    }

    /// The same with checks turned off: for replaying an incident, never for a service.
    #[must_use]
    pub fn with_controls(self, controls: Controls) -> Self {
        Self { controls, ..self }
    }

    /// The same, with proofs of possession that must carry a nonce of this server.
    #[must_use]
    pub fn with_nonces(self, nonces: Nonces) -> Self {
        Self { nonces: Some(nonces), ..self }
    }

    /// The same, with another window of used proofs than the usual half a million.
    #[must_use]
    pub fn with_replays(self, replays: Replays) -> Self {
        Self { replays, ..self }
    }

    /// Which checks are done.
    #[must_use]
    pub fn controls(&self) -> Controls {
        self.controls
    }

    /// Who is trusted now.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        self.trust.load_full()
    }

    /// Trusts others from now on.
    pub fn replace_trust(&self, trust: Trust) {
        self.trust.store(Arc::new(trust));
    }

    /// Changes who is trusted, in one step: nothing that another thread replaced meanwhile is lost.
    ///
    /// # Errors
    /// What `change` returns; then nothing is changed.
    pub fn update_trust<E>(&self, mut change: impl FnMut(&Trust) -> Result<Trust, E>) -> Result<(), E> {
        loop {
            let before = self.trust.load();
            let after = Arc::new(change(&before)?);
            if Arc::ptr_eq(&self.trust.compare_and_swap(&*before, after), &before) {
                return Ok(());
            }
        }
    }

    /// The keys that are refused now.
    #[must_use]
    pub fn revocations(&self) -> Arc<Revocations> {
        self.revocations.load_full()
    }

    /// Refuses these keys from now on.
    pub fn replace_revocations(&self, revocations: Revocations) {
        self.revocations.store(Arc::new(revocations));
    }

    /// The fresh nonce to send to clients (`DPoP-Nonce`), if nonces are asked for.
    #[must_use]
    pub fn nonce(&self, now: Now) -> Option<String> {
        self.nonces.as_ref().map(|nonces| nonces.fresh(now))
    }

    /// Judges a token.
    pub fn verify(&self, request: &Request<'_>, now: Now) -> Verdict {
        self.judge(request, now, &mut Silent)
    }

    /// Judges a token and tells each step.
    pub(crate) fn judge(&self, request: &Request<'_>, now: Now, steps: &mut impl Steps) -> Verdict {
        let trust = self.trust.load();
        let revoked = self.revocations.load();
        let facts = Facts { controls_off: self.controls.off(), ..Facts::default() };
        let mut run =
            Run { verifier: self, trust: &trust, revoked: &revoked, now: now.0, facts, signed: false };
        match run.all(request, steps) {
            Ok((audience, bound)) => Verdict::Accepted(Accepted { facts: run.facts, audience, bound }),
            Err(refusal) => Verdict::Refused(Refused {
                reason: refusal.reason,
                detail: refusal.detail,
                facts: run.facts,
                signed: run.signed,
            }),
        }
    }
}

/// One verification.
struct Run<'v> {
    verifier: &'v Verifier,
    trust: &'v Trust,
    revoked: &'v Revocations,
    now: u64,
    facts: Facts,
    signed: bool,
}

impl Run<'_> {
    /// Every check, in the order of [`Check::ALL`]; the audience and the binding of what passes.
    fn all(&mut self, request: &Request<'_>, steps: &mut impl Steps) -> Result<Passed, Refusal> {
        let parts = Parts::split(request.token)?;
        let header = parts.header()?;
        let passed = self.with_header(&parts, &header, request, steps);
        self.facts.header = header;
        passed
    }

    fn with_header(
        &mut self,
        parts: &Parts<'_>,
        header: &Map<String, Value>,
        request: &Request<'_>,
        steps: &mut impl Steps,
    ) -> Result<Passed, Refusal> {
        self.facts.claims = parts.claims()?;
        let signature = parts.signature();
        let header = header::check(header)?;
        let signature = signature?;
        steps.passed(Check::Shape, || format!("{} bytes", request.token.len()));
        steps.passed(Check::Header, || {
            format!("{}, kid {}", header.algorithm, crate::explain::named(header.id))
        });

        let scope = scope::check(self.trust, &self.facts, &header, steps)?;
        let (entry, tenant) = (scope.entry, scope.tenant);
        self.facts.issuer = Some(Arc::clone(&entry.name));
        self.facts.profile = entry.issuer.profile;
        self.facts.tenant = tenant;
        self.admit(entry, header, parts.signed(), &signature, steps)?;

        time::check(&entry.issuer, &self.facts.claims, self.now, steps)?;
        let audience = claims::check(&entry.issuer, &self.facts, request.audience, steps)?;
        let bound = binding::check(self.verifier, &self.facts.claims, &audience.bindings, request, self.now)?;
        steps.passed(Check::Binding, || crate::explain::bound(bound));
        Ok((audience.name, bound))
    }
}

/// The audience and the binding of a token that passed.
type Passed = (String, Option<Bound>);

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: "".into() }
    }
}
