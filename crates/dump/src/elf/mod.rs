//! ELF cores: ELF64 little-endian `ET_CORE` of x86-64 and AArch64, as the kernel,
//! gdb's `gcore` and systemd-coredump write them.
//!
//! Constants are those of `elf.h` (glibc 2.36) and `include/uapi/linux/elf.h`
//! unless said otherwise.

mod aarch64;
mod area;
mod auxv;
mod check;
mod dynamic;
mod header;
mod kind;
mod layout;
mod link_map;
mod mapping;
mod mark;
mod module;
mod note;
mod open;
mod register;
mod segment;
mod stack;
mod thread;
mod xsave;

#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;

pub(crate) use area::read as notes;
pub(crate) use auxv::Auxv;
pub(crate) use mark::at_random as mark_random;
pub use open::open;

/// How errors name this format.
const FORMAT: &str = "ELF core";
