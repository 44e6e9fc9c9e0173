//! The summary for a terminal: readable without colour, at any width.

mod published;
mod table;

pub use published::identity;

use crate::text::{counted, percent, size, thousands, visible};
use crate::{Answer, Command, DebuggerComparison, ExitCode, Finding, Report, Verdict};
use table::{Table, shorten};

/// How to write for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanOptions {
    /// Use ANSI colours (the caller looks at NO_COLOR and whether it is a terminal).
    pub colour: bool,
    /// Columns of the terminal; at least 40 are used.
    pub width: usize,
}

/// Most findings in the table; the rest is counted and stands in the JSON.
const FINDINGS_MAX: usize = 40;

/// The column of the findings that says whether a finding was removed.
const REMOVED_COLUMN: usize = 5;

/// Most lines of any other list.
const LINES_MAX: usize = 12;

/// The report for people, ended by a line feed.
#[must_use]
pub fn human(report: &Report, options: &HumanOptions) -> String {
    let mut page = Page { text: String::new(), colour: options.colour, width: options.width.max(40) };
    head(report, &mut page);
    findings(report, &mut page);
    published::part(report, &mut page);
    removed(report, &mut page);
    unread(report, &mut page);
    searched_incompletely(report, &mut page);
    remarks(report, &mut page);
    detectors(report, &mut page);
    if let Some(verdict) = &report.verdict {
        answers(verdict, &mut page);
        debuggers(verdict, &mut page);
    }
    stages(report, &mut page);
    next(report, &mut page);
    page.text
}

/// The verifier's answers alone, ended by a line feed.
#[must_use]
pub fn verdict(verdict: &Verdict, options: &HumanOptions) -> String {
    let mut page = Page { text: String::new(), colour: options.colour, width: options.width.max(40) };
    answers(verdict, &mut page);
    debuggers(verdict, &mut page);
    page.text
}

#[derive(Clone, Copy)]
enum Paint {
    Bold,
    Good,
    Bad,
    Dim,
}

struct Page {
    text: String,
    colour: bool,
    width: usize,
}

impl Page {
    /// A heading of a part, and what it comes to.
    fn part(&mut self, name: &str, paint: Paint, summary: &str) {
        let summary = shorten(summary, self.width.saturating_sub(name.len() + 2));
        let line = format!("{}  {}", self.paint(Paint::Bold, name), self.paint(paint, &summary));
        self.raw(&line);
    }

    /// An indented line, cut to the width.
    fn line(&mut self, text: &str) {
        let line = shorten(&format!("  {text}"), self.width);
        self.raw(&line);
    }

    fn table(&mut self, table: &Table) {
        for (index, line) in table.lines(self.width).iter().enumerate() {
            let line = if index == 0 { self.paint(Paint::Dim, line) } else { line.clone() };
            self.raw(&line);
        }
    }

    fn more(&mut self, all: usize, shown: usize, what: &str) {
        if all > shown {
            self.line(&format!("… and {} more {what} in the JSON report", all - shown));
        }
    }

