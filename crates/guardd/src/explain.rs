//! `coredact-guard explain`: step by step, never showing the token.

use crate::args::Explain;
use crate::config::Config;
use crate::{audit, config, events, ledger, terminal};
use anyhow::{Context as _, Result};
use coredact_guard::log::Circumstances;
use coredact_guard::{Dpop, Explanation, Guard, Now, Outcome, Request, Thumbprint, Verdict, Verifier};
use coredact_record::ExitCode;
use coredact_record::text::visible;
use serde_json::json;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A file that holds no token.
#[derive(Debug, thiserror::Error)]
#[error(
    "read a token from {0}: it is empty, no text, or longer than 1 MiB; put the token alone into the file"
)]
pub(crate) struct Unread(String);

/// A token where a file belongs. It is not shown: what went wrong is read by more people than a token may be.
#[derive(Debug, thiserror::Error)]
#[error(
    "open a file: what was given looks like a token; the token is read from a file or standard input (-)"
)]
struct NoFile;

/// Judges a token and prints each step.
pub(crate) fn run(arguments: &Explain, json: bool) -> Result<ExitCode> {
    let config = config::read(&arguments.config)?;
    let token = text(&arguments.token)?;
    let (scheme, token) = bare(&token);
    let proof = arguments.dpop.as_deref().map(text).transpose()?;
    let looked = audit::look(&config)?;
    looked.faults.iter().for_each(|fault| terminal::say(fault));
    let verifier = || {
        let verifier = Verifier::new(looked.trust.clone());
        verifier.replace_revocations(looked.revocations.clone());
        verifier
    };

    let (method, url) = (arguments.method.as_deref(), arguments.url.as_deref());
    let dpop = proof.as_deref().zip(method).zip(url);
    let request = Request {
        token,
        audience: arguments.audience.as_deref(),
        dpop: dpop.map(|((proof, method), url)| Dpop { proof, method, url }),
        client_certificate: None,
        must_be_proven: scheme.map_or(dpop.is_some(), |scheme| scheme.eq_ignore_ascii_case("dpop")),
    };
    let now = arguments.at.map_or_else(Now::from_clock, Now);
    let explanation = verifier().explain(&request, now);
    let asked = config.ledger.is_some() || config.events.is_some();
    let ledger = match &explanation.verdict {
        Verdict::Accepted(_) if asked => Some(of_stores(verifier(), &config, &request, now)?),
        _ => None,
    };
    let refused = !explanation.verdict.is_accepted() || matches!(&ledger, Some(Err(_)));
    let shown = if json { document(token, &explanation, ledger) } else { steps(&explanation, ledger) };
    terminal::data(&shown).context("print on standard output")?;
    Ok(if refused { ExitCode::SecretsFound } else { ExitCode::Clean })
}

/// What the security events and the ledger say of a token that is good otherwise: the name and the meaning of a refusal.
type OfLedger = Result<(), (&'static str, &'static str)>;

/// Asked by a verifier of its own, which has not seen the proof of possession yet.
fn of_stores(verifier: Verifier, config: &Config, request: &Request<'_>, now: Now) -> Result<OfLedger> {
    let mut guard = Guard::new(Arc::new(verifier));
    let ledger = config.ledger.as_ref().map(ledger::open).transpose()?;
    if let Some(table) = &config.events {
        guard = guard.with_ended(events::store(table, config, ledger.as_ref())?);
    }
    if let Some(ledger) = ledger {
        guard = guard.with_ledger(ledger);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    let asked = async { guard.decide(request, &Circumstances::default(), now).await };
    let verdict = runtime.block_on(asked);
    Ok(verdict.reason().map_or(Ok(()), |reason| Err((reason.name(), reason.meaning()))))
}

fn steps(explanation: &Explanation, ledger: Option<OfLedger>) -> String {
    let mut lines = Vec::new();
    for step in &explanation.steps {
        let (mark, detail) = match step.outcome {
            Outcome::Passed => ("passed", step.detail.clone()),
            Outcome::NotReached => ("      ", "not reached".to_owned()),
            Outcome::Failed => {
                let reason = step.reason.map(|reason| format!("{}: {}", reason.name(), reason.meaning()));
                let about =
                    if step.detail.is_empty() { String::new() } else { format!(" ({})", step.detail) };
                ("FAILED", format!("{}{about}", reason.unwrap_or_default()))
            }
        };
        lines.push(format!("{mark}  {:<10} {}", step.check.name(), step.check.asks()));
        if !detail.is_empty() {
            lines.push(format!("                   {detail}"));
        }
    }
    let end = match (&explanation.verdict, ledger) {
        (Verdict::Refused(refused), _) => {
            let signed = if refused.signed { "; the signature is right: somebody has that key" } else { "" };
            format!("refused: {}{signed}", refused.reason.name())
        }
        (Verdict::Accepted(_), Some(Err((name, meaning)))) => format!("refused: {name}: {meaning}"),
        (Verdict::Accepted(accepted), Some(Ok(()))) => {
            format!("accepted for {}, and issued", accepted.audience)
        }
        (Verdict::Accepted(accepted), None) => {
            format!("accepted for {}; no ledger was asked whether anybody issued it", accepted.audience)
        }
    };
    lines.push(end);
    lines.iter().map(|line| format!("{}\n", visible(line))).collect()
}

fn document(token: &str, explanation: &Explanation, ledger: Option<OfLedger>) -> String {
    let reason = explanation.verdict.reason().map(coredact_guard::Reason::name);
    let of_ledger = ledger.map(|answer| answer.map_or_else(|(name, _)| name, |()| "issued"));
    let refused = reason.or(of_ledger.filter(|answer| *answer != "issued"));
    let document = json!({
        "token_sha256": Thumbprint::of(token.as_bytes()).hex(),
        "accepted": refused.is_none(),
        "reason": refused,
        "ledger": of_ledger,
        "steps": explanation.steps,
    });
    format!("{document}\n")
}

/// The name of its scheme, if there is one, and the token.
fn bare(text: &str) -> (Option<&str>, &str) {
    let text = text.trim();
    match text.split_once(' ') {
        Some((scheme, token)) if ["bearer", "dpop"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            (Some(scheme), token.trim())
        }
        _ => (None, text),
    }
}

fn text(path: &Path) -> Result<String> {
    let unread = || Unread(path.display().to_string());
    let mut text = String::new();
    let mut source: Box<dyn std::io::Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        match std::fs::File::open(path) {
            Err(_) if path.to_str().is_none_or(terminal::may_be_token) => return Err(NoFile.into()),
            opened => Box::new(opened.with_context(|| format!("open {}", path.display()))?),
        }
    };
    let read = source.by_ref().take(BYTES_MAX.saturating_add(1)).read_to_string(&mut text);
    match read {
        Ok(length) if length > 0 && u64::try_from(length).is_ok_and(|length| length <= BYTES_MAX) => Ok(text),
        Ok(_) => Err(unread().into()),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(unread().into()),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// Largest file with a token, in bytes: beyond what is accepted, so that the explanation says so.
const BYTES_MAX: u64 = 1 << 20;
