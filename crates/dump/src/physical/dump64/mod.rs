//! Windows' own dumps of a machine of 64 bits (`DUMP_HEADER64` of the WDK's `ntiodump.h`): a header of two pages, a
//! description of the frames that were dumped, and their pages.
//!
//! | `DumpType` | description | pages |
//! |---|---|---|
//! | 1 | runs in the header | of all runs, from offset 0x2000 on |
//! | 5, 6 | bitmap at 0x2000, `SDMP` or `FDMP` | of all bits that are set, from `FirstPage` on |
//! | 8, 9, 10 | ranges at 0x2000, `RDMP` | of all ranges, from `FirstPageOffset` on |
//!
//! Microsoft publishes the header alone; the layouts of the other two are those that `kdmp-parser` reads.

mod header;
mod open;
mod part;
mod table;

#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;

pub use header::MAGIC;
pub(super) use open::open;

/// How errors name this format.
const FORMAT: &str = "Windows kernel dump";

/// Bytes of a page: both processors have frames of 4 KiB (`PAGE_SIZE` of `wdm.h`).
const PAGE_BYTES: u64 = 4096;
