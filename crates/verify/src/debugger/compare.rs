//! Compares what a debugger showed of both dumps.

use super::dialect;
use super::explain::Fills;
use super::mask::mask;
use super::session::{Frame, Session};
use crate::limits::{COMPLAINT_CHARACTERS_MAX, DIFFERING_LINES_MAX};
use coredact_record::{DebuggerComparison, DifferingLine, Plan};
use std::collections::BTreeMap;
use std::ops::Range;

/// Compares two texts of the debugger called `name`.
pub(super) fn compare(
    name: &str,
    before: &str,
    after: &str,
    mapped: &[Range<u64>],
    plan: &Plan,
) -> DebuggerComparison {
    let read = dialect::ALL.iter().find(|dialect| dialect.name == name).map(|dialect| dialect.read);
    let (before, after) = read.map(|read| (read(before), read(after))).unwrap_or_default();
    let fills = Fills::of(plan);
    let differing = differing(&before, &after).into_iter().take(DIFFERING_LINES_MAX);
    let differing = differing.map(|(before, after)| DifferingLine {
        before: mask(before, after, mapped),
        after: after.to_owned(),
        explained_by: fills.explain(after),
    });
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let not_comparable = nothing_in(&before, &after);
    DebuggerComparison {
        debugger: name.to_owned(),
        same: not_comparable.is_none()
            && identity(&before) == identity(&after)
            && without_names(&before.threads) == without_names(&after.threads)
            && before.modules == after.modules,
        threads: count(before.threads.len()),
        frames: count(before.frames.len()),
        modules: count(before.modules.len()),
        lines: before.lines.len() as u64,
        differing: differing.collect(),
        not_run: None,
        not_comparable,
    }
}

/// Why nothing can be compared with this session of the original: two debuggers that see nothing agree, and
/// that says nothing. The debugger's own first complaint is its reason, if it says the same of the clean
/// dump: what only the original holds must not be shown.
fn nothing_in(before: &Session, after: &Session) -> Option<String> {
    let missing = match (before.threads.is_empty(), before.frames.is_empty()) {
        (false, false) => return None,
        (true, _) => "no thread",
        (false, true) => "no frame",
    };
    let complains = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["error", "warning", "no such file", "not in executable format", "not a core"]
            .iter()
            .any(|word| line.contains(word))
    };
    let shared = before.lines.iter().filter(|line| after.lines.contains(line));
    let complaint = shared.map(|(_, line)| line.trim()).find(complains);
    let complaint = complaint.map(|line| format!(": {}", cut(line))).unwrap_or_default();
    Some(format!("it sees {missing} in the original dump{complaint}"))
}

/// As much of a debugger's line as a sentence can hold.
fn cut(line: &str) -> String {
    let mut text: String = line.chars().take(COMPLAINT_CHARACTERS_MAX).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    text
}

/// What makes a frame the same: thread, level, address, function.
type Identity<'a> = (usize, &'a str, Option<&'a str>, &'a str);

fn identity(session: &Session) -> Vec<Identity<'_>> {
    fn of((thread, frame): &(usize, Frame)) -> Identity<'_> {
        (*thread, frame.level.as_str(), frame.address.as_deref(), frame.function.as_str())
    }
    session.frames.iter().map(of).collect()
}

/// The headers of threads up to what may be a text from memory, such as a name.
fn without_names(threads: &[String]) -> Vec<&str> {
    threads.iter().map(|line| line.split_once('"').map_or(line.as_str(), |(head, _)| head)).collect()
}

/// Pairs of lines that differ, section by section: line by line where a section has as many lines in both,
/// else what only one of them has.
fn differing<'a>(before: &'a Session, after: &'a Session) -> Vec<(&'a str, &'a str)> {
    let mut pairs = Vec::new();
    for section in ["begin", "frames", "threads", "registers", "modules", "end"] {
        let of = |session: &'a Session| -> Vec<&'a str> {
            let lines = session.lines.iter().filter(|(found, _)| *found == section);
            lines.map(|(_, line)| line.as_str()).collect()
        };
        let (mut before, mut after) = (of(before), of(after));
        if before.len() != after.len() {
            let known = |lines: &[&'a str]| {
                lines.iter().fold(BTreeMap::new(), |mut counts, line| {
                    *counts.entry(*line).or_insert(0_usize) += 1;
                    counts
                })
            };
            let (mut in_after, mut in_before) = (known(&after), known(&before));
            before.retain(|line| !take(&mut in_after, line));
            after.retain(|line| !take(&mut in_before, line));
        }
        let longest = before.len().max(after.len());
        let at = |lines: &[&'a str], index: usize| lines.get(index).copied().unwrap_or_default();
        pairs.extend(
            (0..longest).map(|index| (at(&before, index), at(&after, index))).filter(|(a, b)| a != b),
        );
    }
    pairs
}

fn take<'a>(counts: &mut BTreeMap<&'a str, usize>, line: &&'a str) -> bool {
    match counts.get_mut(*line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