    fn raw(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Bold => "1",
            Paint::Good => "32",
            Paint::Bad => "1;31",
            Paint::Dim => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

fn head(report: &Report, page: &mut Page) {
    let input = &report.input;
    let policy = report.policy.map(|policy| format!(", policy {policy}")).unwrap_or_default();
    page.part(&format!("{} {}", report.tool, report.command.name()), Paint::Bold, &visible(&input.name));
    let compression =
        input.compression.as_deref().map(|name| format!(", in {}", visible(name))).unwrap_or_default();
    page.line(&format!(
        "{} {}, {}, {}{compression}{policy}",
        visible(&input.format),
        visible(&input.machine),
        counted(u64::from(input.threads), "thread", "threads"),
        size(input.length)
    ));
}

fn findings(report: &Report, page: &mut Page) {
    let all = &report.findings;
    if all.is_empty() {
        page.part("FOUND", Paint::Good, "nothing");
        return;
    }
    let copies = all.iter().fold(0_u64, |sum, finding| sum.saturating_add(finding.copies));
    let public = all.iter().filter(|finding| finding.publicly_known.is_some()).count();
    let known = if public > 0 { format!(", {public} of them publicly known") } else { String::new() };
    let summary = format!(
        "{} in {}{known}",
        counted(all.len() as u64, "finding", "findings"),
        counted(copies, "place", "places")
    );
    page.part("FOUND", Paint::Bold, &summary);
    // A scan removes nothing, so it says nothing of removal.
    let removal = report.command != Command::Scan;
    let headings = ["#>", "kind", "bits>", "certainty", "places>", "removed", "name"];
    let shown = |column: usize| removal || column != REMOVED_COLUMN;
    let headings: Vec<&str> =
        headings.into_iter().enumerate().filter(|(at, _)| shown(*at)).map(|(_, name)| name).collect();
    let mut table = Table::new(&headings);
    for finding in all.iter().take(FINDINGS_MAX) {
        let row = row(finding).into_iter().enumerate();
        table.push(row.filter(|(at, _)| shown(*at)).map(|(_, cell)| cell).collect());
    }
    page.table(&table);
    page.more(all.len(), FINDINGS_MAX, "findings");
}

fn row(finding: &Finding) -> Vec<String> {
    vec![
        finding.number.to_string(),
        visible(&finding.kind).into_owned(),
        finding.bits.to_string(),
        finding.certainty.to_string(),
        thousands(finding.copies),
        if finding.removed { "yes" } else { "no" }.to_owned(),
        match line_of(finding) {
            Some(line) => format!("{line}: {}", name_of(finding)),
            None => name_of(finding),
        },
    ]
}

/// Where the first of its places in a text is: `12:7`, line and column.
fn line_of(finding: &Finding) -> Option<String> {
    let place = finding.places.iter().find(|place| place.line.is_some())?;
    Some(format!("line {}:{}", place.line?, place.column?))
}

/// The name by which its owner knows a key, else its fingerprint, else the reason that it was left.
fn name_of(finding: &Finding) -> String {
    if let Some(known) = finding.publicly_known.as_ref().or(finding.why_kept.as_ref()) {
        return visible(known).into_owned();
    }
    // Names people chose come last in the list and say most.
    let id = finding.public_ids.last().map(|id| format!("{} {}", visible(&id.name), visible(&id.value)));
    id.or_else(|| finding.fingerprint.clone()).unwrap_or_else(|| visible(&finding.detector).into_owned())
}

fn removed(report: &Report, page: &mut Page) {
    if report.command == Command::Scan {
        return;
    }
    let cuts = report.plan.as_ref().map_or(0, |plan| plan.cuts.len());
    let summary = format!(
        "{} in {} ({} of the dump)",
        counted(report.bytes_removed, "byte", "bytes"),
        counted(cuts as u64, "cut", "cuts"),
        percent(report.bytes_removed, report.input.length)
    );
    page.part("REMOVED", Paint::Bold, &summary);
    if let Some(notice) = report.plan.as_ref().and_then(|plan| plan.notice.as_ref()) {
        page.line(&format!(
            "the clean dump says so in its ERASEINFO, at file offset {:#x}",
            notice.file_offset
        ));
    }
}

fn unread(report: &Report, page: &mut Page) {
    if report.unread.is_empty() {
        page.part("NOT READ", Paint::Good, "none: every byte was read");
    } else {
        let bytes = report.unread.iter().fold(0_u64, |sum, unread| sum.saturating_add(unread.length));
        page.part(
            "NOT READ",
            Paint::Bad,
            &format!("{}: no claim is made about them", counted(bytes, "byte", "bytes")),
        );
        for unread in report.unread.iter().take(LINES_MAX) {
            // What was lost comes first: a long line is cut at its end.
            page.line(&format!(
                "{} ({} from {:#x})",
                visible(&unread.why),
                counted(unread.length, "byte", "bytes"),
                unread.file_offset
            ));
        }
        page.more(report.unread.len(), LINES_MAX, "places");
    }
}

/// Searches that a limit cut off. Where there are none, nothing is said: it goes without saying.
fn searched_incompletely(report: &Report, page: &mut Page) {
    let cut_off = &report.searched_incompletely;
    if cut_off.is_empty() {
        return;
    }
    page.part("SEARCHED INCOMPLETELY", Paint::Bad, "a limit cut a search off: a secret may have been missed");
    for one in cut_off.iter().take(LINES_MAX) {
        page.line(&visible(&one.to_string()));
    }
    page.more(cut_off.len(), LINES_MAX, "limits");
}

fn remarks(report: &Report, page: &mut Page) {
    for remark in report.remarks.iter().take(LINES_MAX) {
        page.line(&format!("remark: {}", visible(remark)));
    }
    page.more(report.remarks.len(), LINES_MAX, "remarks");
}

fn detectors(report: &Report, page: &mut Page) {
    let failed: Vec<_> = report.detectors.iter().filter(|run| !run.self_test).collect();
    let summary = match (report.detectors.len(), failed.len()) {
        (0, _) => "no detector ran".to_owned(),
        (all, 0) => {
            format!("{}, each found the key planted for it", counted(all as u64, "detector", "detectors"))
        }
        (all, failed) => format!("{failed} of {all} did not find the key planted for them"),
    };
    let good = failed.is_empty() && (!report.detectors.is_empty() || report.command == Command::Verify);
    if report.command != Command::Verify || !report.detectors.is_empty() {
        page.part("DETECTORS", if good { Paint::Dim } else { Paint::Bad }, &summary);
    }
    for run in failed {
        page.line(&format!("FAILED {}", visible(&run.name)));
    }
}

fn answers(verdict: &Verdict, page: &mut Page) {
    let asked: Vec<&Answer> = verdict.answers.iter().filter(|answer| !answer.not_applicable).collect();
    let passed = asked.iter().filter(|answer| answer.passed).count();
    let left = verdict.answers.len() - asked.len();
    let left = if left > 0 { format!(", {left} not applicable") } else { String::new() };
    let summary = format!("{passed} of {} answers as wanted{left}", asked.len());
    let (name, paint) = if verdict.passed { ("VERIFIED", Paint::Good) } else { ("NOT VERIFIED", Paint::Bad) };
    page.part(name, paint, &summary);
    for answer in &verdict.answers {
        page.line(&answer_line(answer));
    }
}

fn answer_line(answer: &Answer) -> String {
    let numbers: Vec<String> = answer
        .numbers
        .iter()
        .map(|(name, number)| format!("{} {}", visible(name).replace('_', " "), thousands(*number)))
        .collect();
    let word = match (answer.passed, answer.not_applicable) {
        (false, _) => "FAILED",
        (true, true) => "--    ",
        (true, false) => "ok    ",
    };
    let said = if answer.passed && !answer.not_applicable && !numbers.is_empty() {
        numbers.join(", ")
    } else {
        visible(&answer.detail).into_owned()
    };
    format!("{word} {}: {said}", visible(&answer.name))
}

fn debuggers(verdict: &Verdict, page: &mut Page) {
    for comparison in &verdict.debugger {
        let name = visible(&comparison.debugger);
        if let Some(why) = &comparison.not_run {
            page.part("DEBUGGER", Paint::Dim, &format!("{name} not run: {}", visible(why)));
            continue;
        }
        if let Some(why) = &comparison.not_comparable {
            page.part("DEBUGGER", Paint::Bad, &format!("{name}: not comparable: {}", visible(why)));
            continue;
        }
        let paint = if comparison.same { Paint::Good } else { Paint::Bad };
        page.part("DEBUGGER", paint, &format!("{name}: {}", compared(comparison)));
        for line in comparison.differing.iter().take(LINES_MAX / 2) {
            page.line(&format!("before  {}", visible(&line.before)));
            let why = line
                .explained_by
                .map_or_else(|| "unexplained".to_owned(), |number| format!("finding {number}"));
            page.line(&format!("after   {}  ({why})", visible(&line.after)));
        }
        page.more(comparison.differing.len(), LINES_MAX / 2, "lines");
    }
}

/// `the same 4 threads, 31 frames and 11 modules; 1 of 812 lines differs`.
pub(crate) fn compared(comparison: &DebuggerComparison) -> String {
    let shape = format!(
        "{}, {} and {}",
        counted(u64::from(comparison.threads), "thread", "threads"),
        counted(u64::from(comparison.frames), "frame", "frames"),
        counted(u64::from(comparison.modules), "module", "modules")
    );
    let differing = comparison.differing.len();
    let unexplained = comparison.differing.iter().filter(|line| line.explained_by.is_none()).count();
    let lines = match (differing, unexplained) {
        (0, _) => format!("all {} lines of text the same", thousands(comparison.lines)),
        (_, 0) => {
            format!("{differing} of {} lines differ, each where a secret was", thousands(comparison.lines))
        }
        _ => {
            format!("{differing} of {} lines differ, {unexplained} unexplained", thousands(comparison.lines))
        }
    };
    if comparison.same { format!("same {shape}; {lines}") } else { format!("NOT the same {shape}; {lines}") }
}

fn stages(report: &Report, page: &mut Page) {
    for stage in &report.stages {
        let rate = u128::from(stage.bytes) * 1000 / u128::from(stage.milliseconds.max(1));
        let rate = size(u64::try_from(rate).unwrap_or(u64::MAX));
        page.line(&format!(
            "{:10} {:>9} in {}.{:03} s, {rate}/s",
            visible(&stage.name),
            size(stage.bytes),
            stage.milliseconds / 1000,
            stage.milliseconds % 1000
        ));
    }
}

fn next(report: &Report, page: &mut Page) {
    let output = report.output.as_ref().map(|output| visible(&output.name).into_owned()).unwrap_or_default();
    let (paint, text) = match (report.exit_code(), report.command) {
        (ExitCode::VerificationFailed, _) => (
            Paint::Bad,
            "nothing was released; keep the input where it is and report the failed answer".to_owned(),
        ),
        (ExitCode::SecretsFound, _) => {
            (Paint::Bad, format!("replace the keys above, then {}", after_replacing(report)))
        }
        (ExitCode::Incomplete, Command::Scrub) if report.unread.is_empty() => (
            Paint::Bad,
            format!("{output} was written, but a search was cut off: it may hold a secret still"),
        ),
        (ExitCode::Incomplete, Command::Scrub) => {
            (Paint::Bad, format!("{output} was written, but no claim is made about the bytes not read"))
        }
        (ExitCode::Incomplete, _) if report.unread.is_empty() => {
            (Paint::Bad, "no secret was found; see which search was cut off".to_owned())
        }
        (ExitCode::Incomplete, _) => {
            (Paint::Bad, "no secret in what was read; see what was not read".to_owned())
        }
        (_, Command::Scrub) => {
            (Paint::Good, format!("hand on {output}; replace the keys above if the input was seen"))
        }
        (_, Command::Scan) => (Paint::Good, "nothing to do".to_owned()),
        (_, Command::Verify) => (Paint::Good, "the file may be handed on".to_owned()),
    };
    page.part("NEXT", paint, &text);
}

/// What to do with a file in which secrets were found. One without a format can be scrubbed if the user says that it is memory.
fn after_replacing(report: &Report) -> String {
    let name = &report.input.name;
    if report.input.format == "raw" {
        return "delete the file or guard it (memory without headers: coredact scrub --as raw)".to_owned();
    }
    if ["tar", "zip", "ar", "cpio"].contains(&report.input.format.as_str()) {
        return "delete the archive or guard it (what was found stands outside of its members)".to_owned();
    }
    // Members of archives are named `archive!member`.
    if name.contains('!') {
        return "take it out of its archive, and coredact scrub DUMP -o CLEAN".to_owned();
    }
    // Only a name that the shell takes as it stands here is worth copying.
    let plain = |one: char| one.is_alphanumeric() || "/._-+:@%,".contains(one);
    let name = match name.as_str() {
        "" | "-" => "DUMP".to_owned(),
        name if name.contains(['\'', char::REPLACEMENT_CHARACTER]) || name.starts_with('-') => {
            "DUMP".to_owned()
        }
        name if name.chars().all(plain) => name.to_owned(),
        name if matches!(visible(name), std::borrow::Cow::Borrowed(_)) => format!("'{name}'"),
        _ => "DUMP".to_owned(),
    };
    format!("coredact scrub {name} -o CLEAN")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InputInfo;

    fn plain(report: &Report, width: usize) -> String {
        human(report, &HumanOptions { colour: false, width })
    }

    fn sample() -> Report {
        Report::from_json(include_bytes!("../../../../../testdata/report/report-v1.json")).unwrap()
    }

    #[test]
    fn summary_says_what_was_found_removed_unread_and_verified() {
        let text = plain(&sample(), 100);
        for expected in [
            "coredact scrub  core.nginx.812\n",
            "policy strict",
            "rsa-private-key  2048  proven",
            "NOT READ  none: every byte was read",
            "VERIFIED  5 of 5 answers as wanted",
            "DEBUGGER  gdb 13.1: same 4 threads, 31 frames and 11 modules; 1 of 812 lines differ",
            "DEBUGGER  lldb not run: not installed",
            "NEXT  hand on core.nginx.812.clean.zst",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }

    #[test]
    fn lines_keep_to_the_width_and_colours_can_be_left_out() {
        for width in [40, 80, 200] {
            let text = plain(&sample(), width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
            assert!(!text.contains('\x1b'));
        }
        assert!(human(&sample(), &HumanOptions { colour: true, width: 80 }).contains("\x1b["));
    }

    #[test]
    fn unread_bytes_are_never_called_clean() {
        let mut report =
            Report::new(Command::Scan, InputInfo { name: "core".into(), ..InputInfo::default() });
        report.unread.push(crate::Unread { file_offset: 16, length: 9, why: "truncated".into() });
        let text = plain(&report, 90);
        assert!(text.contains("NOT READ  9 bytes: no claim is made about them"), "{text}");
        assert!(text.contains("truncated (9 bytes from 0x10)"), "{text}");
        assert!(!text.contains("nothing to do"), "{text}");
    }

    #[test]
    fn search_that_was_cut_off_is_told_apart_from_bytes_not_read() {
        let mut report =
            Report::new(Command::Scan, InputInfo { name: "core".into(), ..InputInfo::default() });
        report.searched_incompletely.push(crate::CutOff {
            search: "RSA keys without encoding".into(),
            limit: "number of them".into(),
            what: "exponents".into(),
            left_out: 12_345,
        });
        let text = plain(&report, 100);
        for expected in [
            "NOT READ  none: every byte was read",
            "SEARCHED INCOMPLETELY  a limit cut a search off: a secret may have been missed",
            "RSA keys without encoding: 12,345 exponents beyond the limit on the number of them",
            "NEXT  no secret was found; see which search was cut off",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        assert!(!plain(&sample(), 100).contains("SEARCHED INCOMPLETELY"));
    }

    #[test]
    fn scan_claims_no_removal_and_sends_only_dumps_to_scrub() {
        let mut report = Report { command: Command::Scan, verdict: None, plan: None, ..sample() };
        let text = plain(&report, 200);
        assert!(!text.to_lowercase().contains("removed") && !text.contains(" yes "), "{text}");
        assert!(text.contains("then coredact scrub core.nginx.812 -o CLEAN"), "{text}");
        report.input.name = "a b".into();
        assert!(plain(&report, 200).contains("coredact scrub 'a b' -o CLEAN"));
        report.input.format = "raw".into();
        assert!(!plain(&report, 200).contains("coredact scrub a"));
        report.input.format = "elf-core".into();
        report.input.name = "image.tar!srv/core".into();
        assert!(plain(&report, 200).contains("take it out of its archive, and coredact scrub DUMP -o CLEAN"));
    }

    #[test]
    fn what_could_not_be_compared_is_never_called_the_same() {
        let mut report = sample();
        let verdict = report.verdict.as_mut().unwrap();
        verdict.debugger[0].same = false;
        verdict.debugger[0].not_comparable = Some("it saw no frame".into());
        verdict.answers[0].not_applicable = true;
        let text = plain(&report, 200);
        assert!(text.contains("DEBUGGER  gdb 13.1: not comparable: it saw no frame"), "{text}");
        assert!(text.contains("VERIFIED  4 of 4 answers as wanted, 1 not applicable"), "{text}");
        assert!(!text.contains("same 4 threads"), "{text}");
    }

    #[test]
    fn hostile_names_cannot_reach_the_terminal() {
        let text = plain(&crate::render::html::tests::hostile(), 4000);
        assert!(
            text.chars().all(|character| character == '\n' || !crate::text::is_hidden(character)),
            "{text}"
        );
        assert!(text.contains("\\u{1b}[31m"));
    }
}
