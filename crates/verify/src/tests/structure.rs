//! Headers, notes, threads, stacks.

use super::fixture::{CODE, Core, HEAP, Made, SP, STACK, core, finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};
use coredact_record::{Certainty, Policy};

/// A case in which everything at these places was removed, as a finding of the given certainty.
fn removed(core: &Core, places: &[(usize, usize)], certainty: Certainty) -> Made {
    let places = places.iter().map(|(at, length)| place(*at, *length, "key", "be")).collect();
    let mut one = finding(1, "aes-key", "AES", places);
    one.certainty = certainty;
    scrub(core.bytes.clone(), vec![one])
}

#[test]
fn what_a_debugger_starts_from_must_stay() {
    let core = core();
    let check = |at: usize, length: usize, what: &str| {
        let made = removed(&core, &[(at, length)], Certainty::Suspected);
        let verdict = made.verdict();
        let answer = named(&verdict, STRUCTURE);
        assert!(!answer.passed && answer.detail.contains(what), "{what}: {}", answer.detail);
    };
    check(core.status + 112 + 16 * 8, 8, "pc");
    check(core.status + 112 + 19 * 8, 8, "sp");
    check(core.status + 32, 4, "id");
    check(core.auxv + 8, 8, "NT_AUXV");
    check(core.files + 40, 4, "NT_FILE");
    check(24, 8, "ELF header");
    check(64 + 56 + 16, 8, "program header");
}

#[test]
fn register_with_a_secret_may_go() {
    let core = core();
    // r12 of struct user_regs_struct.
    removed(&core, &[(core.status + 112 + 3 * 8, 8)], Certainty::Proven).check(&[]);
}

#[test]
fn dump_that_does_not_parse_any_more_fails() {
    let core = core();
    let made = removed(&core, &[(0, 8)], Certainty::Suspected);
    made.check(&[STRUCTURE, STACKS]);
}

#[test]
fn code_and_frame_addresses_on_the_stack_are_counted_and_must_stay() {
    let core = core();
    let live = core.stack + 0x800;
    let made = removed(&core, &[(core.heap, 16)], Certainty::Suspected);
    let verdict = made.verdict();
    let numbers = &named(&verdict, STACKS).numbers;
    // The pointer into a mapped file that has no segment counts as code.
    assert_eq!((numbers["code_addresses"], numbers["frame_addresses"]), (2, 1));
    for word in 0..3 {
        removed(&core, &[(live + word * 8, 8)], Certainty::Suspected).check(&[STACKS]);
        // Part of a word is enough.
        removed(&core, &[(live + word * 8 + 7, 1)], Certainty::Suspected).check(&[STACKS]);
    }
    removed(&core, &[(live + 24, 8)], Certainty::Suspected).check(&[]);
}

#[test]
fn return_address_that_went_with_a_secret_is_told_and_passes() {
    let core = core();
    let made = removed(&core, &[(core.stack + 0x800, 8)], Certainty::Proven);
    made.check(&[]);
    assert_eq!(named(&made.verdict(), STACKS).numbers["words_changed_by_secrets"], 1);
}

#[test]
fn dead_stack_is_not_compared_and_the_red_zone_is() {
    let mut core = core();
    for at in [0x100, 0x800 - 64] {
        let address = (CODE + 0x80).to_le_bytes();
        core.bytes[core.stack + at..core.stack + at + 8].copy_from_slice(&address);
    }
    assert_eq!(SP & 0xfff, 0x800);
    removed(&core, &[(core.stack + 0x100, 8)], Certainty::Suspected).check(&[]);
    removed(&core, &[(core.stack + 0x800 - 64, 8)], Certainty::Suspected).check(&[STACKS]);
}

#[test]
fn raw_file_has_no_structure_to_lose() {
    let mut made =
        scrub(vec![7; 5000], vec![finding(1, "token", "TOKEN", vec![place(100, 40, "text", "ascii")])]);
    made.report.input.format = "raw".into();
    made.check(&[]);
    assert!(named(&made.verdict(), STRUCTURE).detail.contains("not applicable"));
    made.report.input.format = "elf-core".into();
    made.check(&[STRUCTURE, STACKS]);
}

/// Writes words into the core.
fn put(core: &mut Core, at: usize, words: &[u64]) {
    for (index, word) in words.iter().enumerate() {
        core.bytes[at + index * 8..at + index * 8 + 8].copy_from_slice(&word.to_le_bytes());
    }
}

/// What policy `skeleton` makes of a word, and what it would be if a suspicion had claimed it.
fn check_skeleton(core: &Core, at: usize, failing: &[&str]) {
    let mut made = removed(core, &[(at, 8)], Certainty::Suspected);
    made.check(&[]);
    made.report.policy = Some(Policy::Skeleton);
    made.check(&[]);
    made.report.findings[0].kind = "not-needed".to_owned();
    made.check(failing);
}

#[test]
fn skeleton_keeps_every_address_in_stacks_that_a_signal_interrupted() {
    let mut core = core();
    // sp, ip, flags and selectors as the kernel stores them for a signal handler; the other stack is in the heap.
    let at = core.stack + 0x900;
    put(&mut core, at, &[HEAP + 0x1000, CODE + 0x200, 0x202, 0x002b_0000_0000_0033]);
    let at = core.heap + 0x1008;
    put(&mut core, at, &[CODE + 0x300, HEAP + 0x2000, 77]);
    check_skeleton(&core, at, &[STACKS]);
    check_skeleton(&core, at + 8, &[STACKS]);
    check_skeleton(&core, at + 16, &[]);
}

#[test]
fn skeleton_keeps_every_address_in_the_segments_of_stacks_and_thread_blocks() {
    let mut core = core();
    // The block of a thread that has ended, with a node of a list in it.
    let block = core.heap + 0x2000;
    put(&mut core, block, &[HEAP + 0x2000, 5, HEAP + 0x2000, STACK + 0x40, 0x1234_5678_9abc]);
    let dead = core.stack + 0x100;
    put(&mut core, dead, &[CODE + 0x80]);
    check_skeleton(&core, dead, &[STACKS]);
    check_skeleton(&core, block + 24, &[STACKS]);
    check_skeleton(&core, block + 32, &[]);
}
