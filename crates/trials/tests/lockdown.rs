//! What parses hostile bytes is locked down before the first of them.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact;
use coredact_trials::folder::Folder;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Long after any machine has started the program.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `/proc/PID/status` says of a process that cannot gain rights and runs under a filter of system calls.
const LOCKED: [&str; 2] = ["NoNewPrivs:\t1", "Seccomp:\t2"];

/// Starts a verb on standard input, which stays open and empty until the process is seen locked down.
fn check(arguments: &[&str], code: i32) -> Result<()> {
    let folder = Folder::new()?;
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("start coredact")?;
    let begun = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    loop {
        let text = std::fs::read_to_string(&status).context("read the state of coredact")?;
        if LOCKED.iter().all(|line| text.contains(line)) {
            break;
        }
        ensure!(child.try_wait()?.is_none(), "{arguments:?}: ended without a byte of input");
        ensure!(begun.elapsed() < PATIENCE, "{arguments:?}: waits for input and is not locked down");
        std::thread::yield_now();
    }
    drop(child.stdin.take());
    let done = coredact::done(child.wait_with_output().context("wait for coredact")?)?;
    ensure!(done.code == code, "{arguments:?}: exit status {}: {}", done.code, done.said);
    ensure!(!done.said.contains("not locked down"), "{arguments:?}: {}", done.said);
    ensure!(folder.names()?.is_empty(), "{arguments:?}: left {:?}", folder.names()?);
    Ok(())
}

#[test]
fn scrub_is_locked_down_before_it_reads() -> Result<()> {
    check(&["scrub", "-", "-o", "clean"], 3)
}

#[test]
fn scan_is_locked_down_before_it_reads() -> Result<()> {
    check(&["scan", "-"], 4)
}
