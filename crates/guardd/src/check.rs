//! `coredact-guard check`: what a configuration accepts.

use crate::args::Configured;
use crate::audit::{Looked, line, look};
use crate::config::{self, Config, IssuerTable, Keys, Store};
use crate::{events, keys, ledger, service, terminal};
use anyhow::{Context as _, Result};
use coredact_guard::source::{Place, shown_address};
use coredact_guard::{Key, Profile, rfc3339};
use coredact_record::ExitCode;
use coredact_record::text::visible;
use serde::Serialize;

/// What a configuration accepts.
#[derive(Debug, Serialize)]
struct Report<'a> {
    issuers: Vec<Accepts<'a>>,
    revoked_keys: usize,
    ledger: Option<String>,
    routes: usize,
    warnings: Vec<coredact_guard::audit::Warning>,
    faults: Vec<String>,
}

/// What is accepted of an issuer.
#[derive(Debug, Serialize)]
struct Accepts<'a> {
    issuer: &'a str,
    profile: &'a str,
    keys_from: String,
    keys: Vec<Published>,
    audiences: Vec<(&'a str, &'static str)>,
    tenants: String,
    algorithms: String,
    types: String,
    times: String,
    rules: Vec<String>,
}

/// A key that is taken.
#[derive(Debug, Serialize)]
struct Published {
    kid: Option<String>,
    thumbprint: String,
    algorithms: Vec<&'static str>,
    not_after: Option<String>,
}

/// Prints what the configuration accepts.
pub(crate) fn run(arguments: &Configured, json: bool) -> Result<ExitCode> {
    let config = config::read(&arguments.config)?;
    if let Some(table) = &config.events {
        keys::trust_of(&table.records())?;
    }
    let mut looked = look(&config)?;
    looked.faults.extend(silent_ledger(&config)?);
    let incomplete = !looked.faults.is_empty();
    let report = Report::new(&config, looked)?;
    let text = if json {
        format!("{}\n", serde_json::to_string_pretty(&report).context("print the report")?)
    } else {
        report.text(&config)
    };
    terminal::data(&text).context("print on standard output")?;
    Ok(if incomplete { ExitCode::Incomplete } else { ExitCode::Clean })
}

/// Why the ledger does not answer, if it does not. A file that is not there yet is not made.
fn silent_ledger(config: &Config) -> Result<Option<String>> {
    let Some(table) = &config.ledger else { return Ok(None) };
    if let Store::Sqlite(path) = table.store()?
        && !path.exists()
    {
        return Ok(None);
    }
    let ledger: std::sync::Arc<dyn coredact_guard::Ledger> = ledger::open(table)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.context("start the runtime")?.block_on(ledger.find("", ""));
    Ok(answer.err().map(|error| {
        format!("failed to {}; while it does so every token is refused", service::chain(&error))
    }))
}

impl<'a> Report<'a> {
    fn new(config: &'a Config, looked: Looked) -> Result<Self> {
        let issuers = config.issuer.iter().map(|table| Accepts::new(table, &looked));
        Ok(Self {
            issuers: issuers.collect::<Result<_>>()?,
            revoked_keys: looked.revocations.len(),
            ledger: config.ledger.as_ref().map(ledger::described).transpose()?,
            routes: config.route.len(),
            warnings: looked.warnings,
            faults: looked.faults,
        })
    }

