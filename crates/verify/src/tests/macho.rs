//! Mach-O cores: what may change and what may not.

use super::fixture::{finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};
use coredact_record::Certainty;

/// Where things stand in [`core`]: a segment, a thread, a note; its payload; memory.
const SEGMENT: usize = 32;
const REGISTERS: usize = SEGMENT + 72 + 16;
const NOTE: usize = REGISTERS + 168;
const PAYLOAD: usize = 0x800;
const MEMORY: usize = 0x1000;
const ADDRESS: u64 = 0x7000_0000_0000;

/// A core of one thread with two frames.
fn core() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut out = words(&[0xfeed_facf, 0x0100_0007, 3, 4, 3, (NOTE + 40 - SEGMENT) as u32, 0, 0]);
    out.resize(MEMORY + 0x2000, 0);
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(SEGMENT, &words(&[0x19, 72]));
    for (at, word) in [(24, ADDRESS), (32, 0x2000), (40, MEMORY as u64), (48, 0x2000)] {
        put(SEGMENT + at, &word.to_le_bytes());
    }
    put(SEGMENT + 56, &words(&[7, 3]));
    put(SEGMENT + 72, &words(&[4, 184, 4, 42]));
    for (at, word) in [(48, ADDRESS + 0x100), (56, ADDRESS + 0x80), (128, ADDRESS + 0x1000)] {
        put(REGISTERS + at, &word.to_le_bytes());
    }
    put(NOTE, &words(&[0x31, 40]));
    put(NOTE + 8, b"process metadata");
    put(NOTE + 24, &(PAYLOAD as u64).to_le_bytes());
    put(NOTE + 32, &64_u64.to_le_bytes());
    // The second frame lies elsewhere in memory.
    put(MEMORY + 0x100, &(ADDRESS + 0x1800).to_le_bytes());
    put(MEMORY + 0x108, &(ADDRESS + 0x1010).to_le_bytes());
    put(MEMORY + 0x1808, &(ADDRESS + 0x1020).to_le_bytes());
    out
}

/// Whether structure and stacks are found the same after bytes were overwritten for a finding.
fn check(at: usize, certainty: Certainty, expected: (bool, bool)) {
    let mut found = finding(1, "aes-key", "AES", vec![place(at, 8, "key", "be")]);
    found.certainty = certainty;
    let mut made = scrub(core(), vec![found]);
    made.report.input.format = "macho-core".to_owned();
    let verdict = made.verdict();
    let (structure, stacks) = (named(&verdict, STRUCTURE), named(&verdict, STACKS));
    assert_eq!(
        (structure.passed, stacks.passed),
        expected,
        "{at:#x}: {} {}",
        structure.detail,
        stacks.detail
    );
    assert!(!stacks.not_applicable);
}

#[test]
fn memory_and_registers_without_a_role_may_change() {
    for at in [MEMORY, MEMORY + 0x110, REGISTERS, REGISTERS + 64, PAYLOAD + 64] {
        check(at, Certainty::Suspected, (true, true));
    }
    // rbp, rsp, rip; header, segment, note and what it points to.
    for at in [REGISTERS + 48, REGISTERS + 56, REGISTERS + 128, 24, SEGMENT + 56, NOTE + 8, PAYLOAD] {
        check(at, Certainty::Suspected, (false, true));
    }
}

#[test]
fn frames_may_go_with_proven_secrets_alone() {
    for at in [MEMORY + 0x100, MEMORY + 0x108, MEMORY + 0x1808] {
        check(at, Certainty::Suspected, (true, false));
        check(at, Certainty::Proven, (true, true));
    }
}
