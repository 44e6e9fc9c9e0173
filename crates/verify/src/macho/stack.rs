//! Are the words unchanged that a debugger unwinds through?
//!
//! From the frame pointer of every thread, the caller's frame pointer and the return address of each frame must be what they
//! were, wherever the chain leads. A word that a finding other than a suspicion claimed may go: then the secret stood there,
//! and goes first.

use super::read::{Core, number, pointers};
use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named};
use crate::limits::MACHO_FRAMES_MAX;
use coredact_record::{Answer, Certainty, Cut, Plan, Report};
use std::collections::BTreeSet;

/// Compares the chains of two dumps of equal length.
pub(crate) fn stacks(
    original: Named<'_>,
    clean: Named<'_>,
    before: &Core,
    plan: &Plan,
    report: &Report,
) -> Result<Answer, Fault> {
    let findings = report.findings.iter().filter(|finding| finding.certainty != Certainty::Suspected);
    let sure: BTreeSet<u32> = findings.map(|finding| finding.number).collect();
    let sure: Vec<&Cut> = plan.cuts.iter().filter(|cut| sure.contains(&cut.finding)).collect();
    let (mut frames, mut changed, mut explained, mut first) = (0_u64, 0_u64, 0_u64, None);
    let mut chains = 0_u64;
    let record = 2 * before.width as u64;
    for (_, frame) in before.threads.iter().filter_map(|thread| pointers(before, thread)) {
        chains += 1;
        let (mut frame, mut seen) = (frame, BTreeSet::new());
        while seen.len() < MACHO_FRAMES_MAX && seen.insert(frame) {
            let Some(at) =
                before.place(frame, record).filter(|at| at.saturating_add(record) <= original.length())
            else {
                break;
            };
            let (one, other) = (original.take(at, record)?, clean.take(at, record)?);
            frames += 1;
            if one != other {
                let next = sure.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= at);
                if sure.get(next).is_some_and(|cut| cut.file_offset < at.saturating_add(record)) {
                    explained += 1;
                } else {
                    changed += 1;
                    first.get_or_insert(at);
                }
            }
            frame = number(&one, 0, before.width);
        }
    }
    let detail = match first {
        None => format!("{frames} frames of {chains} threads are the same, {explained} went with secrets"),
        Some(first) => format!("{changed} frames changed, the first at file offset {first:#x}"),
    };
    Ok(answer(question::STACKS, first.is_none(), detail)
        .with("stacks", chains)
        .with("frame_addresses", frames)
        .with("words_changed", changed)
        .with("words_changed_by_secrets", explained))
}

impl Core {
    /// Where the file holds `length` bytes at an address.
    fn place(&self, address: u64, length: u64) -> Option<u64> {
        let after = self.memory.partition_point(|one| one.addresses.start <= address);
        let one = self.memory.get(after.checked_sub(1)?)?;
        let inside = address - one.addresses.start;
        let fits = inside.checked_add(length).is_some_and(|end| end <= one.held);
        fits.then(|| one.file_offset.saturating_add(inside))
    }
}
