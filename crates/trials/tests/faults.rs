//! A fault at any system call publishes nothing that is not verified.

use anyhow::{Context, Result, ensure};
use coredact_trials::inject::Rig;
use coredact_trials::say;
use std::os::unix::fs::FileExt;

/// Memory of the core that is scrubbed again and again, in bytes.
const SMALL: usize = 256 << 10;

/// Calls that make, fill, or name files: each of them is tried.
const ON_FILES: &[&str] = &[
    "access",
    "close",
    "copy_file_range",
    "creat",
    "fallocate",
    "fchmod",
    "fdatasync",
    "fsync",
    "ftruncate",
    "linkat",
    "lseek",
    "mkdir",
    "newfstatat",
    "open",
    "openat",
    "pread64",
    "pwrite64",
    "pwritev",
    "read",
    "rename",
    "renameat",
    "renameat2",
    "statx",
    "unlink",
    "unlinkat",
    "write",
    "writev",
];

/// Of each other call at most so many are tried, evenly spread.
const SAMPLES: usize = 4;

/// Tries one fault at call after call; every fault of every run is told.
fn at_each_call(rig: &Rig, fault: &str, wanted: impl Fn(&str) -> usize) -> Result<usize> {
    let mut faults = Vec::new();
    let mut runs = 0;
    for (call, &count) in &rig.calls {
        let step = count.div_ceil(wanted(call).max(1));
        let none = wanted(call) == 0;
        for nth in (1..=count).step_by(step).filter(|_| !none) {
            let ended = rig.run(&[
                "-e",
                &format!("trace={call}"),
                "-e",
                &format!("inject={call}:{fault}:when={nth}"),
            ])?;
            runs += 1;
            faults.extend(
                rig.faults(&ended)?.into_iter().map(|fault| format!("{call} {nth} of {count}: {fault}")),
            );
        }
    }
    say(&format!("{fault}: {runs} runs, {} faults", faults.len()));
    ensure!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    Ok(runs)
}

fn every_call_on_files(call: &str) -> usize {
    if ON_FILES.contains(&call) { usize::MAX } else { 0 }
}

#[test]
fn kill_at_any_system_call_publishes_all_or_nothing() -> Result<()> {
    let rig = Rig::new(SMALL)?;
    let runs = at_each_call(&rig, "signal=KILL", |call| match call {
        "execve" | "exit_group" => 0,
        call if ON_FILES.contains(&call) => usize::MAX,
        _ => SAMPLES,
    })?;
    ensure!(runs > 50, "only {runs} runs: did strace see the calls? {:?}", rig.calls);
    Ok(())
}

#[test]
fn full_disk_at_any_write_publishes_nothing() -> Result<()> {
    let rig = Rig::new(SMALL)?;
    let writes =
        ["copy_file_range", "fallocate", "ftruncate", "linkat", "pwrite64", "pwritev", "write", "writev"];
    let runs =
        at_each_call(&rig, "error=ENOSPC", |call| if writes.contains(&call) { usize::MAX } else { 0 })?;
    ensure!(runs > 2, "only {runs} runs: {:?}", rig.calls);
    let ended = rig.run(&["-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC"])?;
    ensure!(ended.output.is_none() && ended.code != Some(0), "a full disk was not noticed: {ended:?}");
    ensure!(
        ended.said.contains("No space left"),
        "the message does not say that the disk is full: {}",
        ended.said
    );
    Ok(())
}

#[test]
fn io_error_at_any_call_publishes_nothing_unverified() -> Result<()> {
    let rig = Rig::new(SMALL)?;
    at_each_call(&rig, "error=EIO", every_call_on_files)?;
    Ok(())
}

#[test]
fn interrupted_call_publishes_nothing_unverified() -> Result<()> {
    let rig = Rig::new(SMALL)?;
    let calls = ["fsync", "ftruncate", "pread64", "pwrite64", "read", "write"];
    at_each_call(&rig, "error=EINTR", |call| if calls.contains(&call) { usize::MAX } else { 0 })?;
    Ok(())
}

/// The kernel says that the file ends although it does not, as when it is truncated meanwhile.
#[test]
fn read_that_ends_early_publishes_nothing_unverified() -> Result<()> {
    let rig = Rig::new(SMALL)?;
    at_each_call(&rig, "retval=0", |call| if call == "pread64" { usize::MAX } else { 0 })?;
    Ok(())
}

/// Stops the scrub at every read of the input, changes one byte and goes on.
/// What is published is the scrub of the bytes before or after the change, never a mixture.
#[test]
fn input_that_changes_meanwhile_is_refused() -> Result<()> {
    let rig = Rig::new(4 << 20)?;
    let original = std::fs::read(rig.core())?;
    let at = original.len() - 5000;
    #[expect(clippy::disallowed_methods, reason = "the trial changes the input")]
    let file = std::fs::OpenOptions::new().write(true).open(rig.core())?;
    let flip = |byte: u8| file.write_all_at(&[byte], at as u64).context("change the input");
    flip(original[at] ^ 1)?;
    let changed = rig.run(&["-e", "trace=none"])?.output.context("scrub the changed core")?;
    let mut refused = 0;
    let reads = rig.calls.get("pread64").copied().unwrap_or_default();
    for nth in 1..=reads {
        flip(original[at])?;
        let Some(ended) = rig.run_with_pause("pread64", nth, || flip(original[at] ^ 1))? else { continue };
        if let Some(digest) = &ended.output {
            ensure!(
                digest == rig.clean_sha256() || *digest == changed,
                "read {nth}: a mixture was published"
            );
        } else {
            ensure!(ended.code == Some(3), "read {nth}: refused with {:?}: {}", ended.code, ended.said);
            ensure!(
                ended.said.contains("changed"),
                "read {nth}: the message does not say why: {}",
                ended.said
            );
            refused += 1;
        }
        let left = rig.leftovers()?;
        ensure!(left.is_empty(), "read {nth}: {}", left.join(", "));
    }
    say(&format!("changed at each of {reads} reads: {refused} refused"));
    ensure!(refused > 0, "no change was noticed at any of {reads} reads");
    Ok(())
}
