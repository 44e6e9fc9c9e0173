//! Windows kernel dumps: what may change and what may not.

use super::fixture::{finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};

/// Where the first page lies in [`dump`].
const PAGES: usize = 0x3000;

/// Frames 2, 3 and 9, described as the type wants it.
fn dump(kind: u32) -> Vec<u8> {
    let mut out = b"PAGE".repeat(PAGES / 4);
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    put(4, b"DU64");
    put(0x30, &[0x64, 0x86, 0, 0]);
    put(0x348, &[0; 3000]);
    put(0xf98, &kind.to_le_bytes());
    put(0x2000, &[0; 0x1000]);
    match kind {
        1 => put(0x88, &words(&[2, 3, 2, 2, 9, 2])),
        5 => {
            put(0x2000, b"FDMPDUMP");
            put(0x2020, &words(&[PAGES as u64, 3, 10]));
            put(0x2038, &[0b1100, 0b10]);
        }
        _ => {
            put(0x2000, b"\x40\0\0\0RDMPDUMP");
            put(0x2010, &words(&[0xfe0, PAGES as u64, 2, 3, 2, 2, 9, 1]));
        }
    }
    out.extend((0..3 * 4096_u32).map(|at| (at / 3).to_le_bytes()[0]));
    out
}

/// The answer to the question of structure after bytes were overwritten.
fn check(kind: u32, at: usize, expected: Result<&str, &str>) {
    let found = finding(1, "aes-key", "AES", vec![place(at, 16, "key", "be")]);
    let mut made = scrub(dump(kind), vec![found]);
    made.report.input.format = "dump64".to_owned();
    let verdict = made.verdict();
    let answer = named(&verdict, STRUCTURE);
    let (passed, detail) = match expected {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    assert_eq!((answer.passed, answer.detail.as_str()), (passed, detail), "type {kind}, {at:#x}");
    assert!(named(&verdict, STACKS).not_applicable);
}

#[test]
fn pages_and_registers_may_change_and_nothing_else() {
    let same = Ok("the header and the description of 3 pages are the same");
    for kind in [5, 8, 10] {
        check(kind, PAGES + 500, same);
        // Rax, Xmm0, ExceptionInformation, Comment, what is reserved.
        for at in [0x348 + 120, 0x348 + 416, 0xf28, 0xfb0, 0x1100] {
            check(kind, at, same);
        }
        // DirectoryTableBase, Rip, BugCheckCodeParameters, SystemUpTime.
        for at in [0x10, 0x348 + 248, 0x40, 0x1030] {
            check(kind, at, Err("not the same: header"));
        }
    }
    check(1, 0x3000, Ok("the header and the description of 4 pages are the same"));
    check(1, 0xb8, Ok("the header and the description of 4 pages are the same"));
    check(5, 0x2010, Err("not the same: description of the pages"));
    // What changes the number of pages may leave a dump that is none.
    for (kind, at) in [(1, 0x98), (5, 0x2020), (8, 0x2038), (10, 0x2028)] {
        let found = finding(1, "aes-key", "AES", vec![place(at, 16, "key", "be")]);
        let mut made = scrub(dump(kind), vec![found]);
        made.report.input.format = "dump64".to_owned();
        assert!(!named(&made.verdict(), STRUCTURE).passed, "type {kind}, {at:#x}");
    }
}

#[test]
fn what_cannot_be_is_no_answer() {
    for (kind, at, value) in
        [(1, 0x88, 43_u64), (1, 0xa0, u64::MAX), (5, 0x2030, u64::MAX), (8, 0x2010, 1 << 40)]
    {
        let mut file = dump(kind);
        file[at..at + 8].copy_from_slice(&value.to_le_bytes());
        let mut made = scrub(file, Vec::new());
        made.report.input.format = "dump64".to_owned();
        assert!(!named(&made.verdict(), STRUCTURE).passed, "type {kind}, {at:#x}");
    }
}
