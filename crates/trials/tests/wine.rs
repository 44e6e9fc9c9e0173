//! Minidumps that Wine's `MiniDumpWriteDump` writes of a program for Windows: no key is left, and lldb and the minidump crates show
//! the same.

use anyhow::Result;
use coredact_trials::check::check;
use coredact_trials::wine;

/// `MiniDumpWithFullMemory` of `minidumpapiset.h`.
const FULL_MEMORY: u32 = 2;

#[test]
fn dump_with_full_memory_of_a_program_with_keys_in_cng_keeps_nothing() -> Result<()> {
    check(|folder| wine::start(folder, FULL_MEMORY))
}
