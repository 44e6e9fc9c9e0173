//! `cargo xtask matrix`: installs what it needs, builds, and hands over to the trials' own binary.

use crate::run::{root, run, say};
use crate::test;
use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the matrix. `--install` installs missing packages first; all other words go to the binary
/// (`--only`, `--kinds`, `--policy`, `--out`, `--json`, `--add`, `--keep`, `--jobs`).
pub(crate) fn matrix(words: &[&str]) -> Result<()> {
    run("cargo", &["build", "--release", "--package", "coredact", "--package", "coredact-trials"])?;
    let target: PathBuf = MetadataCommand::new().no_deps().exec()?.target_directory.into_std_path_buf();
    let program = target.join("release/coredact-matrix");
    let folder = target.join("matrix");
    let mut rest: Vec<&str> = words.iter().copied().filter(|word| *word != "--install").collect();
    if rest.len() < words.len() {
        install(&program, &folder, &rest)?;
    }
    if !rest.contains(&"--out") {
        rest.extend(["--out", "docs/matrix.md"]);
    }
    let binary = std::env::var_os("COREDACT_BIN").map_or(target.join("release/coredact"), PathBuf::from);
    let mut command = Command::new(&program);
    command.args(&rest).arg("--folder").arg(&folder).env("COREDACT_BIN", binary).current_dir(root());
    let status = command.status().with_context(|| format!("start {}", program.display()))?;
    anyhow::ensure!(status.success(), "the matrix ended with {status}");
    Ok(())
}

/// Installs what the binary says is missing: from Debian for the machine, from `PyPI` and npm for its folder.
fn install(program: &Path, folder: &Path, words: &[&str]) -> Result<()> {
    let listed = Command::new(program).args(words).arg("--wanted").arg("--folder").arg(folder).output();
    let listed =
        String::from_utf8(listed.context("ask what is missing")?.stdout).context("read what is missing")?;
    let of = |source: &str| -> Vec<&str> {
        let pairs = listed.lines().filter_map(|line| line.split_once(' '));
        pairs.filter(|(kind, _)| *kind == source).map(|(_, name)| name).collect()
    };
    test::install(&of("debian"))?;
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let python = of("pypi");
    if !python.is_empty() {
        run("python3", &["-m", "venv", &path("venv")])?;
        run(&path("venv/bin/pip"), &[&["install", "--quiet"], python.as_slice()].concat())?;
    }
    let node = of("npm");
    if !node.is_empty() {
        run(
            "npm",
            &[&["install", "--no-audit", "--no-fund", "--prefix", &path("npm")], node.as_slice()].concat(),
        )?;
    }
    for name in of("crate") {
        say(&format!("{name} comes with its holder, which cargo builds"));
    }
    Ok(())
}
