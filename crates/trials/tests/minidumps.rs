//! Minidumps of real programs: after a scrub no key is left, lldb and the minidump crates show the same threads, frames and
//! modules, and every changed byte is accounted for.

use anyhow::Result;
use coredact_trials::check::check;
use coredact_trials::dump::Taker;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::server;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

const GCRYPT: Holder = Holder {
    source: Some(("gcrypt.c", include_str!("../programs/gcrypt.c"))),
    compiler: Some(("gcc", &["-O1", "-g", "-w", "-o", "program", "-I", PROGRAMS, "-lgcrypt"])),
    run: &["./program"],
    cipher: Cipher::Schedule,
    package: "libgcrypt20-dev",
    taker: Taker::Minidump,
};

const RUBY: Holder = Holder {
    source: Some(("holder.rb", include_str!("../programs/holder.rb"))),
    compiler: None,
    run: &["ruby", "holder.rb"],
    cipher: Cipher::Schedule,
    package: "ruby",
    taker: Taker::Minidump,
};

const RUST: Holder = Holder {
    source: None,
    compiler: None,
    run: &[env!("CARGO_BIN_EXE_rust-holder")],
    cipher: Cipher::Schedule,
    package: "cargo",
    taker: Taker::Minidump,
};

#[test]
fn minidump_of_libgcrypt_keeps_nothing() -> Result<()> {
    check(|folder| GCRYPT.start(folder))
}

#[test]
fn minidump_of_ruby_keeps_nothing() -> Result<()> {
    check(|folder| RUBY.start(folder))
}

#[test]
fn minidump_of_rust_keeps_nothing() -> Result<()> {
    check(|folder| RUST.start(folder))
}

#[test]
fn minidump_of_stunnel_with_clients_keeps_nothing() -> Result<()> {
    check(|folder| {
        let mut specimen = server::stunnel(folder)?;
        specimen.taker = Taker::Minidump;
        Ok(specimen)
    })
}
