//! What is counted, for Prometheus.

use crate::service::Service;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Every number.
pub(crate) struct Metrics {
    registry: Registry,
    decisions: Family<Decision, Counter>,
    seconds: Histogram,
    limited: Counter,
    fetches_failed: Family<OfIssuer, Counter>,
    unlogged: Counter,
    reloads: Family<Reload, Counter>,
    events: Family<OfEvent, Counter>,
    keys: Family<OfIssuer, Gauge>,
    revoked: Gauge,
}

/// The issuer is one of the configuration's or empty: strangers cannot make labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decision {
    reason: &'static str,
    issuer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfIssuer {
    issuer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEvent {
    outcome: &'static str,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("coredact_guard");
        let new = Self {
            decisions: Family::default(),
            seconds: Histogram::new(SECONDS),
            limited: Counter::default(),
            fetches_failed: Family::default(),
            unlogged: Counter::default(),
            reloads: Family::default(),
            events: Family::default(),
            keys: Family::default(),
            revoked: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("decisions", "Decisions by reason; accepted is one", new.decisions.clone());
        registry.register("decision_seconds", "Time that decisions took", new.seconds.clone());
        registry.register("limited", "Requests of clients that have to wait", new.limited.clone());
        registry.register("key_fetch_failures", "Fetches of keys that failed", new.fetches_failed.clone());
        registry.register("unlogged", "Decisions that could not be logged", new.unlogged.clone());
        registry.register("reloads", "Configurations that were read again", new.reloads.clone());
        registry.register("events", "Security events by what became of them", new.events.clone());
        registry.register("keys", "Keys that are taken now", new.keys.clone());
        registry.register("revoked_keys", "Keys on the list of revoked keys", new.revoked.clone());
        Self { registry, ..new }
    }

    /// Notes a decision.
    pub(crate) fn decided(&self, reason: &'static str, issuer: Option<&str>, took: Duration) {
        let labels = Decision { reason, issuer: issuer.unwrap_or_default().to_owned() };
        self.decisions.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// Notes a request of a client that has to wait.
    pub(crate) fn limited(&self) {
        self.limited.inc();
    }

    /// Notes a decision that could not be logged.
    pub(crate) fn unlogged(&self) {
        self.unlogged.inc();
    }

    /// Notes a fetch that failed.
    pub(crate) fn fetch_failed(&self, issuer: &str) {
        self.fetches_failed.get_or_create(&OfIssuer { issuer: issuer.to_owned() }).inc();
    }

    /// Notes that the configuration was read again.
    pub(crate) fn reloaded(&self, taken: bool) {
        let result = if taken { "taken" } else { "refused" };
        self.reloads.get_or_create(&Reload { result }).inc();
    }

    /// Notes a security event.
    pub(crate) fn event(&self, outcome: &'static str) {
        self.events.get_or_create(&OfEvent { outcome }).inc();
    }

    /// Every number, in the text format of OpenMetrics.
    pub(crate) fn text(&self, service: &Service) -> String {
        let trust = service.verifier().trust();
        self.keys.clear();
        for issuer in trust.issuers() {
            let number = i64::try_from(trust.keys_of(issuer.name()).count()).unwrap_or(i64::MAX);
            self.keys.get_or_create(&OfIssuer { issuer: issuer.name().to_owned() }).set(number);
        }
        let revoked = service.verifier().revocations().len();
        self.revoked.set(i64::try_from(revoked).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a text does not fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}

/// Ends of the histogram's ranges, in seconds: from a cached verification to a ledger that hangs.
const SECONDS: [f64; 10] = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5];
