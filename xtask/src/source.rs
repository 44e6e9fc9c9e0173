//! The source files of the workspace, and what no file may say.

use crate::run::root;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files that git tracks or would track, relative to the workspace.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("start git")?;
    if !output.status.success() {
        bail!("git ls-files ended with {}", output.status);
    }
    let text = String::from_utf8(output.stdout).context("read git's list of files")?;
    Ok(text.lines().map(PathBuf::from).filter(|path| root().join(path).is_file()).collect())
}

/// The text of a file of the workspace.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(root().join(path)).with_context(|| format!("read {}", path.display()))
}

/// Words that mark unfinished or silenced work, written so that this file does
/// not contain them.
const BANNED: &[(&str, &str)] = &[
    (concat!("todo", "!("), "unfinished work"),
    (concat!("unimplemented", "!("), "unfinished work"),
    (concat!("#[", "ignore"), "a test that does not run"),
    (concat!("#[should_", "panic"), "a test that any panic passes"),
    (concat!("#[", "allow("), "use #[expect(.., reason = ..)]"),
    (concat!("thread::", "sleep"), "a sleep"),
];

/// Appends a line for each banned word, each `unsafe` outside sweep, and each
/// crate root without its lint line.
pub(crate) fn check(faults: &mut Vec<String>) -> Result<()> {
    for path in files()?.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let text = read(path)?;
        let name = path.display();
        for (number, line) in (1..).zip(text.lines()) {
            for (word, why) in BANNED {
                if line.contains(word) {
                    faults.push(format!("{name}:{number}: {word}: {why}"));
                }
            }
        }
        let in_sweep = path.starts_with("crates/sweep");
        let is_root = name.to_string().ends_with("src/lib.rs") || name.to_string().ends_with("src/main.rs");
        if is_root && !in_sweep && !text.contains("#![forbid(unsafe_code)]") {
            faults.push(format!("{name}: without #![forbid(unsafe_code)]"));
        }
    }
    Ok(())
}
