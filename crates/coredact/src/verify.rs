//! `coredact verify`.

use crate::args::Verify;
use crate::documents::{DOCUMENT_BYTES_MAX, REPORT_BYTES_MAX, read};
use crate::judge::Readable;
use crate::program;
use crate::session::Session;
use crate::terminal;
use anyhow::{Context, Result, bail};
use coredact_engine::progress::Progress;
use coredact_engine::source::Source;
use coredact_engine::writer::ChildFile;
use coredact_engine::{ReadAt, open, sha256};
use coredact_record::seal::{PublicKey, SealError, Statement};
use coredact_record::{Answer, ExitCode, Report, Verdict, render, seal};
use coredact_verify::{Case, Debugging, against_original, alone};
use std::io;
use std::path::Path;

/// What reports call a file that was taken for bytes without a structure.
const RAW: &str = "raw";

/// Judges a clean dump, or opens the gate for a sealed one.
pub(crate) fn run(session: &Session, arguments: &Verify) -> Result<ExitCode> {
    if let Some(program) = &arguments.exe {
        program::check(program)?;
    }
    let report = arguments.report.as_deref().map(|path| read(path, REPORT_BYTES_MAX)).transpose()?;
    let (original, clean) = match (arguments.files.as_slice(), &report) {
        ([clean], _) => (None, clean),
        ([original, clean], Some(_)) => (Some(original), clean),
        ([_, clean], None) => bail!(
            "compare {} with its original: add --report with the JSON report of the scrub",
            clean.display()
        ),
        _ => bail!("verify: name CLEAN, or ORIGINAL and CLEAN"),
    };
    let mut statement = None;
    if let (Some(seal), Some(key)) = (&arguments.seal, &arguments.key) {
        match gate(clean, seal, key, report.as_deref())? {
            Ok(sealed) => statement = Some(sealed),
            Err(error) => {
                terminal::error(&anyhow::Error::new(error).context(format!("accept {}", clean.display())));
                return Ok(ExitCode::VerificationFailed);
            }
        }
    }
    let path = arguments.report.as_deref().unwrap_or(Path::new(""));
    let parse = |json: &Vec<u8>| {
        Report::from_json(json)
            .with_context(|| format!("use the report {}: name the JSON report of the scrub", path.display()))
    };
    let report = report.as_ref().map(parse).transpose()?;
    match (original, report, statement) {
        (None, _, Some(statement)) => open_gate(session, &statement),
        (None, report, None) => {
            let mut verdict = by_itself(session, clean, report.as_ref())?;
            verdict.answers.extend(report.as_ref().and_then(stated));
            verdict.passed &= verdict.answers.iter().all(|answer| answer.passed);
            show(session, &verdict, report.as_ref().is_some_and(Report::is_incomplete))
        }
        (Some(original), Some(report), statement) => {
            let mut verdict = against(session, arguments, original, clean, &report)?;
            verdict.answers.extend(statement.as_ref().map(sealed));
            verdict.answers.extend(stated(&report));
            verdict.passed &= verdict.answers.iter().all(|answer| answer.passed);
            show(session, &verdict, report.is_incomplete())
        }
        (Some(_), None, _) => bail!("verify: add --report with the JSON report of the scrub"),
    }
}

/// Searches the clean dump without its original.
fn by_itself(session: &Session, clean: &Path, report: Option<&Report>) -> Result<Verdict> {
    let source = session.open(clean, std::env::temp_dir())?;
    // Of what is no dump nothing can be claimed, unless it was scrubbed as what it does not say of itself.
    if report.is_none_or(|report| report.input.format != RAW) {
        open::dump(&source)?;
    }
    let progress = session.talk.progress();
    progress.begin("verifying", source.length());
    let verdict = alone(&Readable(&source), report, &|bytes| progress.advance(bytes));
    progress.end();
    Ok(verdict)
}

