//! `coredact-guard record`: an issuer writes down what it has issued.

use crate::args::Record;
use crate::{config, files, ledger, terminal};
use anyhow::{Context as _, Result};
use coredact_guard::events::Ended as _;
use coredact_guard::ledger::{Issued, LedgerError};
use coredact_guard::{Ledger as _, Now};
use coredact_record::ExitCode;
use serde_json::json;
use std::io::{self, BufRead, BufReader, Read as _};

/// Why nothing, or not everything, was recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unrecorded {
    /// No ledger in the configuration.
    #[error("record tokens without a ledger; add [ledger] to the configuration")]
    NoLedger,
    /// A line that is no token's record. What it holds is not shown: it may be a token.
    #[error(
        "understand line {0}; a line is a JSON object with issuer, token_id, audiences, expires_at and what else the token says"
    )]
    Line(usize),
    /// The ledger did not take it.
    #[error("record line {0}; the lines before it are recorded")]
    Ledger(usize, #[source] LedgerError),
    /// The ledger did not forget.
    #[error("forget expired tokens")]
    Forget(#[source] LedgerError),
}

/// Records each line of a file.
pub(crate) fn run(arguments: &Record, json: bool) -> Result<ExitCode> {
    let config = config::read(&arguments.config)?;
    let table = config.ledger.as_ref().ok_or(Unrecorded::NoLedger)?;
    let ledger = ledger::open(table)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("start the runtime")?;
    let (mut recorded, mut refused) = (0_usize, 0_usize);
    if let Some(path) = &arguments.tokens {
        let lines: Box<dyn BufRead> = match path.to_str() {
            Some("-") => Box::new(io::stdin().lock()),
            _ => Box::new(BufReader::new(io::Cursor::new(
                files::bytes(path).with_context(|| format!("read {}", path.display()))?,
            ))),
        };
        for (index, issued) in read(lines).enumerate() {
            let number = index.saturating_add(1);
            let issued =
                issued.with_context(|| format!("read line {number}"))?.ok_or(Unrecorded::Line(number))?;
            match runtime.block_on(ledger.record(&issued)) {
                Ok(()) => recorded = recorded.saturating_add(1),
                Err(error @ LedgerError::Conflict(_)) => {
                    terminal::say(&format!("line {number}: failed to {error}"));
                    refused = refused.saturating_add(1);
                }
                Err(error) => return Err(Unrecorded::Ledger(number, error).into()),
            }
        }
    }
    if arguments.forget_expired {
        // A clock that is ahead of the verifiers' must not forget what they still take.
        let before = Now::from_clock().0.saturating_sub(table.keep_seconds);
        runtime.block_on(ledger.forget(before)).map_err(Unrecorded::Forget)?;
        runtime.block_on(ledger.forget_ended(before)).map_err(Unrecorded::Forget)?;
    }
    let text = if json {
        format!("{}\n", json!({"recorded": recorded, "refused": refused}))
    } else {
        format!("{recorded} recorded, {refused} refused\n")
    };
    terminal::data(&text).context("print on standard output")?;
    Ok(if refused == 0 { ExitCode::Clean } else { ExitCode::SecretsFound })
}

/// The tokens, one a line; `None` for a line that is none.
fn read(mut lines: impl BufRead) -> impl Iterator<Item = io::Result<Option<Issued>>> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let limit = LINE_BYTES_MAX.saturating_add(1);
        match lines.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(length) if u64::try_from(length).is_ok_and(|length| length < limit) => {
                Some(Ok(serde_json::from_slice(&line).ok()))
            }
            Ok(_) => Some(Ok(None)),
            Err(error) => Some(Err(error)),
        }
    })
}

/// Longest line, in bytes: four of the longest tokens.
const LINE_BYTES_MAX: u64 = 64 * 1024;
