//! `coredact scan`.

use crate::args::{FormatName, Scan};
use crate::session::Session;
use crate::terminal;
use anyhow::Result;
use coredact_engine::examine::{Options, examine};
use coredact_engine::report::{self, Subject};
use coredact_engine::selftest::SelfTests;
use coredact_engine::source::Source;
use coredact_engine::{container::Compression, open};
use coredact_record::render::{self, HtmlOptions};
use coredact_record::{Command, ExitCode, Fingerprinter, Policy, Report};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What happened to all files together.
#[derive(Default)]
struct Totals {
    files: u64,
    secrets: u64,
    unread: u64,
    skipped: u64,
}

/// What a walk through a folder comes upon.
enum Met {
    /// A file to be read.
    File(PathBuf),
    /// A pipe, socket, device or link: no bytes of the folder's own.
    Skipped,
}

/// Scans files and folders.
pub(crate) fn run(session: &Session, arguments: &Scan) -> Result<ExitCode> {
    let rules = session.rules(&arguments.detection)?;
    let inventory = session.inventory(&arguments.detection)?;
    let known = session.known(&arguments.detection)?;
    let tests = session.self_tests(&rules)?;
    let policy = if arguments.suspicions { Policy::Strict } else { Policy::Proven };
    let options = Options {
        policy,
        inventory: inventory.as_ref(),
        rules: &rules,
        known: &known,
        remove_public: arguments.detection.remove_public,
        close: arguments.copies,
    };
    let fingerprinter = Fingerprinter::new(None)?;
    let format = match (arguments.format, session.json) {
        (Some(format), _) => format,
        (None, true) => FormatName::Json,
        (None, false) => FormatName::Human,
    };
    let mut run = Run {
        session,
        options: &options,
        tests: &tests,
        fingerprinter: &fingerprinter,
        format,
        totals: Totals::default(),
        reports: Vec::new(),
        is_read: true,
    };
    for path in &arguments.paths {
        if visit(path, &mut |met| run.meet(met))?.is_break() {
            session.talk.note("stopped: nobody reads standard output any further");
            break;
        }
    }
    if format == FormatName::Sarif {
        terminal::data(&render::sarif_log(&run.reports))?;
    }
    let Totals { files, secrets, unread, skipped } = run.totals;
    let skipped = match skipped {
        0 => String::new(),
        count => format!(", {count} skipped (pipes, sockets, devices and links)"),
    };
    session
        .talk
        .note(&format!("{files} files, {secrets} secrets, {unread} files not searched whole{skipped}"));
    Ok(match (secrets, unread) {
        (0, 0) => ExitCode::Clean,
        (0, _) => ExitCode::Incomplete,
        _ => ExitCode::SecretsFound,
    })
}

/// One scan of many files.
struct Run<'a> {
    session: &'a Session,
    options: &'a Options<'a>,
    tests: &'a SelfTests,
    fingerprinter: &'a Fingerprinter,
    format: FormatName,
    totals: Totals,
    /// Those that are printed together.
    reports: Vec<Report>,
    /// Whether somebody reads standard output.
    is_read: bool,
}

impl Run<'_> {
    /// Scans what was met, and says whether to go on.
    fn meet(&mut self, met: Result<Met>) -> Result<ControlFlow<()>> {
        let file = match met {
            Ok(Met::File(file)) => file,
            Ok(Met::Skipped) => {
                self.totals.skipped += 1;
                return Ok(ControlFlow::Continue(()));
            }
            Err(error) => {
                self.totals.unread += 1;
                terminal::error(&error);
                return Ok(ControlFlow::Continue(()));
            }
        };
        if !self.is_read {
            self.totals.unread += 1;
            return Ok(ControlFlow::Break(()));
        }
        self.totals.files += 1;
        match scan(self.session, &file, self.options, self.tests, self.fingerprinter) {
            Ok(report) => {
                self.totals.secrets += report.findings.iter().filter(|one| one.is_secret()).count() as u64;
                self.totals.unread += u64::from(report.is_incomplete());
                tell(self.session, &report);
                self.is_read = show(report, self.format, &mut self.reports)?;
            }
            Err(error) => {
                self.totals.unread += 1;
                terminal::error(&error.context(format!("scan {}", file.display())));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Calls `each` for every file below a path, in the order of names, until it has enough.
fn visit(
    path: &Path,
    each: &mut impl FnMut(Result<Met>) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    if path.as_os_str() == "-" || !path.is_dir() {
        return each(Ok(Met::File(path.to_owned())));
    }
    let walk = ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let met = match entry {
            // A folder that cannot be read is bytes that were not read, and no reason to stop.
            Err(error) => Err(anyhow::Error::new(error).context(format!("walk {}", path.display()))),
            Ok(entry) => match entry.file_type() {
                Some(kind) if kind.is_dir() => continue,
                None => continue,
                Some(kind) if !kind.is_file() => Ok(Met::Skipped),
                // An empty file holds nothing, so nothing is left unread in it.
                Some(_) if entry.metadata().is_ok_and(|metadata| metadata.len() == 0) => continue,
                Some(_) => Ok(Met::File(entry.into_path())),
            },
        };
        if each(met)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Examines one file.
pub(crate) fn scan(
    session: &Session,
    path: &Path,
    options: &Options<'_>,
    tests: &SelfTests,
    fingerprinter: &Fingerprinter,
) -> Result<Report> {
    let source = session.open(path, std::env::temp_dir())?;
    let image = open::any(&source)?;
    let examination = examine(&source, &image, options, &session.talk.progress())?;
    source.confirm()?;
    let subject = Subject { compression: compression(&source), ..Subject::named(path) };
    Ok(report::report(Command::Scan, &subject, &image, &examination, options, tests, fingerprinter))
}

fn compression(source: &Source) -> Option<String> {
    source.container().map(|container| Compression::extension(container.compression).to_owned())
}

/// Says on standard error what is not claimed of a file, whatever the format of the reports.
fn tell(session: &Session, report: &Report) {
    let name = &report.input.name;
    for unread in report.unread.iter().take(TOLD_MAX) {
        session.talk.note(&format!("{name}: not read: {}", unread.why));
    }
    if let Some(more) = report.unread.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        session.talk.note(&format!("{name}: not read: {more} more places, which the report lists"));
    }
    for cut_off in &report.searched_incompletely {
        session.talk.note(&format!("{name}: searched incompletely: {cut_off}"));
    }
}

/// Places that were not read, of one file, that standard error names.
const TOLD_MAX: usize = 3;

/// Prints a report, or keeps it for later; `false` if nobody reads any further.
fn show(report: Report, format: FormatName, reports: &mut Vec<Report>) -> Result<bool> {
    let text = match format {
        FormatName::Human if report.findings.is_empty() && !report.is_incomplete() => return Ok(true),
        FormatName::Human => render::human(&report, &terminal::human(&io::stdout())),
        FormatName::Json => render::json_line(&report),
        FormatName::Html => render::html(&report, &HtmlOptions::default()),
        FormatName::Sarif => {
            reports.push(report);
            return Ok(true);
        }
    };
    Ok(terminal::more_data(&text)?)
}
