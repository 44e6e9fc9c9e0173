//! One scan of many files.

use super::batch::{Batch, Noted, Outcome, SMALL_BYTES, Step};
use super::print::{show, tell};
use super::settings;
use super::state::{Stamp, State, Tally};
use super::walk::{Met, visit};
use crate::args::{FormatName, Scan};
use crate::objects::is_object;
use crate::session::Session;
use crate::session::now_nanoseconds;
use crate::terminal;
use anyhow::{Context, Result, bail};
use coredact_engine::examine::{Options, examine};
use coredact_engine::lines;
use coredact_engine::progress::{Progress, Silent};
use coredact_engine::report::{self, Subject};
use coredact_engine::selftest::SelfTests;
use coredact_engine::source::Source;
use coredact_engine::unpack::{self, Item};
use coredact_engine::writer;
use coredact_record::render;
use coredact_record::{Command, ExitCode, Fingerprinter, Policy, Report};
use std::ops::ControlFlow;
use std::path::Path;

/// Looks for secrets in files and what is packed in them.
pub(crate) struct Scanner<'a> {
    /// How to open files and to talk.
    pub(crate) session: &'a Session,
    /// What is looked for.
    pub(crate) options: &'a Options<'a>,
    /// That the detectors work.
    pub(crate) tests: &'a SelfTests,
    /// How secrets are named.
    pub(crate) fingerprinter: &'a Fingerprinter,
}

/// Where items go; whoever has enough breaks.
pub(super) type Each<'a> = &'a mut dyn FnMut(Item) -> Result<ControlFlow<()>>;

impl Scanner<'_> {
    /// Gives a file to `each`, or, if it is an archive, its members and what belongs to none.
    pub(crate) fn unpack(
        &self,
        path: &Path,
        each: &mut dyn FnMut(Item) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let source = self.session.open_as_it_is(path, std::env::temp_dir())?;
        self.unpack_source(path, source, each)
    }

    /// The same for one that is open.
    pub(super) fn unpack_source(
        &self,
        path: &Path,
        source: Source,
        each: Each<'_>,
    ) -> Result<ControlFlow<()>> {
        let folder = std::env::temp_dir();
        let unpacking = self.session.unpacking(&folder);
        unpack::unpack(Subject::named(path), source, &unpacking, each)
    }

    /// Examines a file or a member.
    pub(crate) fn examine(&self, mut item: Item, progress: &dyn Progress) -> Result<Report> {
        let examine = |item: &Item| -> Result<Report> {
            let image = item.image()?;
            let examination = examine(&*item.source, &image, self.options, progress)?;
            let (subject, options) = (&item.subject, self.options);
            let scan = Command::Scan;
            let (tests, fingerprinter) = (self.tests, self.fingerprinter);
            let mut report =
                report::report(scan, subject, &image, &examination, options, tests, fingerprinter);
            lines::number(&mut report, &*item.source, &image)?;
            item.confirm()?;
            Ok(report)
        };
        let mut report = examine(&item).with_context(|| format!("scan {}", item.subject.name))?;
        item.complete(&mut report);
        Ok(report)
    }
}

/// What happened to all files together.
#[derive(Default)]
struct Totals {
    files: u64,
    members: u64,
    secrets: u64,
    unread: u64,
    skipped: u64,
    /// Files that an earlier scan has searched.
    unchanged: u64,
}

impl Totals {
    fn add(&mut self, tally: Tally) {
        let Tally { members, secrets, unread } = tally;
        self.members += members;
        self.secrets += secrets;
        self.unread += unread;
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.members += other.members;
        self.secrets += other.secrets;
        self.unread += other.unread;
    }
}

