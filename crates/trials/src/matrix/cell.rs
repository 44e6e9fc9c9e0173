//! One library with one kind of key: dumped, scrubbed and judged.

use super::kind::KeyKind;
use super::library::{Library, Program};
use super::shop::Shop;
use crate::check::Specimen;
use crate::dump::take;
use crate::folder::Folder;
use crate::judge::{Survivor, places};
use crate::process::Running;
use crate::secret::{Kind, Secret};
use crate::{coredact, debugger};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What coredact calls the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Its kind, proven.
    Yes,
    /// Something else: what, and how sure.
    Other(String),
    /// Nothing stands where the key stands.
    No,
    /// The dump does not hold the key.
    Absent,
}

/// What one policy left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// Name of the policy.
    pub policy: String,
    /// Places that still hold a fragment.
    pub survivors: Vec<Survivor>,
    /// Time of the scrub, in seconds.
    pub seconds: f64,
    /// Why nothing was released; none if something was.
    pub refused: Option<String>,
    /// True if debuggers were asked.
    pub compared: bool,
    /// The first lines that gdb and lldb say differently; none if they are the same.
    pub debuggers: [Option<String>; 2],
}

/// The result for one library and kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Name of the library.
    pub library: String,
    /// Name of the kind.
    pub kind: String,
    /// Length of the dump, in bytes.
    pub bytes: u64,
    /// Places of the key in the dump.
    pub copies: Vec<Survivor>,
    /// What coredact calls it.
    pub found: Found,
    /// What each policy left, in the order asked for.
    pub left: Vec<Left>,
}

/// Which policies are tried, and where dumps are kept to be looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of policies.
    pub policies: Vec<String>,
    /// Longest dump about which debuggers are asked what they say before and after, in bytes.
    pub asked_max: u64,
    /// Keeps dumps and truths that are below 100 %.
    pub keep: Option<PathBuf>,
}

/// Runs a library's holder and judges it.
///
/// # Errors
/// If the holder, the dump or a debugger fails.
pub fn run(shop: &Shop, library: &Library, kind: &KeyKind, options: &Options) -> Result<Cell> {
    let folder = Folder::new()?;
    let specimen = if let Program::Daemon(daemon) = library.program {
        let mut specimen = daemon.start(&folder, kind.name)?;
        // The secrets of its connections and its settings are judged by the trials.
        specimen.secrets.retain(|secret| matches!(secret.kind, Kind::Rsa | Kind::Curve));
        specimen
    } else {
        hold(shop, library, kind, &folder)?
    };
    judge(library.name, kind, specimen, &folder, options)
}

fn hold(shop: &Shop, library: &Library, kind: &KeyKind, folder: &Folder) -> Result<Specimen> {
    let truth = folder.at("truth");
    let mut command = shop.holder(library)?;
    let mut process = Running::start(command.arg(kind.name).arg(&truth).current_dir(folder.path()))?;
    process.wait_for("READY")?;
    let secret = kind.secret(&folder.get("truth")?)?;
    Ok(Specimen { process, clients: Vec::new(), secrets: vec![secret], taker: library.taker() })
}

/// Dumps a program that holds its key, and judges what each policy leaves.
///
/// # Errors
/// If the dump or a debugger fails.
pub fn judge(
    library: &str,
    kind: &KeyKind,
    specimen: Specimen,
    folder: &Folder,
    options: &Options,
) -> Result<Cell> {
    let executable = std::fs::read_link(format!("/proc/{}/exe", specimen.process.id()))
        .context("ask which file the process runs")?;
    let core = take(specimen.process, folder, specimen.taker)?;
    drop(specimen.clients);
    let dump = std::fs::read(&core).context("read the core")?;
    let secrets = &specimen.secrets;
    let copies = places(&dump, secrets);
    let bytes = u64::try_from(dump.len())?;
    drop(dump);
    let told = match bytes <= options.asked_max {
        true => Some([debugger::gdb(&executable, &core)?, debugger::lldb(&executable, &core)?]),
        false => None,
    };
    let mut found = if copies.is_empty() { Found::Absent } else { Found::No };
    let mut left = Vec::new();
    for policy in &options.policies {
        let (one, report) = scrub(policy, folder, &core, secrets, &executable, told.as_ref())?;
        if !copies.is_empty() {
            found = better(found, named(&report, &copies, kind));
        }
        left.push(one);
    }
    let cell = Cell { library: library.to_owned(), kind: kind.name.to_owned(), bytes, copies, found, left };
    if let (Some(kept), false) = (&options.keep, cell.is_whole()) {
        let name = format!("{library}-{}", kind.name).replace([' ', '/'], "_");
        std::fs::create_dir_all(kept).context("make the folder of kept dumps")?;
        for file in ["core", "truth"].iter().filter(|file| folder.at(file).is_file()) {
            std::fs::copy(folder.at(file), kept.join(format!("{name}.{file}"))).context("keep a dump")?;
        }
    }
    Ok(cell)
}

