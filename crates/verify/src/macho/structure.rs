//! Is the structure of the dump unchanged?

use super::read::Core;
use crate::answer::{Numbers as _, answer, question};
use coredact_record::Answer;

/// Compares header, load commands, notes and threads, whatever the policy.
pub(crate) fn structure(before: &Core, after: &Core) -> Answer {
    let same = [
        ("the header", before.header == after.header),
        ("a load command", before.commands == after.commands),
        ("a note", before.notes == after.notes),
        ("flavors, pc, sp or fp of a thread", before.threads == after.threads),
    ];
    let changed: Vec<&str> = same.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    let (segments, threads) = (before.memory.len() as u64, before.threads.len() as u64);
    let detail = if changed.is_empty() {
        format!("header, {segments} segments, notes, and pc, sp and fp of {threads} threads are the same")
    } else {
        format!("changed: {}", changed.join(", "))
    };
    answer(question::STRUCTURE, changed.is_empty(), detail)
        .with("segments", segments)
        .with("threads", threads)
}

/// What is there to see of a core that parses, with no other to compare it to.
pub(crate) fn parsed(core: &Core) -> Answer {
    let (segments, threads) = (core.memory.len() as u64, core.threads.len() as u64);
    let end = if core.whole { "all of them in the file" } else { "not all of them in the file" };
    let detail = format!("the dump parses: {segments} segments, {end}, {threads} threads");
    answer(question::STRUCTURE, true, detail).with("segments", segments).with("threads", threads)
}
