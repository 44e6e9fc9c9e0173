//! Files and folders that are named.

use anyhow::Result;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a walk through a folder comes upon.
pub(super) enum Met {
    /// A file to be read.
    File(PathBuf),
    /// A pipe, socket, device or link: no bytes of the folder's own.
    Skipped,
}

/// Calls `each` for every file below a path, in the order of names, until it has enough. With `ignore_files`, what
/// `.gitignore`, `.ignore` and git's own exclusions name is left out.
pub(super) fn visit(
    path: &Path,
    ignore_files: bool,
    each: &mut impl FnMut(Result<Met>) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    if path.as_os_str() == "-" || !path.is_dir() {
        return each(Ok(Met::File(path.to_owned())));
    }
    let walk = ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .ignore(ignore_files)
        .git_ignore(ignore_files)
        .git_exclude(ignore_files)
        .git_global(ignore_files)
        .parents(ignore_files)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let met = match entry {
            // A folder that cannot be read is bytes that were not read, and no reason to stop.
            Err(error) => Err(anyhow::Error::new(error).context(format!("walk {}", path.display()))),
            Ok(entry) => match entry.file_type() {
                Some(kind) if kind.is_dir() => continue,
                None => continue,
                Some(kind) if !kind.is_file() => Ok(Met::Skipped),
                // An empty file holds nothing, so nothing is left unread in it.
                Some(_) if entry.metadata().is_ok_and(|metadata| metadata.len() == 0) => continue,
                Some(_) => Ok(Met::File(entry.into_path())),
            },
        };
        if each(met)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
