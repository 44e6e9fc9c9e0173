//! Physical memory, composed of the pages of a process.

use crate::folder::Folder;
use crate::random;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;

/// Bytes of a page.
const PAGE: usize = 4096;

/// `p_type` of a segment of memory in an ELF core, and bytes of a program header.
const PT_LOAD: u64 = 1;
const PROGRAM_HEADER: usize = 56;

/// Makes a LiME dump of a core: its pages in the order of chance, as physical memory has them, in two ranges with a hole
/// between.
///
/// # Errors
/// If the core is none.
pub fn lime(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    let mut pages = pages(&bytes)?;
    ensure!(pages.len() > 16, "the core has {} pages", pages.len());
    random::shuffle(&mut pages)?;
    let (low, high) = pages.split_at(pages.len() / 3);
    let mut out = Vec::with_capacity(bytes.len());
    for (address, pages) in [(0x10_0000_u64, low), (0x1_0000_0000, high)] {
        let last = address + (pages.len() * PAGE) as u64 - 1;
        out.extend(b"EMiL\x01\0\0\0");
        out.extend(address.to_le_bytes());
        out.extend(last.to_le_bytes());
        out.extend([0; 8]);
        out.extend(pages.concat());
    }
    let path = folder.at("memory.lime");
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    std::fs::write(&path, out).context("write the dump")?;
    Ok(path)
}

/// The pages of the memory in a core.
fn pages(core: &[u8]) -> Result<Vec<&[u8]>> {
    let number = |at: usize, width: usize| {
        let bytes = core.get(at..at + width).context("find a header of the core")?;
        Ok::<u64, anyhow::Error>(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, count) = (usize::try_from(number(32, 8)?)?, usize::try_from(number(56, 2)?)?);
    let mut pages = Vec::new();
    for header in (0..count).map(|index| table + index * PROGRAM_HEADER) {
        let (start, length) =
            (usize::try_from(number(header + 8, 8)?)?, usize::try_from(number(header + 32, 8)?)?);
        if number(header, 4)? == PT_LOAD {
            let memory = core.get(start..start + length).context("find a segment of the core")?;
            pages.extend(memory.chunks_exact(PAGE));
        }
    }
    Ok(pages)
}
