//! Mach-O cores of a process with threads: no key is left, and lldb unwinds every stack as before.

use anyhow::{Context, Result, ensure};
use coredact_trials::check::check_as;
use coredact_trials::dump::Taker;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::macho;
use coredact_trials::secret::Kind;
use std::cell::RefCell;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

const THREADS: Holder = Holder {
    source: Some(("threads.c", include_str!("../programs/threads.c"))),
    compiler: Some((
        "gcc",
        &[
            "-O1",
            "-g",
            "-w",
            "-fno-omit-frame-pointer",
            "-fno-optimize-sibling-calls",
            "-o",
            "program",
            "-I",
            PROGRAMS,
            "-lgcrypt",
            "-lpthread",
        ],
    )),
    run: &["./program"],
    cipher: Cipher::Schedule,
    package: "libgcrypt20-dev",
    taker: Taker::Gcore,
};

#[test]
fn core_with_threads_keeps_nothing_and_unwinds() -> Result<()> {
    let key = RefCell::new(Vec::new());
    check_as(
        |folder| {
            let specimen = THREADS.start(folder)?;
            let secret = specimen
                .secrets
                .iter()
                .find(|secret| secret.kind == Kind::Aes)
                .context("find the AES key")?;
            key.borrow_mut()
                .clone_from(&secret.components.first().context("find the AES key's bytes")?.bytes);
            ensure!(key.borrow().len() == 32, "the AES key has {} bytes", key.borrow().len());
            // Of a core that is to be unwound without the program's file, its code is a part.
            #[expect(clippy::disallowed_methods, reason = "a setting of the process under trial")]
            std::fs::write(format!("/proc/{}/coredump_filter", specimen.process.id()), "0xff")
                .context("ask for all memory")?;
            Ok(specimen)
        },
        |folder, core| macho::core(folder, core, &key.borrow()),
    )
}
