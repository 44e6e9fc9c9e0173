//! `coredact verify`.

use crate::args::Verify;
use crate::judge::Readable;
use crate::session::Session;
use crate::terminal;
use anyhow::{Context, Result, bail};
use coredact_engine::progress::Progress;
use coredact_engine::source::Source;
use coredact_engine::{ReadAt, sha256};
use coredact_record::{ExitCode, Report, Verdict, render, seal};
use coredact_verify::{Case, Debugging, against_original, alone};
use std::io;
use std::path::Path;

/// Judges a clean dump, or opens the gate for a sealed one.
pub(crate) fn run(session: &Session, arguments: &Verify) -> Result<ExitCode> {
    let report = arguments.report.as_deref().map(read_report).transpose()?;
    match (arguments.files.as_slice(), &arguments.seal, &arguments.key) {
        ([clean], Some(seal), Some(key)) => gate(session, clean, seal, key),
        (_, Some(_), _) => bail!("check a seal: name the clean dump alone"),
        ([clean], None, _) => {
            let source = session.open(clean, std::env::temp_dir())?;
            let progress = session.talk.progress();
            progress.begin("verifying", source.length());
            let verdict = alone(&Readable(&source), report.as_ref(), &|bytes| progress.advance(bytes));
            progress.end();
            show(session, &verdict)
        }
        ([original, clean], None, _) => {
            let Some(report) = report else {
                bail!(
                    "compare {} with its original: add --report with the JSON report of the scrub",
                    clean.display()
                );
            };
            against(session, arguments, original, clean, &report)
        }
        _ => bail!("verify: name CLEAN, or ORIGINAL and CLEAN"),
    }
}

fn read_report(path: &Path) -> Result<Report> {
    let json = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Report::from_json(&json).with_context(|| format!("use the report {}", path.display()))
}

fn against(
    session: &Session,
    arguments: &Verify,
    original: &Path,
    clean: &Path,
    report: &Report,
) -> Result<ExitCode> {
    let before = session.open(original, std::env::temp_dir())?;
    let after = session.open(clean, std::env::temp_dir())?;
    let plain = |source: &Source| source.container().is_none() && source.path() != Path::new("-");
    let debugging = (!arguments.no_debugger && plain(&before) && plain(&after)).then_some(Debugging {
        original,
        clean,
        executable: arguments.exe.as_deref(),
    });
    let progress = session.talk.progress();
    progress.begin("verifying", after.length());
    let case = Case { original: &Readable(&before), clean: &Readable(&after), report, debugging };
    let mut verdict = against_original(&case, &|bytes| progress.advance(bytes));
    // A report may have been written to please: the clean dump is searched without believing it, too.
    let own = alone(&Readable(&after), Some(report), &|_| {});
    verdict.passed &= own.passed;
    verdict.answers.extend(own.answers);
    progress.end();
    show(session, &verdict)
}

/// The gate in front of a debugging environment: signature, digest, verdict.
fn gate(session: &Session, clean: &Path, seal: &Path, key: &Path) -> Result<ExitCode> {
    let envelope = std::fs::read(seal).with_context(|| format!("read the seal {}", seal.display()))?;
    let key = std::fs::read_to_string(key).with_context(|| format!("read the key {}", key.display()))?;
    let digest = sha256::of_file(clean).with_context(|| format!("read {}", clean.display()))?;
    match seal::verify(&envelope, &key, &digest) {
        Ok(statement) if !statement.predicate.unread.is_empty() => {
            terminal::data("incomplete: sealed and unchanged, but some bytes of the input were not read\n")?;
            Ok(ExitCode::Incomplete)
        }
        Ok(statement) => {
            if session.json {
                terminal::data(&format!("{}\n", serde_json::to_string_pretty(&statement)?))?;
            } else {
                let predicate = &statement.predicate;
                terminal::data(&format!(
                    "verified: sealed under policy {}, {} findings removed, {} bytes\n",
                    predicate.policy,
                    predicate.removed.len(),
                    predicate.bytes_removed
                ))?;
            }
            Ok(ExitCode::Clean)
        }
        Err(error) => {
            terminal::error(&anyhow::Error::new(error).context(format!("accept {}", clean.display())));
            Ok(ExitCode::VerificationFailed)
        }
    }
}

/// Prints a verdict and turns it into an exit code.
fn show(session: &Session, verdict: &Verdict) -> Result<ExitCode> {
    if session.json {
        terminal::data(&format!("{}\n", serde_json::to_string_pretty(verdict)?))?;
    } else {
        let text = render::verdict(verdict, &terminal::human(&io::stdout()));
        terminal::data(&text)?;
    }
    Ok(if verdict.passed { ExitCode::Clean } else { ExitCode::VerificationFailed })
}
