//! Where threads have their stacks, in formats that list memory without saying what it is.

use crate::image::{Machine, Origin, Space};
use std::ops::Range;

/// Bytes below the stack pointer that a leaf function may use (System V ABI, x86-64, 3.2.2).
const RED_ZONE_BYTES: u64 = 128;

/// Memory in which stacks may be, sorted by start.
#[derive(Debug)]
pub(crate) struct Stacks(Vec<Range<u64>>);

impl Stacks {
    /// All memory among `spaces`.
    pub(crate) fn of(spaces: &[Space]) -> Self {
        let memory = spaces.iter().filter(|space| space.origin == Origin::Memory);
        let range = |space: &Space| Some(space.address?..space.address?.checked_add(space.length)?);
        let mut ranges: Vec<Range<u64>> = memory.filter_map(range).collect();
        ranges.sort_by_key(|range| range.start);
        Self(ranges)
    }

    /// From the stack pointer, less the red zone, to the end of the memory that holds it.
    pub(crate) fn live(&self, stack_pointer: u64, machine: Machine) -> Option<Range<u64>> {
        let index = self.0.partition_point(|range| range.start <= stack_pointer).checked_sub(1)?;
        let holder = self.0.get(index).filter(|range| stack_pointer < range.end)?;
        let red_zone = if machine == Machine::X86_64 { RED_ZONE_BYTES } else { 0 };
        Some(stack_pointer.saturating_sub(red_zone).max(holder.start)..holder.end)
    }
}
