//! Heap dumps: what may change and what may not.

use super::fixture::{finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};

/// Where things stand in [`dump`].
struct Places {
    bytes: Vec<u8>,
    name: usize,
    text: usize,
    reference: usize,
    number: usize,
    row: usize,
    elements: usize,
    length: usize,
}

/// Two classes named `Aaaa` and `Aaab`, a string, an object with a reference and a long, an array of references, an array.
fn dump() -> Places {
    let mut bytes = b"JAVA PROFILE 1.0.2\0\0\0\0\x04\0\0\0\0\0\0\0\0".to_vec();
    let record = |tag: u8, body: &[u8], out: &mut Vec<u8>| {
        out.extend([tag, 0, 0, 0, 0]);
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(body);
        out.len() - body.len()
    };
    let name = record(1, b"\0\0\0\x01Aaaa", &mut bytes) + 4;
    record(1, b"\0\0\0\x02Aaab", &mut bytes);
    let text = record(1, b"\0\0\0\x03a literal", &mut bytes) + 4;
    for class in [1, 2] {
        record(2, &[0, 0, 0, class, 0, 0, 0, 10 * class, 0, 0, 0, 0, 0, 0, 0, class], &mut bytes);
    }
    let mut heap = vec![0x20, 0, 0, 0, 10];
    heap.extend([0; 4 + 6 * 4 + 4]);
    heap.extend([0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 11]);
    heap.extend([0x21, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 12]);
    let reference = heap.len();
    heap.extend([0, 0, 0, 98, 1, 2, 3, 4, 5, 6, 7, 8]);
    heap.extend([0x22, 0, 0, 0, 98, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 20]);
    let row = heap.len();
    heap.extend([0, 0, 0, 99]);
    heap.extend([0x23, 0, 0, 0, 97, 0, 0, 0, 0, 0, 0, 0, 16, 8]);
    let elements = heap.len();
    heap.extend(17..33);
    let first = record(0x1c, &heap, &mut bytes);
    record(0x2c, &[], &mut bytes);
    let [reference, row, elements] = [reference, row, elements].map(|at| first + at);
    Places { bytes, name, text, reference, number: reference + 4, row, elements, length: elements - 5 }
}

/// The answer to the question of structure after bytes were overwritten.
fn check(places: &[(usize, usize)], expected: Result<&str, &str>) {
    let places = places.iter().map(|(at, length)| place(*at, *length, "key", "be")).collect();
    let mut made = scrub(dump().bytes, vec![finding(1, "aes-key", "AES", places)]);
    made.report.input.format = "hprof".to_owned();
    let verdict = made.verdict();
    let answer = named(&verdict, STRUCTURE);
    let (passed, detail) = match expected {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    assert!(
        answer.passed == passed && answer.detail.contains(detail),
        "{places:?}: {}",
        answer.detail,
        places = expected
    );
    assert!(!passed || named(&verdict, STACKS).not_applicable);
}

#[test]
fn what_objects_hold_may_go() {
    let dump = dump();
    let all = [(dump.text, 9), (dump.number, 8), (dump.elements, 16)];
    check(&all, Ok("all references are the same"));
}

#[test]
fn references_lengths_and_identifiers_must_stay() {
    let dump = dump();
    let changed = "a tag, length, identifier, reference or layout";
    check(&[(dump.reference, 4)], Err(changed));
    check(&[(dump.row, 4)], Err(changed));
    check(&[(dump.reference - 16, 4)], Err(changed));
    check(&[(dump.length + 3, 1)], Err("changed"));
    check(&[(dump.name - 4, 4)], Err("changed"));
}

#[test]
fn a_name_may_go_unless_two_are_the_same_then() {
    let dump = dump();
    check(&[(dump.name, 4)], Ok("references"));
    // The fill of both cuts is the same.
    let second = dump.bytes.windows(4).position(|window| window == b"Aaab").unwrap();
    check(&[(dump.name, 4), (second, 4)], Err("two are the same"));
}

#[test]
fn dump_cut_off_anywhere_is_judged_without_a_panic() {
    let bytes = dump().bytes;
    for length in 0..bytes.len() {
        let mut made = scrub(bytes[..length].to_vec(), Vec::new());
        made.report.input.format = "hprof".to_owned();
        let verdict = made.verdict();
        assert_eq!(named(&verdict, STRUCTURE).passed, length >= 31, "{length}");
    }
}

#[test]
fn hostile_numbers_are_judged_without_a_panic() {
    let bytes = dump().bytes;
    for at in 18..bytes.len() {
        for value in [0, 0x7f, 0xff] {
            let mut hostile = bytes.clone();
            hostile[at] = value;
            scrub(hostile, Vec::new()).verdict();
        }
    }
}
