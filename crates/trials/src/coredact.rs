//! The program under trial.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The `coredact` to try: `COREDACT_BIN`, else that beside this test (release
/// before debug), else one that is built now.
///
/// # Errors
/// If there is none and it cannot be built; says what to do.
pub fn binary() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("COREDACT_BIN").map(PathBuf::from) {
        if given.is_file() {
            return Ok(given);
        }
        bail!("find COREDACT_BIN={}: build it with `cargo build --release -p coredact`", given.display());
    }
    let target = target_folder()?;
    if let Some(built) = built(&target) {
        return Ok(built);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new(cargo)
        .args(["build", "--release", "--package", "coredact", "--target-dir"])
        .arg(&target)
        .current_dir(workspace)
        .status()
        .context("start cargo; or build coredact yourself and name it in COREDACT_BIN")?;
    if !status.success() {
        bail!("build coredact: run `cargo build --release -p coredact` and see why it fails");
    }
    built(&target).with_context(|| {
        format!("find the built coredact under {}; name it in COREDACT_BIN", target.display())
    })
}

/// The target folder: this test runs from `TARGET/PROFILE/deps`.
///
/// # Errors
/// If the test lies elsewhere.
pub fn target_folder() -> Result<PathBuf> {
    let test = std::env::current_exe().context("ask for the test's own path")?;
    let folder = test.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "deps"));
    let target = folder.and_then(|deps| deps.parent()?.parent());
    target.map(Path::to_path_buf).context("find cargo's target folder; name coredact in COREDACT_BIN")
}

fn built(target: &Path) -> Option<PathBuf> {
    ["release", "debug"]
        .iter()
        .map(|profile| target.join(profile).join("coredact"))
        .find(|path| path.is_file())
}

/// A command that runs `coredact` with few surprises from the environment.
///
/// # Errors
/// As [`binary`].
pub fn command() -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.env_remove("COREDACT_SIGN_KEY").env("NO_COLOR", "1").stdin(std::process::Stdio::null());
    Ok(command)
}

/// Runs `coredact` to its end.
///
/// # Errors
/// If it cannot be started or was killed by a signal.
pub fn run(arguments: &[&Path]) -> Result<Done> {
    done(command()?.args(arguments).output().context("start coredact")?)
}

/// How a run of `coredact` ended.
#[derive(Debug)]
pub struct Done {
    /// Exit status.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub said: String,
}

/// Reads how a run ended.
///
/// # Errors
/// If a signal ended it.
pub fn done(output: Output) -> Result<Done> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code =
        output.status.code().with_context(|| format!("coredact ended by {}: {said}", output.status))?;
    Ok(Done { code, out: String::from_utf8_lossy(&output.stdout).into_owned(), said })
}
