//! From the table at the top to the pages.

use super::PAGE;
use super::entry::{Entry, page_bytes};
use super::joints::Joints;
use super::root::{read, whole, words};
use crate::cursor::to_usize;
use crate::error::Error;
use crate::image::AddressMap;
use crate::read::ReadAt;
use std::collections::{BTreeMap, BTreeSet};

/// Half of the 48 bits of a virtual address: from here on the upper 16 bits are ones.
const UPPER_HALF: u64 = 1 << 47;

/// Goes through the tables of address spaces, each table once: they share those of the kernel.
pub(super) struct Walk<'a> {
    source: &'a dyn ReadAt,
    memory: &'a AddressMap,
    /// File offset and level of every table that was gone through.
    seen: BTreeSet<(u64, u32)>,
    /// File offsets of what top tables lead to, and whether those are tables.
    judged: BTreeMap<u64, bool>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a dyn ReadAt, memory: &'a AddressMap) -> Self {
        Self { source, memory, seen: BTreeSet::new(), judged: BTreeMap::new() }
    }

    /// Goes through the tables below a top, if they are tables: true if any was.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn root(&mut self, file_offset: u64, joints: &mut Joints) -> Result<bool, Error> {
        let top = self.table(file_offset)?;
        // What only looks like a table leads to memory that does not.
        for word in top.iter().filter(|word| **word != 0) {
            let Entry::Table(address) = Entry::read(*word, 3) else { return Ok(false) };
            let Some(offset) = self.place(address) else { return Ok(false) };
            let is_table = match self.judged.get(&offset) {
                Some(known) => *known,
                None => self.is_table(offset)?,
            };
            self.judged.insert(offset, is_table);
            if !is_table {
                return Ok(false);
            }
        }
        let mut pages: u64 = 0;
        for (index, word) in (0_u64..).zip(top) {
            let Entry::Table(address) = Entry::read(word, 3) else { continue };
            // Windows has its tables map themselves: they are no program's memory.
            let Some(offset) = self.place(address).filter(|offset| *offset != file_offset) else { continue };
            let low = index.saturating_mul(page_bytes(3));
            let start = if low < UPPER_HALF { low } else { low | 0xffff_0000_0000_0000 };
            pages = self.below(offset, 2, start, joints)?.saturating_add(pages);
        }
        joints.end();
        Ok(pages > 0)
    }

    /// Goes through a table; how many pages of memory it leads to.
    fn below(&mut self, file_offset: u64, level: u32, start: u64, joints: &mut Joints) -> Result<u64, Error> {
        if !self.seen.insert((file_offset, level)) {
            joints.end();
            // Of another address space, which counted them.
            return Ok(1);
        }
        let mut pages: u64 = 0;
        for (index, word) in (0_u64..).zip(self.table(file_offset)?) {
            let address = start.wrapping_add(index.wrapping_mul(page_bytes(level)));
            match Entry::read(word, level) {
                Entry::Page(physical) => {
                    let bytes = page_bytes(level);
                    pages = pages.saturating_add(show(self.memory, joints, address, physical, bytes));
                }
                Entry::Table(table) => match (level.checked_sub(1), self.place(table)) {
                    (Some(next), Some(offset)) => {
                        pages = pages.saturating_add(self.below(offset, next, address, joints)?);
                    }
                    _ => joints.end(),
                },
                Entry::Absent | Entry::Impossible => joints.end(),
            }
        }
        Ok(pages)
    }

    /// Whether all that a table below the top says is possible, and something is said.
    fn is_table(&self, file_offset: u64) -> Result<bool, Error> {
        let mut says = false;
        for entry in self.table(file_offset)?.into_iter().map(|word| Entry::read(word, 2)) {
            match entry {
                Entry::Absent => {}
                Entry::Page(_) => says = true,
                Entry::Table(address) if self.place(address).is_some() => says = true,
                Entry::Table(_) | Entry::Impossible => return Ok(false),
            }
        }
        Ok(says)
    }

    fn table(&self, file_offset: u64) -> Result<Vec<u64>, Error> {
        let mut page = vec![0; to_usize(PAGE)];
        read(self.source, file_offset, &mut page)?;
        Ok(words(&page).collect())
    }

    /// Where the page at a physical address lies in the file, if all of it does.
    fn place(&self, physical: u64) -> Option<u64> {
        self.memory.file_offset_of(physical).filter(|(_, left)| *left >= PAGE).map(|(offset, _)| offset)
    }
}

/// Shows a page of so many bytes, as far as the file holds it; 1 if it does.
pub(super) fn show(memory: &AddressMap, joints: &mut Joints, address: u64, physical: u64, bytes: u64) -> u64 {
    match memory.file_offset_of(physical) {
        Some((_, left)) if left >= PAGE => {
            joints.page(address, physical, bytes.min(whole(left)));
            if left < bytes {
                joints.end();
            }
            1
        }
        _ => {
            joints.end();
            0
        }
    }
}
