//! Minidumps of real programs: after a scrub no key is left, lldb and the minidump crates show the same threads, frames and
//! modules, and every changed byte is accounted for.

use anyhow::Result;
use coredact_trials::check::check;
use coredact_trials::dump::Taker;
use coredact_trials::dump::minidump;
use coredact_trials::folder::Folder;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::{oracles, server};

const GCRYPT: Holder = Holder::libgcrypt(Taker::Minidump);

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

/// A real minidump with each field of its header, directory and lists turned into lies, and cut off everywhere.
#[test]
fn damaged_minidumps_are_owned_whole_or_refused() -> Result<()> {
    let folder = Folder::new()?;
    let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn()?;
    let path = folder.at("dump");
    let taken = minidump(i32::try_from(child.id())?, &path);
    child.kill()?;
    child.wait()?;
    taken?;
    // Without the memory of the program, which is most of it and says nothing of the structure.
    let whole = std::fs::read(&path)?;
    let image = coredact_dump::minidump::open(&whole)?;
    let structure = image.protected.iter().flat_map(|one| one.range.clone().step_by(4)).take(4096);
    let offsets: Vec<usize> = structure.filter_map(|at| usize::try_from(at).ok()).collect();
    assert!(offsets.len() > 200, "{}", offsets.len());
    let length = u32::try_from(whole.len())?;
    for (index, at) in offsets.iter().enumerate() {
        let lies = [u32::MAX, 0x7fff_ffff, length, 1, 0];
        let mut damaged = whole.clone();
        let end = (at + 4).min(damaged.len());
        damaged[*at..end].copy_from_slice(&lies[index % lies.len()].to_le_bytes()[..end - at]);
        if coredact_dump::minidump::open(&damaged).is_ok() && index % 16 == 0 {
            oracles::minidump_open(&damaged);
        }
        if index % 64 == 0 {
            oracles::minidump_open(&whole[..*at]);
        }
    }
    Ok(())
}
