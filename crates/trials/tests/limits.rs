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

/// `coredact` where nothing is mounted as `/proc`.
fn without_proc(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = Command::new(need("unshare", "util-linux")?);
    let own = if rustix::process::geteuid().is_root() { "--mount" } else { "-Urm" };
    command.args([own, "sh", "-c", "mount -t tmpfs none /proc && exec ./program \"$@\"", "sh"]);
    command.args(arguments).current_dir(folder.path()).env("NO_COLOR", "1");
    coredact::done(command.output().context("start coredact without /proc")?)
}

#[test]
fn dump_is_scrubbed_without_proc_and_what_is_missing_is_told() -> Result<()> {
    let folder = open_folder()?;
    let done =
        without_proc(&folder, &["scrub", "core", "-o", "clean", "--compress", "zst", "--report", "r.json"])?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    for words in ["gdb and lldb are not run", "/proc/self/fd", "mount -t proc"] {
        ensure!(done.said.contains(words), "does not say {words:?}: {}", done.said);
    }
    ensure!(folder.names()? == ["clean", "core", "program", "r.json"], "left {:?}", folder.names()?);
    let done = without_proc(&folder, &["verify", "core", "clean", "--report", "r.json"])?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    // The input is known by its descriptor, not by a name in /proc.
    let core = folder.get("core")?;
    let mut command = Command::new(need("unshare", "util-linux")?);
    let own = if rustix::process::geteuid().is_root() { "--mount" } else { "-Urm" };
    command.args([own, "sh", "-c", "mount -t tmpfs none /proc && exec ./program scrub core -o - 1<>core"]);
    let done = coredact::done(command.current_dir(folder.path()).output()?)?;
    ensure!(done.code == 2 && done.said.contains("it is the input"), "{}: {}", done.code, done.said);
    ensure!(folder.get("core")? == core, "the input was changed");
    Ok(())
}

/// A kill before the dump has its name, on a system where it has a hidden one until then.
#[test]
fn what_a_kill_left_is_removed_by_the_next_run() -> Result<()> {
    let folder = open_folder()?;
    let left = ".coredact-0123456789abcdef.part";
    folder.put(left, "a part of a clean dump")?;
    folder.put(".coredact-0123456789abcdef.part.mine", "not of coredact")?;
    let mut command = coredact::command()?;
    command.args(["scrub", "core", "-o", "clean", "--no-debugger"]).current_dir(folder.path());
    ensure!(coredact::done(command.output()?)?.code == 0, "the scrub failed");
    let names = folder.names()?;
    ensure!(names == [".coredact-0123456789abcdef.part.mine", "clean", "core", "program"], "left {names:?}");
    Ok(())
}

/// A disk that is smaller than the dump.
#[test]
fn full_disk_is_no_fault_of_the_input() -> Result<()> {
    let folder = open_folder()?;
    std::fs::create_dir(folder.at("small")).context("make a folder")?;
    let on_small_disk = |arguments: &str| -> Result<Done> {
        let mut command = Command::new(need("unshare", "util-linux")?);
        let own = if rustix::process::geteuid().is_root() { "--mount" } else { "-Urm" };
        let script = format!(
            "mount -t tmpfs -o size=128k none small && export TMPDIR=$PWD/small && {arguments}; code=$?; ls -A small >&2; exit $code"
        );
        command.args([own, "sh", "-c", &script]).current_dir(folder.path()).env("NO_COLOR", "1");
        coredact::done(command.output().context("start coredact on a small disk")?)
    };
    for arguments in [
        "./program scrub core -o small/clean --no-debugger",
        "./program scrub core -o - --no-debugger > out",
        // The spool of a pipe.
        "cat core | ./program scan -",
        "cat core | ./program scrub - -o small/clean --no-debugger",
    ] {
        let done = on_small_disk(arguments)?;
        let code = if arguments.contains("scan") { 4 } else { 70 };
        ensure!(done.code == code, "{arguments}: exit status {}, not {code}: {}", done.code, done.said);
        ensure!(done.said.contains("No space left"), "{arguments}: {}", done.said);
        ensure!(done.said.contains("free"), "{arguments}: no next step: {}", done.said);
        ensure!(!done.said.contains("clean\n"), "{arguments}: published: {}", done.said);
    }
    Ok(())
}
