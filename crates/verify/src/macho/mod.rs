//! The clean dump as others see it: a Mach-O core.

mod read;
mod stack;
mod structure;

pub(crate) use read::Core;
pub(crate) use stack::stacks;
pub(crate) use structure::{parsed, structure};
