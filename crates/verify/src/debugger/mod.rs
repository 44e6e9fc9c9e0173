//! Does a debugger show the same?
//!
//! gdb and lldb are run on both dumps, without their start-up files, without network, without loading
//! scripts, within a time limit. Threads, frames (address and function) and modules must be the same.
//! Every other difference is listed: what the clean dump shows as it is, what the original shows with
//! everything masked that the clean dump does not show too.

mod compare;
mod dialect;
mod executable;
mod explain;
mod mask;
mod run;
mod session;

use crate::answer::{Numbers as _, answer, question};
use crate::elf::Core;
use crate::fault::Named;
use crate::judge::Debugging;
use coredact_record::{Answer, DebuggerComparison, Plan};
use dialect::Dialect;
use run::Outcome;
use std::path::{Path, PathBuf};

/// What was asked of all debuggers.
pub(crate) struct Asked {
    /// The answer.
    pub(crate) answer: Answer,
    /// One entry for each debugger.
    pub(crate) comparisons: Vec<DebuggerComparison>,
}

/// Runs every debugger there is on both dumps.
pub(crate) fn ask(
    debugging: Option<Debugging<'_>>,
    original: Named<'_>,
    core: Option<&Core>,
    plan: &Plan,
) -> Asked {
    let nothing =
        |why: &str| Asked { answer: answer(question::DEBUGGER, true, why), comparisons: Vec::new() };
    let Some(debugging) = debugging else { return nothing("not asked: no debugger was to be run") };
    let Some(core) = core else { return nothing("not applicable: the original is no 64-bit ELF core") };
    let known = debugging.executable.map(Path::to_path_buf);
    let executable = known.or_else(|| executable::of(core, original));
    let mapped = core.mapped();
    let mut faults = Vec::new();
    let comparisons: Vec<_> = dialect::ALL
        .iter()
        .map(|dialect| {
            let one = One { dialect, debugging, executable: executable.as_ref() };
            let judged =
                one.judge(|before, after| compare::compare(dialect.name, before, after, &mapped, plan));
            faults.extend(judged.fault);
            judged.comparison
        })
        .collect();
    let ran: Vec<&DebuggerComparison> = comparisons.iter().filter(|one| one.not_run.is_none()).collect();
    let detail = if !faults.is_empty() {
        faults.join("; ")
    } else if ran.is_empty() {
        let why: Vec<&str> = comparisons.iter().filter_map(|one| one.not_run.as_deref()).collect();
        format!("not run: {}", why.join("; "))
    } else {
        let names: Vec<&str> = ran.iter().map(|one| one.debugger.as_str()).collect();
        format!("{} show the same threads, frames and modules in both dumps", names.join(" and "))
    };
    let sum = |number: fn(&DebuggerComparison) -> u64| ran.iter().map(|one| number(one)).sum();
    let answer = answer(question::DEBUGGER, faults.is_empty(), detail)
        .with("debuggers", ran.len() as u64)
        .with("frames_compared", sum(|one| u64::from(one.frames)))
        .with("lines_compared", sum(|one| one.lines));
    Asked { answer, comparisons }
}

/// One debugger with what it is run on.
struct One<'a> {
    dialect: &'a Dialect,
    debugging: Debugging<'a>,
    executable: Option<&'a PathBuf>,
}

/// What one debugger showed, and whether that fails the answer.
struct Judged {
    comparison: DebuggerComparison,
    fault: Option<String>,
}

impl One<'_> {
    fn judge(&self, compare: impl FnOnce(&str, &str) -> DebuggerComparison) -> Judged {
        let name = self.dialect.name;
        let version = match run::run(name, &["--version".into()]) {
            Outcome::Text(text) => format!("{name} {}", dialect::version(&text)),
            Outcome::NotStarted(why) | Outcome::Broken(why) => return Judged::not_run(name, why),
        };
        let path = |dump: &Path, executable: Option<&PathBuf>| {
            (self.dialect.arguments)(dump, executable.map(PathBuf::as_path))
        };
        let before = match run::run(name, &path(self.debugging.original, self.executable)) {
            Outcome::Text(text) => text,
            // What a debugger cannot do with the original says nothing about the clean dump.
            Outcome::NotStarted(why) | Outcome::Broken(why) => {
                return Judged::not_run(&version, format!("not comparable, on the original dump {why}"));
            }
        };
        let after = match run::run(name, &path(self.debugging.clean, self.executable)) {
            Outcome::Text(text) => text,
            Outcome::NotStarted(why) | Outcome::Broken(why) => {
                let mut judged = Judged::not_run(&version, format!("on the clean dump {why}"));
                judged.fault =
                    Some(format!("{version} works on the original dump, but on the clean dump {why}"));
                return judged;
            }
        };
        let anonymous = |text: &str, dump: &Path| match dump.to_str() {
            Some(path) if !path.is_empty() => text.replace(path, "CORE"),
            _ => text.to_owned(),
        };
        let comparison =
            compare(&anonymous(&before, self.debugging.original), &anonymous(&after, self.debugging.clean));
        let comparison = DebuggerComparison { debugger: version, ..comparison };
        let fault = (!comparison.same).then(|| {
            format!("{} shows other threads, frames or modules in the clean dump", comparison.debugger)
        });
        Judged { comparison, fault }
    }
}

impl Judged {
    fn not_run(debugger: &str, why: String) -> Self {
        let comparison = DebuggerComparison {
            debugger: debugger.to_owned(),
            same: false,
            threads: 0,
            frames: 0,
            modules: 0,
            lines: 0,
            differing: Vec::new(),
            not_run: Some(why),
        };
        Self { comparison, fault: None }
    }
}