fn against(
    session: &Session,
    arguments: &Verify,
    original: &Path,
    clean: &Path,
    report: &Report,
) -> Result<Verdict> {
    let before = session.open(original, std::env::temp_dir())?;
    let after = session.open(clean, std::env::temp_dir())?;
    let plain = |source: &Source| source.container().is_none() && program::can_be_debugged(source.path());
    let asked = !arguments.no_debugger && plain(&before) && plain(&after);
    let children = asked.then(|| Ok((ChildFile::open(original)?, ChildFile::open(clean)?)));
    let children: io::Result<_> = children.transpose();
    let children = children.context("hand the dumps to a debugger")?;
    let debugging = children.as_ref().map(|(original, clean)| Debugging {
        original: original.path(),
        clean: clean.path(),
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
    Ok(verdict)
}

/// The gate in front of a debugging environment: signature, digests, verdict. The outer error is of the
/// command line, the inner one refuses the dump.
fn gate(
    clean: &Path,
    seal: &Path,
    key: &Path,
    report: Option<&[u8]>,
) -> Result<Result<Statement, SealError>> {
    let envelope = read(seal, DOCUMENT_BYTES_MAX).context("use the seal")?;
    let pem = read(key, DOCUMENT_BYTES_MAX).context("use the key")?;
    let pem = String::from_utf8_lossy(&pem);
    // A wrong key is said before the long work, and as what it is.
    PublicKey::from_pem(&pem).with_context(|| format!("use the key {}", key.display()))?;
    let digest = sha256::of_file(clean).with_context(|| format!("read {}", clean.display()))?;
    Ok(seal::verify(&envelope, &pem, &digest).and_then(|statement| {
        report.map_or(Ok(()), |json| statement.check_report(json))?;
        Ok(statement)
    }))
}

/// Says what the accepted seal says.
fn open_gate(session: &Session, statement: &Statement) -> Result<ExitCode> {
    let predicate = &statement.predicate;
    if session.json {
        terminal::data(&format!("{}\n", serde_json::to_string_pretty(statement)?))?;
    } else if !predicate.is_incomplete() {
        terminal::data(&format!(
            "verified: sealed under policy {}, {} findings removed, {} bytes\n",
            predicate.policy,
            predicate.removed.len(),
            predicate.bytes_removed
        ))?;
    } else if predicate.unread.is_empty() {
        terminal::data(
            "incomplete: sealed and unchanged, but a search of the input was cut off by a limit\n",
        )?;
    } else {
        terminal::data("incomplete: sealed and unchanged, but some bytes of the input were not read\n")?;
    }
    Ok(if predicate.is_incomplete() { ExitCode::Incomplete } else { ExitCode::Clean })
}

/// A report that says of itself that the scrub was not passed, as one of the answers.
fn stated(report: &Report) -> Option<Answer> {
    let failed = report.verdict.as_ref().is_some_and(|verdict| !verdict.passed);
    failed.then(|| Answer {
        name: "the report says that it passed".to_owned(),
        passed: false,
        not_applicable: false,
        detail: "the report's own verdict is that the scrub failed".to_owned(),
        numbers: std::collections::BTreeMap::new(),
    })
}

/// The accepted seal as one of the answers.
fn sealed(statement: &Statement) -> Answer {
    Answer {
        name: "sealed by this key".to_owned(),
        passed: true,
        not_applicable: false,
        detail: "the signature is valid, and file and report are those that were sealed".to_owned(),
        numbers: [("bytes_unread".to_owned(), unread(statement))].into(),
    }
}

fn unread(statement: &Statement) -> u64 {
    statement.predicate.unread.iter().fold(0, |sum, unread| sum.saturating_add(unread.length))
}

/// Prints a verdict and turns it into an exit code.
fn show(session: &Session, verdict: &Verdict, incomplete: bool) -> Result<ExitCode> {
    if session.json {
        terminal::data(&format!("{}\n", serde_json::to_string_pretty(verdict)?))?;
    } else {
        let text = render::verdict(verdict, &terminal::human(&io::stdout()));
        terminal::data(&text)?;
    }
    Ok(match (verdict.passed, incomplete) {
        (false, _) => ExitCode::VerificationFailed,
        (true, false) => ExitCode::Clean,
        (true, true) => ExitCode::Incomplete,
    })
}
