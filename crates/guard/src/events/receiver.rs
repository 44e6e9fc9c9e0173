//! Reads the tokens that carry events, and says what they end.

use super::Cutoff;
use super::subject::{Mark, Role, name, sets};
use crate::reason::{Check, Reason};
use crate::time::{Now, seconds};
use crate::trust::Trust;
use crate::verdict::{Accepted, Verdict};
use crate::verify::{Request, Verifier};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Takes events from those who are trusted to send them, each for its own issuers' tokens.
#[derive(Clone, Debug)]
pub struct Receiver {
    verifier: Arc<Verifier>,
    issuers: BTreeMap<String, BTreeSet<String>>,
}

/// An event that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Who sent it.
    pub transmitter: String,
    /// Its id (`jti`).
    pub id: String,
    /// What it tells, by the last part of each event's name: `session-revoked`.
    pub kinds: Vec<String>,
    /// What it ends; nothing, if it tells of something else.
    pub cutoffs: Vec<Cutoff>,
}

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take the event: {reason}{}{detail}", if detail.is_empty() { "" } else { ": " })]
pub struct EventFault {
    /// The error code of RFC 8935, section 2.4: `invalid_request`, `invalid_key`, `invalid_issuer`, `invalid_audience` or
    /// `authentication_failed`.
    pub code: &'static str,
    /// Stable name of what was wrong: of [`Reason`], or one that begins with `event-`.
    pub reason: &'static str,
    /// What it was about, for people; may be empty.
    pub detail: String,
    /// True if the fault is ours, and the event may be sent again.
    pub ours: bool,
    /// The transmitter, if it names one that is known.
    pub transmitter: Option<String>,
}

impl EventFault {
    /// What was sent is no event.
    #[must_use]
    pub fn request(reason: &'static str) -> Self {
        fault("invalid_request", reason)
    }
}

impl Receiver {
    /// Takes events that this verifier accepts. Its issuers are transmitters, with the profile [`crate::Profile::SecurityEvent`]; it
    /// must not be the one that judges tokens.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self { verifier, issuers: BTreeMap::new() }
    }

    /// Lets a transmitter end the tokens of these issuers, by the names of their records, and of no other.
    #[must_use]
    pub fn speaks_for<'a>(mut self, transmitter: &str, issuers: impl IntoIterator<Item = &'a str>) -> Self {
        let own = self.issuers.entry(transmitter.to_owned()).or_default();
        own.extend(issuers.into_iter().map(str::to_owned));
        self
    }

    /// The verifier of events.
    #[must_use]
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Reads an event (a SET of RFC 8417). `tokens` judges tokens: it says which issuers there are, which keys are theirs and which are revoked.
    ///
    /// # Errors
    /// If it is not by a transmitter, for somebody else, malformed, about somebody else's users, from the future, or so old that no token
    /// of that time is left.
    pub fn receive(&self, set: &str, tokens: &Verifier, now: Now) -> Result<Received, EventFault> {
        let accepted = match self.verifier.verify(&Request::bearer(set), now) {
            Verdict::Accepted(accepted) => accepted,
            Verdict::Refused(refused) => {
                let transmitter = refused.facts.issuer().map(str::to_owned);
                let keyless = |name: &str| self.verifier.trust().keys_of(name).next().is_none();
                let keyless = transmitter.as_deref().is_some_and(keyless);
                let fault = of_reason(refused.reason, &refused.detail);
                return Err(EventFault { transmitter, ours: fault.ours || keyless, ..fault });
            }
        };
        let (trust, facts) = (tokens.trust(), &accepted.facts);
        let key = facts.key().ok_or_else(|| fault("invalid_key", "event-without-key"))?.key();
        let of_tokens = |name: &str| trust.keys_of(name).any(|own| own.thumbprint() == key.thumbprint());
        if trust.issuers().any(|issuer| of_tokens(issuer.name())) {
            return Err(fault("invalid_key", "event-by-key-of-tokens"));
        }
        if tokens.revocations().get(key).is_some() {
            return Err(of_reason(Reason::KeyRevoked, ""));
        }
        self.read(&accepted, &trust, now.0)
    }

    fn read(&self, accepted: &Accepted, trust: &Trust, now: u64) -> Result<Received, EventFault> {
        let claims = accepted.facts.claims();
        let transmitter = accepted.facts.issuer().unwrap_or_default().to_owned();
        let malformed = || fault("invalid_request", "event-malformed");
        let events = claims.get("events").and_then(Value::as_object).ok_or_else(malformed)?;
        if events.is_empty() || events.len() > EVENTS_MAX {
            return Err(malformed());
        }
        let mut cutoffs = Vec::new();
        for (uri, payload) in events {
            let payload = payload.as_object().ok_or_else(malformed)?;
            let Some(sessions) = ends_tokens(uri) else { continue };
            let at = moment(payload, claims).ok_or_else(malformed)?;
            if at > now.saturating_add(AHEAD_SECONDS_MAX) {
                return Err(fault("invalid_request", "event-in-future"));
            }
            let subject = claims.get("sub_id").or_else(|| payload.get("subject"));
            let sets = subject.and_then(Value::as_object).and_then(|one| sets(one, Role::Any { sessions }));
            let sets = sets.ok_or_else(|| fault("invalid_request", "event-subject-unknown"))?;
            cutoffs.extend(self.cutoffs(&transmitter, &sets, at, trust)?);
        }
        let old = !cutoffs.is_empty() && cutoffs.iter().all(|cutoff: &Cutoff| cutoff.until < now);
        if old {
            return Err(fault("invalid_request", "event-too-old"));
        }
        let kind = |uri: &String| crate::verdict::shown(uri.rsplit('/').next().unwrap_or_default());
        let id = accepted.facts.token_id().unwrap_or_default().to_owned();
        Ok(Received { transmitter, id, kinds: events.keys().map(kind).collect(), cutoffs })
    }

    /// The names of what is ended, within each issuer that the transmitter speaks for.
    fn cutoffs(
        &self,
        transmitter: &str,
        sets: &[Vec<Mark>],
        at: u64,
        trust: &Trust,
    ) -> Result<Vec<Cutoff>, EventFault> {
        let allowed = self.issuers.get(transmitter);
        let mut cutoffs = Vec::new();
        for marks in sets {
            let named = marks.iter().find_map(|mark| match mark {
                Mark::IssuerSubject(issuer, _) => Some(issuer.as_str()),
                _ => None,
            });
            let of_named =
                named.map(|name| trust.find(Some(name), None).map(|found| found.entry.name.to_string()));
            let before = cutoffs.len();
            for issuer in trust.issuers() {
                let is_meant = of_named.as_ref().is_none_or(|name| name.as_deref() == Some(issuer.name()));
                if is_meant && allowed.is_some_and(|own| own.contains(issuer.name())) {
                    let life = issuer.lifetime_seconds_max.saturating_add(issuer.skew_seconds);
                    cutoffs.push(Cutoff {
                        name: name(issuer.name(), marks),
                        at,
                        until: at.saturating_add(life),
                    });
                }
            }
            if cutoffs.len() == before {
                return Err(fault("invalid_request", "event-of-another-issuer"));
            }
        }
        Ok(cutoffs)
    }
}

