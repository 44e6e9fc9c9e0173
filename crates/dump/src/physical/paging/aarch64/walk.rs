//! From the table at the top to the pages.

use super::entry::{Entry, entries, heights, page_bytes};
use crate::cursor::to_usize;
use crate::error::Error;
use crate::image::AddressMap;
use crate::physical::paging::joints::Joints;
use crate::physical::paging::root::{read, words};
use crate::physical::paging::walk::show;
use crate::read::ReadAt;
use std::collections::{BTreeMap, BTreeSet};

/// A table: where it lies in the file, and how far above those of pages.
type Table = (u64, u32);

/// Goes through the tables of address spaces, each table once: they share those of the kernel.
pub(in super::super) struct Walk<'a> {
    source: &'a dyn ReadAt,
    memory: &'a AddressMap,
    /// Bits of an address within a page.
    granule: u32,
    /// Every table that was gone through.
    seen: BTreeSet<Table>,
    /// Whether what looked like a table is one.
    judged: BTreeMap<Table, bool>,
}

impl<'a> Walk<'a> {
    pub(in super::super) fn new(source: &'a dyn ReadAt, memory: &'a AddressMap, granule: u32) -> Self {
        Self { source, memory, granule, seen: BTreeSet::new(), judged: BTreeMap::new() }
    }

    /// Goes through the tables below all candidates, and counts the tops.
    ///
    /// # Errors
    /// If the medium fails.
    pub(in super::super) fn tops(&mut self, candidates: &[u64], joints: &mut Joints) -> Result<(), Error> {
        let mut tops: Vec<Table> = Vec::new();
        for file_offset in candidates {
            for height in heights(self.granule) {
                if self.is_top((*file_offset, height))? {
                    tops.push((*file_offset, height));
                    break;
                }
            }
        }
        // What lies below another table is none: the highest come first.
        tops.sort_by_key(|(_, height)| u32::MAX.saturating_sub(*height));
        for top in tops {
            if !self.seen.contains(&top) {
                let pages = self.below(top, 0, joints)?;
                joints.end();
                joints.roots = joints.roots.saturating_add(u64::from(pages > 0));
            }
        }
        Ok(())
    }

    /// Whether all that a table says leads to tables of the next level.
    fn is_top(&mut self, top: Table) -> Result<bool, Error> {
        let (granule, (_, height)) = (self.granule, top);
        let mut says = false;
        for word in self.table(top)?.into_iter().filter(|word| *word != 0) {
            let Entry::Table(address) = Entry::read(word, granule, height) else { return Ok(false) };
            let Some(next) = self.next(top, address) else { return Ok(false) };
            if !self.is_table(next)? {
                return Ok(false);
            }
            says = true;
        }
        Ok(says)
    }

    /// Whether all that a table says is possible, and it or the first table that it leads to says something of memory.
    fn is_table(&mut self, table: Table) -> Result<bool, Error> {
        if let Some(known) = self.judged.get(&table) {
            return Ok(*known);
        }
        let (granule, (_, height)) = (self.granule, table);
        let (mut says, mut below) = (false, None);
        let mut is_possible = true;
        for word in self.table(table)? {
            match Entry::read(word, granule, height) {
                Entry::Absent => {}
                Entry::Page(_) => says = true,
                Entry::Table(address) => match self.next(table, address) {
                    Some(next) => below = below.or(Some(next)),
                    None => is_possible = false,
                },
                Entry::Impossible => is_possible = false,
            }
            if !is_possible {
                break;
            }
        }
        let is_table = match below {
            _ if !is_possible => false,
            Some(next) if !says => self.is_table(next)?,
            _ => says,
        };
        self.judged.insert(table, is_table);
        Ok(is_table)
    }

    /// Goes through a table; how many pages of memory it leads to.
    fn below(&mut self, table: Table, start: u64, joints: &mut Joints) -> Result<u64, Error> {
        let (granule, (_, height)) = (self.granule, table);
        if !self.seen.insert(table) {
            joints.end();
            // Of another address space, which counted them.
            return Ok(1);
        }
        let bytes = page_bytes(granule, height);
        let mut pages: u64 = 0;
        for (index, word) in (0_u64..).zip(self.table(table)?) {
            let address = start.wrapping_add(index.wrapping_mul(bytes));
            match Entry::read(word, granule, height) {
                Entry::Page(physical) => {
                    pages = pages.saturating_add(show(self.memory, joints, address, physical, bytes));
                }
                Entry::Table(leads_to) => match self.next(table, leads_to) {
                    Some(next) => pages = pages.saturating_add(self.below(next, address, joints)?),
                    None => joints.end(),
                },
                Entry::Absent | Entry::Impossible => joints.end(),
            }
        }
        Ok(pages)
    }

    /// The table below another at a physical address, if the file holds all of it.
    fn next(&self, (_, height): Table, physical: u64) -> Option<Table> {
        let (offset, left) = self.memory.file_offset_of(physical)?;
        let below = height.checked_sub(1)?;
        (left >= page_bytes(self.granule, 0)).then_some((offset, below))
    }

    fn table(&self, (file_offset, _): Table) -> Result<Vec<u64>, Error> {
        let mut table = vec![0; to_usize(page_bytes(self.granule, 0))];
        read(self.source, file_offset, &mut table)?;
        Ok(words(&table).take(to_usize(entries(self.granule))).collect())
    }
}
