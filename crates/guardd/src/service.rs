//! What is served now, and how it becomes something else while requests go on.

use crate::config::{self, Config, RevocationsTable};
use crate::events::{self, Events};
use crate::keys::{self, Faults, Refreshers};
use crate::limit::Limiter;
use crate::metrics::Metrics;
use crate::terminal::say;
use crate::{files, ledger};
use anyhow::{Context as _, Result};
use arc_swap::ArcSwap;
use coredact_guard::log::{JsonLines, Sink};
use coredact_guard::revoke::{RevocationError, RevocationFile, Watch};
use coredact_guard::{Guard, Nonces, Revocations, Thumbprint, Verifier};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The service.
pub(crate) struct Service {
    path: PathBuf,
    verifier: Arc<Verifier>,
    state: ArcSwap<State>,
    seen: Mutex<Option<Thumbprint>>,
    /// What it counts.
    pub(crate) metrics: Arc<Metrics>,
    /// Who has shown too many refused tokens.
    pub(crate) limiter: Limiter,
}

/// What one configuration has brought about.
pub(crate) struct State {
    /// The configuration.
    pub(crate) config: Config,
    /// Judges tokens; it has no log, for the service decides more than it does.
    pub(crate) guard: Guard,
    /// Security events, if they are taken.
    pub(crate) events: Option<Events>,
    /// The log.
    pub(crate) sink: Arc<dyn Sink>,
    refreshers: Arc<Refreshers>,
    list: Option<Arc<List>>,
}

/// A list of revoked keys that is watched.
struct List {
    table: RevocationsTable,
    public_key: Option<String>,
    state: Option<PathBuf>,
    _watch: Watch,
}

impl Service {
    /// Reads the configuration and begins to fetch keys.
    pub(crate) fn start(path: &Path) -> Result<Arc<Self>> {
        let seen = fingerprint(path);
        let config = config::read(path)?;
        let mut verifier = Verifier::new(keys::trust(&config, None)?);
        if let Some(nonces) = nonces(&config)? {
            verifier = verifier.with_nonces(nonces);
        }
        let (verifier, metrics) = (Arc::new(verifier), Arc::new(Metrics::new()));
        let state = State::new(config, &verifier, None, &faults(&metrics))?;
        let limiter = Limiter::new(state.config.limit.refused_per_minute);
        let (state, seen) = (ArcSwap::from_pointee(state), Mutex::new(seen));
        Ok(Arc::new(Self { path: path.to_owned(), verifier, state, seen, metrics, limiter }))
    }

    /// What is served now.
    pub(crate) fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// The verifier, the same for as long as the process runs: used proofs are remembered over changes.
    pub(crate) fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// The issuers without one usable key.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let trust = self.verifier.trust();
        let without = |name: &str| trust.keys_of(name).next().is_none();
        trust.issuers().map(|issuer| issuer.name().to_owned()).filter(|name| without(name)).collect()
    }

    /// Reads the configuration again if a file of it has changed, or `always`. A new one that cannot be used changes nothing.
    pub(crate) fn look(&self, always: bool) {
        let now = fingerprint(&self.path);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now && !always {
                return;
            }
            *seen = now;
        }
        let done = self.reload();
        self.metrics.reloaded(done.is_ok());
        match done {
            Ok(notes) => {
                say("the configuration was read again and is in force");
                notes.iter().for_each(|note| say(note));
            }
            Err(error) => say(&format!("failed to {error:#}; the configuration before stays in force")),
        }
    }

    fn reload(&self) -> Result<Vec<&'static str>> {
        let config = config::read(&self.path)?;
        let before = self.state();
        let trust_before = self.verifier.trust();
        let trust = keys::trust(&config, Some((&before.config, &trust_before)))?;
        let mut notes = Vec::new();
        if config.listen != before.config.listen {
            notes.push("another address is listened on after a restart");
        }
        if config.connections != before.config.connections {
            notes.push("other limits of connections are in force after a restart");
        }
        if config.dpop != before.config.dpop {
            notes.push("another rule for nonces is in force after a restart");
        }
        notes.extend(forgotten(&config, &before.config));
        // Before the threads that fetch keys, which give them to issuers that are trusted already.
        self.verifier.replace_trust(trust);
        let state = State::new(config, &self.verifier, Some(&before), &faults(&self.metrics));
        let state = state.inspect_err(|_| self.verifier.replace_trust((*trust_before).clone()))?;
        if state.config.limit != before.config.limit {
            self.limiter.replace(state.config.limit.refused_per_minute);
        }
        self.state.store(Arc::new(state));
        Ok(notes)
    }
}

impl State {
    fn new(config: Config, verifier: &Arc<Verifier>, before: Option<&Self>, faults: &Faults) -> Result<Self> {
        let sink: Arc<dyn Sink> = match &config.log.file {
            None => Arc::new(JsonLines::new(std::io::stdout())),
            Some(path) => Arc::new(JsonLines::new(append(path)?)),
        };
        let ledger = config.ledger.as_ref().map(ledger::open).transpose()?;
        let none = Refreshers::default();
        let kept = before.map_or(&none, |before| &before.refreshers);
        let refreshers = Arc::new(Refreshers::start(&config.issuer, verifier, kept, faults)?);
        let mut guard = Guard::new(Arc::clone(verifier)).with_refresh(Arc::clone(&refreshers) as _);
        let events =
            Events::new(&config, ledger.as_ref(), before.and_then(|before| before.events.as_ref()), faults)?;
        if let Some(ledger) = ledger.as_ref().filter(|_| config.dpop.shared) {
            guard = guard.with_used_proofs(Arc::clone(ledger) as _);
        }
        if let Some(ledger) = ledger {
            guard = guard.with_ledger(ledger);
        }
        if let Some(events) = &events {
            guard = guard.with_ended(Arc::clone(&events.store));
        }
        // Last of what may fail: whatever it replaces stays replaced, also where the rest is not taken.
        let list = list(&config, verifier, before)?;
        Ok(Self { config, guard, events, sink, refreshers, list })
    }
}