/// Whether an event ends tokens, and if so whether it is about sessions (CAEP 1.0, sections 3.1 and 3.3; RISC 1.0, section 2).
fn ends_tokens(uri: &str) -> Option<bool> {
    let kind = uri.strip_prefix("https://schemas.openid.net/secevent/")?;
    match kind {
        "caep/event-type/session-revoked" | "risc/event-type/sessions-revoked" => Some(true),
        "caep/event-type/credential-change"
        | "risc/event-type/account-credential-change-required"
        | "risc/event-type/account-disabled"
        | "risc/event-type/account-purged"
        | "risc/event-type/credential-compromise" => Some(false),
        _ => None,
    }
}

/// When it happened: `event_timestamp` (CAEP), `toe` (RFC 8417, section 2.2), else when it was issued.
fn moment(payload: &Map<String, Value>, claims: &Map<String, Value>) -> Option<u64> {
    let told = payload.get("event_timestamp").or_else(|| claims.get("toe")).or_else(|| claims.get("iat"))?;
    // Drafts of CAEP counted milliseconds; in seconds this would be the year 5138.
    let milliseconds = told.as_u64().filter(|time| *time >= MILLISECONDS_MIN);
    milliseconds.map(|time| time.div_euclid(1000)).or_else(|| seconds(told))
}

fn of_reason(reason: Reason, detail: &str) -> EventFault {
    let code = match (reason.check(), reason) {
        (
            _,
            Reason::Unsigned | Reason::AlgorithmNone | Reason::AlgorithmSymmetric | Reason::SignatureWrong,
        ) => "authentication_failed",
        (_, Reason::IssuerMissing | Reason::IssuerMalformed | Reason::IssuerUnknown) => "invalid_issuer",
        (_, Reason::AudienceWrong) => "invalid_audience",
        (Check::Key | Check::Revocation | Check::Scope | Check::Lifetime, _) => "invalid_key",
        _ => "invalid_request",
    };
    EventFault { detail: detail.to_owned(), ours: reason == Reason::KeysStale, ..fault(code, reason.name()) }
}

fn fault(code: &'static str, reason: &'static str) -> EventFault {
    EventFault { code, reason, detail: String::new(), ours: false, transmitter: None }
}

/// Most events in one token; the Shared Signals Framework wants one.
const EVENTS_MAX: usize = 16;
/// How far an event may be from the future, in seconds: one that is further would end tokens that are yet to be issued.
const AHEAD_SECONDS_MAX: u64 = 60;
/// A moment from which on a number must mean milliseconds.
const MILLISECONDS_MIN: u64 = 100_000_000_000;
