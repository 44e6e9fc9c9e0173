//! Makes the child crash and finds the core that the kernel wrote.

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A crashed child.
#[derive(Debug)]
pub(super) struct Crash {
    /// Its core.
    pub(super) core: PathBuf,
    /// Its program.
    pub(super) program: PathBuf,
    /// What it said of its secrets that is public, by name.
    pub(super) public: BTreeMap<String, String>,
}

/// Where the kernel writes cores.
const CORE_PATTERN: &str = "/proc/sys/kernel/core_pattern";

/// Runs the child in `folder` until it crashes.
pub(super) fn crash(folder: &Path) -> Result<Crash> {
    let pattern = std::fs::read_to_string(CORE_PATTERN).unwrap_or_default();
    let pattern = pattern.trim();
    let program = std::env::current_exe().context("find the running program")?;
    raise_limit()?;
    let child = Command::new(&program)
        .args(["demo", "--crash"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("start the process that crashes")?;
    let pid = child.id();
    let output = child.wait_with_output().context("wait for the process that crashes")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let public: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let core = find_core(folder, pattern, pid)?;
    Ok(Crash { core, program, public })
}

/// Lets children write cores as large as the hard limit allows.
fn raise_limit() -> Result<()> {
    let limit = getrlimit(Resource::Core);
    if limit.maximum == Some(0) {
        bail!(
            "let a process crash: core files are forbidden here; run `ulimit -H -c unlimited` as root first"
        );
    }
    setrlimit(Resource::Core, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .context("raise the limit for core files")
}

fn find_core(folder: &Path, pattern: &str, pid: u32) -> Result<PathBuf> {
    if let Some(handler) = pattern.strip_prefix('|') {
        return from_handler(folder, handler, pid);
    }
    let place = match Path::new(pattern).parent() {
        Some(parent) if pattern.starts_with('/') => parent.to_owned(),
        _ => folder.to_owned(),
    };
    let files =
        std::fs::read_dir(&place).with_context(|| format!("look for a core in {}", place.display()))?;
    let mut cores: Vec<PathBuf> = files
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.is_file() && (place == folder || path.to_string_lossy().contains(&pid.to_string()))
        })
        .collect();
    cores.sort();
    match cores.pop() {
        Some(core) => Ok(core),
        None => {
            bail!("find the core: the kernel wrote none in {} (core_pattern is {pattern:?})", place.display())
        }
    }
}

/// Asks systemd-coredump for the core that went to it.
fn from_handler(folder: &Path, handler: &str, pid: u32) -> Result<PathBuf> {
    let core = folder.join("core");
    if handler.contains("systemd-coredump") {
        let done = Command::new("coredumpctl")
            .args(["dump", &pid.to_string(), "--output"])
            .arg(&core)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if done.is_ok_and(|status| status.success()) {
            return Ok(core);
        }
    }
    bail!(
        "find the core: this system hands cores to {}; run `sysctl -w kernel.core_pattern=core` as root, then the demo again",
        handler.split_whitespace().next().unwrap_or_default()
    )
}
