//! Are the words unchanged that hold the stacks together?
//!
//! In the live part of every stack, from the stack pointer (on x86-64 from the 128 bytes of red zone below
//! it) to the end of its segment, every aligned word that pointed at code (a return address) or into that
//! same stack (a saved frame pointer) must be what it was. A word that a finding other than a suspicion
//! claimed may go: then the secret stood there, and goes first.
//!
//! Where everything goes that a debugger can do without, more is asked: of every segment that holds a stack, one that a
//! signal interrupted among them, or a thread block, all of it, and every word that pointed at code or into one of these
//! segments. Outside of the threads' own stacks a suspicion may have claimed it: what signals left there may be long dead.

use super::core::{Core, Segment, contains, merged, word};
use super::live::Regions;
use super::register::Machine;
use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named, pieces};
use crate::limits::{CHUNK_BYTES, STACK_BYTES_MAX, STACKS_BYTES_MAX};
use coredact_record::{Answer, Certainty, Cut, Finding, Plan, Policy, Report};
use std::collections::BTreeSet;
use std::ops::Range;

/// Kind of the finding for what policy `skeleton` clears.
const NOT_NEEDED: &str = "not-needed";

#[derive(Debug, Default)]
struct Words {
    code: u64,
    frame: u64,
    changed: u64,
    explained: u64,
    first: Option<u64>,
    bytes: u64,
}

/// Compares the stacks of two dumps of equal length.
pub(crate) fn stacks(
    original: Named<'_>,
    clean: Named<'_>,
    before: &Core,
    plan: &Plan,
    report: &Report,
) -> Result<Answer, Fault> {
    let code = before.code();
    let sure = cuts_of(plan, report, |finding| finding.certainty != Certainty::Suspected);
    let claimed = cuts_of(plan, report, |finding| finding.kind != NOT_NEEDED);
    let mut words = Words::default();
    let whole = report.policy == Some(Policy::Skeleton);
    let live = Regions::of(original, before, &code, whole)?;
    let all = merged(live.iter().map(|(segment, _)| segment.memory.clone()).collect());
    for (segment, start) in live.iter() {
        let above = start..segment.memory.end;
        let end = if whole { above.end } else { above.end.min(start.saturating_add(STACK_BYTES_MAX)) };
        let frames = if whole { all.as_slice() } else { std::slice::from_ref(&above) };
        let mut compare = |part: Range<u64>, allowed: &[&Cut]| {
            words.compare(original, clean, (segment, &part), (&code, frames), before.machine, allowed)
        };
        if whole {
            compare(segment.memory.start..start, &claimed)?;
        }
        compare(start..end, &sure)?;
    }
    let Words { code, frame, changed, explained, first, bytes } = words;
    let threads = before.threads.len();
    let detail = match first {
        None if explained > 0 => format!(
            "{explained} words that looked like code or frame addresses went with secrets, the other {} of {threads} threads are the same",
            (code + frame).saturating_sub(explained)
        ),
        None => format!(
            "{code} code addresses and {frame} frame addresses on the stacks of {threads} threads are the same"
        ),
        Some(first) => format!("{changed} words of the stacks changed, the first at file offset {first:#x}"),
    };
    Ok(answer(question::STACKS, first.is_none(), detail)
        .with("stacks", live.len() as u64)
        .with("bytes_compared", bytes)
        .with("code_addresses", code)
        .with("frame_addresses", frame)
        .with("words_changed", changed)
        .with("words_changed_by_secrets", explained))
}

/// The cuts for findings of a kind.
fn cuts_of<'a>(plan: &'a Plan, report: &Report, is_wanted: impl Fn(&Finding) -> bool) -> Vec<&'a Cut> {
    let findings = report.findings.iter().filter(|finding| is_wanted(finding));
    let numbers: BTreeSet<u32> = findings.map(|finding| finding.number).collect();
    plan.cuts.iter().filter(|cut| numbers.contains(&cut.finding)).collect()
}

impl Words {
    /// Compares a stack in its segment, by the addresses of code and of frames.
    fn compare(
        &mut self,
        original: Named<'_>,
        clean: Named<'_>,
        (segment, stack): (&Segment, &Range<u64>),
        (code, frames): (&[Range<u64>], &[Range<u64>]),
        machine: Machine,
        sure: &[&Cut],
    ) -> Result<(), Fault> {
        let Some(skipped) = stack.start.checked_sub(segment.memory.start) else { return Ok(()) };
        let live = stack.end.saturating_sub(stack.start);
        let length = segment.file_bytes.saturating_sub(skipped).min(live);
        let file_start = segment.file_offset.saturating_add(skipped);
        let length = length.min(original.length().saturating_sub(file_start));
        for (start, taken) in pieces(length, CHUNK_BYTES) {
            let at = file_start.saturating_add(start);
            let (before, after) = (original.take(at, taken as u64)?, clean.take(at, taken as u64)?);
            self.bytes = self.bytes.saturating_add(taken as u64);
            if self.bytes > STACKS_BYTES_MAX {
                return Err(Fault::Limit(format!("stacks of more than {STACKS_BYTES_MAX} bytes")));
            }
            for (index, (before, after)) in before.chunks_exact(8).zip(after.chunks_exact(8)).enumerate() {
                let value = word(before);
                let is_code = contains(code, value & machine.address_bits());
                let is_frame = !is_code && contains(frames, value & machine.address_bits());
                self.code += u64::from(is_code);
                self.frame += u64::from(is_frame);
                if (is_code || is_frame) && before != after {
                    self.change(at.saturating_add(index as u64 * 8), sure);
                }
            }
        }
        Ok(())
    }

    fn change(&mut self, at: u64, sure: &[&Cut]) {
        let next = sure.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= at);
        if sure.get(next).is_some_and(|cut| cut.file_offset < at.saturating_add(8)) {
            self.explained += 1;
        } else {
            self.changed += 1;
            self.first.get_or_insert(at);
        }
    }
}
