//! Heap dumps of Go: what may change and what may not.

use super::fixture::{finding, named, place, scrub};
use crate::answer::question::{STACKS, STRUCTURE};

/// Where things stand in [`dump`].
struct Places {
    bytes: Vec<u8>,
    name: usize,
    address: usize,
    pointer: usize,
    astray: usize,
    elements: usize,
    field: usize,
}

/// Two objects at 0x1000 and 0x1020, in a heap up to 0x2000: a pointer to the second one, one to nowhere, 16 bytes.
fn dump() -> Places {
    let mut bytes = b"go1.7 heap dump\n\x06\0\x08\x80\x20\x80\x40\x05amd64\x04go1.\x02".to_vec();
    bytes.extend(b"\x03\x80\x80\x08\x18\x04main\x01");
    let name = bytes.len() - 5;
    bytes.extend(b"\x01\x80\x20\x20");
    let pointer = bytes.len();
    bytes.extend(0x1024_u64.to_le_bytes());
    bytes.extend(0x1234_5678_u64.to_le_bytes());
    bytes.extend(17..33);
    bytes.extend(b"\x01\0\x01\x08\0");
    bytes.extend(b"\x01\xa0\x20\x08abcdefgh\0\0");
    Places {
        name,
        address: pointer - 3,
        pointer,
        astray: pointer + 8,
        elements: pointer + 16,
        field: pointer + 33,
        bytes,
    }
}

/// The answer to the question of structure after bytes were overwritten.
fn check(places: &[(usize, usize)], expected: Result<&str, &str>) {
    let places = places.iter().map(|(at, length)| place(*at, *length, "key", "be")).collect();
    let mut made = scrub(dump().bytes, vec![finding(1, "aes-key", "AES", places)]);
    made.report.input.format = "goheap".to_owned();
    let verdict = made.verdict();
    let answer = named(&verdict, STRUCTURE);
    let (passed, detail) = match expected {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    assert!(answer.passed == passed && answer.detail.contains(detail), "{expected:?}: {}", answer.detail);
    assert!(!passed || named(&verdict, STACKS).not_applicable);
}

#[test]
fn what_objects_hold_may_go() {
    let dump = dump();
    check(&[(dump.elements, 16)], Ok("1 pointers between 2 objects, 0 frames"));
    check(&[(dump.astray, 8)], Ok("pointers"));
    check(&[(dump.name, 4)], Ok("are the same"));
}

#[test]
fn pointers_addresses_and_fields_must_stay() {
    let dump = dump();
    check(&[(dump.pointer, 8)], Err("a pointer to an object"));
    check(&[(dump.address, 2)], Err("changed"));
    check(&[(dump.field, 1)], Err("changed"));
}

#[test]
fn dump_cut_off_anywhere_is_judged_without_a_panic() {
    let bytes = dump().bytes;
    for length in 0..bytes.len() {
        let mut made = scrub(bytes[..length].to_vec(), Vec::new());
        made.report.input.format = "goheap".to_owned();
        let verdict = made.verdict();
        assert_eq!(named(&verdict, STRUCTURE).passed, length >= 16, "{length}");
    }
}

#[test]
fn hostile_numbers_are_judged_without_a_panic() {
    let bytes = dump().bytes;
    for at in 16..bytes.len() {
        for value in [0, 0x7f, 0xff] {
            let mut hostile = bytes.clone();
            hostile[at] = value;
            scrub(hostile, Vec::new()).verdict();
        }
    }
}
