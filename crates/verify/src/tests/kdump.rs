//! Kdumps: what may change and what may not.

use super::fixture::{Made, finding, named, place, scrub};
use crate::answer::question::{NOTICE, OUTSIDE, STACKS, STRUCTURE};
use coredact_record::{Notice, Policy};

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
    put(460, &2_u32.to_le_bytes());
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

/// A scrubbed dump with a notice at `at`, as its writer makes it.
fn noticed(at: u64, change: impl Fn(&mut Vec<u8>)) -> Made {
    let mut original = dump();
    change(&mut original);
    let mut made =
        scrub(original, vec![finding(1, "aes-key", "AES", vec![place(PAGES + 500, 16, "key", "be")])]);
    made.report.input.format = "kdump".to_owned();
    let plan = made.report.plan.as_mut().unwrap();
    let field_offset = (SUB_HEADER + 64) as u64;
    let field = |bytes: u32| [at, u64::from(bytes)].map(u64::to_le_bytes).concat();
    let notice = Notice::new(plan, Policy::Strict, at, field_offset, field);
    for (at, bytes) in notice.writes(plan.input_length).unwrap() {
        made.clean[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
    }
    plan.notice = Some(notice);
    made.seal_output();
    made
}

/// The questions about bytes beside the plan, structure and notice that a dump fails.
fn fails(made: &Made, expected: &[&str]) {
    let verdict = made.verdict();
    let failed: Vec<&str> =
        verdict.answers.iter().filter(|one| !one.passed).map(|one| one.name.as_str()).collect();
    assert_eq!(failed, expected, "{:#?}", verdict.answers);
}

#[test]
fn a_notice_in_free_bytes_of_the_headers_passes() {
    for at in [480, 3584, INFO as u64 + 20, 7680] {
        let made = noticed(at, |_| ());
        fails(&made, &[]);
        assert!(named(&made.verdict(), NOTICE).detail.contains("name the plan"));
        let alone = crate::alone(&made.clean, Some(&made.report), &|_| ());
        assert!(named(&alone, NOTICE).passed);
    }
}

#[test]
fn a_notice_in_the_place_of_something_else_is_refused() {
    // The pointers of processors, VMCOREINFO, the bitmap, memory.
    for at in [470, INFO as u64 + 10, BITMAP as u64 + 100, PAGES as u64 + 1000] {
        assert!(!named(&noticed(at, |_| ()).verdict(), NOTICE).passed, "{at}");
    }
    fails(&noticed(3584, |dump| dump[3600] = 1), &[NOTICE]);
    // Somebody else's, and a header that has no field for one.
    fails(&noticed(3584, |dump| dump[SUB_HEADER + 72] = 9), &[NOTICE]);
    assert!(!named(&noticed(3584, |dump| dump[8] = 4).verdict(), NOTICE).passed);
}

#[test]
fn a_notice_that_says_something_else_is_refused() {
    let mut made = noticed(3584, |_| ());
    made.clean[3600] ^= 1;
    made.seal_output();
    fails(&made, &[OUTSIDE, NOTICE]);
    let mut made = noticed(3584, |_| ());
    let notice = made.report.plan.as_mut().unwrap().notice.as_mut().unwrap();
    notice.text = notice.text.replace("1 findings", "7 findings");
    made.clean[3584..3584 + notice.text.len()].copy_from_slice(notice.text.as_bytes());
    made.seal_output();
    fails(&made, &[NOTICE]);
    let mut made = noticed(3584, |_| ());
    made.clean[SUB_HEADER + 72] ^= 1;
    made.seal_output();
    fails(&made, &[OUTSIDE, NOTICE]);
    // Written and not told.
    let mut made = noticed(3584, |_| ());
    made.report.plan.as_mut().unwrap().notice = None;
    fails(&made, &[OUTSIDE]);
}

#[test]
fn dumps_of_other_machines_and_of_diskdump_are_read() {
    let mut big = dump();
    let swap = |dump: &mut [u8], at: usize, bytes: usize| dump[at..at + bytes].reverse();
    for index in 0..5 {
        swap(&mut big, 424 + 4 * index, 4);
    }
    swap(&mut big, 8, 4);
    for at in [32, 40, 96] {
        swap(&mut big, SUB_HEADER + at, 8);
    }
    for index in 0..2 {
        swap(&mut big, DESCRIPTORS + 24 * index, 8);
        swap(&mut big, DESCRIPTORS + 24 * index + 8, 4);
    }
    let mut disk = dump();
    disk[..8].copy_from_slice(b"DISKDUMP");
    for (original, at) in [(big, PAGES + 500), (disk, SUB_HEADER + 16)] {
        let mut made = scrub(original, vec![finding(1, "aes-key", "AES", vec![place(at, 16, "key", "be")])]);
        made.report.input.format = "kdump".to_owned();
        let verdict = made.verdict();
        let answer = named(&verdict, STRUCTURE);
        assert!(answer.passed && answer.detail.contains("2 pages"), "{}", answer.detail);
    }
}