/// What a new configuration does not refuse any more.
fn forgotten(config: &Config, before: &Config) -> Vec<&'static str> {
    let mut notes = Vec::new();
    let mut when = |is: bool, note: &'static str| notes.extend(is.then_some(note));
    when(
        config.revocations.is_none() && before.revocations.is_some(),
        "keys are not looked up in a list of revoked keys any more",
    );
    match (&config.events, &before.events) {
        (None, Some(_)) => when(true, "tokens that security events have ended are taken again"),
        (Some(_), Some(_)) => when(
            events::place(config) != events::place(before),
            "security events are remembered in another store; what the store before has ended is taken again",
        ),
        _ => {}
    }
    match (&config.ledger, &before.ledger) {
        (None, Some(_)) => when(true, "tokens are not looked up in a ledger any more"),
        (Some(table), Some(old)) => {
            when(table.store().ok() != old.store().ok(), "tokens are looked up in another ledger");
        }
        _ => {}
    }
    notes
}

/// The watched list of a configuration: the one that is watched already, if it is the same.
fn list(config: &Config, verifier: &Arc<Verifier>, before: Option<&State>) -> Result<Option<Arc<List>>> {
    let Some(table) = &config.revocations else {
        verifier.replace_revocations(Revocations::new());
        return Ok(None);
    };
    let public_key = table.public_key.as_deref().map(keys::authorities).transpose()?;
    let kept = before.and_then(|before| before.list.as_ref());
    if let Some(list) = kept
        .filter(|list| list.table == *table && list.public_key == public_key && list.state == config.state)
    {
        return Ok(Some(Arc::clone(list)));
    }
    let mut file = RevocationFile::new(&table.file);
    if let Some(pem) = &public_key {
        file = file.signed_by(pem);
    }
    if let Some(folder) = &config.state {
        file = file.remembered_in(folder);
    }
    let period = Duration::from_secs(config.watch_seconds.get().into());
    let name = table.file.display().to_string();
    let faults = move |error: &RevocationError| {
        say(&format!("failed to {error} ({name}); the list before stays in force"));
    };
    let watch = Watch::start(verifier, file, period, faults)
        .with_context(|| format!("watch {}", table.file.display()))?;
    Ok(Some(Arc::new(List { table: table.clone(), public_key, state: config.state.clone(), _watch: watch })))
}

fn faults(metrics: &Arc<Metrics>) -> Faults {
    let metrics = Arc::clone(metrics);
    Arc::new(move |issuer, error| {
        metrics.fetch_failed(issuer);
        say(&format!("{issuer}: failed to {}; its keys stay until their time is up", chain(error)));
    })
}

/// An error with its causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn nonces(config: &Config) -> Result<Option<Nonces>> {
    let Some(seconds) = config.dpop.nonce_seconds else { return Ok(None) };
    let secret = match &config.dpop.secret_file {
        None => {
            let mut secret = [0; 32];
            aws_lc_rs::rand::fill(&mut secret).context("make a secret for nonces")?;
            secret
        }
        Some(path) => {
            let bytes = files::bytes(path).with_context(|| format!("read {}", path.display()))?;
            if bytes.len() < 32 {
                return Err(config::ConfigError::Secret(path.clone()).into());
            }
            *Thumbprint::of(&bytes).as_bytes()
        }
    };
    Ok(Some(Nonces::new(&secret, seconds.get().into())))
}

#[expect(clippy::disallowed_methods, reason = "the log of decisions is appended to, and nothing else")]
fn append(path: &Path) -> Result<std::fs::File> {
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    // Opening a pipe waits for a reader, and a reader that is gone takes the log with it.
    if std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo()) {
        return Err(config::ConfigError::LogPipe(path.to_owned()).into());
    }
    let options = std::fs::OpenOptions::new().append(true).create(true).mode(0o640).open(path);
    options.with_context(|| format!("open the log {}", path.display()))
}

/// What the configuration and the files that it names hold; none if the configuration cannot be read.
fn fingerprint(path: &Path) -> Option<Thumbprint> {
    let mut all = files::bytes(path).ok()?;
    if let Ok(config) = config::read(path) {
        let of_issuers =
            config.issuer.iter().flat_map(|issuer| [issuer.keys_file.as_ref(), issuer.authorities.as_ref()]);
        let key = config.revocations.as_ref().and_then(|table| table.public_key.as_ref());
        let password = config.ledger.as_ref().and_then(|table| table.password_file.as_ref());
        let senders = config.events.iter().flat_map(|table| &table.transmitter);
        let of_senders = senders.flat_map(|one| [one.keys_file.as_ref(), one.authorities.as_ref()]);
        for file in of_issuers.chain(of_senders).chain([key, password]).flatten() {
            let bytes = files::bytes(file).unwrap_or_default();
            all.extend_from_slice(Thumbprint::of(&bytes).as_bytes());
        }
    }
    Some(Thumbprint::of(&all))
}
