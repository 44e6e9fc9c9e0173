//! The clean dump as others see it: an ELF core with headers, notes, threads and stacks.
//!
//! Headers and notes are read through the `object` crate, which is no relation of the reader that made
//! the plan.

mod core;
mod live;
mod loaded;
mod register;
mod signal;
mod stack;
mod structure;

pub(crate) use core::{Core, contains, merged};
pub(crate) use stack::stacks;
pub(crate) use structure::{parsed, structure};
