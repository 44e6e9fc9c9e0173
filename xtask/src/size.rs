//! How long files may be.

use crate::source;
use anyhow::Result;
use std::path::Path;

/// Hard limit of a source file, in lines.
const FILE_LINES_MAX: usize = 800;

/// Hard limit of `lib.rs`, `mod.rs` and `main.rs` where they only declare, in lines.
const ROOT_LINES_MAX: usize = 250;

/// Appends a line for each file over its limit.
pub(crate) fn check(faults: &mut Vec<String>) -> Result<()> {
    for path in source::files()?.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let lines = source::read(path)?.lines().count();
        let limit = if is_root(path) { ROOT_LINES_MAX } else { FILE_LINES_MAX };
        if lines > limit {
            faults.push(format!("{}: {lines} lines, limit {limit}", path.display()));
        }
    }
    Ok(())
}

fn is_root(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "lib.rs" || name == "main.rs")
}
