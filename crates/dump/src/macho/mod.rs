//! Mach-O cores: `MH_CORE` files of macOS, of `lldb`'s `process save-core`, of .NET's `createdump` and of kernels.
//!
//! Layouts and constants are those of `mach-o/loader.h`, `mach/machine.h`, `mach/i386/thread_status.h` and
//! `mach/arm/thread_status.h` of Darwin.

mod chain;
mod command;
mod header;
mod module;
mod open;
mod thread;

#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;

pub use header::{is_core, is_fat};
pub use open::open;

/// How errors name this format.
const FORMAT: &str = "Mach-O core";
