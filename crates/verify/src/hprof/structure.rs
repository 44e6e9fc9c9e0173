//! Is the heap the same but for what its objects hold?

use super::read::Dump;
use crate::answer::{Numbers as _, answer, question};
use coredact_record::Answer;
use std::collections::BTreeSet;

/// Compares structure, classes and their instances, and the names of classes. A name in which a secret was found may
/// differ, if no two classes have the same one now.
pub(crate) fn structure(before: &Dump, after: &Dump) -> Answer {
    let mut faults = Vec::new();
    if before.structure != after.structure || before.structure_bytes != after.structure_bytes {
        faults.push("a tag, length, identifier, reference or layout".to_owned());
    }
    if before.histogram != after.histogram {
        faults.push("the number or size of instances of a class".to_owned());
    }
    if (before.unknown, before.strange) != (after.unknown, after.strange) {
        faults.push("what can be understood".to_owned());
    }
    let changed = before.names.iter().filter(|(id, name)| after.names.get(id) != Some(name)).count();
    if distinct(after) < distinct(before) {
        faults.push("the names of classes, of which two are the same now".to_owned());
    }
    let detail = if faults.is_empty() {
        format!(
            "{} bytes of structure, {} classes and arrays with their instances and bytes, and all references are the same",
            before.structure_bytes,
            before.histogram.len()
        )
    } else {
        format!("changed: {}", faults.join(", "))
    };
    numbers(answer(question::STRUCTURE, faults.is_empty(), detail), after)
        .with("names_changed", changed as u64)
}

/// What is there to see of a heap dump that parses, with no other to compare it to.
pub(crate) fn parsed(dump: &Dump) -> Answer {
    let detail = format!("the dump parses: {} classes and types of array", dump.histogram.len());
    numbers(answer(question::STRUCTURE, true, detail), dump)
}

fn numbers(answer: Answer, dump: &Dump) -> Answer {
    let instances = dump.histogram.values().fold(0_u64, |sum, count| sum.saturating_add(count.instances));
    let bytes = dump.histogram.values().fold(0_u64, |sum, count| sum.saturating_add(count.bytes));
    answer
        .with("classes", dump.histogram.len() as u64)
        .with("instances", instances)
        .with("instance_bytes", bytes)
        .with("instances_of_unknown_class", dump.unknown)
        .with("places_not_understood", dump.strange)
}

fn distinct(dump: &Dump) -> usize {
    dump.names.values().collect::<BTreeSet<_>>().len()
}
