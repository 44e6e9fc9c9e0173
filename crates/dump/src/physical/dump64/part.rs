//! Parts of the header that may be overwritten. A debugger needs the rest.

use super::header::{HEADER_BYTES, Header, RUN_BYTES, RUNS, RUNS_HEAD_BYTES};
use crate::cursor::to_u64;
use std::ops::Range;

/// `VersionUser`: a text of the system's builder, or `PAGE` all over.
const VERSION_USER: Range<u64> = 0x60..0x80;

/// End of `PhysicalMemoryBlockBuffer` and of what fills it up to a multiple of 8.
const RUNS_END: u64 = 0x348;

/// `ContextRecord`: as `CONTEXT` of the processor has it, and unused after that.
pub(super) const CONTEXT: Range<u64> = 0x348..0xf00;

/// `ExceptionInformation` of `EXCEPTION_RECORD64`: what the program was about to read, and where.
const EXCEPTION_INFORMATION: Range<u64> = 0xf20..0xf98;

/// `Comment`: what whoever made the dump wrote.
const COMMENT: Range<u64> = 0xfb0..0x1030;

/// What is reserved behind `BootId`.
const RESERVED: Range<u64> = 0x1058..HEADER_BYTES;

/// A part of the header, but for its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Never overwritten.
    Structure(Range<u64>),
    /// Holds whatever the machine or its user put there, under this name.
    Free(Range<u64>, &'static str),
}

/// The parts of a header in order, but for the context.
pub(super) fn parts(header: &Header) -> Vec<Part> {
    let used = header
        .runs()
        .map_or(0, |(_, runs)| RUNS_HEAD_BYTES.saturating_add(runs.len().saturating_mul(RUN_BYTES)));
    let used = to_u64(RUNS.saturating_add(used));
    vec![
        Part::Structure(0..VERSION_USER.start),
        Part::Free(VERSION_USER, "VersionUser"),
        Part::Structure(VERSION_USER.end..used),
        Part::Free(used..RUNS_END, "PhysicalMemoryBlock"),
        Part::Structure(CONTEXT.end..EXCEPTION_INFORMATION.start),
        // Words as registers have them.
        Part::Free(EXCEPTION_INFORMATION, "ThreadContext"),
        Part::Structure(EXCEPTION_INFORMATION.end..COMMENT.start),
        Part::Free(COMMENT, "CommentA"),
        Part::Structure(COMMENT.end..RESERVED.start),
        Part::Free(RESERVED, "reserved"),
    ]
}
