//! Kinds of record and what stands in each (`tag…` of `runtime/heapdump.go` and the functions that write them).

/// The end of the dump.
pub(super) const EOF: u64 = 0;
pub(super) const OBJECT: u64 = 1;
pub(super) const STACK_FRAME: u64 = 5;
pub(super) const PARAMS: u64 = 6;
pub(super) const DATA: u64 = 12;
pub(super) const BSS: u64 = 13;

/// Kinds of field (`fieldKind…`): the end of the list, a pointer, and interfaces of two words.
pub(super) const FIELD_END: u64 = 0;
pub(super) const FIELD_POINTER: u64 = 1;
pub(super) const FIELD_INTERFACES: [u64; 2] = [2, 3];

/// A part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// So many numbers.
    Numbers(u16),
    /// A length and so many characters.
    Text,
    /// A length and so many bytes of memory.
    Memory,
    /// Kinds and offsets of fields, and an end.
    Fields,
    /// The last number times: two texts and a number (the frames of `dumpmemprof_callback`).
    Sites,
}

/// Name and parts of the records of a kind, if it is known. Booleans are numbers.
pub(super) fn parts(kind: u64) -> Option<(&'static str, &'static [Part])> {
    use Part::{Fields, Memory, Numbers, Sites, Text};
    let parts: (&'static str, &'static [Part]) = match kind {
        EOF => ("EOF", &[]),
        OBJECT => ("object", &[Numbers(1), Memory, Fields]),
        2 => ("other root", &[Text, Numbers(1)]),
        3 => ("type", &[Numbers(2), Text, Numbers(1)]),
        4 => ("goroutine", &[Numbers(8), Text, Numbers(4)]),
        STACK_FRAME => ("stack frame", &[Numbers(3), Memory, Numbers(3), Text, Fields]),
        PARAMS => ("params", &[Numbers(4), Text, Text, Numbers(1)]),
        7 => ("finalizer", &[Numbers(5)]),
        8 => ("itab", &[Numbers(2)]),
        9 => ("OS thread", &[Numbers(3)]),
        // 24 numbers, the last 256 pauses, the number of collections (`dumpmemstats`).
        10 => ("memstats", &[Numbers(281)]),
        11 => ("queued finalizer", &[Numbers(5)]),
        DATA => ("data segment", &[Numbers(1), Memory, Fields]),
        BSS => ("bss segment", &[Numbers(1), Memory, Fields]),
        14 => ("defer", &[Numbers(7)]),
        15 => ("panic", &[Numbers(6)]),
        16 => ("memory profile", &[Numbers(3), Sites, Numbers(2)]),
        17 => ("sample of an allocation", &[Numbers(2)]),
        _ => return None,
    };
    Some(parts)
}
