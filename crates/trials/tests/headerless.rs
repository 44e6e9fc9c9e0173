//! Memory in files that do not say what they are: found without a word about it, and gone with `--as raw`.

use anyhow::{Context, Result, ensure};
use coredact_trials::check::check_as;
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::holder::Holder;
use coredact_trials::{coredact, headerless, random};
use serde_json::Value;
use std::path::{Path, PathBuf};

const GCRYPT: Holder = Holder::libgcrypt(Taker::Gcore);

type Shape = fn(&Folder, PathBuf) -> Result<PathBuf>;

/// Every such file.
const SHAPES: [(&str, Shape); 4] = [
    ("the memory of a machine", headerless::machine),
    ("swap", headerless::swap),
    ("a hibernated machine", headerless::hibernation),
    ("CRIU's pages", headerless::checkpoint),
];

#[test]
fn memory_of_a_machine_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), headerless::machine)
}

#[test]
fn swap_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), headerless::swap)
}

#[test]
fn hibernated_machine_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), headerless::hibernation)
}

#[test]
fn pages_of_a_checkpoint_keep_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), headerless::checkpoint)
}

/// Keys of these kinds that a scan proves.
fn proven(file: &Path) -> Result<Vec<String>> {
    let done = coredact::run(&[Path::new("scan"), Path::new("--json"), file])?;
    ensure!(done.code == 1, "{}: exit status {}: {}", file.display(), done.code, done.said);
    let report: Value = serde_json::from_str(&done.out).context("read the report")?;
    ensure!(report["unread"] == Value::Array(vec![]), "not read: {}", report["unread"]);
    let findings = report["findings"].as_array().context("read the findings")?;
    let proven = findings.iter().filter(|one| one["certainty"] == "proven");
    Ok(proven.map(|one| format!("{} {}", one["kind"], one["bits"])).collect())
}

#[test]
fn keys_are_found_in_them_without_options() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = GCRYPT.start(&folder)?;
    let core = take(specimen.process, &folder, specimen.taker)?;
    for (name, shape) in SHAPES {
        let file = shape(&folder, core.clone())?;
        let found = proven(&file)?;
        for key in ["\"rsa-private-key\" 2048", "\"aes-key\" 256"] {
            ensure!(found.iter().any(|one| one == key), "{name}: no {key} in {found:?}");
        }
        // Nothing in it says that all of it may go. (A process's first page is that of its program.)
        let words = if name == "CRIU's pages" { "e_type" } else { "--as raw" };
        let done = coredact::run(&[Path::new("scrub"), &file, Path::new("-o"), &folder.at("never")])?;
        ensure!(done.code == 3 && !folder.at("never").exists(), "{name}: {}: {}", done.code, done.said);
        ensure!(done.said.contains(words), "{name}: the next step is not named: {}", done.said);
    }
    Ok(())
}

#[test]
fn hibernated_machines_that_are_compressed_are_never_clean() -> Result<()> {
    let folder = Folder::new()?;
    let mut swap = vec![0; 1 << 20];
    swap[8192..].copy_from_slice(&random::bytes((1 << 20) - 8192)?);
    headerless::hibernate(&mut swap, 0);
    let mut windows = random::bytes(1 << 20)?;
    windows[..4096].fill(0);
    windows[..4].copy_from_slice(b"HIBR");
    windows[0x18..0x1c].copy_from_slice(&4096_u32.to_le_bytes());
    for (name, bytes, words) in [
        ("swap", swap, "compressed Linux hibernation file"),
        ("hiberfil.sys", windows, "Windows hibernation file"),
    ] {
        let file = folder.put(name, bytes)?;
        let done = coredact::run(&[Path::new("scan"), &file])?;
        ensure!(done.code == 4 && done.said.contains(words), "{name}: {}: {}", done.code, done.said);
        let [scrub, form, kind, to] = ["scrub", "--as", "raw", "-o"].map(Path::new);
        let done = coredact::run(&[scrub, &file, form, kind, to, &folder.at("clean")])?;
        ensure!(done.code == 4 && done.said.contains(words), "{name}: {}: {}", done.code, done.said);
        folder.remove("clean")?;
    }
    Ok(())
}
