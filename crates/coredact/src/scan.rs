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
    let tests = session.self_tests(&rules)?;
    let policy = if arguments.suspicions { Policy::Strict } else { Policy::Proven };
    let options = Options {
        policy,
        rules: &rules,
        remove_public: arguments.detection.remove_public,
        close: arguments.copies,
    };
    let fingerprinter = Fingerprinter::new(None)?;
    let format = match (arguments.format, session.json) {
        (Some(format), _) => format,
        (None, true) => FormatName::Json,
        (None, false) => FormatName::Human,
    };
    let mut totals = Totals::default();
    let mut reports = Vec::new();
    for path in &arguments.paths {
        visit(path, &mut |file| {
            let file = match file {
                Ok(Met::File(file)) => file,
                Ok(Met::Skipped) => {
                    totals.skipped += 1;
                    return Ok(());
                }
                Err(error) => {
                    totals.unread += 1;
                    terminal::error(&error);
                    return Ok(());
                }
            };
            totals.files += 1;
            match scan(session, &file, &options, &tests, &fingerprinter) {
                Ok(report) => {
                    totals.secrets += report.findings.iter().filter(|one| one.is_secret()).count() as u64;
                    totals.unread += u64::from(!report.unread.is_empty());
                    show(&report, format, &mut reports)
                }
                Err(error) => {
                    totals.unread += 1;
                    terminal::error(&error.context(format!("scan {}", file.display())));
                    Ok(())
                }
            }
        })?;
    }
    if format == FormatName::Sarif {
        terminal::data(&render::sarif_log(&reports))?;
    }
    let skipped = match totals.skipped {
        0 => String::new(),
        count => format!(", {count} skipped (pipes, sockets, devices and links)"),
    };
    session.talk.note(&format!(
        "{} files, {} secrets, {} files not read whole{skipped}",
        totals.files, totals.secrets, totals.unread
    ));
    Ok(match (totals.secrets, totals.unread) {
        (0, 0) => ExitCode::Clean,
        (0, _) => ExitCode::Incomplete,
        _ => ExitCode::SecretsFound,
    })
}

/// Calls `each` for every file below a path, in the order of names.
fn visit(path: &Path, each: &mut impl FnMut(Result<Met>) -> Result<()>) -> Result<()> {
    if path.as_os_str() == "-" || !path.is_dir() {
        return each(Ok(Met::File(path.to_owned())));
    }
    let walk = ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            // A folder that cannot be read is bytes that were not read, and no reason to stop.
            Err(error) => {
                each(Err(anyhow::Error::new(error).context(format!("walk {}", path.display()))))?;
                continue;
            }
        };
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { continue };
        if !kind.is_file() {
            each(Ok(Met::Skipped))?;
        } else if entry.metadata().map_or(true, |metadata| metadata.len() > 0) {
            // An empty file holds nothing, so nothing is left unread in it.
            each(Ok(Met::File(entry.into_path())))?;
        }
    }
    Ok(())
}

fn scan(
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

fn show(report: &Report, format: FormatName, reports: &mut Vec<Report>) -> Result<()> {
    match format {
        FormatName::Human if report.findings.is_empty() && report.unread.is_empty() => {}
        FormatName::Human => terminal::data(&render::human(report, &terminal::human(&io::stdout())))?,
        FormatName::Json => terminal::data(&render::json_line(report))?,
        FormatName::Html => terminal::data(&render::html(report, &HtmlOptions::default()))?,
        FormatName::Sarif => reports.push(report.clone()),
    }
    Ok(())
}
