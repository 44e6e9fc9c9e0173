//! The dynamic linker's list of modules. Debuggers find every library through it:
//! zeroing these few hundred bytes loses all of them (measured with gdb and lldb).

use super::dynamic;
use crate::annotation::Annotations;
use crate::cursor::{to_u64, u32_at, u64_at};
use crate::limits::{LINK_MAPS_MAX, NAMESPACES_MAX, PATH_BYTES_MAX};
use crate::memory::Memory;
use std::collections::BTreeSet;

/// `struct r_debug` (`link.h`): version, `r_map` at 8, `r_brk`, `r_state`, `r_ldbase`.
const R_DEBUG_BYTES: u64 = 40;
/// `struct r_debug_extended` of glibc 2.35: `r_next` at 40, from version 2 on.
const R_DEBUG_EXTENDED_BYTES: u64 = 48;
/// The public part of `struct link_map`: `l_addr`, `l_name`, `l_ld`, `l_next`, `l_prev`.
const LINK_MAP_BYTES: u64 = 40;

/// Protects every list that one of the dynamic sections leads to.
pub(super) fn protect(memory: &Memory<'_>, dynamics: &BTreeSet<u64>, annotations: &mut Annotations) {
    let mut walk = Walk { memory, seen: BTreeSet::new(), namespaces: BTreeSet::new() };
    for address in dynamics {
        let mut next = dynamic::debug(memory, *address);
        while let Some(address) = next {
            next = walk.namespace(address, annotations);
        }
    }
}

/// What has been walked: also the cycle check.
struct Walk<'a> {
    memory: &'a Memory<'a>,
    seen: BTreeSet<u64>,
    namespaces: BTreeSet<u64>,
}

impl Walk<'_> {
    /// Walks the namespace whose `r_debug` is at `address`; returns the next one's.
    fn namespace(&mut self, address: u64, annotations: &mut Annotations) -> Option<u64> {
        if self.namespaces.len() >= NAMESPACES_MAX || !self.namespaces.insert(address) {
            return None;
        }
        let head = self.memory.array::<40>(address)?;
        // glibc and musl write 1 or 2; anything else is no r_debug.
        let version = u32_at(&head, 0).filter(|version| (1..=2).contains(version))?;
        let bytes = if version >= 2 { R_DEBUG_EXTENDED_BYTES } else { R_DEBUG_BYTES };
        annotations.debugger(self.memory.file_ranges(address..address.saturating_add(bytes)), "r_debug");
        let mut node = u64_at(&head, 8).unwrap_or(0);
        while node != 0 {
            node = self.entry(node, annotations).unwrap_or(0);
        }
        let next = address.checked_add(R_DEBUG_BYTES).and_then(|at| self.memory.word(at));
        next.filter(|next| version >= 2 && *next != 0)
    }

    /// Protects one entry and its name; returns `l_next`.
    fn entry(&mut self, address: u64, annotations: &mut Annotations) -> Option<u64> {
        if self.seen.len() >= LINK_MAPS_MAX || !self.seen.insert(address) {
            annotations.remark(format!(
                "ELF core: link_map at address {address:#x} ends a cycle or is one too many"
            ));
            return None;
        }
        let Some(entry) = self.memory.array::<40>(address) else {
            annotations.remark(format!("ELF core: link_map at address {address:#x} was not dumped"));
            return None;
        };
        annotations
            .debugger(self.memory.file_ranges(address..address.saturating_add(LINK_MAP_BYTES)), "link_map");
        let name = u64_at(&entry, 8).unwrap_or(0);
        if let Some(text) = self.memory.text(name, PATH_BYTES_MAX) {
            let end = name.saturating_add(to_u64(text.len())).saturating_add(1);
            annotations.debugger(self.memory.file_ranges(name..end), "link_map l_name");
        }
        u64_at(&entry, 24)
    }
}
