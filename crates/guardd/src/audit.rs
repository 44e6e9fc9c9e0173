//! `coredact-guard audit`.

use crate::args::Configured;
use crate::config::{self, Config};
use crate::{keys, service, terminal};
use anyhow::{Context as _, Result};
use coredact_guard::audit::{AgeRules, Warning, audit};
use coredact_guard::revoke::RevocationFile;
use coredact_guard::{Now, Revocations, Trust};
use coredact_record::ExitCode;
use coredact_record::text::visible;
use std::fmt::Write as _;

/// Prints every warning.
pub(crate) fn run(arguments: &Configured, json: bool) -> Result<ExitCode> {
    let config = config::read(&arguments.config)?;
    let looked = look(&config)?;
    let mut out = String::new();
    for warning in &looked.warnings {
        let line =
            if json { serde_json::to_string(warning).context("print a warning")? } else { line(warning) };
        // Writing to a text does not fail.
        let _written = writeln!(out, "{line}");
    }
    terminal::data(&out).context("print on standard output")?;
    for fault in &looked.faults {
        terminal::say(fault);
    }
    Ok(match (looked.faults.as_slice(), looked.warnings.as_slice()) {
        ([], []) => ExitCode::Clean,
        ([], _) => ExitCode::SecretsFound,
        _ => ExitCode::Incomplete,
    })
}

/// A warning for people.
pub(crate) fn line(warning: &Warning) -> String {
    let kid = warning.kid.as_deref().map(|kid| format!(" key {kid:?}")).unwrap_or_default();
    let thumbprint = warning.thumbprint.as_deref().map(|own| format!(" ({own})")).unwrap_or_default();
    visible(&format!("{}: {}{kid}{thumbprint}: {}", warning.kind, warning.issuer, warning.detail)).to_string()
}

/// A configuration with its keys, as they are now.
pub(crate) struct Looked {
    /// Who is trusted, with the keys.
    pub(crate) trust: Trust,
    /// What is revoked.
    pub(crate) revocations: Revocations,
    /// What is wrong with the keys.
    pub(crate) warnings: Vec<Warning>,
    /// Keys that could not be fetched, as sentences.
    pub(crate) faults: Vec<String>,
}

/// Reads and fetches every key once.
pub(crate) fn look(config: &Config) -> Result<Looked> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let fetched = runtime.context("start the runtime")?.block_on(keys::trust_once(config));
    let (trust, faults) = fetched?;
    let revocations = match &config.revocations {
        None => Revocations::new(),
        Some(table) => {
            let mut file = RevocationFile::new(&table.file);
            if let Some(path) = &table.public_key {
                file = file.signed_by(&keys::authorities(path)?);
            }
            if let Some(folder) = &config.state {
                file = file.remembered_in(folder);
            }
            let read = file.read().with_context(|| format!("use {}", table.file.display()))?;
            read.unwrap_or_default()
        }
    };
    let usual = AgeRules::default();
    let rules = AgeRules {
        rotation_days: config.audit.rotation_days.unwrap_or(usual.rotation_days),
        notice_days: config.audit.notice_days.unwrap_or(usual.notice_days),
    };
    let warnings = audit(&trust, &revocations, rules, Now::from_clock());
    let faults = faults
        .iter()
        .map(|(issuer, error)| {
            format!("{issuer}: failed to {}; run again when it answers", service::chain(error))
        })
        .collect();
    Ok(Looked { trust, revocations, warnings, faults })
}
