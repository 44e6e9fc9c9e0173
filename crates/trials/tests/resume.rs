//! Scans of many files: what is passed over, what goes on after a kill, what is searched again.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A token of no account, as the built-in rules know it.
fn token(number: u32) -> String {
    format!("postgres://app:rT5xWq8LmZ2vNc7K{number:04}@db.internal:5432/app\n")
}

fn command(folder: &Folder, arguments: &[&str]) -> Result<Command> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    Ok(command)
}

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    coredact::done(command(folder, arguments)?.output().context("start coredact")?)
}

/// Runs it; the exit status, and words of what it says on standard error.
fn check(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) -> Result<Done> {
    let done = run(folder, arguments)?;
    ensure!(done.code == code, "{arguments:?}: exit status {}, not {code}: {}", done.code, done.said);
    for word in words {
        ensure!(done.said.contains(word), "{arguments:?}: does not say {word:?}: {}", done.said);
    }
    Ok(done)
}

/// Puts a file whose times are not of this moment.
fn put(folder: &Folder, name: &str, bytes: &str) -> Result<()> {
    folder.put(name, bytes)?;
    settle(&folder.at(name))
}

/// Waits until a change of the file shows in its times: until a file that is made now has later ones.
fn settle(path: &Path) -> Result<()> {
    let changed = std::fs::metadata(path).context("ask for times")?.modified().context("ask for times")?;
    loop {
        let file = tempfile::tempfile().context("make a file")?;
        let now = file.metadata().context("ask for times")?.modified().context("ask for times")?;
        if now.duration_since(changed).is_ok_and(|since| since.as_millis() > 150) {
            return Ok(());
        }
    }
}

#[test]
fn files_that_have_not_changed_are_passed_over_and_still_count() -> Result<()> {
    let folder = Folder::new()?;
    std::fs::create_dir(folder.at("files")).context("make a folder")?;
    put(&folder, "files/dull", "nothing here\n")?;
    put(&folder, "files/token", &token(1))?;
    let arguments = ["scan", "files", "--json", "--resume", "state"];
    let first = check(&folder, &arguments, 1, &["2 files, 1 secrets, 0 files not searched whole"])?;
    ensure!(first.out.lines().count() == 2, "{}", first.out);
    let state = String::from_utf8(folder.get("state")?).context("read the state")?;
    ensure!(!state.contains("token") && !state.contains("rT5x"), "{state}");
    let again = check(&folder, &arguments, 1, &["2 files, 1 secrets", "2 unchanged"])?;
    ensure!(again.out.is_empty(), "{}", again.out);
    // The same length, and other content: the times tell.
    put(&folder, "files/token", &token(2))?;
    put(&folder, "files/new", &token(3))?;
    let changed = check(&folder, &arguments, 1, &["3 files, 2 secrets", "1 unchanged"])?;
    ensure!(changed.out.lines().count() == 2, "{}", changed.out);
    // Other options may find other things.
    let words = ["searched anew", "3 files, 2 secrets, 0 files not searched whole\n"];
    check(&folder, &[&arguments[..], &["--copies"]].concat(), 1, &words)?;
    folder.put("notes", "dear diary\n")?;
    check(&folder, &["scan", "files", "--resume", "notes"], 2, &["not begun by this program"])?;
    ensure!(folder.get("notes")? == b"dear diary\n");
    check(&folder, &["scan", "files", "--resume", "s", "--format", "sarif"], 2, &["--format json"])?;
    Ok(())
}

#[test]
fn the_state_may_lie_among_the_files() -> Result<()> {
    let folder = Folder::new()?;
    put(&folder, "dull", "nothing here\n")?;
    for unchanged in ["1 files, 0 secrets, 0 files not searched whole\n", "1 unchanged"] {
        check(&folder, &["scan", ".", "--resume", "state"], 0, &[unchanged])?;
    }
    Ok(())
}

/// A scan is killed when it has told of some files: the next one tells of the others, and none is lost.
#[test]
fn a_scan_that_is_killed_goes_on_where_it_was() -> Result<()> {
    let folder = Folder::new()?;
    std::fs::create_dir(folder.at("files")).context("make a folder")?;
    let count = 600_u32;
    for number in 0..count {
        folder.put(&format!("files/{number:04}"), token(number))?;
    }
    put(&folder, "files/9999", "the last one\n")?;
    let arguments = ["scan", "files", "--json", "--resume", "state"];
    let mut seen = String::new();
    let mut told = 0;
    for part in 1..=2 {
        let mut child = command(&folder, &arguments)?
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("start coredact")?;
        let mut lines = std::io::BufReader::new(child.stdout.take().context("its output")?);
        for _ in 0..part * 70 {
            if std::io::BufRead::read_line(&mut lines, &mut seen).context("read a report")? > 0 {
                told += 1;
            }
        }
        child.kill().context("kill coredact")?;
        child.wait().context("wait for coredact")?;
        // What it had printed before it was killed was printed.
        told += std::io::BufRead::lines(lines).map_while(Result::ok).fold(0, |told, line| {
            seen.push_str(&line);
            seen.push('\n');
            told + 1
        });
    }
    let done = check(&folder, &arguments, 1, &["601 files, 600 secrets, 0 files not searched whole"])?;
    seen.push_str(&done.out);
    for number in 0..count {
        ensure!(seen.contains(&format!("files/{number:04}")), "{number} was lost");
    }
    let last = done.out.lines().count();
    ensure!(told >= 210 && last < 601, "{told} told before the last run, {last} by it");
    Ok(())
}

#[test]
fn ignore_files_are_respected_when_asked() -> Result<()> {
    let folder = Folder::new()?;
    folder.put(".gitignore", "*.log\n")?;
    folder.put("a.log", token(1))?;
    folder.put("b.txt", token(2))?;
    check(&folder, &["scan", "."], 1, &["3 files, 2 secrets"])?;
    check(&folder, &["scan", ".", "--ignore-files"], 1, &["2 files, 1 secrets"])?;
    Ok(())
}

/// A disk image of 100 GB with nothing but one token in it: the holes cost nothing.
#[test]
fn holes_of_a_large_image_are_not_read() -> Result<()> {
    let folder = Folder::new()?;
    let path = folder.put("disk.img", "")?;
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    let file = std::fs::OpenOptions::new().write(true).open(&path).context("open the image")?;
    file.set_len(100 << 30).context("make a hole")?;
    file.write_all_at(token(1).as_bytes(), 60 << 30).context("write the token")?;
    check(&folder, &["scan", "disk.img"], 1, &["1 files, 1 secrets, 0 files not searched whole"])?;
    Ok(())
}
