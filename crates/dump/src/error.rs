//! Why a file could not be understood as a dump.

use std::io;

/// A fault that leaves no image. Reads as "failed to ...".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The medium failed.
    #[error("read the {structure} of the {format} at file offset {offset:#x}")]
    Read {
        /// `ELF core`.
        format: &'static str,
        /// What was being read.
        structure: &'static str,
        /// Where in the file.
        offset: u64,
        /// What the medium said.
        source: io::Error,
    },
    /// The file ends inside a structure without which nothing can be understood.
    #[error("read the {structure} of the {format} at file offset {offset:#x}: the file ends at {length:#x}")]
    Truncated {
        /// `ELF core`.
        format: &'static str,
        /// What is cut off.
        structure: &'static str,
        /// Where it starts in the file.
        offset: u64,
        /// Length of the file.
        length: u64,
    },
    /// A field has a value that this crate does not understand.
    #[error(
        "understand the {structure} of the {format} at file offset {offset:#x}: {field} is {value:#x}, {expected}"
    )]
    Unsupported {
        /// `ELF core`.
        format: &'static str,
        /// Which structure.
        structure: &'static str,
        /// Where the field stands in the file.
        offset: u64,
        /// Name of the field as in `elf.h`.
        field: &'static str,
        /// What it holds.
        value: u64,
        /// What would have been understood.
        expected: &'static str,
    },
    /// The fields of a structure contradict one another, another structure, or what any file can hold.
    #[error("understand {structure} of the {format} at file offset {offset:#x}: {problem}")]
    Impossible {
        /// `ELF core`.
        format: &'static str,
        /// Which structure, e.g. `segment 17`.
        structure: String,
        /// Where it is described in the file.
        offset: u64,
        /// What cannot be.
        problem: String,
    },
}
