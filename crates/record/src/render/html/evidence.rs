//! Why the findings can be believed: detectors, unread bytes, the verifier, debuggers, digests.

use super::SealSummary;
use crate::render::human::compared;
use crate::text::{counted, percent, size, thousands, visible};
use crate::{Answer, DebuggerComparison, DetectorRun, Report, Verdict};
use maud::{Markup, html as markup};

/// Most lines of one list on the page.
const LINES_MAX: usize = 100;

/// Coverage, unread bytes, the verifier's answers and the debuggers.
pub(super) fn sections(report: &Report) -> Markup {
    markup! {
        @if let Some(verdict) = &report.verdict { (verifier(verdict)) (debuggers(verdict)) }
        (coverage(report))
    }
}

fn verifier(verdict: &Verdict) -> Markup {
    markup! {
        section {
            h2 { "What the verifier asked" }
            p.lead { "The verifier shares no code with detection, parsing or removal. A failed answer means that nothing is released." }
            div.card { table {
                thead { tr { th { "Question" } th { "Answer" } th { "Measured" } } }
                tbody { @for answer in &verdict.answers { (answer_row(answer)) } }
            } }
        }
    }
}

fn answer_row(answer: &Answer) -> Markup {
    markup! {
        tr {
            td { (visible(&answer.name)) span.sub { (visible(&answer.detail)) } }
            td { @if answer.passed && answer.not_applicable { span.soft { "– not applicable" } } @else if answer.passed { span.yes { "✓ passed" } } @else { span.no { "✗ failed" } } }
            td { @for (name, number) in &answer.numbers {
                div { (thousands(*number)) " " span.soft { (visible(name).replace('_', " ")) } }
            } }
        }
    }
}

fn debuggers(verdict: &Verdict) -> Markup {
    markup! {
        @if !verdict.debugger.is_empty() {
            section {
                h2 { "What a debugger sees" }
                @for run in &verdict.debugger { (debugger(run)) }
            }
        }
    }
}

fn debugger(run: &DebuggerComparison) -> Markup {
    if let Some(why) = &run.not_run {
        return markup! { p.soft { (visible(&run.debugger)) " was not run: " (visible(why)) } };
    }
    if let Some(why) = &run.not_comparable {
        return markup! { p { span.no { "✗ " } strong { (visible(&run.debugger)) } ": not comparable: " (visible(why)) } };
    }
    let more = run.differing.len().saturating_sub(LINES_MAX);
    markup! {
        p {
            @if run.same { span.yes { "✓ " } } @else { span.no { "✗ " } }
            strong { (visible(&run.debugger)) } ": " (compared(run)) "."
        }
        @if !run.differing.is_empty() {
            div.card.diff { table {
                thead { tr { th { "Before" } th { "After" } th { "Because of" } } }
                tbody { @for line in run.differing.iter().take(LINES_MAX) {
                    tr {
                        td.mono.before { (visible(&line.before)) }
                        td.mono.after { (visible(&line.after)) }
                        td { @match line.explained_by {
                            Some(number) => { "#" (number) }
                            None => span.no { "unexplained" },
                        } }
                    }
                } }
            } }
            @if more > 0 { p.soft { "… and " (counted(more as u64, "line", "lines")) " more in the JSON report." } }
        }
    }
}

fn coverage(report: &Report) -> Markup {
    markup! {
        section {
            h2 { "What was looked at" }
            @if !report.detectors.is_empty() {
                p.lead { "Each detector first has to find a key that is planted for it in this very run." }
                div.card { table {
                    thead { tr { th { "Detector" } th { "Self-test" } th.n { "Looked at" } th.n { "Of the dump" } th.n { "Candidates" } th.n { "Findings" } } }
                    tbody { @for run in &report.detectors { (detector(run, report.input.length)) } }
                } }
            }
            h3 { "Not read" }
            (unread(report))
            @if !report.searched_incompletely.is_empty() {
                h3 { "Searched incompletely" }
                @for one in report.searched_incompletely.iter().take(LINES_MAX) { p { (visible(&one.to_string())) } }
            }
            @if !report.remarks.is_empty() {
                h3 { "Remarks" }
                @for remark in report.remarks.iter().take(LINES_MAX) { p { (visible(remark)) } }
            }
        }
    }
}

fn detector(run: &DetectorRun, length: u64) -> Markup {
    markup! {
        tr {
            td {
                (visible(&run.name)) span.soft { " v" (run.version) }
                @for remark in run.remarks.iter().take(LINES_MAX) { span.sub { (visible(remark)) } }
            }
            td { @if run.self_test { span.yes { "✓ found" } } @else { span.no { "✗ missed" } } }
            td.n { (size(run.bytes)) }
            td.n { (percent(run.bytes, length)) }
            td.n { (thousands(run.candidates)) }
            td.n { (thousands(run.findings)) }
        }
    }
}

fn unread(report: &Report) -> Markup {
    if report.unread.is_empty() {
        return markup! { p { "Nothing: every byte was read." } };
    }
    let more = report.unread.len().saturating_sub(LINES_MAX);
    markup! {
        div.card { table {
            thead { tr { th { "File offset" } th.n { "Bytes" } th { "Why" } } }
            tbody { @for unread in report.unread.iter().take(LINES_MAX) {
                tr {
                    td.mono { (format!("{:#x}", unread.file_offset)) }
                    td.n { (thousands(unread.length)) }
                    td.wide { (visible(&unread.why)) }
                }
            } }
        } }
        @if more > 0 { p.soft { "… and " (counted(more as u64, "place", "places")) " more in the JSON report." } }
    }
}

/// The digests by which files, plan and seal are recognised.
pub(super) fn documents(report: &Report, seal: Option<&SealSummary>) -> Markup {
    let plan = report.plan.as_ref().map(|plan| crate::hex::encode(&plan.digest()));
    let input = &report.input;
    markup! {
        section {
            h2 { "Files and digests" }
            div.card { table {
                thead { tr { th { "" } th { "Name" } th { "SHA-256" } } }
                tbody {
                    tr {
                        td { "Input" }
                        td.wide { (visible(&input.name)) }
                        td.mono.wide { @match &input.sha256 { Some(sha256) => (visible(sha256)), None => "not computed" } }
                    }
                    @if let Some(output) = &report.output {
                        tr { td { "Output" } td.wide { (visible(&output.name)) } td.mono.wide { (visible(&output.sha256)) } }
                    }
                    @if let Some(plan) = &plan {
                        tr { td { "Plan" } td { "as its text defines it" } td.mono.wide { (plan) } }
                    }
                    @if let Some(seal) = seal {
                        tr { td { "Seal" } td.wide { (visible(&seal.name)) } td.mono.wide { (visible(&seal.sha256)) } }
                        tr { td { "Sealed by" } td { "key, by its public half" } td.mono.wide { (visible(&seal.key_id)) } }
                    }
                }
            } }
        }
    }
}
