//! Is the structure of the dump unchanged?

use super::read::Dump;
use crate::answer::{Numbers as _, answer, question};
use coredact_record::Answer;

/// Compares header, directory, tables, modules and threads, whatever the policy.
pub(crate) fn structure(before: &Dump, after: &Dump) -> Answer {
    let mut faults = Vec::new();
    let mut same = |what: &str, equal: bool| {
        if !equal {
            faults.push(what.to_owned());
        }
    };
    same("the header", before.header == after.header);
    same("the directory", before.directory == after.directory);
    same("a name or record of a module", before.texts == after.texts);
    same("number of the tables", before.tables.len() == after.tables.len());
    for ((kind, one), (_, other)) in before.tables.iter().zip(&after.tables) {
        same(&format!("stream {kind:#x}"), one == other);
    }
    let changed = before.threads.iter().zip(&after.threads).filter(|(before, after)| before != after).count();
    same("id, pc, sp or fp of a thread", changed == 0 && before.threads.len() == after.threads.len());
    let (tables, threads) = (before.tables.len() as u64, before.threads.len() as u64);
    let detail = if faults.is_empty() {
        format!(
            "header, directory, {tables} tables, and id, pc, sp and fp of {threads} contexts are the same"
        )
    } else {
        format!("changed: {}", faults.join(", "))
    };
    answer(question::STRUCTURE, faults.is_empty(), detail)
        .with("streams", (before.directory.len() / 12) as u64)
        .with("modules", before.modules.len() as u64)
        .with("threads", threads)
        .with("threads_changed", changed as u64)
}

/// What is there to see of a minidump that parses, with no other to compare it to.
pub(crate) fn parsed(dump: &Dump) -> Answer {
    let (streams, modules, threads) = (dump.directory.len() / 12, dump.modules.len(), dump.threads.len());
    let detail = format!("the dump parses: {streams} streams, {modules} modules, {threads} contexts");
    answer(question::STRUCTURE, true, detail)
        .with("streams", streams as u64)
        .with("modules", modules as u64)
        .with("threads", threads as u64)
}