/// True if an output takes no more, whatever is read.
fn is_ours(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.is::<terminal::Unprinted>() || cause.is::<writer::Error>())
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
    let scanner = Scanner { session, options: &options, tests: &tests, fingerprinter: &fingerprinter };
    let format = match (arguments.format, session.json) {
        (Some(format), _) => format,
        (None, true) => FormatName::Json,
        (None, false) => FormatName::Human,
    };
    let state = match &arguments.resume {
        Some(_) if format == FormatName::Sarif => {
            bail!("go on with a scan as SARIF: one log must hold all findings; use --format json")
        }
        Some(path) => Some(State::open(path, &settings::digest(session, arguments)?)?),
        None => None,
    };
    if state.as_ref().is_some_and(|state| state.is_outdated) {
        session.talk.note("the state is of other detectors, rules or options: everything is searched anew");
    }
    let mut run = Run {
        scanner: &scanner,
        format,
        totals: Totals::default(),
        batch: Batch::default(),
        reports: Vec::new(),
        is_read: true,
        state,
        file: Tally::default(),
        is_whole: true,
    };
    for path in &arguments.paths {
        let walked = if is_object(path) {
            run.objects(path)?
        } else {
            visit(path, arguments.ignore_files, &mut |met| run.meet(met))?
        };
        if walked.is_break() || run.flush()?.is_break() {
            session.talk.note("stopped: nobody reads standard output any further");
            break;
        }
    }
    run.finish()
}

/// One scan of many files.
pub(super) struct Run<'a> {
    pub(super) scanner: &'a Scanner<'a>,
    format: FormatName,
    totals: Totals,
    /// What waits to be examined.
    batch: Batch,
    /// Those that are printed together.
    reports: Vec<Report>,
    /// Whether somebody reads standard output.
    is_read: bool,
    /// What was searched already, if somebody wants to know.
    state: Option<State>,
    /// What was found in the file that is being told, and whether it was searched to its end.
    file: Tally,
    is_whole: bool,
}

