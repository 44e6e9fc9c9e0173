//! kdump: the pages of a machine's memory, each with a descriptor, as makedumpfile and QEMU write them
//! (`diskdump_mod.h` of makedumpfile, `include/sysemu/dump.h` of QEMU).
//!
//! What is read here has its pages as they are. Compressed pages are laid out so first, by [`Expander`].

mod expand;
mod header;
mod lzo;
mod notice;
mod open;
mod order;
mod page;
#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use expand::Expander;
pub use header::is_kdump;
pub(super) use notice::room;
pub(super) use open::open;

/// How errors name this format.
const FORMAT: &str = "kdump";
