//! Is the heap the same but for what its objects hold?

use super::read::Dump;
use crate::answer::{Numbers as _, answer, question};
use coredact_record::Answer;

/// Compares structure and pointers. A name in which a secret was found may differ.
pub(crate) fn structure(before: &Dump, after: &Dump) -> Answer {
    let mut faults = Vec::new();
    if before.structure != after.structure || before.structure_bytes != after.structure_bytes {
        faults.push("a kind, address, length, field list or number");
    }
    if before.pointers != after.pointers || before.pointer_count != after.pointer_count {
        faults.push("a pointer to an object, frame or variable");
    }
    if before.strange != after.strange || before.names.len() != after.names.len() {
        faults.push("what can be understood");
    }
    let changed = before.names.iter().zip(&after.names).filter(|(one, other)| one != other).count();
    let detail = if faults.is_empty() {
        format!(
            "{} bytes of structure and {} pointers between {} objects, {} frames and variables are the same",
            before.structure_bytes, before.pointer_count, before.objects, before.frames
        )
    } else {
        format!("changed: {}", faults.join(", "))
    };
    numbers(answer(question::STRUCTURE, faults.is_empty(), detail), after)
        .with("names_changed", changed as u64)
}

/// What is there to see of a heap dump that parses, with no other to compare it to.
pub(crate) fn parsed(dump: &Dump) -> Answer {
    let detail = format!("the dump parses: {} objects, {} stack frames", dump.objects, dump.frames);
    numbers(answer(question::STRUCTURE, true, detail), dump)
}

fn numbers(answer: Answer, dump: &Dump) -> Answer {
    answer
        .with("objects", dump.objects)
        .with("frames", dump.frames)
        .with("pointers", dump.pointer_count)
        .with("names", dump.names.len() as u64)
        .with("places_not_understood", dump.strange)
}
