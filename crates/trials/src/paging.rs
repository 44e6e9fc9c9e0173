//! The pages of a process in the order of chance, with the page tables that map them, as physical memory has them.

use crate::physical;
use crate::random;
use anyhow::{Result, ensure};
use std::collections::BTreeMap;

/// Bytes of a page and of a table, entries of a table, and bits of an address that one level translates.
const PAGE: usize = 4096;
const ENTRIES: u64 = 512;
const LEVEL_BITS: u32 = 9;

/// What entries of tables say beside an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    /// Of what leads to a table.
    to_table: u64,
    /// Of what leads to a page.
    to_page: u64,
}

impl Tables {
    /// Present, writable, user, accessed, dirty (Intel SDM, volume 3A, table 4-20).
    pub(crate) const X86_64: Self = Self { to_table: 0x67, to_page: 0x67 };

    /// As Linux writes them (`pgtable-hwdef.h`, `pgtable-prot.h`): a table whose pages the kernel does not execute; a page that
    /// is the user's, shareable, accessed, not global and not executed by the kernel.
    pub(crate) const AARCH64: Self = Self { to_table: 3 | 1 << 59, to_page: 0xf43 | 1 << 53 };
}

/// How many frames the pages of a core and their tables need.
pub(crate) fn frames(core: &[u8]) -> Result<u64> {
    let pages = physical::pages(core)?;
    let addresses: Vec<u64> = pages.iter().map(|(address, _)| *address).collect();
    Ok((pages.len() + tables(&addresses).len()) as u64)
}

/// The tables that these addresses need: level and first address of each.
fn tables(addresses: &[u64]) -> Vec<(u32, u64)> {
    let mut all: Vec<(u32, u64)> = (1..=4)
        .flat_map(|level| addresses.iter().map(move |address| (level, covered(*address, level))))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The first address of the table of a level (1 the lowest, 4 the top) that translates an address of 48 bits.
fn covered(address: u64, level: u32) -> u64 {
    let bits = 12 + LEVEL_BITS * level;
    (address & 0xffff_ffff_ffff) >> bits << bits
}

/// Frames in the order of the file: the pages of a core, and tables of x86-64 that map them where the process had them.
pub(crate) fn compose(core: &[u8], physical: impl Fn(u64) -> u64) -> Result<Vec<u8>> {
    compose_as(Tables::X86_64, core, physical)
}

/// The same with tables of another machine: four levels of nine bits each.
pub(crate) fn compose_as(flags: Tables, core: &[u8], physical: impl Fn(u64) -> u64) -> Result<Vec<u8>> {
    let pages = physical::pages(core)?;
    ensure!(pages.len() > 16, "the core has {} pages", pages.len());
    let addresses: Vec<u64> = pages.iter().map(|(address, _)| *address).collect();
    let tables = tables(&addresses);
    let mut order: Vec<u64> = (0..(pages.len() + tables.len()) as u64).collect();
    random::shuffle(&mut order)?;
    let (of_tables, of_pages) = order.split_at(tables.len());
    let frame_of: BTreeMap<(u32, u64), u64> = tables.iter().copied().zip(of_tables.iter().copied()).collect();
    let mut memory = vec![0; order.len() * PAGE];
    let mut entry = |table: u64, index: u64, leads_to: u64, flags: u64| {
        let at = usize::try_from(table)? * PAGE + usize::try_from(index)? * 8;
        memory[at..at + 8].copy_from_slice(&(physical(leads_to) | flags).to_le_bytes());
        Ok::<(), anyhow::Error>(())
    };
    let index = |address: u64, level: u32| address >> (12 + LEVEL_BITS * (level - 1)) & (ENTRIES - 1);
    for ((level, first), frame) in &frame_of {
        if *level < 4 {
            let above = frame_of[&(level + 1, covered(*first, level + 1))];
            entry(above, index(*first, level + 1), *frame, flags.to_table)?;
        }
    }
    for (address, frame) in addresses.iter().zip(of_pages) {
        entry(frame_of[&(1, covered(*address, 1))], index(*address, 1), *frame, flags.to_page)?;
    }
    for ((_, page), frame) in pages.iter().zip(of_pages) {
        let at = usize::try_from(*frame)? * PAGE;
        memory[at..at + PAGE].copy_from_slice(page);
    }
    Ok(memory)
}
