#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::open;
use super::synthetic::{Writer, sample};
use crate::image::{Content, Image, Origin, Weave};
use std::ops::Range;
use std::sync::Arc;

const SAMPLES: [(&str, usize); 4] = [("1.0.1", 4), ("1.0.2", 8), ("1.0.2", 4), ("1.0.3", 4)];

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
fn all_that_the_program_wrote_is_shown_and_nothing_else() {
    for (version, id_bytes) in SAMPLES {
        let (bytes, expected) = sample(version, id_bytes);
        let image = open(&bytes).unwrap();
        assert_eq!(free(&image), expected, "{version} {id_bytes}");
        assert_eq!((image.spaces.len(), image.missing_bytes), (2, 0), "{:?}", image.remarks);
        assert_eq!(image.remarks, ["HPROF: 6 objects of 2 classes"], "{version}");
    }
}

#[test]
fn names_go_by_proof_alone_and_literals_by_suspicion() {
    let (bytes, _) = sample("1.0.2", 8);
    let image = open(&bytes).unwrap();
    let content = |text: &[u8]| {
        let at = bytes.windows(text.len()).position(|window| window == text).unwrap();
        weave(&image).content_at(u64::try_from(at).unwrap()).unwrap()
    };
    assert_eq!(content(b"com/example/Vault"), Content::Name);
    assert_eq!(content(b"count"), Content::Name);
    assert_eq!(content(b"a literal"), Content::Text);
    assert_eq!(content(b"bytes"), Content::Array("byte"));
}

#[test]
fn fields_of_a_class_that_was_not_dumped_may_be_references() {
    let mut out = Writer::new("1.0.2", 8);
    out.begin(0x1c);
    let at = out.instance(1, 77, &[3; 24]);
    out.end();
    out.record(0x2c, &[]);
    let image = open(&out.bytes).unwrap();
    assert_eq!(weave(&image).content_at(u64::try_from(at.start).unwrap()), Some(Content::Unknown));
    assert!(free(&image).is_empty());
    assert_eq!(image.remarks.len(), 2, "{:?}", image.remarks);
}

#[test]
fn file_that_ends_anywhere_is_missing_something_and_every_byte_stays_in_sight() {
    for (version, id_bytes) in SAMPLES {
        let (bytes, expected) = sample(version, id_bytes);
        for length in 0..bytes.len() {
            let cut = bytes[..length].to_vec();
            let Ok(image) = open(&cut) else {
                assert!(length < 31, "{version} {length}");
                continue;
            };
            // Of the old version nothing says that the dump is over.
            let at_end_of_record = version == "1.0.1" && image.missing_bytes == 0;
            assert!(image.missing_bytes > 0 || at_end_of_record, "{version} {id_bytes} {length}");
            let open = free(&image);
            let shown = |byte: usize| open.iter().any(|range| range.contains(&byte));
            let expected = expected.iter().flat_map(Clone::clone).filter(|byte| *byte < length);
            // The class of the instance may be behind the end.
            let unknown = image.remarks.iter().any(|remark| remark.contains("not known"));
            assert!(unknown || expected.into_iter().all(shown), "{version} {id_bytes} {length}");
        }
    }
}

