//! Objects: what is found in a bucket and released into one, and what is not when something breaks.

use anyhow::{Context, Result, ensure};
use coredact_trials::bucket::{BUCKET, Bucket, CLOUDS};
use coredact_trials::coredact::{self, Done};
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::process::need;
use coredact_trials::synthetic::Synthetic;
use coredact_trials::wire::{Line, Then, Way};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// Memory of the cores that are made here, in bytes: more than one part of an upload.
const MEMORY: usize = 12 << 20;

/// A program with fresh keys.
const RUST: Holder = Holder {
    source: None,
    compiler: None,
    run: &[env!("CARGO_BIN_EXE_rust-holder")],
    cipher: Cipher::Schedule,
    package: "cargo",
    taker: Taker::Kernel,
};

/// A token of no account, as the built-in rules know it.
fn token(number: u32) -> String {
    format!("postgres://app:rT5xWq8LmZ2vNc7K{number:04}@db.internal:5432/app\n")
}

fn run(mut command: Command, folder: &Folder, arguments: &[&str]) -> Result<Done> {
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// Runs it; the exit status, and words of what it says on standard error.
fn check(command: Command, folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) -> Result<Done> {
    let done = run(command, folder, arguments)?;
    ensure!(done.code == code, "{arguments:?}: exit status {}, not {code}: {}", done.code, done.said);
    for word in words {
        ensure!(done.said.contains(word), "{arguments:?}: does not say {word:?}: {}", done.said);
    }
    Ok(done)
}

/// A core of [`MEMORY`] bytes in a folder, as `core`.
fn core() -> Result<Folder> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    Ok(folder)
}

/// What was found where: by the name of the file, without what stands before it.
fn found(done: &Done, before: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    for line in done.out.lines() {
        let report: Value = serde_json::from_str(line).context("read a report")?;
        let name = report["input"]["name"].as_str().context("read a name")?;
        let name = name.strip_prefix(before).with_context(|| format!("{name} is not below {before}"))?;
        let row =
            |one: &Value| format!("{} {} {} {}", one["kind"], one["bits"], one["certainty"], one["places"]);
        let findings = report["findings"].as_array().into_iter().flatten().map(row).collect();
        ensure!(all.insert(name.to_owned(), findings).is_none(), "{name} is told twice");
    }
    Ok(all)
}

#[test]
fn a_scan_of_a_bucket_finds_what_a_scan_of_the_folder_finds() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = RUST.start(&folder)?;
    take(specimen.process, &folder, specimen.taker)?;
    std::fs::create_dir_all(folder.at("files/many")).context("make folders")?;
    std::fs::copy(folder.at("core"), folder.at("files/core")).context("copy the core")?;
    let tar = Command::new(need("tar", "tar")?)
        .args(["-czf", "files/core.tar.gz", "core"])
        .current_dir(folder.path())
        .status();
    ensure!(tar.context("start tar")?.success());
    folder.put("files/dull", "nothing to see here\n".repeat(1000))?;
    folder.put("files/empty", "")?;
    folder.put("files/a name with % and ü.txt", token(1))?;
    for number in 0..2000 {
        let text = if number % 100 == 7 { token(number) } else { format!("file {number}\n") };
        folder.put(&format!("files/many/{number:04}"), text)?;
    }
    let local = check(
        coredact::command()?,
        &folder,
        &["scan", "files", "--json"],
        1,
        &["0 files not searched whole"],
    )?;
    let expected = found(&local, "files/")?;
    for cloud in CLOUDS {
        scan_of_a_bucket(&folder, &Bucket::of(cloud)?, &expected).with_context(|| format!("{cloud:?}"))?;
    }
    Ok(())
}

