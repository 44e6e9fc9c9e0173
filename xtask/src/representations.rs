//! `cargo xtask representations`: in which ways of keeping a key in memory each tool finds it.

use crate::run::{exists, root, run, say};
use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a tool says that it found something.
#[derive(Clone, Copy)]
enum Says {
    /// By printing anything at all.
    Anything,
    /// By these words.
    Words(&'static str),
    /// coredact, in its report, by one of the kinds that are right.
    Report,
    /// detect-secrets, in its list of files with results.
    Results,
}

struct Tool {
    name: &'static str,
    command: Vec<String>,
    says: Says,
}

impl Tool {
    fn new(name: &'static str, command: &[&str], says: Says) -> Self {
        Self { name, command: command.iter().map(|word| (*word).to_owned()).collect(), says }
    }

    /// What it prints about a file.
    fn output(&self, file: &Path) -> Result<String> {
        let (program, arguments) = self.command.split_first().context("name a program")?;
        let mut command = Command::new(program);
        command.args(arguments).arg(file).stdin(Stdio::null());
        let output = command.output().with_context(|| format!("start {program}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn finds(&self, file: &Path, kinds: &[Value]) -> Result<bool> {
        let output = self.output(file)?;
        Ok(match self.says {
            Says::Anything => !output.trim().is_empty(),
            Says::Words(words) => output.contains(words),
            Says::Report => {
                let report: Value = serde_json::from_str(&output).context("read coredact's report")?;
                let findings = report["findings"].as_array().context("read coredact's findings")?;
                findings.iter().any(|finding| kinds.is_empty() || kinds.contains(&finding["kind"]))
            }
            Says::Results => {
                let list: Value = serde_json::from_str(&output).unwrap_or_default();
                list["results"].as_object().is_some_and(|results| !results.is_empty())
            }
        })
    }
}

/// coredact, and those of the others that are installed.
fn tools(coredact: &str) -> Vec<Tool> {
    let rules = root().join("bench/rules.yar");
    let all = [
        Tool::new("aeskeyfind", &["aeskeyfind", "-q"], Says::Anything),
        Tool::new("rsakeyfind", &["rsakeyfind"], Says::Words("FOUND PRIVATE KEY")),
        Tool::new("yara", &["yara", &rules.to_string_lossy()], Says::Anything),
        // It tells the kind of any key that it can read; the check itself is not asked for.
        Tool::new("badkeys", &["badkeys", "-c", "rsainvalid", "-a"], Says::Anything),
        Tool::new("detect-secrets", &["detect-secrets", "scan"], Says::Results),
        Tool::new("ripsecrets", &["ripsecrets"], Says::Anything),
    ];
    let own = [
        Tool::new("coredact scan", &[coredact, "scan", "--quiet", "--json"], Says::Report),
        Tool::new(
            "coredact scan --suspicions",
            &[coredact, "scan", "--quiet", "--json", "--suspicions"],
            Says::Report,
        ),
    ];
    let is_installed = |tool: &Tool| {
        let is_there = tool.command.first().is_some_and(|program| exists("which", program));
        if !is_there {
            say(&format!("{} is not installed; its column is left out", tool.name));
        }
        is_there
    };
    own.into_iter().chain(all.into_iter().filter(is_installed)).collect()
}

/// Runs every tool over every file and prints a table; fails if coredact misses a case or finds something in a file
/// without a secret.
pub(crate) fn representations(arguments: &[&str]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("representations takes nothing, not {arguments:?}");
    }
    run("cargo", &["build", "--release", "--package", "coredact"])?;
    let target = MetadataCommand::new().no_deps().exec()?.target_directory.into_std_path_buf();
    let folder = target.join("representations");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let make = ["run", "--quiet", "--package", "coredact-trials", "--bin", "representations", "--"];
    run("cargo", &[&make[..], &[&folder.to_string_lossy()]].concat())?;
    let text = std::fs::read(folder.join("cases.json")).context("read the list of cases")?;
    let cases: BTreeMap<String, Vec<Value>> = serde_json::from_slice(&text)?;
    let tools = tools(&target.join("release/coredact").to_string_lossy());
    let mut rows = Vec::new();
    for (case, kinds) in &cases {
        let file = folder.join(case);
        let found = tools.iter().map(|tool| tool.finds(&file, kinds)).collect::<Result<Vec<bool>>>()?;
        rows.push((case.as_str(), !kinds.is_empty(), found));
    }
    print(&render(&tools, &rows));
    let last = tools.iter().position(|tool| tool.name.ends_with("--suspicions")).unwrap_or(0);
    let wrong: Vec<&str> = rows
        .iter()
        .filter(|(_, holds, found)| found.get(last) != Some(holds))
        .map(|(case, ..)| *case)
        .collect();
    ensure!(wrong.is_empty(), "coredact is wrong about {}", wrong.join(", "));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "results are data")]
fn print(text: &str) {
    println!("{text}");
}

fn render(tools: &[Tool], rows: &[(&str, bool, Vec<bool>)]) -> String {
    let mut out = String::from(
        "# Representations\n\nWhat each tool finds of one fresh secret in a small file, by the way in which it is kept: x for \
         found. The first and last rows are files without a secret. Made by `cargo xtask representations`; tools that are \
         not installed are left out (aeskeyfind, rsakeyfind and yara are Debian packages, badkeys and detect-secrets are on PyPI, \
         ripsecrets is a crate).\n\n",
    );
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    out.push_str(&format!("| case | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len())));
    for (case, _, found) in rows {
        let cells: Vec<&str> = found.iter().map(|found| if *found { "x" } else { "" }).collect();
        out.push_str(&format!("| {case} | {} |\n", cells.join(" | ")));
    }
    let with_secret = rows.iter().filter(|(_, holds, _)| *holds).count();
    let sums = (0..tools.len()).map(|tool| {
        let found = rows.iter().filter(|(_, holds, found)| *holds && found.get(tool) == Some(&true));
        format!("{} of {with_secret}", found.count())
    });
    out.push_str(&format!("| **sum** | {} |\n", sums.collect::<Vec<_>>().join(" | ")));
    out
}
