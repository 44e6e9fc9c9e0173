//! Dumps of physical memory: pages in any order, and no key is left.

use anyhow::Result;
use coredact_trials::check::check_as;
use coredact_trials::dump::Taker;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::{physical, server};

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

const GCRYPT: Holder = Holder {
    source: Some(("gcrypt.c", include_str!("../programs/gcrypt.c"))),
    compiler: Some(("gcc", &["-O1", "-g", "-w", "-o", "program", "-I", PROGRAMS, "-lgcrypt"])),
    run: &["./program"],
    cipher: Cipher::Schedule,
    package: "libgcrypt20-dev",
    taker: Taker::Gcore,
};

#[test]
fn lime_dump_with_pages_of_libgcrypt_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::lime)
}

#[test]
fn lime_dump_with_pages_of_stunnel_keeps_nothing() -> Result<()> {
    check_as(server::stunnel, physical::lime)
}
