//! A tolerant reader of BER elements at any offset of a window.

use super::limits::MAX_ELEMENT;
use std::ops::Range;

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
/// SEQUENCE, constructed.
pub(crate) const SEQUENCE: u8 = 0x30;

/// One element: its tag and where its content lies in the window.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// The tag byte.
    pub tag: u8,
    /// Content bytes that the window still holds.
    pub content: Range<usize>,
    /// Length that the header declares.
    pub declared: usize,
}

impl Element {
    /// True if the window holds all of it.
    pub(crate) fn complete(&self) -> bool {
        self.content.len() == self.declared
    }

    /// Where the next element starts, if this one is complete.
    pub(crate) fn next(&self) -> Option<usize> {
        self.complete().then_some(self.content.end)
    }

    /// The content bytes present.
    pub(crate) fn bytes<'a>(&self, window: &'a [u8]) -> &'a [u8] {
        window.get(self.content.clone()).unwrap_or_default()
    }
}

/// Reads the element whose tag stands at `at`. Lengths may have more digits
/// than they need; the indefinite form and lengths over the limit are refused.
pub(crate) fn element(window: &[u8], at: usize) -> Option<Element> {
    let tag = *window.get(at)?;
    let first = *window.get(at.checked_add(1)?)?;
    let mut start = at.checked_add(2)?;
    let declared = if first < 0x80 {
        usize::from(first)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 {
            return None;
        }
        let end = start.checked_add(digits)?;
        let value =
            window.get(start..end)?.iter().fold(0usize, |value, &byte| value << 8 | usize::from(byte));
        start = end;
        value
    };
    if declared > MAX_ELEMENT {
        return None;
    }
    let end = start.checked_add(declared)?.min(window.len());
    Some(Element { tag, content: start.min(end)..end, declared })
}

/// Reads an element that must have the tag `tag`.
pub(crate) fn expect(window: &[u8], at: usize, tag: u8) -> Option<Element> {
    (*window.get(at)? == tag).then(|| element(window, at)).flatten()
}

/// Reads a positive INTEGER in its shortest form, as every key encoder writes
/// it. The content may be cut by the window's end.
pub(crate) fn integer(window: &[u8], at: usize) -> Option<Element> {
    let found = expect(window, at, INTEGER)?;
    let mut bytes = found.bytes(window).iter();
    match (bytes.next(), bytes.next()) {
        _ if found.declared == 0 => None,
        (Some(&0), Some(&second)) if second < 0x80 => None,
        (Some(&first), _) if first >= 0x80 => None,
        _ => Some(found),
    }
}

/// An unsigned big-endian number without its leading zeros.
pub(crate) fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Where the constructed element starts whose content starts at `content`: looks
/// back over the header forms that encoders write. Gives the header's start and
/// the declared length.
pub(crate) fn enclosing(window: &[u8], content: usize, tag: u8) -> Option<(usize, usize)> {
    (2..=5).find_map(|width: usize| {
        let start = content.checked_sub(width)?;
        let found = expect(window, start, tag)?;
        (found.content.start == content).then_some((start, found.declared))
    })
}

