//! `cargo xtask keyfree`: 20 GB in which no key may be proven that is none.

mod material;

use crate::run::{root, run, say};
use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;
use material::{MATERIALS, Material};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What keys that were proven in the material are: a part of the file's name, the kind, one sentence.
const EXPLAINED: &str = "bench/keyfree/explained.txt";

/// Where the table goes.
const DOCUMENT: &str = "docs/keyfree.md";

/// A line of the table, and what stands behind it.
#[derive(Default)]
struct Row {
    files: u64,
    bytes: u64,
    /// Files in which something was left out or cut off.
    incomplete: u64,
    /// Proven keys: file, kind and first offset, and what they are.
    proven: Vec<(String, Option<String>)>,
    /// Findings that are less than proven, by certainty.
    others: BTreeMap<String, u64>,
}

/// Gathers the material, scans it, and fails if a key was proven that nobody has explained. Words name materials; without any,
/// all are taken and the table goes to the docs. `--install` installs what makes them first.
pub(crate) fn keyfree(words: &[&str]) -> Result<()> {
    run("cargo", &["build", "--release", "--package", "coredact"])?;
    let target = MetadataCommand::new().no_deps().exec()?.target_directory.into_std_path_buf();
    let coredact = std::env::var_os("COREDACT_BIN").map_or(target.join("release/coredact"), PathBuf::from);
    let asked: Vec<&str> = words.iter().copied().filter(|word| *word != "--install").collect();
    if asked.len() < words.len() {
        material::install()?;
    }
    for name in &asked {
        ensure!(MATERIALS.iter().any(|known| known.name == *name), "no material is called {name}");
    }
    let mut rows = Vec::new();
    for material in MATERIALS.iter().filter(|known| asked.is_empty() || asked.contains(&known.name)) {
        let folder = target.join("keyfree").join(material.name);
        material.make(&folder).with_context(|| format!("make {}", material.name))?;
        say(&format!("scan {}", material.name));
        rows.push((material, scan(&coredact, &folder)?));
        forget(&folder)?;
        // After each, so that a run that is stopped has shown what it saw.
        if asked.is_empty() {
            publish(&render(&rows))?;
        }
    }
    print(&render(&rows));
    let unexplained: Vec<&str> = rows
        .iter()
        .flat_map(|(_, row)| {
            row.proven.iter().filter(|(_, why)| why.is_none()).map(|(what, _)| what.as_str())
        })
        .collect();
    ensure!(unexplained.is_empty(), "proven, and not explained: {}", unexplained.join("; "));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "gigabytes that were made for the scan")]
fn forget(folder: &Path) -> Result<()> {
    std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))
}

#[expect(clippy::disallowed_methods, reason = "a document of the project, not of the product")]
fn publish(text: &str) -> Result<()> {
    std::fs::write(root().join(DOCUMENT), text).context("write the table")
}

#[expect(clippy::print_stdout, reason = "results are data")]
fn print(text: &str) {
    println!("{text}");
}

/// What coredact says of every file in a folder, archives opened.
fn scan(coredact: &Path, folder: &Path) -> Result<Row> {
    let explained = std::fs::read_to_string(root().join(EXPLAINED)).context("read what is explained")?;
    let mut command = Command::new(coredact);
    command.args(["scan", "--quiet", "--json"]).arg(folder).stdout(Stdio::piped());
    let mut child = command.spawn().context("start coredact")?;
    let mut row = Row::default();
    for line in BufReader::new(child.stdout.take().context("read coredact's output")?).lines() {
        add(&mut row, &serde_json::from_str(&line?).context("read a report")?, folder, &explained);
    }
    let status = child.wait()?;
    ensure!(matches!(status.code(), Some(0 | 1 | 4)), "coredact ended with {status}");
    Ok(row)
}

/// Adds a file's report.
fn add(row: &mut Row, report: &Value, folder: &Path, explained: &str) {
    let name = report["input"]["name"].as_str().unwrap_or_default();
    let name = name.strip_prefix(&*folder.to_string_lossy()).unwrap_or(name).trim_start_matches('/');
    row.files += 1;
    row.bytes += report["input"]["length"].as_u64().unwrap_or(0);
    let is_empty = |member: &str| report[member].as_array().is_none_or(Vec::is_empty);
    row.incomplete += u64::from(!is_empty("unread") || !is_empty("searched_incompletely"));
    for finding in report["findings"].as_array().into_iter().flatten() {
        let certainty = finding["certainty"].as_str().unwrap_or_default();
        if certainty != "proven" {
            *row.others.entry(certainty.to_owned()).or_default() += 1;
            continue;
        }
        let kind = finding["kind"].as_str().unwrap_or_default();
        let offset = &finding["places"][0]["file_offset"];
        let why = finding["publicly_known"].as_str().map(|known| format!("publicly known: {known}"));
        let why = why.or_else(|| explanation(explained, name, kind));
        row.proven.push((format!("{name}, {kind} at {offset}"), why));
    }
}

/// The sentence for a kind of key in a file.
fn explanation(explained: &str, name: &str, kind: &str) -> Option<String> {
    let lines = explained.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.splitn(3, " | ").collect::<Vec<_>>().try_into().ok()).find_map(
        |[part, kinds, why]: [&str; 3]| {
            let fits = name.contains(part) && (kinds == "*" || kinds.split(',').any(|known| known == kind));
            fits.then(|| why.to_owned())
        },
    )
}

fn render(rows: &[(&Material, Row)]) -> String {
    let mut out = String::from(
        "# Material without keys\n\nWhat `coredact scan` proves in material that should hold no key. Made by `cargo xtask keyfree`: Debian \
         packages and what they unpack to, and files and heaps made on the spot. **Real** are keys that do stand there, each named \
         below; **false** must be 0. Findings that are not proven (a token's pattern, a structure) are counted beside, \
         and so are files of which something could not be searched.\n\n| material | files | GB | real | false | structured | matched | \
         incomplete |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut sums = [0_u64; 7];
    let mut line = |name: &str, numbers: [u64; 7]| {
        let [files, bytes, rest @ ..] = numbers;
        let tenths = bytes / 100_000_000;
        let rest = rest.map(|number| number.to_string()).join(" | ");
        out.push_str(&format!("| {name} | {files} | {}.{} | {rest} |\n", tenths / 10, tenths % 10));
    };
    for (material, row) in rows {
        let real = row.proven.iter().filter(|(_, why)| why.is_some()).count() as u64;
        let other = |certainty: &str| row.others.get(certainty).copied().unwrap_or(0);
        let wrong = row.proven.len() as u64 - real;
        let numbers =
            [row.files, row.bytes, real, wrong, other("structured"), other("matched"), row.incomplete];
        line(material.says, numbers);
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
    }
    line("**sum**", sums);
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (what, why) in rows.iter().flat_map(|(_, row)| &row.proven) {
        named.entry(why.as_deref().unwrap_or("**Not explained**")).or_default().push(what);
    }
    out.push_str("\n## What was proven\n\n");
    for (why, places) in named {
        let shown = places.iter().take(SHOWN_MAX).copied().collect::<Vec<_>>().join("; ");
        let more = places.len().saturating_sub(SHOWN_MAX);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        out.push_str(&format!("- {why} ({}): {shown}{more}\n", places.len()));
    }
    out
}

/// Places that are named for each explanation.
const SHOWN_MAX: usize = 4;
