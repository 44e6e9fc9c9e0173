//! `cargo xtask tidy`: what a reviewer need not look for.

use crate::run::{exists, run, say};
use crate::{direction, size, source};
use anyhow::{Result, bail};

/// Checks everything; reports all faults, not the first.
pub(crate) fn tidy() -> Result<()> {
    let mut faults = Vec::new();
    direction::check(&mut faults)?;
    size::check(&mut faults)?;
    source::check(&mut faults)?;
    for fault in &faults {
        say(&format!("tidy: {fault}"));
    }
    if exists("cargo", "fmt") || exists("rustfmt", "--version") {
        run("cargo", &["fmt", "--all", "--check"])?;
    } else {
        say("tidy: rustfmt is not installed; `rustup component add rustfmt` gives it");
    }
    run("cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    if !faults.is_empty() {
        bail!("{} faults", faults.len());
    }
    say("tidy: no fault");
    Ok(())
}