fn scan_of_a_bucket(
    folder: &Folder,
    bucket: &Bucket,
    expected: &BTreeMap<String, Vec<String>>,
) -> Result<()> {
    bucket.put(&folder.at("files"), "srv/files/")?;
    let url = bucket.url("srv/files");
    let done = check(
        bucket.command()?,
        folder,
        &["scan", &url, "--json"],
        1,
        &["2004 files with 1 members", "0 files not searched whole"],
    )?;
    let there = found(&done, &format!("{url}/"))?;
    ensure!(
        expected.len() == 2005 && *expected == there,
        "{} files, {} objects",
        expected.len(),
        there.len()
    );
    let secrets: usize = expected["core"].len();
    ensure!(secrets >= 2 && expected["core.tar.gz!core"].len() == secrets, "{secrets} secrets in the core");
    // One object by its name, and the folder by its name with a slash.
    let one =
        check(bucket.command()?, folder, &["scan", &format!("{url}/core"), "--json"], 1, &["1 files,"])?;
    ensure!(found(&one, &format!("{url}/"))?["core"] == expected["core"]);
    check(
        bucket.command()?,
        folder,
        &["scan", &format!("{url}/many/"), "--json"],
        1,
        &["2000 files, 20 secrets"],
    )?;
    Ok(())
}

#[test]
fn a_scrub_of_objects_gives_the_bytes_of_a_scrub_of_files() -> Result<()> {
    CLOUDS.into_iter().try_for_each(|cloud| {
        scrub_of_objects(&core()?, &Bucket::of(cloud)?).with_context(|| format!("{cloud:?}"))
    })
}

fn scrub_of_objects(folder: &Folder, bucket: &Bucket) -> Result<()> {
    bucket.put(folder.path(), "in/")?;
    let url = |key: &str| bucket.url(key);
    check(coredact::command()?, folder, &["scrub", "core", "-o", "clean", "--no-debugger"], 0, &[])?;
    let clean = folder.get("clean")?;
    let (input, output, report) = (url("in/core"), url("out/core"), url("out/report.json"));
    let scrub = ["scrub", &input, "-o", &output, "--report", &report];
    check(bucket.command()?, folder, &scrub, 0, &["VERIFIED"])?;
    ensure!(bucket.get("out/core")? == clean, "the object differs from the file");
    let told: Value = serde_json::from_slice(&bucket.get("out/report.json")?).context("read the report")?;
    ensure!(
        told["verdict"]["passed"] == true && told["input"]["name"] == input.as_str(),
        "{}",
        told["input"]
    );
    // What is there stays there.
    check(bucket.command()?, folder, &scrub, 2, &["it exists", "--force"])?;
    check(bucket.command()?, folder, &[&scrub[..], &["--force"]].concat(), 0, &["VERIFIED"])?;
    check(bucket.command()?, folder, &["scrub", &input, "-o", &input, "--force"], 2, &["it is an input"])?;
    // From a file, to a file, and compressed.
    check(
        bucket.command()?,
        folder,
        &["scrub", "core", "-o", &url("out/2.zst"), "--compress", "zst"],
        0,
        &["VERIFIED"],
    )?;
    check(
        bucket.command()?,
        folder,
        &["scrub", &url("out/2.zst"), "-o", "3", "--compress", "none", "--policy", "proven"],
        0,
        &[],
    )?;
    check(
        coredact::command()?,
        folder,
        &["scrub", "clean", "-o", "again", "--no-debugger", "--policy", "proven"],
        0,
        &[],
    )?;
    ensure!(folder.get("3")? == folder.get("again")?, "the object gives other bytes than the file");
    // Through a pipe: the standard input and output keep their meaning.
    let mut command = bucket.command()?;
    command.args(["scrub", "-", "-o", &url("out/4")]).current_dir(folder.path());
    let input = std::fs::File::open(folder.at("core")).context("open the core")?;
    let done = coredact::done(command.stdin(input).output().context("start coredact")?)?;
    ensure!(done.code == 0 && bucket.get("out/4")? == clean, "{}", done.said);
    let mut command = bucket.command()?;
    let piped = command.args(["scrub", &url("in/core"), "-o", "-"]).output().context("start coredact")?;
    ensure!(piped.status.success() && piped.stdout == clean, "{}", String::from_utf8_lossy(&piped.stderr));
    Ok(())
}

