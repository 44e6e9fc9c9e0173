//! The crash of the consumer token service, and its core.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the crash has left.
pub(crate) struct Crashed {
    /// The public key that the service had published.
    pub(crate) jwk: Value,
    /// A token that it had issued.
    pub(crate) token: String,
    /// The core.
    pub(crate) core: PathBuf,
}

/// Runs the service in `folder` and lets it crash there.
pub(crate) fn crash(folder: &Path) -> Result<Crashed> {
    let program = std::env::current_exe().context("find the running program")?;
    let mut command = Command::new("prlimit");
    command.arg("--core=unlimited").arg("--").arg(program).arg("signer").current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().context("start the service (prlimit is in util-linux)")?;
    let mut line = String::new();
    let out = child.stdout.take().context("read what the service says")?;
    BufReader::new(out).read_line(&mut line).context("read what the service says")?;
    let said: Value = serde_json::from_str(&line).context("understand the service")?;

    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let by_kernel = pattern.starts_with("core") && !pattern.contains('/');
    let core = folder.join("core");
    if !by_kernel {
        // The kernel hands cores to a program here: gdb's gcore takes this one, right before the crash.
        let id = child.id().to_string();
        let done = Command::new("gcore").arg("-o").arg(&core).arg(&id).output().context("start gcore")?;
        ensure!(done.status.success(), "take a core with gcore; sysctl kernel.yama.ptrace_scope=0 lets it");
    }
    let mut input = child.stdin.take().context("tell the service to crash")?;
    input.write_all(b"\n").context("tell the service to crash")?;
    let status = child.wait().context("wait for the crash")?;
    ensure!(!status.success(), "see the service crash; it ended well");
    let found =
        std::fs::read_dir(folder).context("look for the core")?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut cores =
        found.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core")));
    let Some(made) = cores.next() else {
        bail!("find the core in {} (core_pattern is {:?})", folder.display(), pattern.trim());
    };
    #[expect(clippy::disallowed_methods, reason = "a core of the replay's own")]
    std::fs::rename(made, &core).context("name the core")?;
    let token = said.get("token").and_then(Value::as_str).context("read the token")?.to_owned();
    Ok(Crashed { jwk: said.get("jwk").context("read the key")?.clone(), token, core })
}
