//! The document: a table of all cells, and why some are below 100 %.

use super::cell::{Cell, Found, Left};
use super::explained::Explained;
use crate::judge::Survivor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What became of a library.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the library.
    pub library: String,
    /// Its version, if it is installed.
    pub version: Option<String>,
    /// What must be installed first.
    pub missing: Vec<String>,
    /// A result for each kind: a cell, or the kind and why it could not be run.
    pub cells: Vec<Result<Cell, (String, String)>>,
}

const INTRODUCTION: &str = "\
# Libraries, kinds of keys, policies

Made by `cargo xtask matrix` from real processes. Each line is one process: a small program makes a fresh key with the library
itself and uses it once; its dump is scrubbed under each policy, and a judge that shares no code with coredact and knows the key
searches the dump for every fragment of eight bytes or more of it: its private numbers and what they follow from (scalars, Montgomery
forms, schedules, seeds and their hashes), in every order of bytes and limbs, in digits of 15 to 63 bits, as text.

- **copies**: places in the dump that hold (part of) the key. 0: the library wipes it.
- **found**: whether the report proves the key and calls it by its kind; otherwise what it says of those bytes.
- **left**: places that still hold a fragment after the scrub.
- **gdb**, **lldb**: whether the debugger says the same of the dump after each policy as before.
- **time**: of the scrub with the last policy named, in seconds, without debuggers, which are asked apart.
";

/// The document of all rows.
#[must_use]
pub fn render(rows: &[Row], policies: &[String], explained: &Explained) -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push('\n');
    summary(&mut out, rows, policies);
    out.push_str("## Table\n\n");
    let lefts: Vec<String> = policies.iter().map(|policy| format!("left, {policy}")).collect();
    line(&mut out, &["library", "kind", "dump, MB", "copies", "found"], &lefts, &["gdb", "lldb", "time, s"]);
    line(&mut out, &["---"; 5], &vec!["---".to_owned(); policies.len()], &["---"; 3]);
    for row in rows {
        for cell in &row.cells {
            match cell {
                Ok(cell) => told(&mut out, cell),
                Err((kind, why)) => {
                    let empty = vec![String::new(); policies.len()];
                    line(
                        &mut out,
                        &[&row.library, kind, "", "", &format!("not run: {why}")],
                        &empty,
                        &["", "", ""],
                    );
                }
            }
        }
    }
    versions(&mut out, rows);
    shortfalls(&mut out, rows, explained);
    out
}

fn line(out: &mut String, first: &[&str], middle: &[String], last: &[&str]) {
    let all: Vec<&str> =
        first.iter().copied().chain(middle.iter().map(String::as_str)).chain(last.iter().copied()).collect();
    let clean: Vec<String> = all.iter().map(|text| text.replace('|', "/").replace('\n', " ")).collect();
    out.push_str(&format!("| {} |\n", clean.join(" | ")));
}

fn told(out: &mut String, cell: &Cell) {
    let tenths = cell.bytes.div_ceil(100_000);
    let size = format!("{}.{}", tenths / 10, tenths % 10);
    let copies = cell.copies.len().to_string();
    let found = found(&cell.found);
    let left: Vec<String> = cell.left.iter().map(count).collect();
    let debugger = |which: usize| {
        let differ = |left: &&Left| left.debuggers[which].is_some();
        let names: Vec<&str> = cell.left.iter().filter(differ).map(|left| left.policy.as_str()).collect();
        if !cell.left.iter().all(|left| left.compared) {
            "not asked".to_owned()
        } else if names.is_empty() {
            "same".to_owned()
        } else {
            format!("**differs: {}**", names.join(", "))
        }
    };
    let seconds = cell.left.last().map_or(0.0, |left| left.seconds);
    let last = [debugger(0), debugger(1), format!("{seconds:.1}")];
    let last: Vec<&str> = last.iter().map(String::as_str).collect();
    line(out, &[&cell.library, &cell.kind, &size, &copies, &found], &left, &last);
}

fn found(found: &Found) -> String {
    match found {
        Found::Yes => "yes".to_owned(),
        Found::Other(what) => format!("**as {what}**"),
        Found::No => "**no**".to_owned(),
        Found::Absent => "-".to_owned(),
    }
}

fn count(left: &Left) -> String {
    match (&left.refused, left.survivors.len()) {
        (Some(why), _) => format!("**{why}**"),
        (None, 0) => "0".to_owned(),
        (None, count) => format!("**{count}**"),
    }
}

/// The shares of cells without fault.
fn summary(out: &mut String, rows: &[Row], policies: &[String]) {
    let cells: Vec<&Cell> = rows.iter().flat_map(|row| row.cells.iter().flatten()).collect();
    let held: Vec<&&Cell> = cells.iter().filter(|cell| !cell.copies.is_empty()).collect();
    let libraries = rows.iter().filter(|row| row.cells.iter().any(Result::is_ok)).count();
    let share = |count: usize, of: usize| format!("{count} of {of}");
    let _ = writeln!(
        out,
        "{} processes of {libraries} libraries and daemons; {} hold their key when they are dumped.\n",
        cells.len(),
        held.len()
    );
    let found = held.iter().filter(|cell| cell.found == Found::Yes).count();
    let _ = writeln!(out, "- key found and named as its kind: {}", share(found, held.len()));
    for (at, policy) in policies.iter().enumerate() {
        let lefts: Vec<&Left> = cells.iter().filter_map(|cell| cell.left.get(at)).collect();
        let clean = lefts.iter().filter(|left| left.refused.is_none() && left.survivors.is_empty()).count();
        let asked: Vec<&&Left> = lefts.iter().filter(|left| left.compared).collect();
        let same = asked.iter().filter(|left| left.debuggers.iter().all(Option::is_none)).count();
        let _ = writeln!(
            out,
            "- `{policy}`: no fragment left in {}, both debuggers the same in {}",
            share(clean, lefts.len()),
            share(same, asked.len())
        );
    }
    out.push('\n');
}

