//! Does a debugger show the same?
//!
//! gdb and lldb, and of a minidump lldb and minidump-stackwalk, are run on both dumps, without their start-up files, without network, without loading
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

use crate::answer::{Numbers as _, answer, not_applicable, question};
use crate::fault::Named;
use crate::judge::Debugging;
use crate::layout::Layout;
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
    layout: Option<&Layout>,
    plan: &Plan,
) -> Asked {
    let nothing =
        |why: &str| Asked { answer: not_applicable(question::DEBUGGER, why), comparisons: Vec::new() };
    let Some(debugging) = debugging else { return nothing("not asked: no debugger was to be run") };
    let Some(layout) = layout else {
        return nothing("not applicable: the original is no dump that a debugger opens");
    };
    if !dialect::ALL.iter().any(|dialect| dialect.formats.contains(&layout.name())) {
        return nothing("not applicable: no debugger opens dumps of this format");
    }
    let mut executable = debugging.executable.map(Path::to_path_buf);
    if let Some(core) = layout.elf() {
        if let Some(why) = debugging.executable.and_then(|path| executable::mistaken(path, core, original)) {
            return nothing(&format!("not comparable: {why}"));
        }
        executable = executable.or_else(|| executable::of(core, original));
    }
    let (before, after) = (openable(debugging.original), openable(debugging.clean));
    let debugging = Debugging { original: &before, clean: &after, ..debugging };
    let mapped = layout.mapped();
    let mut faults = Vec::new();
    let comparisons: Vec<_> = dialect::ALL
        .iter()
        .filter(|dialect| dialect.formats.contains(&layout.name()))
        .map(|dialect| {
            let one = One { dialect, debugging, executable: executable.as_ref() };
            let judged =
                one.judge(|before, after| compare::compare(dialect.name, before, after, &mapped, plan));
            faults.extend(judged.fault);
            judged.comparison
        })
        .collect();
    let ran: Vec<&DebuggerComparison> = comparisons.iter().filter(|one| one.compared()).collect();
    if ran.is_empty() && faults.is_empty() {
        let why: Vec<String> = comparisons.iter().map(why_not).collect();
        let answer = not_applicable(question::DEBUGGER, format!("not compared: {}", why.join("; ")));
        return Asked { answer, comparisons };
    }
    let detail = if faults.is_empty() {
        let names: Vec<&str> = ran.iter().map(|one| one.debugger.as_str()).collect();
        let show = if names.len() == 1 { "shows" } else { "show" };
        format!("{} {show} the same threads, frames and modules in both dumps", names.join(" and "))
    } else {
        faults.join("; ")
    };
    let sum = |number: fn(&DebuggerComparison) -> u64| ran.iter().map(|one| number(one)).sum();
    let answer = answer(question::DEBUGGER, faults.is_empty(), detail)
        .with("debuggers", ran.len() as u64)
        .with("frames_compared", sum(|one| u64::from(one.frames)))
        .with("lines_compared", sum(|one| one.lines));
    Asked { answer, comparisons }
}

/// Why a debugger compared nothing.
fn why_not(comparison: &DebuggerComparison) -> String {
    match (&comparison.not_run, &comparison.not_comparable) {
        (_, Some(why)) => format!("{}: {why}", comparison.debugger),
        (why, None) => why.clone().unwrap_or_default(),
    }
}

/// The same file by a name from the root without links and detours: a debugger shows it as it is given, so
/// that it can be recognised in its text. What `/proc` names may have no other name.
fn openable(dump: &Path) -> PathBuf {
    if dump.starts_with("/proc") {
        return dump.to_path_buf();
    }
    dump.canonicalize().unwrap_or_else(|_| dump.to_path_buf())
}

/// `text` with the dump's path replaced by a word that is the same for both dumps.
fn anonymous(text: &str, dump: &Path) -> String {
    let Some(path) = dump.to_str().filter(|path| !path.is_empty()) else { return text.to_owned() };
    let inside = |one: char| one.is_alphanumeric() || "_-/".contains(one);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(path) {
        out.push_str(before);
        // Not if it is a part of a longer path only.
        let longer = before.ends_with(inside) || after.starts_with(inside);
        let ending = after.strip_prefix('.').is_some_and(|after| after.starts_with(char::is_alphanumeric));
        out.push_str(if longer || ending { path } else { "CORE" });
        rest = after;
    }
    out.push_str(rest);
    out
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
                return Judged::not_comparable(&version, format!("on the original dump {why}"));
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
        let comparison =
            compare(&anonymous(&before, self.debugging.original), &anonymous(&after, self.debugging.clean));
        let comparison = DebuggerComparison { debugger: version, ..comparison };
        let fault = (comparison.compared() && !comparison.same).then(|| {
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
            not_comparable: None,
        };
        Self { comparison, fault: None }
    }

    fn not_comparable(debugger: &str, why: String) -> Self {
        let mut judged = Self::not_run(debugger, why);
        judged.comparison.not_comparable = judged.comparison.not_run.take();
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_the_dump_is_replaced_and_longer_paths_are_not() {
        let check =
            |text: &str, expected: &str| assert_eq!(anonymous(text, Path::new("/tmp/core")), expected);
        check("Core file '/tmp/core' (x86_64)", "Core file 'CORE' (x86_64)");
        check("/tmp/core: ok /tmp/core.", "CORE: ok CORE.");
        check("/tmp/core.clean /tmp/cores/a /var/tmp/core", "/tmp/core.clean /tmp/cores/a /var/tmp/core");
    }

    #[test]
    fn debugger_that_sees_nothing_twice_has_compared_nothing() {
        let plan = Plan { input_length: 9, ..Plan::default() };
        let check = |name: &str, text: &str, expected: &str| {
            let compared = compare::compare(name, text, text, &[], &plan);
            assert!(!compared.same && !compared.compared());
            assert_eq!(compared.not_comparable.unwrap(), expected);
        };
        check(
            "gdb",
            "/nowhere: No such file or directory.\n@coredact-section frames\n",
            "it sees no thread in the original dump: /nowhere: No such file or directory.",
        );
        check("lldb", "(lldb) thread backtrace all\n", "it sees no thread in the original dump");
        check(
            "gdb",
            "@coredact-section frames\nThread 1 (LWP 8):\n@coredact-section end\n",
            "it sees no frame in the original dump",
        );
    }
}
