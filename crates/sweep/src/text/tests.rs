//! One body over every kernel: the definition, alignments, tails, encodings.

#![expect(clippy::cast_possible_truncation, reason = "small test data")]

use super::scan::is_printable;
use super::*;
use proptest::prelude::*;

/// The runs by the definition, byte by byte.
fn defined(window: &[u8], min_chars: usize) -> Vec<TextRun> {
    let min_chars = min_chars.max(2);
    let mut out = Vec::new();
    let long = |range: &Range<usize>, chars: usize| !range.is_empty() && chars >= min_chars;
    for range in maximal(window.len(), |at| is_printable(window[at])) {
        if long(&range, range.len()) {
            out.push(TextRun { range, encoding: Encoding::Ascii });
        }
    }
    let turns = |at: usize| match (window[at], window.get(at + 1)) {
        (0, Some(next)) => is_printable(*next),
        (byte, Some(next)) => is_printable(byte) && *next == 0,
        (_, None) => false,
    };
    for range in maximal(window.len(), turns) {
        let mut range = range.start..range.end + 1;
        let big = window[range.start] == 0 && window[range.end - 1] != 0;
        range.start += usize::from(window[range.start] == 0 && !big);
        let encoding = if big { Encoding::Utf16Be } else { Encoding::Utf16Le };
        if long(&range, range.len().div_ceil(2)) {
            out.push(TextRun { range, encoding });
        }
    }
    out.sort_by_key(|run| run.range.start);
    out
}

fn maximal(len: usize, is: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for at in (0..len).filter(|at| is(*at)) {
        match out.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => out.push(at..at + 1),
        }
    }
    out
}

fn check(window: &[u8], min_chars: usize) -> Vec<TextRun> {
    let expected = defined(window, min_chars);
    for (name, kernel) in kernels() {
        let mut found = vec![TextRun { range: 1..2, encoding: Encoding::Ascii }];
        kernel(window, min_chars, &mut found);
        let len = window.len();
        assert_eq!(found, expected, "kernel {name}, window of {len} bytes, {min_chars}: {window:02x?}");
    }
    expected
}

fn utf16(text: &str, encoding: Encoding) -> Vec<u8> {
    let bytes =
        |unit: u16| if encoding == Encoding::Utf16Be { unit.to_be_bytes() } else { unit.to_le_bytes() };
    match encoding {
        Encoding::Ascii => text.into(),
        _ => text.encode_utf16().flat_map(bytes).collect(),
    }
}

#[test]
fn tokens_are_found_whole_at_every_address_in_every_encoding() {
    let text = "Bearer eyJhbGciOi\tend\r\n~";
    for encoding in [Encoding::Ascii, Encoding::Utf16Le, Encoding::Utf16Be] {
        let token = utf16(text, encoding);
        for before in 0..130 {
            for (around, after) in [(0xff, 0), (0xff, 1), (0xff, 100), (0, 100), (0x7f, 64), (0x80, 3)] {
                let window = [vec![around; before], token.clone(), vec![around; after]].concat();
                let found = check(&window, 8);
                assert_eq!(found.len(), 1, "{encoding:?} {before} {around} {after}: {found:?}");
                let mut room = Vec::new();
                let chars = narrow(&window[found[0].range.clone()], found[0].encoding, &mut room);
                assert_eq!(chars, text.as_bytes(), "{encoding:?} {before} {around} {after}");
            }
        }
    }
}

#[test]
fn runs_longer_than_chunks_and_after_pages_of_zeros_are_found() {
    let text = "0123456789abcdef".repeat(40);
    for zeros in [0, 63, 64, 4096, 10_000] {
        for encoding in [Encoding::Ascii, Encoding::Utf16Le, Encoding::Utf16Be] {
            let window = [vec![0; zeros], vec![1], utf16(&text, encoding), vec![1], vec![0; zeros]].concat();
            let found = check(&window, 40);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].encoding, found[0].range.start), (encoding, zeros + 1));
        }
    }
}

#[test]
fn shorter_text_than_asked_for_is_left_out() {
    for chars in 1..70 {
        for asked in [0, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 64, 100] {
            for encoding in [Encoding::Ascii, Encoding::Utf16Le, Encoding::Utf16Be] {
                let window = [vec![1; 50], utf16(&"x".repeat(chars), encoding), vec![1; 50]].concat();
                assert_eq!(
                    check(&window, asked).len(),
                    usize::from(chars >= asked.max(2)),
                    "{chars} {asked}"
                );
            }
        }
    }
}

#[test]
fn wide_text_is_not_cut_into_ascii_pieces() {
    let window =
        [b"plain text".to_vec(), vec![0], utf16("wide text", Encoding::Utf16Le), vec![0, 7]].concat();
    let encodings: Vec<_> = check(&window, 2).into_iter().map(|run| run.encoding).collect();
    assert_eq!(encodings, [Encoding::Ascii, Encoding::Utf16Le]);
}

#[test]
fn empty_windows_hold_nothing() {
    assert!(check(&[], 4).is_empty());
}

proptest! {
    #[test]
    fn kernels_meet_the_definition(
        parts in prop::collection::vec((0_u8..6, any::<u8>(), 1_usize..60), 1..20),
        min_chars in 0_usize..40,
    ) {
        let mut window = Vec::new();
        for (kind, byte, len) in parts {
            match kind {
                0 => window.extend(vec![0; len]),
                1 => window.extend(utf16(&"k".repeat(len), Encoding::Ascii)),
                2 => window.extend(utf16(&"\n".repeat(len), Encoding::Utf16Le)),
                3 => window.extend(utf16(&"~".repeat(len), Encoding::Utf16Be)),
                4 => window.push(byte),
                _ => window.extend((0..len).map(|i| byte.wrapping_mul(i as u8))),
            }
        }
        check(&window, min_chars);
    }
}
