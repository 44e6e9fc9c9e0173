//! A process as its core shows it: modules, linker's list, stacks, threads, heaps.

mod allocator;
mod build;
mod module;
mod stack;

pub(crate) use build::{Process, Spot};
pub(crate) use module::program;
