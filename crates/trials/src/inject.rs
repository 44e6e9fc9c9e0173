//! Faults put into `coredact` at chosen system calls, by strace.

use crate::coredact;
use crate::folder::{Folder, sha256};
use crate::process::{Running, need};
use crate::synthetic::Synthetic;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a core, and what a scrub without faults makes of it.
#[derive(Debug)]
pub struct Rig {
    folder: Folder,
    core: PathBuf,
    core_sha256: String,
    clean_sha256: String,
    /// Most calls that one thread makes of each system call.
    pub calls: BTreeMap<String, usize>,
}

/// How a run with a fault ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit status; none if a signal ended it.
    pub code: Option<i32>,
    /// SHA-256 of the output; none if it does not exist.
    pub output: Option<String>,
    /// Standard error, strace's lines among it.
    pub said: String,
}

impl Rig {
    /// Makes a core with `memory` bytes of memory and scrubs it once.
    ///
    /// # Errors
    /// If the scrub fails, or strace cannot run.
    pub fn new(memory: usize) -> Result<Self> {
        let folder = Folder::new()?;
        let core = Synthetic::new(&folder, memory)?.write(&folder, memory as u64)?;
        let core_sha256 = sha256(&core)?;
        let mut rig = Self { folder, core, core_sha256, clean_sha256: String::new(), calls: BTreeMap::new() };
        let trace = Folder::new()?;
        let file = trace.at("trace");
        let ended = rig.run(&["-o", &file.to_string_lossy()])?;
        ensure!(ended.code == Some(0), "the scrub without a fault failed: {}", ended.said);
        rig.clean_sha256 = ended.output.context("find the output of the scrub without a fault")?;
        rig.calls = counts(&String::from_utf8_lossy(&trace.get("trace")?));
        ensure!(!rig.calls.is_empty(), "strace saw no system call: may this user trace processes?");
        Ok(rig)
    }

    /// The core.
    #[must_use]
    pub fn core(&self) -> &Path {
        &self.core
    }

    /// SHA-256 of the only output that may be published.
    #[must_use]
    pub fn clean_sha256(&self) -> &str {
        &self.clean_sha256
    }

    /// The command that scrubs under strace with further options, in the rig's folder.
    ///
    /// # Errors
    /// If strace or coredact is missing.
    pub fn command(&self, options: &[&str]) -> Result<Command> {
        let mut command = Command::new(need("strace", "strace")?);
        command.arg("-f").args(options).arg(coredact::binary()?);
        command.args(["scrub", "core", "-o", "clean", "--report", "report.json", "--no-debugger"]);
        command.current_dir(self.folder.path()).env("NO_COLOR", "1").env_remove("COREDACT_SIGN_KEY");
        Ok(command)
    }

    /// Scrubs under strace with further options, from an empty start.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn run(&self, options: &[&str]) -> Result<Ended> {
        self.clear()?;
        let output = self.command(options)?.output().context("start strace")?;
        self.ended(output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Scrubs, stops when a thread makes its `nth` call of `call`, calls
    /// `meanwhile`, and goes on.
    ///
    /// # Errors
    /// If it cannot be run; `Ok(None)` if it ended before it stopped.
    pub fn run_with_pause(
        &self,
        call: &str,
        nth: usize,
        meanwhile: impl FnOnce() -> Result<()>,
    ) -> Result<Option<Ended>> {
        self.clear()?;
        let inject = format!("inject={call}:signal=STOP:when={nth}");
        let trace = format!("trace={call}");
        let mut running = Running::start(&self.command(&["-e", &trace, "-e", &inject])?)?;
        let stopped = running.wait_for("stopped by SIGSTOP").is_ok();
        if stopped {
            meanwhile()?;
        }
        let said = running.rest_awake()?;
        let code = running.wait()?.code();
        let ended = self.ended(code, said)?;
        Ok(stopped.then_some(ended))
    }

    /// What is wrong after a run: an output that is not the verified one, a
    /// file that should not be there, a changed input.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn faults(&self, ended: &Ended) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        if ended.output.as_ref().is_some_and(|digest| *digest != self.clean_sha256) {
            faults.push("an output was published that is not the verified one".to_owned());
        }
        if ended.code == Some(0) && ended.output.is_none() {
            faults.push("the exit status says success, but there is no output".to_owned());
        }
        faults.extend(self.leftovers()?);
        if sha256(&self.core)? != self.core_sha256 {
            faults.push("the input was changed".to_owned());
        }
        Ok(faults)
    }

    /// Files beside the core and its output, and a report that is not whole.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn leftovers(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for name in self.folder.names()? {
            match name.as_str() {
                "core" | "clean" => {}
                "report.json" => {
                    let report: Result<serde_json::Value, _> =
                        serde_json::from_slice(&self.folder.get(&name)?);
                    if report.is_err() {
                        faults.push("a part of the report was published".to_owned());
                    }
                }
                other => faults.push(format!("{other} was left behind")),
            }
        }
        Ok(faults)
    }

    /// Removes the results of the run before.
    fn clear(&self) -> Result<()> {
        for name in self.folder.names()?.iter().filter(|name| *name != "core") {
            self.folder.remove(name)?;
        }
        Ok(())
    }

    fn ended(&self, code: Option<i32>, said: String) -> Result<Ended> {
        let clean = self.folder.at("clean");
        let output = if clean.exists() { Some(sha256(&clean)?) } else { None };
        Ok(Ended { code, output, said })
    }
}

/// Most calls of each name by one thread, from strace's lines `PID name(...`.
fn counts(trace: &str) -> BTreeMap<String, usize> {
    let mut by_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((name, _)) = rest.trim_start().split_once('(') else { continue };
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            *by_thread.entry((thread, name)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, name), count) in by_thread {
        let known = most.entry(name.to_owned()).or_default();
        *known = count.max(*known);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_thread() {
        let trace = "10 read(3, ...) = 1\n10 read(3 <unfinished ...>\n11 read(3) = 0\n10 <... read resumed>) = 0\n\
                     11 +++ exited with 0 +++\n11 fsync(4) = 0\n";
        let expected = [("fsync".to_owned(), 1), ("read".to_owned(), 2)];
        assert_eq!(counts(trace), BTreeMap::from(expected));
    }
}