/// Scrubs under one policy; what it left, and the report.
fn scrub(
    policy: &str,
    folder: &Folder,
    core: &Path,
    secrets: &[Secret],
    executable: &Path,
    told: Option<&[Vec<String>; 2]>,
) -> Result<(Left, Value)> {
    let clean = folder.at(&format!("clean.{policy}"));
    // Debuggers are asked here and not by the program under trial: its word is not needed, and costs as much.
    let words = ["scrub", "--json", "--no-debugger", "--policy", policy, "-o"].map(Path::new);
    let start = Instant::now();
    let done = coredact::run(&[&words[..], &[&clean, core]].concat())?;
    let seconds = start.elapsed().as_secs_f64();
    let report = serde_json::from_str(&done.out).unwrap_or_default();
    let mut left = Left { policy: policy.to_owned(), seconds, ..Left::default() };
    if done.code != 0 {
        left.refused = Some(format!("exit {}: {}", done.code, done.said.lines().last().unwrap_or_default()));
        if !clean.is_file() {
            return Ok((left, report));
        }
    }
    left.survivors = places(&std::fs::read(&clean).context("read the clean core")?, secrets);
    if let Some(told) = told {
        left.compared = true;
        let after = [debugger::gdb(executable, &clean)?, debugger::lldb(executable, &clean)?];
        for ((said, before), after) in left.debuggers.iter_mut().zip(told).zip(&after) {
            *said = debugger::difference(before, after);
        }
    }
    folder.remove(&format!("clean.{policy}"))?;
    Ok((left, report))
}

/// What a report says of the bytes in `copies`.
fn named(report: &Value, copies: &[Survivor], kind: &KeyKind) -> Found {
    let mut found = Found::No;
    for finding in report["findings"].as_array().into_iter().flatten() {
        let overlaps = |place: &Value| {
            let number = |key: &str| usize::try_from(place[key].as_u64()?).ok();
            let (at, length) = (number("file_offset")?, number("length")?);
            Some(copies.iter().any(|copy| copy.at < at + length && at < copy.at + copy.length))
        };
        let places = finding["places"].as_array().into_iter().flatten();
        if !places.map(overlaps).any(|answer| answer == Some(true)) {
            continue;
        }
        let [name, certainty] = ["kind", "certainty"].map(|key| finding[key].as_str().unwrap_or_default());
        let is_sure = matches!(certainty, "proven" | "structured");
        let one = if is_sure && kind.expected().contains(&name) {
            Found::Yes
        } else {
            Found::Other(format!("{name}, {certainty}"))
        };
        found = better(found, one);
    }
    found
}

/// The more telling of two answers.
fn better(one: Found, other: Found) -> Found {
    let worth = |found: &Found| match found {
        Found::Yes => 3,
        Found::Other(what) if !what.ends_with("suspected") => 2,
        Found::Other(_) => 1,
        Found::No | Found::Absent => 0,
    };
    if worth(&other) > worth(&one) { other } else { one }
}

impl Cell {
    /// True if nothing falls short: the key was found as what it is, and no policy left anything or
    /// changed what a debugger says.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_found = matches!(self.found, Found::Yes | Found::Absent);
        is_found && self.left.iter().all(Left::is_whole)
    }
}

impl Left {
    /// True if nothing survived and debuggers say the same.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.refused.is_none() && self.survivors.is_empty() && self.debuggers.iter().all(Option::is_none)
    }
}
