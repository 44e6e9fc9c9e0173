//! Where the stacks are.

use super::core::{Core, Segment, word};
use super::register::Machine;
use super::signal::{interrupted, is_thread_block};
use crate::fault::{Fault, Named, pieces};
use crate::limits::{CHUNK_BYTES, STACK_BYTES_MAX};
use std::collections::BTreeMap;
use std::ops::Range;

/// Segments that hold stacks, each with its lowest live address: threads that share a segment (stacks made by a runtime
/// in its heap) share what lies above.
pub(super) struct Regions(BTreeMap<u64, (Segment, u64)>);

impl Regions {
    /// Finds those of the threads. If `whole`, also the segments of stacks that a signal interrupted and of thread
    /// blocks, in which nothing is known to be live.
    pub(super) fn of(
        original: Named<'_>,
        core: &Core,
        code: &[Range<u64>],
        whole: bool,
    ) -> Result<Self, Fault> {
        let mut regions = Self(BTreeMap::new());
        let pointers = core.threads.iter().filter_map(|thread| thread.stack_pointer);
        let mut fresh: Vec<(Segment, Range<u64>)> =
            pointers.filter_map(|pointer| regions.add(core, pointer)).collect();
        if !whole {
            return Ok(regions);
        }
        let mut seen = Self(regions.0.clone());
        // Each round adds what lies below what is known, so that no byte is read twice.
        while let Some((segment, stack)) = fresh.pop() {
            words_of(original, &segment, stack, |_, words| {
                let pointer = interrupted(core, code, words);
                fresh.extend(pointer.and_then(|pointer| seen.add(core, pointer)));
            })?;
        }
        seen.0.into_values().for_each(|(segment, _)| regions.add_segment(&segment));
        regions.add_thread_blocks(original, core)?;
        Ok(regions)
    }

    /// The segments and their lowest live addresses.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Segment, u64)> {
        self.0.values().map(|(segment, start)| (segment, *start))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a stack by its pointer. Returns its segment and what of it is new.
    fn add(&mut self, core: &Core, pointer: u64) -> Option<(Segment, Range<u64>)> {
        let red_zone = if core.machine == Machine::X86_64 { 128 } else { 0 };
        let segment = core.segment(pointer)?;
        let start = (pointer.saturating_sub(red_zone) & !7).max(segment.memory.start);
        let end = start.saturating_add(STACK_BYTES_MAX).min(segment.memory.end);
        let (_, known) = self.0.entry(segment.memory.start).or_insert_with(|| (segment.clone(), end));
        let fresh = start..end.min(*known);
        *known = start.min(*known);
        (fresh.start < fresh.end).then(|| (segment.clone(), fresh))
    }

    /// Adds a segment in which nothing is known to be live.
    fn add_segment(&mut self, segment: &Segment) {
        let entry = (segment.clone(), segment.memory.end);
        self.0.entry(segment.memory.start).or_insert(entry);
    }

    fn add_thread_blocks(&mut self, original: Named<'_>, core: &Core) -> Result<(), Fault> {
        let segments = core.thread_pointers().filter_map(|pointer| core.segment(pointer));
        segments.for_each(|segment| self.add_segment(segment));
        for segment in core.segments.iter().filter(|segment| segment.writable) {
            let mut found = false;
            words_of(original, segment, segment.memory.clone(), |address, words| {
                found |= is_thread_block(core.machine, address, words);
            })?;
            if found {
                self.add_segment(segment);
            }
        }
        Ok(())
    }
}

/// Calls with each four words of a part of a segment, as far as the file holds them, and the address of the first.
fn words_of(
    dump: Named<'_>,
    segment: &Segment,
    part: Range<u64>,
    mut call: impl FnMut(u64, [u64; 4]),
) -> Result<(), Fault> {
    let skipped = part.start.saturating_sub(segment.memory.start);
    let present = segment.file_bytes.saturating_sub(skipped).min(part.end.saturating_sub(part.start));
    let start = segment.file_offset.saturating_add(skipped);
    let mut window = [0; 4];
    // Four words that lie across two pieces are seen too.
    let mut count = 0_u64;
    for (at, length) in pieces(present.min(dump.length().saturating_sub(start)), CHUNK_BYTES) {
        for bytes in dump.take(start.saturating_add(at), length as u64)?.chunks_exact(8) {
            window.rotate_left(1);
            if let Some(last) = window.last_mut() {
                *last = word(bytes);
            }
            count = count.saturating_add(1);
            if let Some(first) = count.checked_sub(4) {
                call(part.start.saturating_add(first.saturating_mul(8)), window);
            }
        }
    }
    Ok(())
}
