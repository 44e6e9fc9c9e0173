//! The one body of all trials on real programs.

use crate::dump::{Taker, take};
use crate::folder::{Folder, sha256};
use crate::process::Running;
use crate::secret::Secret;
use crate::{coredact, debugger, headerless, judge, physical, say};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// A program that runs, holds secrets, and has proven by use that it does.
#[derive(Debug)]
pub struct Specimen {
    /// The program.
    pub process: Running,
    /// Its clients, connected until the dump is taken.
    pub clients: Vec<Running>,
    /// What it holds.
    pub secrets: Vec<Secret>,
    /// Who dumps it.
    pub taker: Taker,
}

/// Policies, each with what must be gone: everything, or what is proven.
const POLICIES: [(&str, bool); 3] = [("strict", true), ("proven", false), ("skeleton", true)];

/// Starts the program, dumps it, scrubs the dump under every policy, and
/// judges what came out.
///
/// # Errors
/// With every fault found, or why the trial could not run.
pub fn check(start: impl FnOnce(&Folder) -> Result<Specimen>) -> Result<()> {
    check_as(start, |_, core| Ok(core))
}

/// The same with the dump in another format: `reshape` makes one from a core.
///
/// # Errors
/// With every fault found, or why the trial could not run.
pub fn check_as(
    start: impl FnOnce(&Folder) -> Result<Specimen>,
    reshape: impl FnOnce(&Folder, PathBuf) -> Result<PathBuf>,
) -> Result<()> {
    let folder = Folder::new()?;
    let specimen = start(&folder)?;
    let executable = std::fs::read_link(format!("/proc/{}/exe", specimen.process.id()))
        .context("ask which file the process runs")?;
    let core = take(specimen.process, &folder, specimen.taker)?;
    drop(specimen.clients);
    let core = reshape(&folder, core)?;
    let debuggers = debuggers(&core)?;
    let trial = Trial { folder, executable, core, secrets: specimen.secrets, debuggers };
    let original = physical::plain(&trial.core)?;
    let (present, fragments) = judge::judge(&original, &trial.secrets);
    for secret in &trial.secrets {
        ensure!(
            present.iter().any(|found| found.secret == secret.name),
            "the trial proves nothing: {} is not in the core",
            secret.name
        );
    }
    say(&format!("{} bytes, {} secrets in {fragments} fragments", original.len(), trial.secrets.len()));
    let mut faults = Vec::new();
    for (policy, all) in POLICIES {
        let mut found = trial.judge(&original, policy, all)?;
        faults.append(&mut found);
    }
    ensure!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

/// A dump with known secrets.
#[derive(Debug)]
struct Trial {
    folder: Folder,
    executable: PathBuf,
    core: PathBuf,
    secrets: Vec<Secret>,
    debuggers: &'static [(&'static str, Debugger)],
}

/// Asks a debugger about a dump of an executable.
type Debugger = fn(&Path, &Path) -> Result<Vec<String>>;

/// True of a file that is memory, whatever its first page holds.
fn is_memory_alone(dump: &Path) -> bool {
    let extension = dump.extension().unwrap_or_default();
    headerless::EXTENSIONS.iter().any(|known| extension == *known)
}

/// Who opens dumps that begin so.
fn debuggers(dump: &Path) -> Result<&'static [(&'static str, Debugger)]> {
    if is_memory_alone(dump) {
        return Ok(&[]);
    }
    let mut head = [0; 20];
    std::io::Read::read_exact(&mut std::fs::File::open(dump)?, &mut head)
        .context("read the dump's beginning")?;
    Ok(match (&head[..4], &head[18..]) {
        (b"\x7fELF", EM_386) => &OF_GUESTS,
        (b"\x7fELF", _) => &OF_CORES,
        (b"MDMP", _) => &OF_MINIDUMPS,
        (b"\xcf\xfa\xed\xfe", _) => &OF_MACHO,
        _ => &[],
    })
}

/// `e_machine` of a guest that was not yet in 64 bits, which lldb does not open.
const EM_386: &[u8] = &[3, 0];
const OF_GUESTS: [(&str, Debugger); 1] = [("gdb", debugger::gdb)];
const OF_CORES: [(&str, Debugger); 2] = [("gdb", debugger::gdb), ("lldb", debugger::lldb)];
const OF_MACHO: [(&str, Debugger); 1] = [("lldb", debugger::lldb_macho)];
const OF_MINIDUMPS: [(&str, Debugger); 2] =
    [("lldb", debugger::lldb), ("minidump-processor", debugger::stackwalk)];

