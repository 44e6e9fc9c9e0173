//! Writes the files of the matrix of representations, and `cases.json` with the kinds that are right for each, into a
//! folder: `representations FOLDER`.

use anyhow::{Context, Result};
use coredact_trials::folder::Folder;
use coredact_trials::representations::all;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "these files are not evidence")]
fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("name a folder")?;
    let tools = Folder::new()?;
    let mut kinds = BTreeMap::new();
    for case in all(&tools)? {
        let path = folder.join(&case.name);
        std::fs::write(&path, &case.bytes).with_context(|| format!("write {}", path.display()))?;
        kinds.insert(case.name, case.kinds);
    }
    let path = folder.join("cases.json");
    let text = serde_json::to_vec_pretty(&kinds)?;
    std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))
}
