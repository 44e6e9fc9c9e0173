//! Independent judge of a scrubbed dump.
//!
//! Answers from bytes, with code of its own: it shares nothing with what found, planned, or wrote. A fault
//! there that lets a secret through is not repeated here. Where both could be clever, this crate is plain.
//!
//! | question | asked by |
//! |---|---|
//! | do plan, report and files belong together? | `belong` |
//! | is every byte outside the plan unchanged, every byte inside it fill? | `compare` |
//! | does any part of a removed secret survive? | `survivor` |
//! | does the dump still have its structure and stacks? | `layout`: `elf`, `minidump`, `macho`, `hprof`, `goheap`, `text`, `bundle` |
//! | does a debugger show the same? | `debugger` |
//! | with no original: does anything secret stand there? | `finder` |
#![forbid(unsafe_code)]

mod alone;
mod answer;
mod belong;
mod bundle;
mod bytes;
mod compare;
mod coverage;
mod debugger;
mod dump64;
mod elf;
mod fault;
mod fill;
mod finder;
mod goheap;
mod hprof;
mod judge;
mod kdump;
mod layout;
mod lime;
mod limits;
mod macho;
mod minidump;
mod notice;
mod survivor;
#[cfg(test)]
mod tests;
mod text;
mod workers;

pub use alone::alone;
pub use bytes::{Bytes, FileBytes};
pub use judge::{Case, Debugging, against_original};
