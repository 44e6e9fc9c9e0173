//! Files that are memory and nothing else, or memory behind the header of something else, composed of the pages of a process.

use crate::folder::Folder;
use crate::physical::pages;
use crate::process::{need, output};
use crate::random;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Pages that Linux swaps out to neighbouring slots (`SWAPFILE_CLUSTER` of its `include/linux/swap.h`).
const CLUSTER: usize = 256;

/// Where the signature of swap stands in its first page (`union swap_header` of Linux), and where the flags of a hibernated
/// machine do (`struct swsusp_header`).
const SIGNATURE_AT: usize = PAGE - 10;
const FLAGS_AT: usize = PAGE - 24;

/// `SF_NOCOMPRESS_MODE` of Linux's `kernel/power/power.h`.
const SF_NOCOMPRESS_MODE: u8 = 2;

/// Extensions of files that are scrubbed with `--as raw`.
pub const EXTENSIONS: [&str; 3] = ["vmem", "img", "swap"];

/// The memory of a machine in one file, as Firecracker, Cloud Hypervisor and VMware leave it.
///
/// # Errors
/// If the core is none.
pub fn machine(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    crate::physical::raw(folder, core)
}

/// A swap file that `mkswap` made, with the pages of the process in clusters of slots in the order of chance.
///
/// # Errors
/// If `mkswap` does not run.
pub fn swap(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let core = std::fs::read(&core).context("read the core")?;
    let pages: Vec<&[u8]> = pages(&core)?.into_iter().map(|(_, page)| page).collect();
    let mut clusters: Vec<&[&[u8]]> = pages.chunks(CLUSTER).collect();
    random::shuffle(&mut clusters)?;
    let path = folder.put("memory.swap", vec![0; PAGE * (pages.len() + 1)])?;
    output(Command::new(need("mkswap", "util-linux")?).arg(&path), b"")?;
    let header = std::fs::read(&path).context("read the swap file")?;
    ensure!(header[SIGNATURE_AT..PAGE] == *b"SWAPSPACE2", "mkswap wrote no swap");
    folder.put("memory.swap", [&header[..PAGE], &clusters.concat().concat()].concat())
}

/// Swap that holds a hibernated machine, not compressed: the header says so, and where the list of the pages is.
///
/// # Errors
/// If `mkswap` does not run.
pub fn hibernation(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let path = swap(folder, core)?;
    let mut bytes = std::fs::read(&path).context("read the swap file")?;
    hibernate(&mut bytes, SF_NOCOMPRESS_MODE);
    folder.put("memory.swap", bytes)
}

/// Makes the first page of swap say that a machine is hibernated in it.
pub fn hibernate(swap: &mut [u8], flags: u8) {
    swap[FLAGS_AT..FLAGS_AT + 4].copy_from_slice(&[flags, 0, 0, 0]);
    swap[SIGNATURE_AT - 10..SIGNATURE_AT].copy_from_slice(b"SWAPSPACE2");
    swap[SIGNATURE_AT..PAGE].copy_from_slice(b"S1SUSPEND\0");
}

/// `pages-1.img` of CRIU: the pages of a process in the order of their addresses.
///
/// # Errors
/// If the core is none.
pub fn checkpoint(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let core = std::fs::read(&core).context("read the core")?;
    let pages: Vec<&[u8]> = pages(&core)?.into_iter().map(|(_, page)| page).collect();
    folder.put("pages-1.img", pages.concat())
}