    fn text(&self, config: &Config) -> String {
        let mut lines = Vec::new();
        for one in &self.issuers {
            lines.push(format!("issuer {}", one.issuer));
            let mut put = |name: &str, value: &str| lines.push(format!("  {name:<11} {value}"));
            put("profile", one.profile);
            put("keys from", &one.keys_from);
            for key in &one.keys {
                let kid = key.kid.as_deref().unwrap_or("(no kid)");
                let end = key.not_after.as_deref().map(|end| format!(", until {end}")).unwrap_or_default();
                put(
                    "key",
                    &format!("{kid} for {}{end}, thumbprint {}", key.algorithms.join(" "), key.thumbprint),
                );
            }
            for (audience, binding) in &one.audiences {
                put("audience", &format!("{audience}, {binding}"));
            }
            put("tenants", &one.tenants);
            put("algorithms", &one.algorithms);
            put("types", &one.types);
            put("times", &one.times);
            one.rules.iter().for_each(|rule| put("rule", rule));
        }
        for route in &config.route {
            let scopes = route.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let audience = route.audience.as_deref().unwrap_or("any");
            lines.push(format!("route {}: scopes {scopes:?}, audience {audience}", route.path));
        }
        let ledger = match &self.ledger {
            Some(ledger) => format!("asked: {ledger}"),
            None => "none: forged tokens of a leaked key pass until it is revoked".to_owned(),
        };
        for one in config.events.iter().flat_map(|table| &table.transmitter) {
            let issuers = one.issuers.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            lines.push(format!("events of {} for {} end tokens of {issuers}", one.name, one.audience));
        }
        if let Some(table) = &config.events {
            lines.push(format!("events are remembered in {}", events::described(table)));
        }
        if config.dpop.shared {
            lines.push("used proofs of possession: remembered where the ledger is".to_owned());
        }
        let signed = config.revocations.as_ref().is_some_and(|table| table.public_key.is_some());
        if signed && config.state.is_none() {
            lines.push(
                "warning: an older signed list is taken after a restart; name a state folder".to_owned(),
            );
        }
        lines.push(format!("revoked keys: {}", self.revoked_keys));
        lines.push(format!("ledger of issued tokens: {ledger}"));
        lines.extend(self.warnings.iter().map(|warning| format!("warning: {}", line(warning))));
        lines.extend(self.faults.iter().map(|fault| format!("incomplete: {fault}")));
        lines.iter().map(|line| format!("{}\n", visible(line))).collect()
    }
}

impl<'a> Accepts<'a> {
    fn new(table: &'a IssuerTable, looked: &Looked) -> Result<Self> {
        let keys_from = match table.keys()? {
            Keys::File(path) => format!("the file {}", path.display()),
            Keys::Remote(Place::KeySet(url)) => {
                let url = shown_address(&url);
                format!("{url}, every {} s, usable for {} s", table.refresh_seconds, table.usable_seconds)
            }
            Keys::Remote(Place::Metadata(url)) => {
                let url = shown_address(&url);
                format!(
                    "the metadata at {url}, every {} s, usable for {} s",
                    table.refresh_seconds, table.usable_seconds
                )
            }
        };
        let usual = Profile::from_name(&table.profile).unwrap_or_default();
        let types = match &table.types {
            Some(types) => types.iter().cloned().collect::<Vec<_>>().join(" "),
            None => format!("those of {}", usual.name()),
        };
        let tenants = match (&table.tenants, table.any_tenant) {
            (Some(tenants), _) => tenants.iter().cloned().collect::<Vec<_>>().join(" "),
            (None, true) => "any: whoever opens an account there".to_owned(),
            (None, false) => "none: the issuer is one organisation".to_owned(),
        };
        let algorithms = match &table.algorithms {
            Some(names) => names.iter().cloned().collect::<Vec<_>>().join(" "),
            None => "those that its keys are for".to_owned(),
        };
        let times = format!(
            "a token lives {} at most, clocks differ by {} at most",
            table.lifetime_seconds_max.map_or("24 h".to_owned(), |seconds| format!("{seconds} s")),
            table.skew_seconds.map_or("60 s".to_owned(), |seconds| format!("{seconds} s")),
        );
        Ok(Self {
            issuer: &table.name,
            profile: &table.profile,
            keys_from,
            keys: looked.trust.keys_of(&table.name).map(Published::new).collect(),
            audiences: table
                .audiences
                .iter()
                .map(|(name, binding)| (name.as_str(), binding.name()))
                .collect(),
            tenants,
            algorithms,
            types,
            times,
            rules: rules(table),
        })
    }
}

fn rules(table: &IssuerTable) -> Vec<String> {
    let mut rules: Vec<String> = table
        .require
        .iter()
        .map(|(claim, values)| format!("{claim} is or holds one of {values:?}"))
        .collect();
    let mut when = |on: bool, text: &str| rules.extend(on.then(|| text.to_owned()));
    when(table.require_token_id, "each token has an id");
    when(table.shared_key_set, "keys without an issuer member are refused");
    when(table.accept_past_certificate, "WEAKENED: keys past their certificate are taken");
    rules
}

impl Published {
    fn new(key: &Key) -> Self {
        Self {
            kid: key.id().map(coredact_guard::shown),
            thumbprint: key.thumbprint().to_string(),
            algorithms: key.algorithms().map(coredact_guard::Algorithm::name).collect(),
            not_after: key.lifetime().not_after.map(rfc3339),
        }
    }
}