#[test]
fn what_breaks_leaves_no_object() -> Result<()> {
    CLOUDS.into_iter().try_for_each(|cloud| {
        what_breaks(&core()?, &mut Bucket::of(cloud)?).with_context(|| format!("{cloud:?}"))
    })
}

fn what_breaks(folder: &Folder, bucket: &mut Bucket) -> Result<()> {
    bucket.put(folder.path(), "in/")?;
    let before = bucket.keys()?;
    let (input, output) = (bucket.url("in/core"), bucket.url("out/core"));
    let scrub = ["scrub", &input, "-o", &output];
    // The server dies while it sends the input: a scrub and a scan say so.
    let line = Line::start(&bucket.address, Way::Down, 5 << 20, Then::Dead)?;
    check(bucket.command_by(&line.address)?, folder, &scrub, 3, &["no server answers"])?;
    let line = Line::start(&bucket.address, Way::Down, 5 << 20, Then::Dead)?;
    let words = ["no server answers", "1 files not searched whole"];
    check(bucket.command_by(&line.address)?, folder, &["scan", &input], 4, &words)?;
    // It dies while it takes the output.
    let line = Line::start(&bucket.address, Way::Up, 5 << 20, Then::Dead)?;
    check(
        bucket.command_by(&line.address)?,
        folder,
        &["scrub", "core", "-o", &output],
        70,
        &["no server answers"],
    )?;
    // coredact is killed while it waits for the input, and while the output is on its way.
    for (way, arguments) in [(Way::Down, &scrub[..]), (Way::Up, &["scrub", "core", "-o", &output])] {
        let line = Line::start(&bucket.address, way, 5 << 20, Then::Silent)?;
        let mut command = bucket.command_by(&line.address)?;
        command.args(arguments).current_dir(folder.path()).stderr(Stdio::null());
        let mut child = command.spawn().context("start coredact")?;
        line.broken.recv().context("wait for the line to break")?;
        child.kill().context("kill coredact")?;
        child.wait().context("wait for coredact")?;
    }
    let after = bucket.keys()?;
    let objects: Vec<&String> = after.iter().filter(|key| !key.starts_with("UPLOAD ")).collect();
    ensure!(objects == before.iter().collect::<Vec<_>>(), "{after:?}");
    bucket.stop();
    check(bucket.command()?, folder, &["scan", &input], 4, &["no server answers"])?;
    Ok(())
}

#[test]
fn objects_that_have_not_changed_are_passed_over() -> Result<()> {
    CLOUDS.into_iter().try_for_each(|cloud| {
        unchanged_objects(&Folder::new()?, &Bucket::of(cloud)?).with_context(|| format!("{cloud:?}"))
    })
}

fn unchanged_objects(folder: &Folder, bucket: &Bucket) -> Result<()> {
    std::fs::create_dir(folder.at("files")).context("make a folder")?;
    for number in 0..40 {
        folder.put(&format!("files/{number:02}"), token(number))?;
    }
    bucket.put(&folder.at("files"), "f/")?;
    let url = bucket.url("f/");
    let scan = ["scan", url.as_str(), "--json", "--resume", "state"];
    // moto's times are of this moment: a scan that is slow enough notes what it has read.
    check(bucket.command()?, folder, &scan, 1, &["40 files, 40 secrets, 0 files not searched whole"])?;
    let state = String::from_utf8(folder.get("state")?).context("read the state")?;
    ensure!(!state.contains(BUCKET), "{state}");
    let again = check(bucket.command()?, folder, &scan, 1, &["40 files, 40 secrets", "40 unchanged"])?;
    ensure!(again.out.is_empty(), "{}", again.out);
    // The same length, and other content: the ETag tells.
    std::fs::create_dir(folder.at("more")).context("make a folder")?;
    folder.put("more/07", token(99))?;
    bucket.put(&folder.at("more"), "f/")?;
    let changed = check(bucket.command()?, folder, &scan, 1, &["40 files, 40 secrets", "39 unchanged"])?;
    ensure!(changed.out.lines().count() == 1, "{}", changed.out);
    Ok(())
}

