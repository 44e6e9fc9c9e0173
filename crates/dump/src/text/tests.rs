use super::fit::Fitted;
use super::*;
use crate::image::{Image, Origin};
use std::ops::Range;

fn image(text: &str, kind: Kind) -> Image {
    open(&text.as_bytes().to_vec(), kind).unwrap()
}

/// All stretches of bytes that a text says.
fn said(text: &str, kind: Kind) -> Vec<Vec<u8>> {
    let image = image(text, kind);
    let Some(space) = image.spaces.get(1) else { return Vec::new() };
    let Origin::Said(said) = &space.origin else { panic!("{:?}", space.origin) };
    let mut bytes = vec![0; usize::try_from(said.length()).unwrap()];
    said.read(&text.as_bytes().to_vec(), 0, &mut bytes).unwrap();
    bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect()
}

/// A text with its cuts filled as they are fitted, characters with `#`.
fn filled(text: &str, kind: Kind, cuts: &[Range<u64>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for Fitted { range, fill, .. } in fit(&bytes.clone(), kind, cuts).unwrap() {
        let with = match fill {
            Fill::Characters => b'#',
            Fill::Zeros => b'0',
            Fill::Ones => b'1',
        };
        bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].fill(with);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn dumps_of_memory_are_read_in_both_orders() {
    let check = |text: &str, expected: &[&str]| {
        let expected: Vec<Vec<u8>> = expected.iter().map(|one| one.as_bytes().to_vec()).collect();
        assert_eq!(said(text, Kind::Plain), expected, "{text}");
    };
    check(
        "0x7ffe10:\t0x4847464544434241\t0x504f4e4d4c4b4a49\n0x7ffe20:\t0x5857565554535251\n",
        &["ABCDEFGHIJKLMNOPQRSTUVWX", "HGFEDCBAPONMLKJIXWVUTSRQ"],
    );
    check("0x7ffe10 <name+8>:\t0x44434241\t0x48474645\n", &["ABCDEFGH", "DCBAHGFE"]);
    check("0x7ffe10:\t0x41\t0x42\t0x43\t0x44\n", &["ABCD"]);
    check("00000000: 4142 4344 4546 47  ABCDEFG\n", &["BADCFE", "ABCDEF"]);
    check(
        "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|\n",
        &["ABCDEFGHIJKLMNOP"],
    );
    check("0x00007fc9:   4847464544434241 504f4e4d4c4b4a49\n", &["ABCDEFGHIJKLMNOP", "HGFEDCBAPONMLKJI"]);
    check(
        "RAX=0x4847464544434241, RBX=0x504f4e4d4c4b4a49\nRCX=0x5857565554535251\n",
        &["ABCDEFGHIJKLMNOPQRSTUVWX"],
    );
}

#[test]
fn lists_and_strings_are_read() {
    let check = |text: &str, kind: Kind, expected: &[&str]| {
        let expected: Vec<Vec<u8>> = expected.iter().map(|one| one.as_bytes().to_vec()).collect();
        assert_eq!(said(text, kind), expected, "{text}");
    };
    check("key = {65, 66, 67, 68, 69, 70, 71, 72}", Kind::Plain, &["ABCDEFGH"]);
    check("key = {0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48}", Kind::Plain, &["ABCDEFGH"]);
    check(
        "{65 'A', 66 'B', 67 '\\103', 68 'D', 69 'E', 70 'F', 71 '\\'', 72 'H'}",
        Kind::Plain,
        &["{65 'A', 66 'B', 67 'C', 68 'D', 69 'E', 70 'F', 71 ''', 72 'H'}", "ABCDEFGH"],
    );
    check("id 41:42:43:44:45:46:47:48 end", Kind::Plain, &["ABCDEFGH"]);
    check("[\n 65,\n 66,\n 67,\n 68,\n 69,\n 70,\n 71,\n 72\n]", Kind::Plain, &["ABCDEFGH"]);
    check("s=\"\\101BCDEF\u{2f4}\"", Kind::Plain, &["ABCDEF\u{2f4}"]);
    check("s = \"\\101BCDEFGH\"", Kind::Plain, &["ABCDEFGH"]);
    check("{\"payload\":\"\\u0041BCDEFG\\/\"}", Kind::DotnetReport, &["ABCDEFG/"]);
    check(
        "{\"a\":[65,66,67,68,69,70,71,72],\"b\":{\"value\":5208208757389214273}}",
        Kind::DotnetReport,
        &["ABCDEFGH", "ABCDEFGH"],
    );
    check("{\"a\":\"[65,66,67,68,69,70,71,72]\"}", Kind::HeapSnapshot, &["ABCDEFGH"]);
    check("{\"a\":[65,66,67,68,69,70,71,72]}", Kind::HeapSnapshot, &[]);
}

#[test]
fn bytes_of_a_word_lie_at_their_digits() {
    let text = "0x7ffe10:\t0x4847464544434241\t0x504f4e4d4c4b4a49\n";
    let image = image(text, Kind::Plain);
    let Origin::Said(said) = &image.spaces[1].origin else { panic!("nothing said") };
    let mut bytes = vec![0; usize::try_from(said.length()).unwrap()];
    said.read(&text.as_bytes().to_vec(), 0, &mut bytes).unwrap();
    for (at, byte) in (0..).zip(&bytes).filter(|(_, byte)| **byte != 0) {
        let places: Vec<_> = said.file_ranges(at..at + 1).collect();
        let [place] = places.as_slice() else { panic!("{places:?}") };
        let digits = &text[usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap()];
        assert_eq!(u8::from_str_radix(digits, 16), Ok(*byte));
        // Read from any byte on, it is the same.
        let mut one = [0];
        said.read(&text.as_bytes().to_vec(), at, &mut one).unwrap();
        assert_eq!(one, [*byte]);
    }
}

#[test]
fn cuts_break_nothing() {
    let check = |text: &str, kind: Kind, cuts: &[(u64, u64)], expected: &str| {
        let cuts: Vec<Range<u64>> = cuts.iter().map(|(start, end)| *start..*end).collect();
        assert_eq!(filled(text, kind, &cuts), expected, "{text}");
    };
    let json = "{\"a\\u00e9\":\"x\\ny\u{20ac}z\",\"n\":[12,-3.5e7]}";
    let all = (0, u64::try_from(json.len()).unwrap());
    check(json, Kind::DotnetReport, &[all], "{\"#######\":\"#\\n#####\",\"#\":[11,-1.1e1]}");
    check(json, Kind::DotnetReport, &[(5, 6)], "{\"a######\":\"x\\ny\u{20ac}z\",\"n\":[12,-3.5e7]}");
    check(json, Kind::DotnetReport, &[(16, 18)], "{\"a\\u00e9\":\"x\\ny###z\",\"n\":[12,-3.5e7]}");
    check("rax 0x1234abcd 305441741\n", Kind::Plain, &[(6, 10), (15, 24)], "rax 0x0000abcd 111111111\n");
    check("rax 0x1234abcd\n", Kind::Plain, &[(4, 14)], "rax 0x00000000\n");
    check("pass=abcdz1\n", Kind::Plain, &[(5, 9)], "pass=####z1\n");
    check("rax 0x1234abcd\n", Kind::Plain, &[(4, 6), (6, 14)], "rax 0x00000000\n");
    check("a \"b\\\"c\" <d>\n", Kind::Plain, &[(0, 13)], "##\"####\"#<#>\n");
    check("k=\\256\\225x\n", Kind::Plain, &[(4, 8)], "k=########x\n");
}

#[test]
fn fields_of_a_journal_keep_names_and_lengths() {
    let mut journal = b"__CURSOR=a\nMESSAGE=hello\nCOREDUMP_ENVIRON\n".to_vec();
    journal.extend(21_u64.to_le_bytes());
    journal.extend(b"HOME=/r\nAPI_TOKEN=abc\n_CMDLINE=prog --password xyz\nBLOB\n");
    journal.extend(4_u64.to_le_bytes());
    journal.extend(b"\xff\n\x00\xfe\n\n__CURSOR=b\n");
    let image = open(&journal, Kind::JournalExport).unwrap();
    let text = |range: &Range<u64>| {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        String::from_utf8_lossy(&journal[range]).into_owned()
    };
    let marks: Vec<_> = image
        .marked
        .iter()
        .map(|mark| (mark.what, text(&mark.range), mark.name.clone().unwrap_or_default()))
        .collect();
    let mark = |what, value: &str, name: &str| (what, value.to_owned(), name.to_owned());
    assert_eq!(
        marks,
        [
            mark("environment", "/r", "HOME"),
            mark("environment", "abc", "API_TOKEN"),
            mark("argument", "--password", ""),
            mark("argument", "xyz", "--password"),
        ]
    );
    let all = 0..u64::try_from(journal.len()).unwrap();
    let parts = fit(&journal, Kind::JournalExport, std::slice::from_ref(&all)).unwrap();
    let parts: Vec<_> = parts.iter().map(|part| text(&part.range)).collect();
    assert_eq!(
        parts,
        ["a", "hello", "HOME=/r", "API_TOKEN=abc", "prog --password xyz", "\u{fffd}\n\0\u{fffd}", "b"]
    );
    for length in 0..journal.len() {
        // Ends in an error or between two fields, never in a panic.
        drop(open(&journal[..length].to_vec(), Kind::JournalExport));
    }
    assert!(open(&journal[..60].to_vec(), Kind::JournalExport).is_err());
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        "{",
        "{\"a\":1",
        "[1,]",
        "{\"a\" 1}",
        "[1}",
        "{\"a\":\"\\q\"}",
        "[\"\u{1}\"]",
        "[tru]",
        "{} {}",
        "[nulx]",
    ] {
        assert!(open(&text.as_bytes().to_vec(), Kind::HeapSnapshot).is_err(), "{text}");
    }
    assert!(open(&b"[\"\xff\"]".to_vec(), Kind::HeapSnapshot).is_err());
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert!(open(&deep.into_bytes(), Kind::HeapSnapshot).is_err());
    for text in ["{}", " [ 1 , -2.5e3 , \"\\u00e9\\n\" , true , null ] \n", "[[],{}]"] {
        assert!(open(&text.as_bytes().to_vec(), Kind::HeapSnapshot).is_ok(), "{text}");
    }
}
