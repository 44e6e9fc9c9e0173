//! Which key signed it: one of the issuer's own, not revoked, for this tenant, in its time.

use super::header::Header;
use super::{Refusal, Run, Steps};
use crate::issuer::{Issuer, PastCertificate};
use crate::key::Key;
use crate::reason::{Check, Reason};
use crate::time::{rfc3339, seconds};
use crate::trust::Entry;
use crate::verdict::{KeyFacts, shown};
use std::sync::Arc;

/// A key that may have signed, and whose it is.
type Candidate<'t> = (&'t Arc<Key>, &'t Arc<str>);

impl Run<'_> {
    /// Finds the key that signed, among those that the token's issuer may use.
    pub(super) fn admit(
        &mut self,
        entry: &Entry,
        header: Header<'_>,
        message: &[u8],
        signature: &[u8],
        steps: &mut impl Steps,
    ) -> Result<(), Refusal> {
        let trust = self.trust;
        if !entry.is_usable(self.now) {
            return Err(Reason::KeysStale.into());
        }
        let mut first: Option<(Candidate<'_>, Refusal)> = None;
        let mut tried = false;
        let own = entry.candidates(header.id).map(|key| (key, &entry.name));
        let pooled = !self.verifier.controls().scope();
        let others = trust.others(entry).filter(|_| pooled);
        let others = others.flat_map(|other| other.candidates(header.id).map(|key| (key, &other.name)));
        for candidate in own.chain(others) {
            let (key, _) = candidate;
            if let Err(refusal) = self.allows(&entry.issuer, key, header) {
                // Of several keys of one name the one that did sign is worth naming.
                let signs = key.accepts(header.algorithm, message, signature);
                if signs {
                    self.signed = true;
                    return Err(self.because(candidate, refusal));
                }
                first.get_or_insert((candidate, refusal));
            } else if key.accepts(header.algorithm, message, signature) {
                self.take(entry, candidate, header, steps);
                return Ok(());
            } else {
                tried = true;
            }
        }
        Err(self.nobody(entry, header, message, signature, first, tried))
    }

    /// Notes the key that signed.
    fn take(
        &mut self,
        entry: &Entry,
        (key, owner): Candidate<'_>,
        header: Header<'_>,
        steps: &mut impl Steps,
    ) {
        self.signed = true;
        self.facts.key = Some(KeyFacts { key: Arc::clone(key), owner: Arc::clone(owner) });
        if self.is_past(key) && entry.issuer.past_certificate == PastCertificate::Note {
            self.facts.notes.push("key-past-certificate");
        }
        steps.passed(Check::Key, || format!("{} of {owner}", key.thumbprint()));
        steps.passed(Check::Revocation, || format!("not among {}", self.revoked.len()));
        steps.passed(Check::Scope, || crate::explain::key_scope(key, owner, &entry.name));
        steps.passed(Check::Lifetime, || {
            key.lifetime()
                .not_after
                .map_or_else(|| "no stated end".to_owned(), |end| format!("until {}", rfc3339(end)))
        });
        steps.passed(Check::Signature, || header.algorithm.name().to_owned());
    }

    /// Names the key that a refusal is about.
    fn because(&mut self, (key, owner): Candidate<'_>, refusal: Refusal) -> Refusal {
        self.facts.key = Some(KeyFacts { key: Arc::clone(key), owner: Arc::clone(owner) });
        refusal
    }

    /// Says why no key would do.
    fn nobody(
        &mut self,
        entry: &Entry,
        header: Header<'_>,
        message: &[u8],
        signature: &[u8],
        first: Option<(Candidate<'_>, Refusal)>,
        tried: bool,
    ) -> Refusal {
        let id = header.id;
        if let Some((key, owner)) = self.trust.foreign_signer(entry, id, header.algorithm, message, signature)
        {
            self.signed = true;
            let detail = format!("{} of {owner}", key.thumbprint());
            let reason = if self.revoked.get(&key).is_some() {
                Reason::KeyRevoked
            } else {
                Reason::KeyOfAnotherIssuer
            };
            self.facts.key = Some(KeyFacts { key, owner });
            return Refusal::about(reason, detail);
        }
        match first {
            Some((candidate, refusal)) if !tried => self.because(candidate, refusal),
            _ if tried => Reason::SignatureWrong.into(),
            _ => Refusal::about(
                Reason::KeyUnknown,
                id.map_or_else(|| "it names none, and the issuer has none".into(), shown),
            ),
        }
    }

    /// Whether this key may sign this token, but for the signature itself.
    fn allows(&self, issuer: &Issuer, key: &Key, header: Header<'_>) -> Result<(), Refusal> {
        if let Some(revocation) = self.revoked.get(key) {
            return Err(Refusal::about(Reason::KeyRevoked, revocation.why.clone()));
        }
        if key.withdrawn {
            return Err(Refusal::about(Reason::KeyRevoked, "its publisher marks it as revoked"));
        }
        if !key.is_for(header.algorithm) {
            return Err(Refusal::about(Reason::AlgorithmNotForKey, header.algorithm.name()));
        }
        let scoped = self.verifier.controls().scope();
        if scoped && key.tenant.is_some() && key.tenant != self.facts.tenant {
            return Err(Reason::KeyTenantWrong.into());
        }
        self.in_its_time(issuer, key)
    }

    /// Whether the key was in use when the token says it was issued, and has not passed its end since.
    fn in_its_time(&self, issuer: &Issuer, key: &Key) -> Result<(), Refusal> {
        let issued = self.facts.claims.get("iat").and_then(seconds).unwrap_or(self.now);
        let skew = issuer.skew_seconds;
        let lifetime = key.lifetime();
        if lifetime.not_before.is_some_and(|start| issued.saturating_add(skew) < start) {
            return Err(Reason::KeyNotYetValid.into());
        }
        let enforced =
            issuer.past_certificate == PastCertificate::Refuse && self.verifier.controls().certificate();
        if enforced && self.is_past(key) {
            return Err(Refusal::about(
                Reason::KeyExpired,
                lifetime.not_after.map(rfc3339).unwrap_or_default(),
            ));
        }
        let Some(published) = key.published() else { return Ok(()) };
        if issued.saturating_add(skew) < published.from {
            return Err(Reason::KeyNotYetValid.into());
        }
        match published.to {
            Some(end) if issued > end.saturating_add(skew) => {
                Err(Refusal::about(Reason::KeyRetired, format!("last published {}", rfc3339(end))))
            }
            _ => Ok(()),
        }
    }

    /// True if the key's certificate or stated end has passed.
    fn is_past(&self, key: &Key) -> bool {
        key.lifetime().not_after.is_some_and(|end| self.now > end)
    }
}
