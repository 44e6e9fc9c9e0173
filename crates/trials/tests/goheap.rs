//! Heap dumps of Go: no key is left, and what describes the heap is the same.

use anyhow::{Result, ensure};
use coredact_trials::check::check_as;
use coredact_trials::coredact;
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::goheap;
use coredact_trials::holder::Holder;
use std::path::Path;

const GCRYPT: Holder = Holder::libgcrypt(Taker::Gcore);

#[test]
fn heap_dump_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), goheap::dump)
}

/// Go's own: what its types, stacks and objects hold.
#[test]
fn dump_of_the_runtime_keeps_nothing() -> Result<()> {
    check_as(goheap::start, |folder, _| Ok(folder.at("heap.dump")))
}

#[test]
fn what_describes_the_heap_stays() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = GCRYPT.start(&folder)?;
    let core = take(specimen.process, &folder, specimen.taker)?;
    same_description(&folder, &goheap::dump(&folder, core)?, 20)
}

#[test]
fn what_describes_the_heap_of_the_runtime_stays() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = goheap::start(&folder)?;
    drop(specimen.process);
    same_description(&folder, &folder.at("heap.dump"), 500)
}

fn same_description(folder: &Folder, dump: &Path, records: usize) -> Result<()> {
    let before = goheap::described(&std::fs::read(dump)?)?;
    ensure!(before.len() > records, "{} records", before.len());
    for policy in ["proven", "strict", "skeleton"] {
        let clean = folder.at(&format!("clean.{policy}"));
        let arguments = ["scrub", "-o", "--policy", policy].map(Path::new);
        let [scrub, to, under, policy] = arguments;
        let done = coredact::run(&[scrub, dump, to, &clean, under, policy])?;
        ensure!(done.code == 0, "scrub ended with {}: {}", done.code, done.said);
        let after = std::fs::read(&clean)?;
        ensure!(after != std::fs::read(dump)?, "nothing was removed");
        ensure!(goheap::described(&after)? == before, "the heap is described in another way");
    }
    Ok(())
}
