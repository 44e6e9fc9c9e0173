//! A writer of ELF cores, from the specification alone: `elf.h`, `fs/binfmt_elf.c` of Linux.

mod file;
mod note;
mod register;

pub(crate) use file::{Core, Placement};
pub(crate) use note::{Note, auxv, files, prpsinfo, siginfo};
pub(crate) use register::{Registers, parts};
