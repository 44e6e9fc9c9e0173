//! What is scanned, and how it is named: pipes, sockets, names that no one meant for a terminal.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::synthetic::Synthetic;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

/// Bytes of the headers before the memory.
const HEADERS: usize = 4096;

/// A folder with a core in it, and the core's bytes.
fn good_core() -> Result<(Folder, Vec<u8>)> {
    let folder = Folder::new()?;
    let core = Synthetic::new(&folder, MEMORY)?;
    core.write(&folder, MEMORY as u64)?;
    Ok((folder, core.bytes))
}

fn coredact(folder: &Folder, arguments: &[&OsStr]) -> Result<Command> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    Ok(command)
}

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    coredact::done(coredact(folder, &arguments)?.output().context("start coredact")?)
}

fn fifo(folder: &Folder, name: &str) -> Result<()> {
    mknodat(CWD, folder.at(name), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).context("make a named pipe")
}

#[test]
fn pipes_and_sockets_in_a_folder_are_counted_and_not_waited_for() -> Result<()> {
    let (folder, _) = good_core()?;
    fifo(&folder, "fifo")?;
    let _socket = std::os::unix::net::UnixListener::bind(folder.at("socket")).context("make a socket")?;
    std::os::unix::fs::symlink("core", folder.at("link")).context("make a link")?;
    let done = run(&folder, &["scan", "."])?;
    ensure!(done.code == 1, "{}: {}", done.code, done.said);
    ensure!(done.said.contains("1 files") && done.said.contains("3 skipped"), "{}", done.said);
    Ok(())
}

#[test]
fn named_pipe_is_read_if_somebody_writes() -> Result<()> {
    let (folder, core) = good_core()?;
    fifo(&folder, "fifo")?;
    let path = folder.at("fifo");
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        #[expect(clippy::disallowed_methods, reason = "the writing end of a pipe")]
        let mut pipe = std::fs::OpenOptions::new().write(true).open(path)?;
        pipe.write_all(&core)
    });
    let done = run(&folder, &["scan", "fifo", "--json"])?;
    ensure!(done.code == 1, "{}: {}", done.code, done.said);
    let report: Value = serde_json::from_str(&done.out).context("read the report")?;
    ensure!(report["input"]["format"] == "elf-core", "{}", report["input"]);
    let written = writer.join().ok().context("join the writer")?;
    written.context("write to the pipe")
}

#[test]
fn named_pipe_without_a_writer_is_refused() -> Result<()> {
    let folder = Folder::new()?;
    fifo(&folder, "fifo")?;
    for (arguments, code) in [(&["scan", "fifo"][..], 4), (&["scrub", "fifo", "-o", "clean"], 3)] {
        let done = run(&folder, arguments)?;
        ensure!(done.code == code, "{arguments:?}: {}: {}", done.code, done.said);
        ensure!(done.said.contains("nobody opened it for writing"), "{}", done.said);
    }
    Ok(())
}

#[test]
fn scan_sends_only_dumps_to_scrub_and_claims_no_removal() -> Result<()> {
    let (folder, core) = good_core()?;
    folder.put("raw", &core[HEADERS..])?;
    for (name, sent) in [("core", true), ("raw", false)] {
        let done = run(&folder, &["scan", name])?;
        ensure!(done.code == 1, "{name}: {}: {}", done.code, done.said);
        ensure!(done.out.contains("coredact scrub core -o CLEAN") == sent, "{name}: {}", done.out);
        ensure!(sent || !done.out.contains("coredact scrub"), "{name}: {}", done.out);
        for format in ["human", "json", "sarif", "html"] {
            let done = run(&folder, &["scan", name, "--format", format])?;
            for claim in ["removed in the output", "\"removed\": true", "  yes  ", "✓ yes"] {
                ensure!(!done.out.contains(claim), "{name} as {format} claims {claim:?}");
            }
        }
    }
    Ok(())
}

/// True if a terminal would obey something in the text.
fn commands(text: &str) -> bool {
    text.chars().any(|one| one.is_control() && one != '\n')
}

#[test]
fn hostile_names_cannot_command_a_terminal() -> Result<()> {
    let (folder, core) = good_core()?;
    let name = "a\x1b[31mb\nc\u{9b}d\re";
    folder.put(name, &core)?;
    folder.put("bad\x1b]0;x\x07rules", "[[rules")?;
    let cases: &[&[&str]] = &[
        &["scan", name],
        &["scan", "."],
        &["scrub", name, "-o", "clean\x1b[1m", "--no-debugger"],
        &["scrub", "missing\x1b[2J", "-o", "clean"],
        &["scrub", name, "-o", "nowhere\x1b[2J/clean"],
        &["scrub", name, "-o", "clean", "--exe", "exe\x1b[2J"],
        &["scrub", name, "-o", "clean", "--report", "report\x1b[2J"],
        &["scan", "core", "--wrong\x1b[2J"],
        &["scan", "core", "--format", "\x1b[2J"],
        &["rules", "check", "--rules", "bad\x1b]0;x\x07rules"],
        &["verify", name, "--seal", "seal\x1b[2J", "--key", "key\x1b[2J"],
        &["verify", name, "core", "--report", "report\x1b[2J"],
        &["verify", name],
    ];
    for arguments in cases {
        let done = run(&folder, arguments)?;
        ensure!(
            !commands(&done.said) && !commands(&done.out),
            "{arguments:?}: {:?} {:?}",
            done.said,
            done.out
        );
        ensure!(
            !done.said.lines().any(|line| line.starts_with('c') && !line.starts_with("coredact")),
            "{}",
            done.said
        );
    }
    Ok(())
}

#[test]
fn name_that_is_no_text_is_a_uri_byte_by_byte() -> Result<()> {
    let (folder, core) = good_core()?;
    let name = OsString::from(OsStr::from_bytes(b"core\xff\xc3\xa9 1"));
    let path = folder.path().join(&name);
    std::fs::copy(folder.at("core"), &path).context("copy the core")?;
    let output = coredact(&folder, &[OsStr::new("scan"), &name, OsStr::new("--format=sarif")])?.output()?;
    let done = coredact::done(output)?;
    ensure!(done.code == 1, "{}: {}", done.code, done.said);
    let log: Value = serde_json::from_str(&done.out).context("read the log")?;
    let run = &log["runs"][0];
    ensure!(run["artifacts"][0]["location"]["uri"] == "core%FF%C3%A9%201", "{}", run["artifacts"]);
    let place = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    ensure!(place["uri"] == "core%FF%C3%A9%201", "{place}");
    ensure!(std::fs::read(&path)? == core, "the input was changed");
    Ok(())
}
