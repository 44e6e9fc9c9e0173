//! Whole cases: a dump, what was done to it, and the verdict.

#![expect(clippy::cast_possible_truncation, reason = "offsets in small files")]

mod alone;
mod bytes;
mod dump64;
mod fixture;
mod goheap;
mod hostile;
mod hprof;
mod kdump;
mod macho;
mod process;
mod structure;
mod survivor;
