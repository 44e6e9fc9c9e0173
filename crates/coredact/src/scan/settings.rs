//! What decides what a scan finds: if any of it differs, files that were searched are searched again.

use crate::args::Scan;
use crate::session::Session;
use anyhow::{Context, Result};
use coredact_engine::sha256;
use sha2::{Digest, Sha256};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Digest of the program itself, the options, and the files of rules, known secrets and published keys.
///
/// # Errors
/// If one of them cannot be read.
pub(super) fn digest(session: &Session, arguments: &Scan) -> Result<String> {
    let detection = &arguments.detection;
    let mut all = Sha256::new();
    // A version number does not tell one build from another with better detectors.
    all.update(of_file(Path::new("/proc/self/exe"))?);
    let options = (arguments.suspicions, arguments.copies, detection.remove_public);
    all.update(format!("{options:?} {:?}\n", session.unpacking(Path::new("")).limits));
    for path in detection.rules.iter().chain(&detection.known).chain(&detection.known_key) {
        all.update(of_file(path)?);
    }
    for path in &detection.inventory {
        all.update(published(path)?);
    }
    Ok(all.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn of_file(path: &Path) -> Result<[u8; 32]> {
    sha256::of_file(path).with_context(|| format!("read {}", path.display()))
}

/// The files of published keys, by their numbers, lengths and times: there may be a great many.
fn published(path: &PathBuf) -> Result<String> {
    let mut out = String::new();
    let walk = ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .follow_links(true)
        .sort_by_file_path(Path::cmp)
        .build();
    for entry in walk {
        let metadata = entry.and_then(|entry| entry.metadata());
        let file = metadata.with_context(|| format!("walk {}", path.display()))?;
        let times = (file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec());
        out.push_str(&format!("{:?}\n", (file.dev(), file.ino(), file.len(), times)));
    }
    Ok(out)
}
