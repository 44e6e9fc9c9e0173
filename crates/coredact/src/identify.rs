//! `coredact identify`.

use crate::args::Identify;
use crate::scan::Scanner;
use crate::session::{Session, now};
use crate::terminal;
use anyhow::{Context, Result};
use coredact_engine::examine::Options;
use coredact_engine::inventory::{self, Inventory};
use coredact_record::{ExitCode, Fingerprinter, Identity, Policy, Report, render};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// Names every key in the files.
pub(crate) fn run(session: &Session, arguments: &Identify) -> Result<ExitCode> {
    let rules = session.rules(&arguments.detection)?;
    let inventory = session.inventory(&arguments.detection)?.unwrap_or_else(|| Inventory::empty(now()));
    let known = session.known(&arguments.detection)?;
    let tests = session.self_tests(&rules)?;
    let remove_public = arguments.detection.remove_public;
    let options = Options {
        policy: Policy::Proven,
        inventory: Some(&inventory),
        rules: &rules,
        known: &known,
        remove_public,
        close: false,
    };
    let fingerprinter = Fingerprinter::new(None)?;
    let scanner = Scanner { session, options: &options, tests: &tests, fingerprinter: &fingerprinter };
    let (mut private, mut unread) = (0_u64, 0_u64);
    for path in &arguments.paths {
        let name = path.to_string_lossy();
        let identities = match reported(path, &inventory)? {
            Some(identities) => identities,
            None => {
                let mut identities = Vec::new();
                let walked = scanner.unpack(path, &mut |item| {
                    let report = scanner.examine(item, &session.talk.progress())?;
                    unread += u64::from(report.is_incomplete());
                    let place = &report.input.name;
                    identities.extend(report.findings.iter().filter_map(|one| Identity::of(place, one)));
                    Ok(ControlFlow::Continue(()))
                });
                let _all = walked.with_context(|| format!("identify the keys in {name}"))?;
                identities.extend(published(path, &inventory, &identities)?);
                identities
            }
        };
        private += identities.iter().filter(|identity| identity.private).count() as u64;
        if identities.is_empty() {
            session.talk.note(&format!("{name}: no key with a public name was found"));
        }
        identities.iter().try_for_each(|identity| show(session, identity))?;
    }
    Ok(match (private, unread) {
        (0, 0) => ExitCode::Clean,
        (0, _) => ExitCode::Incomplete,
        _ => ExitCode::SecretsFound,
    })
}

fn show(session: &Session, identity: &Identity) -> Result<()> {
    let text = if session.json {
        render::identity_line(identity)
    } else {
        render::identity(identity, &terminal::human(&io::stdout()))
    };
    Ok(terminal::data(&text)?)
}

/// The keys of a report, looked up anew; `None` if the file is no report.
fn reported(path: &Path, inventory: &Inventory) -> Result<Option<Vec<Identity>>> {
    let Some(bytes) = inventory::document(path)? else { return Ok(None) };
    let Ok(report) = Report::from_json(&bytes) else { return Ok(None) };
    let name = report.input.name.clone();
    let identities = report.findings.iter().filter_map(|finding| {
        let mut finding = finding.clone();
        finding.published.extend(inventory.publications_of(&finding.public_ids));
        Identity::of(&name, &finding)
    });
    Ok(Some(identities.collect()))
}

/// The public keys in a file whose private halves are not.
fn published(path: &Path, inventory: &Inventory, found: &[Identity]) -> Result<Vec<Identity>> {
    let Some(bytes) = inventory::document(path)? else { return Ok(Vec::new()) };
    let name = path.to_string_lossy();
    let known = |identity: &Identity| {
        let same = |one: &Identity| one.names.iter().any(|id| identity.names.contains(id));
        found.iter().any(same)
    };
    Ok(Inventory::of_document(&name, &bytes, inventory).into_iter().filter(|one| !known(one)).collect())
}
