//! Is the structure of the dump unchanged?

use super::core::{Core, Note};
use crate::answer::{Numbers as _, answer, question};
use coredact_record::Answer;
use object::elf::{NT_AUXV, NT_FILE};

/// Compares headers, notes and what a debugger starts from, whatever the policy.
pub(crate) fn structure(before: &Core, after: &Core) -> Answer {
    let mut faults = Vec::new();
    let mut same = |what: &str, equal: bool| {
        if !equal {
            faults.push(what.to_owned());
        }
    };
    same("the ELF header", before.header == after.header);
    same("a program header", before.program_headers == after.program_headers);
    same("a section header", before.section_headers == after.section_headers);
    let shape = |core: &Core| -> Vec<_> {
        let shape = |note: &Note| (note.kind, note.name.clone(), note.descriptor.len());
        core.notes.iter().map(shape).collect()
    };
    same("number, type, name or length of the notes", shape(before) == shape(after));
    for (name, kind) in [("NT_AUXV", NT_AUXV.0), ("NT_FILE", NT_FILE.0)] {
        let of =
            |core: &Core| -> Vec<_> { core.notes.iter().filter(|note| note.kind == kind).cloned().collect() };
        same(name, of(before) == of(after));
    }
    let changed = before.threads.iter().zip(&after.threads).filter(|(before, after)| before != after).count();
    same("id, pc or sp of a thread", changed == 0 && before.threads.len() == after.threads.len());
    let (notes, threads) = (before.notes.len() as u64, before.threads.len() as u64);
    let detail = if faults.is_empty() {
        format!("headers, {notes} notes, and id, pc and sp of {threads} threads are the same")
    } else {
        format!("changed: {}", faults.join(", "))
    };
    answer(question::STRUCTURE, faults.is_empty(), detail)
        .with("segments", before.segments.len() as u64)
        .with("notes", notes)
        .with("threads", threads)
        .with("threads_changed", changed as u64)
}

/// What is there to see of a core that parses, with no other to compare it to.
pub(crate) fn parsed(core: &Core) -> Answer {
    let (segments, notes, threads) = (core.segments.len(), core.notes.len(), core.threads.len());
    let detail = format!("the dump parses: {segments} segments, {notes} notes, {threads} threads");
    answer(question::STRUCTURE, true, detail)
        .with("segments", segments as u64)
        .with("notes", notes as u64)
        .with("threads", threads as u64)
}
