//! The command line of coredact, as its users run it.

use anyhow::{Context as _, Result, ensure};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the program is.
#[derive(Debug)]
pub(crate) struct Coredact(PathBuf);

impl Coredact {
    /// That of the environment variable COREDACT_BIN, else the one beside this program.
    pub(crate) fn find() -> Result<Self> {
        let beside = std::env::current_exe().context("find the running program")?.with_file_name("coredact");
        let path = std::env::var_os("COREDACT_BIN").map_or(beside, PathBuf::from);
        ensure!(
            path.is_file(),
            "find coredact at {}; cargo build --release --package coredact",
            path.display()
        );
        Ok(Self(path))
    }

    /// Runs it; what it printed, if it ended with this code.
    pub(crate) fn run(&self, words: &[&OsStr], code: i32) -> Result<Vec<u8>> {
        let output =
            Command::new(&self.0).args(words).stdin(Stdio::null()).output().context("start coredact")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(code),
            "see coredact {words:?} end with {code}: {}, {said}",
            output.status
        );
        Ok(output.stdout)
    }
}