#[test]
fn what_cannot_be_had_is_said_with_the_next_step() -> Result<()> {
    let (folder, bucket) = (core()?, Bucket::start()?);
    bucket.put(folder.path(), "in/")?;
    let url = |key: &str| bucket.url(key);
    let clean = url("out/core");
    let wrong = |name: &str| -> Result<Command> {
        let mut command = bucket.command()?;
        command.env(name, "AKIAWRONGWRONGWRONG1");
        Ok(command)
    };
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        check(wrong(name)?, &folder, &["scan", &url("in/")], 4, &["set AWS_ACCESS_KEY_ID"])?;
        // What is asked for the head of an object has no body that says more.
        check(
            wrong(name)?,
            &folder,
            &["scrub", "core", "-o", &clean],
            2,
            &["do not allow it, or are wrong"],
        )?;
    }
    for (arguments, code, words) in [
        (&["scan", "s3://nowhere/in/"][..], 4, "no such bucket"),
        (&["scan", &url("missing")], 4, "no such object"),
        (&["scrub", &url("missing"), "-o", "clean"], 2, "no such object"),
        (&["scrub", &url("in"), "-o", "clean"], 2, "no such object"),
        (&["scrub", "core", "-o", "s3://nowhere/core"], 2, "no such bucket"),
        (&["scrub", "core", "-o", &url("out/")], 2, "name an object"),
        (&["scan", "s3://"], 2, "name a bucket"),
        (&["identify", &url("in/core")], 2, "copy it to a file first"),
    ] {
        check(bucket.command()?, &folder, arguments, code, &[words])?;
    }
    ensure!(bucket.keys()? == ["in/core"], "{:?}", bucket.keys()?);
    Ok(())
}

/// What the process that parses has: the kernel's refusal of sockets, and no credentials.
#[test]
fn the_process_that_parses_has_no_network_and_no_credentials() -> Result<()> {
    let (folder, bucket) = (core()?, Bucket::start()?);
    bucket.put(folder.path(), "in/")?;
    let command = bucket.command()?;
    let mut traced = Command::new(need("strace", "strace")?);
    traced.args([
        "-f",
        "-v",
        "-s",
        "300",
        "-o",
        "trace",
        "-e",
        "trace=execve,socket,connect,seccomp,landlock_restrict_self",
    ]);
    traced.arg(command.get_program()).args(["scan", &format!("s3://{BUCKET}/in/core"), "--threads", "1"]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    let done = coredact::done(traced.current_dir(folder.path()).output().context("start strace")?)?;
    ensure!(done.code == 1, "{}", done.said);
    let trace = String::from_utf8(folder.get("trace")?).context("read the trace")?;
    let parser = trace.split_whitespace().next().context("the first process")?;
    let of_parser: Vec<&str> =
        trace.lines().filter(|line| line.split_whitespace().next() == Some(parser)).collect();
    let started: Vec<&&str> =
        of_parser.iter().filter(|line| line.contains("execve(\"/proc/self/exe\"")).collect();
    ensure!(started.len() == 1, "{trace}");
    ensure!(started[0].contains("COREDACT_FETCHER=1") && !started[0].contains("AWS_"), "{}", started[0]);
    ensure!(of_parser.iter().any(|line| line.contains("seccomp(SECCOMP_SET_MODE_FILTER")), "{trace}");
    ensure!(!of_parser.iter().any(|line| line.contains("connect(") || line.contains("AF_INET")), "{trace}");
    let fetched = trace.lines().any(|line| line.contains("connect(") && line.contains("sin_port"));
    ensure!(fetched && trace.contains("\"fetch\""), "nothing was fetched: {trace}");
    Ok(())
}