/// Writes one element in DER; for the public encodings that name a key.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let digits = length.to_be_bytes();
    let digits = trimmed(&digits);
    if length < 0x80 {
        out.extend(u8::try_from(length));
    } else {
        out.extend(u8::try_from(digits.len()).map(|count| 0x80 | count));
        out.extend_from_slice(digits);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Writes an unsigned number as a DER INTEGER.
pub(crate) fn write_integer(number: &[u8]) -> Vec<u8> {
    let number = trimmed(number);
    let sign: &[u8] = if number.first().is_none_or(|&first| first >= 0x80) { &[0] } else { &[] };
    write(INTEGER, &[sign, number])
}

/// True if the bytes could be random: far fewer different values than chance
/// gives means text, tables, pointers or padding.
pub(crate) fn random_looking(bytes: &[u8]) -> bool {
    let sample = bytes.get(..256).unwrap_or(bytes);
    let mut seen = [0u64; 4];
    for &byte in sample {
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }
    let distinct: u32 = seen.iter().map(|word| word.count_ones()).sum();
    // Four standard deviations below the expectation 256 (1 - (255/256)^n).
    let wanted = match sample.len() {
        0..8 => 1,
        8..16 => 6,
        16..32 => 12,
        32..64 => 24,
        64..128 => 44,
        128..256 => 80,
        _ => 135,
    };
    distinct >= wanted
}

/// True for bytes of which three in four are characters: of 32 random ones that are, one in a hundred thousand is.
pub(crate) fn mostly_text(bytes: &[u8]) -> bool {
    let characters = bytes.iter().filter(|byte| matches!(byte, 0x20..=0x7e)).count();
    characters * 4 >= bytes.len() * 3
}

/// Shortest text that hardly any number holds by chance: of 256 random bytes, one window of twelve characters in 400
/// keys reads as text.
const TEXT_CHARS_MIN: usize = 12;

/// The texts within what should be a number: a buffer that was used again holds a later text over part of a key.
pub(crate) fn texts(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let printable = |byte: &u8| matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r');
    let mut at = 0;
    bytes.chunk_by(move |one, next| printable(one) == printable(next)).filter_map(move |run| {
        let range = at..at + run.len();
        at = range.end;
        (range.len() >= TEXT_CHARS_MIN && run.first().is_some_and(printable)).then_some(range)
    })
}

/// The parts of what should be a number that are no text.
pub(crate) fn without_texts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut kept = Vec::new();
    let mut from = 0;
    for text in texts(bytes).chain(std::iter::once(bytes.len()..bytes.len())) {
        kept.extend(bytes.get(from..text.start).filter(|part| !part.is_empty()));
        from = text.end;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_form_are_read_and_cut_at_the_window() {
        let check = |bytes: &[u8], expected: Option<(usize, usize, bool)>| {
            let got = element(bytes, 0).map(|e| (e.content.start, e.declared, e.complete()));
            assert_eq!(got, expected, "{bytes:02x?}");
        };
        check(&[2, 1, 5], Some((2, 1, true)));
        check(&[2, 0x81, 1, 5], Some((3, 1, true)));
        check(&[2, 0x84, 0, 0, 0, 2, 5, 6], Some((6, 2, true)));
        check(&[2, 5, 1], Some((2, 5, false)));
        check(&[2, 0x80, 1], None);
        check(&[2, 0x85, 0, 0, 0, 0, 1, 1], None);
        check(&[2, 0x84, 0xff, 0xff, 0xff, 0xff], None);
        check(&[2, 0x82, 1], None);
        check(&[2], None);
        check(&[], None);
    }

    #[test]
    fn written_elements_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let bytes = write(OCTET_STRING, &[&content]);
            let read = element(&bytes, 0).unwrap();
            assert_eq!((read.bytes(&bytes), read.next()), (content.as_slice(), Some(bytes.len())));
            assert_eq!(enclosing(&bytes, read.content.start, OCTET_STRING), Some((0, length)));
        }
        assert_eq!(write_integer(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(write_integer(&[]), [2, 1, 0]);
    }

    #[test]
    fn texts_within_a_number_are_told_from_it() {
        let check = |bytes: &[u8], expected: &[&[u8]]| assert_eq!(without_texts(bytes), expected);
        check(b"\x91\x02abc\xff", &[b"\x91\x02abc\xff"]);
        check(b"NAME=hello world\n\x91\x02\xa7", &[b"\x91\x02\xa7"]);
        check(b"\x91\x02Path=/; HttpOnly\0\xa7", &[b"\x91\x02", b"\0\xa7"]);
        check(b"\x91\x02\xa7Path=/; HttpOnly", &[b"\x91\x02\xa7"]);
        check(b"Path=/; HttpOnly", &[]);
        check(b"", &[]);
    }

    #[test]
    fn text_and_tables_do_not_look_random() {
        let text = b"The quick brown fox jumps over the lazy dog, and then it does so again and again.";
        assert!(!random_looking(text));
        assert!(!random_looking(&[0; 64]));
        assert!(mostly_text(text) && mostly_text(b"\xa1d\x03b\0UnexpectedErrorInvalidEncodingPublicKeyIs"));
        assert!(!mostly_text(b"\x91\x02\xa7\xffabcdefgh\x91\x02\xa7\xff"));
        let digest: Vec<u8> = (0u32..128).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(random_looking(&digest));
    }
}
