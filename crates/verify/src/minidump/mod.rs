//! The clean dump as others see it: a minidump with streams, modules, threads and stacks.
//!
//! Offsets are those of `minidumpapiset.h` and of the contexts in `winnt.h`, and Breakpad's `minidump_format.h`.

mod read;
mod stack;
mod structure;

pub(crate) use read::Dump;
pub(crate) use stack::stacks;
pub(crate) use structure::{parsed, structure};
