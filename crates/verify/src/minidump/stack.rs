//! Are the words unchanged that hold the stacks together?
//!
//! From the stack pointer of every context to the end of the memory around it, every aligned word that pointed into a module
//! (a return address) or into that same stack (a saved frame pointer) must be what it was. A word that a finding other than
//! a suspicion claimed may go: then the secret stood there, and goes first.

use super::read::{Dump, Memory, number};
use crate::answer::{Numbers as _, answer, question};
use crate::elf::contains;
use crate::fault::{Fault, Named, pieces};
use crate::limits::{CHUNK_BYTES, STACK_BYTES_MAX, STACKS_BYTES_MAX};
use coredact_record::{Answer, Certainty, Cut, Plan, Report};
use std::collections::BTreeSet;
use std::ops::Range;

/// Compares the stacks of two dumps of equal length.
pub(crate) fn stacks(
    original: Named<'_>,
    clean: Named<'_>,
    before: &Dump,
    plan: &Plan,
    report: &Report,
) -> Result<Answer, Fault> {
    let findings = report.findings.iter().filter(|finding| finding.certainty != Certainty::Suspected);
    let sure: BTreeSet<u32> = findings.map(|finding| finding.number).collect();
    let sure: Vec<&Cut> = plan.cuts.iter().filter(|cut| sure.contains(&cut.finding)).collect();
    let mut words = Words { code: crate::elf::merged(before.modules.clone()), ..Words::default() };
    let mut seen = BTreeSet::new();
    let mut stacks = 0_u64;
    for pointer in before.threads.iter().filter_map(|thread| thread.stack_pointer()) {
        let Some(memory) = holder(&before.memory, pointer).filter(|_| seen.insert(pointer)) else { continue };
        stacks += 1;
        words.compare(original, clean, memory, pointer, before.width, &sure)?;
    }
    let Words { frames, changed, explained, first, bytes, .. } = words;
    let detail = match first {
        None => format!(
            "{frames} addresses of code and frames on {stacks} stacks are the same, {explained} went with secrets"
        ),
        Some(first) => format!("{changed} words of the stacks changed, the first at file offset {first:#x}"),
    };
    Ok(answer(question::STACKS, first.is_none(), detail)
        .with("stacks", stacks)
        .with("bytes_compared", bytes)
        .with("frame_addresses", frames)
        .with("words_changed", changed)
        .with("words_changed_by_secrets", explained))
}

/// The memory that holds an address: the nearest that begins before it.
fn holder(memory: &[Memory], address: u64) -> Option<&Memory> {
    let after = memory.partition_point(|one| one.addresses.start <= address);
    memory.get(..after)?.iter().rev().take(8).find(|one| one.addresses.contains(&address))
}

#[derive(Debug, Default)]
struct Words {
    code: Vec<Range<u64>>,
    frames: u64,
    changed: u64,
    explained: u64,
    first: Option<u64>,
    bytes: u64,
}

impl Words {
    fn compare(
        &mut self,
        original: Named<'_>,
        clean: Named<'_>,
        memory: &Memory,
        pointer: u64,
        width: usize,
        sure: &[&Cut],
    ) -> Result<(), Fault> {
        let Some(start) = pointer.checked_next_multiple_of(width as u64) else { return Ok(()) };
        let end = memory.addresses.end.min(start.saturating_add(STACK_BYTES_MAX));
        let file_start = memory.file_offset.saturating_add(start.saturating_sub(memory.addresses.start));
        let length = end.saturating_sub(start).min(original.length().saturating_sub(file_start));
        for (skipped, taken) in pieces(length, CHUNK_BYTES) {
            let at = file_start.saturating_add(skipped);
            let (before, after) = (original.take(at, taken as u64)?, clean.take(at, taken as u64)?);
            self.bytes = self.bytes.saturating_add(taken as u64);
            if self.bytes > STACKS_BYTES_MAX {
                return Err(Fault::Limit(format!("stacks of more than {STACKS_BYTES_MAX} bytes")));
            }
            let words = before.chunks_exact(width).zip(after.chunks_exact(width));
            for (place, (before, after)) in (at..).step_by(width).zip(words) {
                let value = number(before, 0, width);
                if !contains(&self.code, value) && !(start..end).contains(&value) {
                    continue;
                }
                self.frames += 1;
                if before != after {
                    self.change(place, width as u64, sure);
                }
            }
        }
        Ok(())
    }

    fn change(&mut self, at: u64, width: u64, sure: &[&Cut]) {
        let next = sure.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= at);
        if sure.get(next).is_some_and(|cut| cut.file_offset < at.saturating_add(width)) {
            self.explained += 1;
        } else {
            self.changed += 1;
            self.first.get_or_insert(at);
        }
    }
}
