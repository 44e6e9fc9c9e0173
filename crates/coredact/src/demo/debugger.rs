//! What gdb shows of both cores, for the page.

use std::path::Path;
use std::process::{Command, Stdio};

/// gdb's backtraces of the original and of the clean core; none without gdb.
pub(super) fn stacks(original: &Path, clean: &Path, program: &Path) -> Option<(String, String)> {
    Some((backtraces(original, program)?, backtraces(clean, program)?))
}

fn backtraces(core: &Path, program: &Path) -> Option<String> {
    let output = Command::new("gdb")
        .args(["-nx", "-nh", "-batch", "-iex", "set debuginfod enabled off"])
        .args(["-iex", "set auto-load safe-path /nonexistent", "-ex", "set print frame-arguments none"])
        .args(["-ex", "thread apply all bt 12"])
        .args([program, core])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let wanted = |line: &&str| line.starts_with('#') || line.starts_with("Thread ");
    let lines: Vec<&str> = text.lines().filter(wanted).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
