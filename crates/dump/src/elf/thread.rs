//! Threads and their live stacks.

use super::kind::{NT_ARM_TLS, NT_PRSTATUS};
use super::note::Note;
use super::register;
use super::segment::Segments;
use crate::cursor::u64_at;
use crate::error::Error;
use crate::image::{Machine, Thread};
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes below the stack pointer that a leaf function may use (System V ABI, x86-64, 3.2.2).
const RED_ZONE_BYTES: u64 = 128;

/// The threads, in note order.
///
/// # Errors
/// If the medium fails.
pub(super) fn read(
    source: &dyn ReadAt,
    notes: &[Note],
    machine: Machine,
    segments: &Segments,
) -> Result<Vec<Thread>, Error> {
    let mut stacks: Vec<Range<u64>> = segments.loads().map(super::segment::Segment::addresses).collect();
    stacks.sort_by_key(|range| range.start);
    let mut threads: Vec<Thread> = Vec::new();
    for note in notes {
        if note.is(NT_PRSTATUS) {
            let bytes = note.read_first(source, 4096)?;
            if let (Some(id), Some(registers)) = (note.thread, register::parse(&bytes, machine)) {
                let stack = live_stack(&stacks, registers.stack_pointer, machine);
                threads.push(Thread {
                    id,
                    program_counter: registers.program_counter,
                    stack_pointer: registers.stack_pointer,
                    thread_pointer: registers.thread_pointer,
                    stack,
                });
            }
        }
        if note.is(NT_ARM_TLS)
            && let Some(last) = threads.last_mut().filter(|last| Some(last.id) == note.thread)
        {
            last.thread_pointer = u64_at(&note.read_first(source, 8)?, 0);
        }
    }
    Ok(threads)
}

fn live_stack(stacks: &[Range<u64>], stack_pointer: u64, machine: Machine) -> Option<Range<u64>> {
    let index = stacks.partition_point(|range| range.start <= stack_pointer).checked_sub(1)?;
    let holder = stacks.get(index).filter(|range| stack_pointer < range.end)?;
    let red_zone = if machine == Machine::X86_64 { RED_ZONE_BYTES } else { 0 };
    Some(stack_pointer.saturating_sub(red_zone).max(holder.start)..holder.end)
}
