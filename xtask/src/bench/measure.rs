//! One run of one tool.

use super::tool::{IMAGE, Tool};
use anyhow::{Context, Result};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Seconds that passed.
    pub(super) wall: f64,
    /// Seconds of all processors, in the program and in the kernel for it.
    pub(super) cpu: f64,
    /// Largest memory of the process in KiB; pages of mapped files count too.
    pub(super) peak_kib: u64,
}

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) cost: Cost,
    pub(super) output: Vec<u8>,
    pub(super) success: bool,
}

/// Runs a tool under GNU time. Its exit code says what it found, not whether it worked.
pub(super) fn run(tool: &Tool, image: &Path, clean: &Path) -> Result<Measured> {
    let image_name = image.to_string_lossy();
    let words = tool.command.iter().map(|word| if word == IMAGE { image_name.as_ref() } else { word });
    let times = clean.with_extension("time");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-q", "-f", "%U %S %M", "-o"]).arg(&times).args(words).stderr(Stdio::null());
    if tool.standard_input {
        command.stdin(File::open(image)?);
    } else {
        command.stdin(Stdio::null());
    }
    // What is not looked at is not collected: cat would cost memory instead of time.
    let collect = !tool.groups.is_empty();
    command.stdout(if collect { Stdio::piped() } else { Stdio::null() });
    let start = Instant::now();
    let output = command.spawn().and_then(std::process::Child::wait_with_output);
    let wall = start.elapsed().as_secs_f64();
    let output = output.with_context(|| format!("run {}", tool.name))?;
    let text = std::fs::read_to_string(&times).context("read what GNU time wrote")?;
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let mut next = || numbers.next().with_context(|| format!("GNU time wrote {text:?}"));
    let (user, system, peak) = (next()?, next()?, next()?);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "GNU time prints a whole number"
    )]
    let peak_kib = peak as u64;
    let cost = Cost { wall, cpu: user + system, peak_kib };
    Ok(Measured { cost, output: output.stdout, success: output.status.success() })
}
