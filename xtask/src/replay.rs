//! `cargo xtask replay`: the incident from end to end, and what each control alone does to it.

use crate::run::run;
use anyhow::Result;
use cargo_metadata::MetadataCommand;
use std::path::PathBuf;

/// Builds what takes part, unless COREDACT_BIN names a coredact, and runs it; fails unless the attack succeeds without controls and
/// never with one.
pub(crate) fn replay(words: &[&str]) -> Result<()> {
    let given = std::env::var_os("COREDACT_BIN").map(PathBuf::from);
    let mut build = vec!["build", "--release", "--package", "coredact-replay"];
    if given.is_none() {
        build.extend(["--package", "coredact"]);
    }
    run("cargo", &build)?;
    let target = MetadataCommand::new().no_deps().exec()?.target_directory;
    run(target.join("release/coredact-replay").as_str(), words)
}
