//! What lies around where dumps are looked at: disk images, repositories, container images. One scan of the folder finds them all.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::keys::RsaKey;
use coredact_trials::process::{need, output};
use coredact_trials::synthetic::Synthetic;
use serde_json::Value;
use std::process::Command;

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

/// Runs a program in the folder, and gives what it prints.
fn make(folder: &Folder, program: &str, package: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(need(program, package)?);
    command.args(arguments).current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for (name, value) in [("NAME", "trial"), ("EMAIL", "trial@example.org")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    Ok(String::from_utf8_lossy(&output(&mut command, b"")?).into_owned())
}

fn folder(at: &Folder, name: &str) -> Result<()> {
    std::fs::create_dir_all(at.at(name)).with_context(|| format!("make the folder {name}"))
}

fn scan(folder: &Folder, path: &str) -> Result<(Done, Vec<Value>)> {
    let mut command = coredact::command()?;
    command.args(["scan", path, "--json"]).current_dir(folder.path());
    let done = coredact::done(command.output().context("start coredact")?)?;
    let reports = done.out.lines().map(|line| serde_json::from_str(line).context("read a report"));
    let reports = reports.collect::<Result<Vec<Value>>>()?;
    ensure!(done.said.contains(" 0 files not searched whole"), "{path}: {}", done.said);
    Ok((done, reports))
}

/// Kinds and sizes of what was found in files whose names hold `name`.
fn found(reports: &[Value], name: &str) -> Vec<String> {
    let of_file = reports
        .iter()
        .filter(|report| report["input"]["name"].as_str().is_some_and(|input| input.contains(name)));
    let findings = of_file.filter_map(|report| report["findings"].as_array()).flatten();
    let mut kinds: Vec<String> = findings.map(|one| format!("{} {}", one["kind"], one["bits"])).collect();
    kinds.sort();
    kinds
}

#[test]
fn core_in_a_disk_image_and_in_container_images_is_found() -> Result<()> {
    let at = Folder::new()?;
    for name in ["var/crash", "all", "oci/blobs/sha256", "saved/one"] {
        folder(&at, name)?;
    }
    Synthetic::new(&at, MEMORY)?.write(&at, MEMORY as u64)?;
    make(&at, "cp", "coreutils", &["core", "var/crash/core"])?;
    let (_, alone) = scan(&at, "core")?;
    let expected = found(&alone, "core");
    ensure!(expected.len() >= 4, "{expected:?}");
    make(&at, "mke2fs", "e2fsprogs", &["-q", "-t", "ext4", "-d", "var", "all/disk.img", "8M"])?;
    // A layout of OCI, a layer of which is compressed, and what `docker save` writes.
    make(&at, "tar", "tar", &["-czf", "oci/blobs/sha256/layer", "var"])?;
    at.put("oci/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}")?;
    at.put("oci/index.json", "{\"schemaVersion\":2,\"manifests\":[]}")?;
    make(&at, "tar", "tar", &["-cf", "all/oci.tar", "-C", "oci", "."])?;
    make(&at, "tar", "tar", &["-cf", "saved/one/layer.tar", "var"])?;
    at.put("saved/manifest.json", "[{\"Layers\":[\"one/layer.tar\"]}]")?;
    make(&at, "tar", "tar", &["-cf", "all/saved.tar", "-C", "saved", "."])?;
    let (done, reports) = scan(&at, "all")?;
    ensure!(done.code == 1, "{}: {}", done.code, done.said);
    for name in [
        "oci.tar!./blobs/sha256/layer!var/crash/core",
        "saved.tar!./one/layer.tar!var/crash/core",
        "disk.img",
    ] {
        let there = found(&reports, name);
        ensure!(expected.iter().all(|one| there.contains(one)), "{name}: {there:?}, not {expected:?}");
    }
    Ok(())
}

/// Lines that do not look random, each of its own.
fn lines(from: usize, to: usize) -> String {
    (from..to)
        .map(|line| format!("line {line} of a file that grows with every release of the program\n"))
        .collect()
}

#[test]
fn key_in_an_older_version_is_found_in_a_repository_that_was_packed() -> Result<()> {
    let at = Folder::new()?;
    make(&at, "git", "git", &["init", "-q", "repository"])?;
    let key = RsaKey::fresh(&at, "key", 2048)?;
    let pem = String::from_utf8(at.get("key.pem")?).context("read the key")?;
    drop(key);
    let git = |arguments: &[&str]| make(&at, "git", "git", &[&["-C", "repository"], arguments].concat());
    // The newest version is whole, and the older ones are differences to it, which new lines cut into pieces.
    let old = format!("{}{pem}{}", lines(0, 400), lines(400, 800));
    for (name, text) in [("with the key", old), ("without it", lines(0, 4000))] {
        at.put("repository/settings.txt", text)?;
        git(&["add", "."])?;
        git(&["commit", "-q", "-m", name])?;
    }
    let (done, loose) = scan(&at, "repository")?;
    let expected = "\"rsa-private-key\" 2048".to_owned();
    ensure!(done.code == 1 && found(&loose, "objects").contains(&expected), "{}: {}", done.code, done.said);
    let id = git(&["rev-parse", "HEAD~1:settings.txt"])?.trim().to_owned();
    git(&["gc", "-q", "--aggressive", "--prune=now"])?;
    let index = std::fs::read_dir(at.at("repository/.git/objects/pack"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.ends_with(".idx"));
    let index = format!(".git/objects/pack/{}", index.context("there is no pack")?);
    let listed = git(&["verify-pack", "-v", &index])?;
    let row = listed.lines().find(|line| line.starts_with(&id)).context("the pack lacks the old version")?;
    ensure!(row.split_whitespace().count() == 7, "the old version is no difference: {row}");
    let (done, packed) = scan(&at, "repository/.git")?;
    let member = format!(".pack!blob {id}");
    ensure!(found(&packed, &member) == [expected], "{}: {}{}", done.code, done.out, done.said);
    Ok(())
}

#[test]
fn pack_that_is_damaged_is_never_clean() -> Result<()> {
    let at = Folder::new()?;
    make(&at, "git", "git", &["init", "-q", "repository"])?;
    let git = |arguments: &[&str]| make(&at, "git", "git", &[&["-C", "repository"], arguments].concat());
    for (name, count) in [("one", 300), ("two", 301)] {
        at.put("repository/dull.txt", lines(0, count))?;
        git(&["add", "."])?;
        git(&["commit", "-q", "-m", name])?;
    }
    let all = git(&["rev-list", "--objects", "--all"])?;
    ensure!(all.lines().count() == 6, "{all}");
    git(&["gc", "-q", "--prune=now"])?;
    let folder = at.at("repository/.git/objects/pack");
    let pack = std::fs::read_dir(&folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "pack"));
    let whole = std::fs::read(pack.context("there is no pack")?)?;
    at.put("whole.pack", &whole)?;
    scan(&at, "whole.pack")?;
    for cut in (12..whole.len() - 20).step_by(whole.len() / 40) {
        at.put("cut.pack", &whole[..cut])?;
        let mut command = coredact::command()?;
        command.args(["scan", "cut.pack"]).current_dir(at.path());
        let done = coredact::done(command.output().context("start coredact")?)?;
        ensure!(
            done.code == 4 && done.said.contains("git pack, offset"),
            "{cut}: {}: {}",
            done.code,
            done.said
        );
    }
    Ok(())
}