fn versions(out: &mut String, rows: &[Row]) {
    out.push_str("\n## Versions\n\n");
    for row in rows {
        let told = match (&row.version, row.missing.as_slice()) {
            (_, [_, ..]) => format!("not installed: {}", row.missing.join(", ")),
            (Some(version), []) => version.clone(),
            (None, []) => "version unknown".to_owned(),
        };
        let _ = writeln!(out, "- {}: {told}", row.library);
    }
}

/// Every cell below 100 %, with what survives of it and why.
fn shortfalls(out: &mut String, rows: &[Row], explained: &Explained) {
    let cells = || rows.iter().flat_map(|row| row.cells.iter().flatten()).filter(|cell| !cell.is_whole());
    if cells().next().is_none() {
        return;
    }
    out.push_str("\n## Cells below 100 %\n\n");
    for cell in cells() {
        let why = explained.of(cell).unwrap_or("No explanation yet.");
        let _ = write!(out, "- {}, {}: {why}", cell.library, cell.kind);
        for left in &cell.left {
            if !left.survivors.is_empty() {
                let _ = write!(out, " Left by `{}`: {}.", left.policy, pieces(&left.survivors));
            }
            if let Some(why) = &left.refused {
                let _ = write!(out, " `{}` ended with {}.", left.policy, why.trim_end_matches([':', ' ']));
            }
            for (name, difference) in ["gdb", "lldb"].iter().zip(&left.debuggers) {
                if let Some(lines) = difference {
                    let changed: Vec<&str> = lines.lines().skip(1).map(str::trim).collect();
                    let _ = write!(out, " {name} after `{}`: `{}`.", left.policy, changed.join("` / `"));
                }
            }
        }
        out.push('\n');
    }
}

/// The forms of places, with how many there are and how long the longest is.
fn pieces(survivors: &[Survivor]) -> String {
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for one in survivors {
        let group = groups.entry(format!("{}, {}", one.component, one.form)).or_default();
        *group = (group.0 + 1, group.1.max(one.length));
    }
    let told = groups.iter().map(|(name, (count, longest))| match count {
        1 => format!("{name} ({longest} bytes)"),
        _ => format!("{name} ({count} places, at most {longest} bytes)"),
    });
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivor(form: &str, length: usize) -> Survivor {
        let [secret, component, form] = ["p256", "d", form].map(str::to_owned);
        Survivor { secret, is_proven: false, component, form, at: 4096, length }
    }

    fn cell(found: Found, survivors: Vec<Survivor>, gdb: Option<&str>) -> Cell {
        let left = Left {
            policy: "proven".to_owned(),
            survivors,
            seconds: 0.25,
            refused: None,
            compared: true,
            debuggers: [gdb.map(str::to_owned), None],
        };
        let [library, kind] = ["nettle", "p256"].map(str::to_owned);
        Cell { library, kind, bytes: 2_345_678, copies: vec![survivor("plain", 32)], found, left: vec![left] }
    }

    fn rendered(cells: Vec<Result<Cell, (String, String)>>) -> String {
        let row = Row {
            library: "nettle".to_owned(),
            version: Some("3.8.1".to_owned()),
            missing: Vec::new(),
            cells,
        };
        render(
            &[row],
            &["proven".to_owned()],
            &Explained::read("nettle | p256 | It stands | there.").unwrap(),
        )
    }

    #[test]
    fn whole_cell_is_a_plain_line_and_needs_no_explanation() {
        let text = rendered(vec![Ok(cell(Found::Yes, Vec::new(), None))]);
        assert!(text.contains("| nettle | p256 | 2.4 | 1 | yes | 0 | same | same | 0.2 |\n"), "{text}");
        assert!(
            text.contains("- `proven`: no fragment left in 1 of 1, both debuggers the same in 1 of 1"),
            "{text}"
        );
        assert!(!text.contains("below 100 %\n"), "{text}");
    }

    #[test]
    fn cell_that_falls_short_is_bold_and_explained() {
        let survivors = vec![survivor("plain", 32), survivor("plain", 9), survivor("little-endian", 16)];
        let found = Found::Other("randomness, suspected".to_owned());
        let text = rendered(vec![Ok(cell(found, survivors, Some("9 lines before, 9 after\n- a\n+ b")))]);
        let line = "| 1 | **as randomness, suspected** | **3** | **differs: proven** | same | 0.2 |\n";
        assert!(text.contains(line), "{text}");
        let why = "- nettle, p256: It stands | there. Left by `proven`: d, little-endian (16 bytes); d, plain (2 places, \
                   at most 32 bytes). gdb after `proven`: `- a` / `+ b`.\n";
        assert!(text.contains(why), "{text}");
    }

    #[test]
    fn kind_that_could_not_be_run_is_shown_with_its_reason() {
        let text = rendered(vec![Err(("sm2".to_owned(), "no such|curve".to_owned()))]);
        assert!(text.contains("| nettle | sm2 |  |  | not run: no such/curve |"), "{text}");
    }

    #[test]
    fn rows_are_the_same_after_a_way_through_json() {
        let cells = vec![
            Ok(cell(Found::No, vec![survivor("plain", 32)], None)),
            Err(("sm2".to_owned(), "no".to_owned())),
        ];
        let row = Row { library: "nettle".to_owned(), version: None, missing: Vec::new(), cells };
        let text = serde_json::to_string(std::slice::from_ref(&row)).unwrap();
        let again: Vec<Row> = serde_json::from_str(&text).unwrap();
        assert_eq!(again[0].cells, row.cells);
    }
}
