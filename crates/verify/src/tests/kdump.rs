//! Kdumps: what may change and what may not.

use super::fixture::{finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};

/// Where things stand in [`dump`].
const SUB_HEADER: usize = 4096;
const INFO: usize = 4096 + 200;
const BITMAP: usize = 8192 + 4096;
const DESCRIPTORS: usize = 8192 + 2 * 4096;
const PAGES: usize = DESCRIPTORS + 2 * 24;

/// Frames 1 and 3 of 64, as they are.
fn dump() -> Vec<u8> {
    let mut out = vec![0; PAGES];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"KDUMP   \x06\0\0\0");
    for (index, number) in [0_u32, 4096, 1, 2, 64].into_iter().enumerate() {
        put(424 + 4 * index, &number.to_le_bytes());
    }
    put(SUB_HEADER + 32, &(INFO as u64).to_le_bytes());
    put(SUB_HEADER + 40, &20_u64.to_le_bytes());
    put(SUB_HEADER + 96, &64_u64.to_le_bytes());
    put(INFO, b"OSRELEASE=6.1.0-test");
    put(BITMAP, &[0b1010]);
    for index in 0..2 {
        put(DESCRIPTORS + 24 * index, &((PAGES + 4096 * index) as u64).to_le_bytes());
        put(DESCRIPTORS + 24 * index + 8, &4096_u32.to_le_bytes());
    }
    out.extend((0..8192_u32).map(|at| (at / 3).to_le_bytes()[0]));
    out
}

/// The answer to the question of structure after bytes were overwritten.
fn check(at: usize, expected: Result<&str, &str>) {
    let mut made = scrub(dump(), vec![finding(1, "aes-key", "AES", vec![place(at, 16, "key", "be")])]);
    made.report.input.format = "kdump".to_owned();
    let verdict = made.verdict();
    let answer = named(&verdict, STRUCTURE);
    let (passed, detail) = match expected {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    assert_eq!((answer.passed, answer.detail.as_str()), (passed, detail), "{at:#x}");
    assert!(named(&verdict, STACKS).not_applicable);
}

#[test]
fn pages_may_change_and_nothing_else() {
    check(PAGES + 500, Ok("headers, bitmaps, VMCOREINFO and the descriptors of 2 pages are the same"));
    check(DESCRIPTORS + 20, Err("not the same: page descriptors"));
    check(INFO, Err("not the same: VMCOREINFO"));
    check(BITMAP + 8, Err("not the same: headers and bitmaps"));
    check(SUB_HEADER + 16, Err("not the same: headers and bitmaps"));
}
