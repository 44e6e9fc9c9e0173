#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::synthetic::{ARENA, Writer, sample};
use super::{is_heap, open};
use crate::image::{Content, Image, Machine, Origin, Weave};
use std::ops::Range;
use std::sync::Arc;

fn weave(image: &Image) -> &Arc<Weave> {
    match &image.spaces[0].origin {
        Origin::Heap(weave) => weave,
        other => panic!("{other:?}"),
    }
}

/// What may be overwritten on suspicion.
fn free(image: &Image) -> Vec<Range<usize>> {
    let open = weave(image).open_to(&(0..image.file_length), false);
    open.into_iter()
        .map(|one| usize::try_from(one.start).unwrap()..usize::try_from(one.end).unwrap())
        .collect()
}

#[test]
fn memory_is_shown_without_its_pointers() {
    let (bytes, expected) = sample();
    let image = open(&bytes).unwrap();
    assert_eq!(free(&image), expected);
    assert_eq!((image.spaces.len(), image.missing_bytes, image.machine), (1, 0, Machine::X86_64));
    assert_eq!(image.remarks, ["Go heap dump: 2 objects, 1 stack frames"]);
    assert!(image.is_pointer(ARENA) && image.is_pointer(0x40_1000) && image.is_pointer(0x4c_0007));
    assert!(!image.is_pointer(ARENA - 1) && !image.is_pointer(0x4c_0008));
}

#[test]
fn every_byte_of_memory_has_its_address_and_its_distance() {
    let (bytes, expected) = sample();
    let image = open(&bytes).unwrap();
    let start = u64::try_from(expected[0].start).unwrap();
    assert_eq!(image.address_of(start), Some(ARENA + 8));
    assert_eq!(image.file_offset_of(ARENA + 8), Some((start, 24)));
    assert_eq!(image.address_of(start - 16), None);
    let parts: Vec<_> = weave(&image).parts(0..u64::MAX).map(|part| (part.content, part.start % 8)).collect();
    assert!(parts.iter().all(|(_, rest)| *rest == 0), "{parts:?}");
    let of = |content| parts.iter().filter(|(one, _)| *one == content).count();
    assert_eq!((of(Content::Object), of(Content::Frame), of(Content::Name)), (2, 1, 8));
    assert_eq!((of(Content::Segment("data segment")), of(Content::Segment("bss segment"))), (1, 1));
}

#[test]
fn file_that_ends_anywhere_is_missing_something_and_every_byte_of_memory_stays_in_sight() {
    let (bytes, expected) = sample();
    for length in 0..bytes.len() {
        let Ok(image) = open(&bytes[..length].to_vec()) else {
            assert!(length < 16, "{length}");
            continue;
        };
        assert!(image.missing_bytes > 0 && !image.missing.is_empty(), "{length}");
        let shown = free(&image);
        let shown = |byte: usize| shown.iter().any(|range| range.contains(&byte));
        assert!(expected.iter().flat_map(Clone::clone).filter(|byte| *byte < length).all(shown), "{length}");
        check_places(&image);
    }
}

#[test]
fn numbers_of_a_hostile_file_lead_nowhere() {
    let (bytes, _) = sample();
    for at in 16..bytes.len() {
        for value in [0, 1, 5, 0x7f, 0xff] {
            let mut hostile = bytes.clone();
            hostile[at] = value;
            if let Ok(image) = open(&hostile) {
                check_places(&image);
            }
        }
    }
}

/// Every byte is shown once at most, and inside the file.
fn check_places(image: &Image) {
    let mut end = 0;
    for part in weave(image).parts(0..u64::MAX) {
        assert!(part.file_offset >= end, "{part:?}");
        end = part.file_offset + part.length;
        assert!(end <= image.file_length, "{part:?}");
    }
    for space in image.spaces.iter().skip(1) {
        let piece = &space.pieces[0];
        let range = piece.file_offset..piece.file_offset + piece.length;
        assert!(range.end <= image.file_length);
        assert_eq!(weave(image).parts_in_file(range.clone()).count(), 0, "{range:?}");
        assert_eq!(weave(image).open_to(&range, false), [range]);
    }
}

#[test]
fn what_follows_the_end_is_shown_as_it_stands() {
    let (mut bytes, _) = sample();
    let length = bytes.len();
    bytes.extend(b"and more");
    let image = open(&bytes).unwrap();
    assert_eq!((image.spaces[1].origin.clone(), image.missing_bytes), (Origin::Trailing, 0));
    assert_eq!(free(&image).last(), Some(&(length..length + 8)));
}

#[test]
fn words_of_32_bits_on_a_stack_are_pointers_if_they_lead_into_the_heap() {
    let mut out = Writer { bytes: super::SIGNATURE.to_vec() };
    out.numbers(&[6, 0, 4, 0x800_0000, 0x900_0000]);
    out.blob(b"386");
    out.blob(b"go1.19.8");
    out.numbers(&[2]);
    let words = [0x800_0010_u32, 0x1234_5678].map(u32::to_le_bytes).concat();
    let object = out.memory(1, 0x800_0000, &words, &[0]);
    let frame = out.frame(0x800_1000, &words, "runtime.memmove", &[0, 4]);
    out.numbers(&[0]);
    let image = open(&out.bytes).unwrap();
    assert_eq!(free(&image), [object.start + 4..object.end, frame.start + 4..frame.end]);
    assert_eq!(image.machine, Machine::X86);
}

#[test]
fn other_files_are_refused() {
    let check = |bytes: &[u8], expected: &str| {
        let error = open(&bytes.to_vec()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(b"go1.7 heap", "the file ends at 0xa");
    check(b"go1.5 heap dump\n", "another version than 1.7");
    check(&[7; 64], "another name");
    check(b"go1.7 heap dump\n\x55", "file offset 0x10: kind is 0x55, and kinds go up to 17");
    check(b"go1.7 heap dump\n\x01\x20\x00\x00", "before the record that says how long pointers are");
    check(b"go1.7 heap dump\n\x06\x01\x08\0\0\0\0\0", "only little-endian");
    check(b"go1.7 heap dump\n\x06\x00\x07\0\0\0\0\0", "neither 4 nor 8");
    check(b"go1.7 heap dump\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "more than 64 bits");
    assert!(is_heap(b"go1.13 heap dump\n") && !is_heap(b"go1.13 heap bump\n") && !is_heap(b"go1"));
}