impl Trial {
    /// Scrubs under `policy` and returns every fault of the result.
    fn judge(&self, original: &[u8], policy: &str, all: bool) -> Result<Vec<String>> {
        let digest = sha256(&self.core)?;
        let clean = self.folder.at(&format!("clean.{policy}"));
        let report = self.folder.at(&format!("report.{policy}.json"));
        let mut arguments = vec![
            Path::new("scrub"),
            &self.core,
            Path::new("-o"),
            &clean,
            Path::new("--policy"),
            Path::new(policy),
            Path::new("--report"),
            &report,
            Path::new("--json"),
        ];
        // Memory alone has no beginning that tells.
        if is_memory_alone(&self.core) {
            arguments.extend([Path::new("--as"), Path::new("raw")]);
        }
        let done = coredact::run(&arguments)?;
        if done.code != 0 {
            return Ok(vec![format!("{policy}: scrub ended with {}:\n{}", done.code, refusal(&done))]);
        }
        let mut faults = Vec::new();
        if sha256(&self.core)? != digest {
            faults.push("the original changed".to_owned());
        }
        let scrubbed = std::fs::read(&clean).context("read the clean core")?;
        let (survivors, _) = judge::judge(&scrubbed, &self.secrets);
        for left in survivors.iter().filter(|left| all || left.is_proven) {
            faults.push(format!(
                "{} of {} survives as {} at {:#x}, {} bytes",
                left.component, left.secret, left.form, left.at, left.length
            ));
        }
        let report = std::fs::read(&report).context("read the report")?;
        let (changed, removed) = account(original, &scrubbed, &report, &mut faults)?;
        for &(name, debugger) in self.debuggers {
            let [mut before, mut after] =
                [debugger(&self.executable, &self.core)?, debugger(&self.executable, &clean)?];
            if policy == "skeleton" {
                // It keeps small integers alone; a timeout of twelve hours is none.
                for lines in [&mut before, &mut after] {
                    debugger::forget_integers(lines);
                }
            }
            if let Some(lines) = debugger::difference(&before, &after) {
                faults.push(format!("{name} says something else: {lines}"));
            }
        }
        say(&format!("{policy}: {removed} bytes removed, {changed} changed, {} faults", faults.len()));
        Ok(faults.into_iter().map(|fault| format!("{policy}: {fault}")).collect())
    }
}

/// Compares what changed with what the report says: bytes that changed, and
/// bytes that the plan removes.
fn account(before: &[u8], after: &[u8], report: &[u8], faults: &mut Vec<String>) -> Result<(u64, u64)> {
    if before.len() != after.len() {
        faults.push(format!("the clean core has {} bytes, the original {}", after.len(), before.len()));
        return Ok((0, 0));
    }
    let report: serde_json::Value = serde_json::from_slice(report).context("read the report's JSON")?;
    let mut planned = vec![false; before.len()];
    let mut removed = 0;
    for cut in report["plan"]["cuts"].as_array().context("find the plan in the report")? {
        let number = |key: &str| cut[key].as_u64().with_context(|| format!("read {key} of a cut"));
        let (from, length) = (usize::try_from(number("file_offset")?)?, usize::try_from(number("length")?)?);
        let to = from.checked_add(length).context("add up a cut")?;
        planned
            .get_mut(from..to)
            .with_context(|| format!("find the cut at {from:#x} in the file"))?
            .fill(true);
        removed += number("length")?;
    }
    for (at, bytes) in notice(&report["plan"]["notice"])? {
        let end = at.checked_add(bytes.len()).context("add up the notice")?;
        if after.get(at..end) != Some(bytes.as_slice()) {
            faults.push(format!("the notice does not stand at {at:#x}"));
        }
        planned.get_mut(at..end).context("find the notice in the file")?.fill(true);
    }
    let mut changed = 0;
    let mut unplanned = Vec::new();
    for (at, ((one, other), planned)) in before.iter().zip(after).zip(planned).enumerate() {
        if one != other {
            changed += 1;
            if !planned {
                unplanned.push(at);
            }
        }
    }
    if let Some(first) = unplanned.first() {
        faults
            .push(format!("{} bytes changed outside of the plan, the first at {first:#x}", unplanned.len()));
    }
    if report["bytes_removed"].as_u64() != Some(removed) {
        faults.push(format!("the report says {} bytes removed, its plan {removed}", report["bytes_removed"]));
    }
    Ok((changed, removed))
}

/// What the report says that the dump says of itself, and where: the text, and the field that leads to it.
fn notice(notice: &serde_json::Value) -> Result<Vec<(usize, Vec<u8>)>> {
    if notice.is_null() {
        return Ok(Vec::new());
    }
    let offset = |key: &str| {
        let number = notice[key].as_u64().with_context(|| format!("read {key} of the notice"))?;
        usize::try_from(number).context("find the notice in the file")
    };
    let text = |key: &str| notice[key].as_str().with_context(|| format!("read {key} of the notice"));
    let field = text("field")?;
    let bytes = (0..field.len()).step_by(2).map(|at| {
        let digits = field.get(at..at + 2).context("read the field of the notice")?;
        u8::from_str_radix(digits, 16).context("read the field of the notice")
    });
    let field = bytes.collect::<Result<Vec<u8>>>()?;
    Ok(vec![(offset("file_offset")?, text("text")?.as_bytes().to_vec()), (offset("field_offset")?, field)])
}

/// Why a scrub released nothing: the verifier's answers, else its last words.
fn refusal(done: &coredact::Done) -> String {
    let report: serde_json::Value = serde_json::from_str(&done.out).unwrap_or_default();
    let answers = report["verdict"]["answers"].as_array().into_iter().flatten();
    let failed: Vec<String> = answers
        .filter(|answer| answer["passed"] == false)
        .map(|answer| answer["detail"].to_string())
        .collect();
    if !failed.is_empty() {
        return failed.join("\n");
    }
    let incomplete = ["searched_incompletely", "unread"].map(|part| &report[part]);
    let incomplete =
        incomplete.into_iter().filter(|part| part.as_array().is_some_and(|list| !list.is_empty()));
    let incomplete: Vec<String> = incomplete.map(ToString::to_string).collect();
    if incomplete.is_empty() { tail(&done.said) } else { incomplete.join("\n") }
}

/// The end of a long text.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