#[test]
fn numbers_of_a_hostile_file_lead_nowhere() {
    for (version, id_bytes) in SAMPLES {
        let (bytes, _) = sample(version, id_bytes);
        for at in 18..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut hostile = bytes.clone();
                hostile[at] = value;
                if let Some(byte) = hostile.get_mut(at + 1).filter(|_| value > 0x7f) {
                    *byte = value;
                }
                let Ok(image) = open(&hostile) else { continue };
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
    for gap in image.spaces.iter().filter(|space| space.origin == Origin::Gap) {
        let piece = &gap.pieces[0];
        let range = piece.file_offset..piece.file_offset + piece.length;
        assert!(range.end <= image.file_length);
        assert_eq!(weave(image).parts_in_file(range.clone()).count(), 0, "{range:?}");
        assert_eq!(
            weave(image).open_to(&range, false).iter().map(|one| one.end - one.start).sum::<u64>(),
            piece.length
        );
    }
}

#[test]
fn arrays_of_keys_and_passwords_are_marked() {
    for (key, password) in [
        ("javax/crypto/spec/SecretKeySpec", "javax/crypto/spec/PBEKeySpec"),
        ("javax.crypto.spec.SecretKeySpec", "javax.crypto.spec.PBEKeySpec"),
    ] {
        let mut out = Writer::new("1.0.2", 8);
        out.text(1, key);
        out.text(2, password);
        out.text(3, "com/example/Other");
        for class in [1, 2, 3] {
            out.load_class(class * 10, class);
        }
        out.begin(0x1c);
        let marked = out.array(100, 8, 16, b"0123456789abcdef");
        out.array(101, 8, 16, b"fedcba9876543210");
        for (object, class, array) in [(200, 10, 100_u64), (201, 20, 102), (202, 30, 101)] {
            // The fields of a class come before those of its parent.
            let fields = [&out.id(array), &[7; 4][..]].concat();
            out.instance(object, class, &fields);
        }
        let also = out.array(102, 5, 4, b"\0p\0a\0s\0s");
        out.class(5, 0, &[], &[(3, 10)]);
        for class in [10, 20, 30] {
            out.class(class, 5, &[], &[(3, 2)]);
        }
        out.end();
        out.record(0x2c, &[]);
        let image = open(&out.bytes).unwrap();
        let marks: Vec<_> = image.marked.iter().map(|mark| (mark.what, mark.range.clone())).collect();
        let range =
            |range: &Range<usize>| u64::try_from(range.start).unwrap()..u64::try_from(range.end).unwrap();
        assert_eq!(marks, [("key-object", range(&marked)), ("password-object", range(&also))]);
    }
}

#[test]
fn heap_dump_without_a_length_goes_to_the_end_of_the_file() {
    let mut out = Writer::new("1.0.1", 4);
    out.begin(0x0c);
    let array = out.array(1, 10, 4, &[7; 16]);
    let image = open(&out.bytes).unwrap();
    assert_eq!(free(&image), [array]);
    assert_eq!(image.missing_bytes, 0, "{:?}", image.missing);
}

#[test]
fn empty_heap_dump_is_followed_by_records() {
    let mut out = Writer::new("1.0.1", 4);
    out.begin(0x0c);
    out.end();
    let text = out.text(5, "literal");
    let image = open(&out.bytes).unwrap();
    assert_eq!(free(&image), [text]);
}

#[test]
fn unknown_records_are_searched_as_they_stand() {
    let mut out = Writer::new("1.0.2", 8);
    let unknown = out.record(0x77, b"whatever this is");
    let text = out.text(5, "literal");
    out.begin(0x1c);
    let array = out.array(1, 8, 3, b"abc");
    let strange = out.raw(b"\x55 not a sub-record");
    out.end();
    out.begin(0x1c);
    let next = out.array(2, 8, 3, b"def");
    out.end();
    out.record(0x2c, &[]);
    let image = open(&out.bytes).unwrap();
    assert_eq!(free(&image), [unknown, text, array, strange, next]);
    assert_eq!((image.spaces.len(), image.remarks.len()), (3, 3), "{:?}", image.remarks);
    check_places(&image);
}

#[test]
fn sub_record_over_the_end_of_its_segment_is_not_followed() {
    let mut out = Writer::new("1.0.2", 8);
    out.begin(0x1c);
    out.raw(&[vec![0x23], out.id(1), vec![0; 4], vec![0, 0, 0, 40, 8], vec![5; 10]].concat());
    out.end();
    let text = out.text(5, "literal that is long enough to hold the rest of it");
    out.record(0x2c, &[]);
    let image = open(&out.bytes).unwrap();
    assert_eq!(free(&image).last(), Some(&text));
    assert!(image.remarks[1].contains("over the end"), "{:?}", image.remarks);
    check_places(&image);
}

#[test]
fn other_files_are_refused() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(open(&bytes.to_vec()).unwrap_err().to_string(), expected);
    };
    check(
        b"JAVA PROFILE 1.0.2\0\0\0\0\x08",
        "read the header of the HPROF at file offset 0x0: the file ends at 0x17",
    );
    check(b"", "read the header of the HPROF at file offset 0x0: the file ends at 0x0");
    check(&[7; 64], "understand header of the HPROF at file offset 0x0: it has another name");
    check(
        b"JAVA PROFILE 1.0.2\0\0\0\0\x05\0\0\0\0\0\0\0\0",
        "understand the header of the HPROF at file offset 0x13: size of identifiers is 0x5, which is neither 4 nor 8",
    );
}

#[test]
fn a_million_small_arrays_take_two_bytes_each() {
    let mut out = Writer::new("1.0.2", 8);
    out.begin(0x1c);
    for id in 0..20_000 {
        out.array(id, 10, 4, &[1; 16]);
        out.instance(id, 9, &[2; 12]);
    }
    out.end();
    out.record(0x2c, &[]);
    let image = open(&out.bytes).unwrap();
    assert!(weave(&image).footprint() < 44_000, "{}", weave(&image).footprint());
}
