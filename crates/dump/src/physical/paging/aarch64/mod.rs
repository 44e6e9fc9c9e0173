//! Page tables of AArch64 (Arm Architecture Reference Manual, D8: VMSAv8-64, stage 1), as Linux writes them: granules of 4, 16
//! and 64 KiB, two to four levels.
//!
//! What leads to a table has none of the attributes that what leads to memory has, so that each level is known by its form,
//! and how many levels there are needs no telling.

mod entry;
mod walk;

pub(super) use entry::{GRANULES, is_table};
pub(super) use walk::Walk;
