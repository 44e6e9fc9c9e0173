//! A system that gives less than was asked for: threads, files of /proc, unnamed files.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::process::need;
use coredact_trials::synthetic::Synthetic;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

/// A folder that everybody may write to, with a good core and the program in it.
fn open_folder() -> Result<Folder> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    // Root's own program may lie where nobody may look.
    std::fs::copy(coredact::binary()?, folder.at("program")).context("copy coredact")?;
    for (name, mode) in [(".", 0o777), ("program", 0o755), ("core", 0o644)] {
        std::fs::set_permissions(folder.at(name), PermissionsExt::from_mode(mode)).context("open to all")?;
    }
    Ok(folder)
}

/// `coredact` as a user who may have no process beside it: it can start neither threads nor debuggers.
fn alone(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = if rustix::process::geteuid().is_root() {
        // A user of this test alone: the limit counts all processes of one.
        let user = 100_000 + std::process::id();
        let mut command = Command::new(need("setpriv", "util-linux")?);
        command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]);
        command.args(["--", "prlimit", "--nproc=1"]);
        command
    } else {
        let mut command = Command::new(need("prlimit", "util-linux")?);
        command.arg("--nproc=1");
        command
    };
    command.arg("./program").args(arguments).current_dir(folder.path()).env("NO_COLOR", "1");
    coredact::done(command.output().context("start coredact")?)
}

#[test]
fn work_is_done_by_one_thread_if_there_is_no_other() -> Result<()> {
    let folder = open_folder()?;
    let one = "only 1 of 4 threads";
    let runs: [(&[&str], i32, &[&str]); 5] = [
        (&["scan", "core", "--threads", "4"], 1, &[one]),
        (&["scan", "core", "--threads", "1"], 1, &[]),
        (&["scrub", "core", "-o", "clean", "--threads", "4", "--report", "r.json"], 0, &[one, "VERIFIED"]),
        (&["verify", "core", "clean", "--report", "r.json", "--threads", "4"], 0, &[one]),
        (&["verify", "clean", "--threads", "4"], 0, &[one]),
    ];
    for (arguments, code, words) in runs {
        let done = alone(&folder, arguments)?;
        ensure!(done.code == code, "{arguments:?}: exit status {}, not {code}: {}", done.code, done.said);
        ensure!(!done.said.contains("panicked"), "{arguments:?}: {}", done.said);
        for word in words {
            ensure!(done.said.contains(word), "{arguments:?}: does not say {word:?}: {}", done.said);
        }
    }
    // The same bytes as with all the threads that there are.
    let mut command = coredact::command()?;
    command.args(["scrub", "core", "-o", "other", "--no-debugger"]).current_dir(folder.path());
    ensure!(coredact::done(command.output()?)?.code == 0, "the scrub with threads failed");
    ensure!(folder.get("clean")? == folder.get("other")?, "the clean dump depends on the threads");
    Ok(())
}
