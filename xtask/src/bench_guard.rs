//! `cargo xtask bench-guard`: verifications a second on one core, and the time of an answer of the service, beside others.

use crate::run::{exists, run, say};
use anyhow::{Context as _, Result, bail};
use cargo_metadata::MetadataCommand;

/// Runs both; each checks what it measures.
pub(crate) fn bench(words: &[&str]) -> Result<()> {
    let seconds = match words {
        [] => "10",
        ["--quick"] => "2",
        _ => bail!("bench-guard takes [--quick], not {words:?}"),
    };
    if !exists("which", "wrk") {
        bail!("install the package wrk: it makes the load");
    }
    let target = MetadataCommand::new().no_deps().exec().context("ask cargo")?.target_directory;
    // In one go, so that everything is built once with the features of both.
    let packages = ["--package", "coredact-guard", "--package", "coredact-guardd"];
    let parts = ["--bins", "--example", "speed", "--example", "load"];
    run("cargo", &[["build", "--release"].as_slice(), &packages, &parts].concat())?;
    say("verifications a second on one core:");
    run(target.join("release/examples/speed").as_str(), &[])?;
    say("answers of the service under load:");
    let guard = target.join("release/coredact-guard");
    run(target.join("release/examples/load").as_str(), &[guard.as_str(), seconds])
}