impl Run<'_> {
    /// Scans what was met, and says whether to go on.
    fn meet(&mut self, met: Result<Met>) -> Result<ControlFlow<()>> {
        let path = match met {
            Ok(Met::File(path)) => path,
            Ok(Met::Skipped) => {
                self.totals.skipped += 1;
                return Ok(ControlFlow::Continue(()));
            }
            Err(error) => {
                let flow = self.push(Step::Failed(error))?;
                return if flow.is_break() { Ok(flow) } else { self.push(Step::End(None)) };
            }
        };
        // Asked before it is opened: a change meanwhile shows when it is asked again.
        let stamp = self.state.as_ref().and_then(|_| Stamp::of(&path));
        if let (Some(state), Some(stamp)) = (&self.state, &stamp)
            && (state.is_own(stamp) || self.passes(stamp))
        {
            return Ok(ControlFlow::Continue(()));
        }
        let scanner = self.scanner;
        let name = path.display().to_string();
        let noted = stamp.map(|stamp| Noted::File(path.clone(), stamp));
        self.one(&name, |each| scanner.unpack(&path, each), noted)
    }

    /// True if an earlier scan has searched this very content, which is counted.
    pub(super) fn passes(&mut self, stamp: &Stamp) -> bool {
        let Some(tally) = self.state.as_ref().and_then(|state| state.known(stamp)) else { return false };
        self.totals.files += 1;
        self.totals.unchanged += 1;
        self.totals.add(tally);
        true
    }

    /// Scans a file or object that `open` unpacks.
    pub(super) fn one(
        &mut self,
        name: &str,
        open: impl FnOnce(Each<'_>) -> Result<ControlFlow<()>>,
        noted: Option<Noted>,
    ) -> Result<ControlFlow<()>> {
        self.totals.files += 1;
        let flow = match open(&mut |item| self.item(item)) {
            Ok(flow) => flow,
            // Standard output or the state takes no more: that is no fault of the file.
            Err(error) if is_ours(&error) => return Err(error),
            Err(error) => self.push(Step::Failed(error.context(format!("scan {name}"))))?,
        };
        if flow.is_break() { Ok(flow) } else { self.push(Step::End(noted)) }
    }

    fn item(&mut self, item: Item) -> Result<ControlFlow<()>> {
        if item.bytes() <= SMALL_BYTES {
            return self.push(Step::Item(item));
        }
        if self.flush()?.is_break() {
            self.totals.unread += 1;
            return Ok(ControlFlow::Break(()));
        }
        let progress = self.scanner.session.talk.progress();
        let is_member = item.is_member;
        let report = self.scanner.examine(item, &progress);
        self.note(Outcome::Item(Box::new(report), is_member))
    }

    pub(super) fn push(&mut self, step: Step) -> Result<ControlFlow<()>> {
        if self.batch.push(step) { self.flush() } else { Ok(ControlFlow::Continue(())) }
    }

    /// Examines what waits.
    fn flush(&mut self) -> Result<ControlFlow<()>> {
        let scanner = self.scanner;
        let progress = scanner.session.talk.progress();
        progress.begin("scanning small files", self.batch.bytes());
        let outcomes = self.batch.work(|item| {
            let bytes = item.bytes();
            let report = scanner.examine(item, &Silent);
            progress.advance(bytes);
            report
        });
        progress.end();
        // How long each took is nobody's question here.
        drop(scanner.session.talk.stages());
        for outcome in outcomes {
            // What is not told for want of a reader counts as unread.
            if self.note(outcome)?.is_break() {
                self.totals.unread += 1;
            }
        }
        Ok(if self.is_read { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    /// Counts and prints what became of a step.
    fn note(&mut self, outcome: Outcome) -> Result<ControlFlow<()>> {
        match outcome {
            Outcome::Item(..) if !self.is_read => return Ok(ControlFlow::Break(())),
            // Whether all of it was told is not known: the next scan takes it again.
            Outcome::End(_) if !self.is_read => {}
            Outcome::Item(report, is_member) => match *report {
                Ok(report) => self.report(report, is_member)?,
                Err(error) => self.fault(&error),
            },
            Outcome::Failed(error) => self.fault(&error),
            Outcome::End(file) => self.end(file)?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Counts and prints a report.
    fn report(&mut self, report: Report, is_member: bool) -> Result<()> {
        let tally = Tally {
            members: u64::from(is_member),
            secrets: report.findings.iter().filter(|one| one.is_secret()).count() as u64,
            unread: u64::from(report.is_incomplete()),
        };
        self.totals.add(tally);
        self.file.add(tally);
        tell(self.scanner.session, &report);
        self.is_read = show(report, self.format, &mut self.reports)?;
        Ok(())
    }

    fn fault(&mut self, error: &anyhow::Error) {
        self.totals.unread += 1;
        self.is_whole = false;
        terminal::error(error);
    }

    /// Notes a file that was searched to its end, and is still what it was before. One that could not be read is
    /// tried again by the next scan.
    fn end(&mut self, file: Option<Noted>) -> Result<()> {
        let tally = std::mem::take(&mut self.file);
        let is_whole = std::mem::replace(&mut self.is_whole, true);
        let stamp = match file {
            Some(Noted::File(path, stamp)) => Some(stamp).filter(|stamp| Stamp::of(&path) == Some(*stamp)),
            Some(Noted::Object(stamp)) => Some(stamp),
            None => None,
        };
        match (&mut self.state, stamp) {
            (Some(state), Some(stamp)) if is_whole => state.note(&stamp, tally, now_nanoseconds()),
            _ => Ok(()),
        }
    }

    /// Says what came of it all.
    fn finish(self) -> Result<ExitCode> {
        if self.format == FormatName::Sarif {
            terminal::data(&render::sarif_log(&self.reports))?;
        }
        let Totals { files, members, secrets, unread, skipped, unchanged } = self.totals;
        let members = match members {
            0 => String::new(),
            count => format!(" with {count} members"),
        };
        let skipped = match skipped {
            0 => String::new(),
            count => format!(", {count} skipped (pipes, sockets, devices and links)"),
        };
        let unchanged = match unchanged {
            0 => String::new(),
            count => format!(", {count} unchanged since an earlier scan told what is in them"),
        };
        self.scanner.session.talk.note(&format!(
            "{files} files{members}, {secrets} secrets, {unread} files not searched whole{skipped}{unchanged}"
        ));
        Ok(match (secrets, unread) {
            (0, 0) => ExitCode::Clean,
            (0, _) => ExitCode::Incomplete,
            _ => ExitCode::SecretsFound,
        })
    }
}
