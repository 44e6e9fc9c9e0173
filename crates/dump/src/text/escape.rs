//! Characters and escapes of strings: JSON's (RFC 8259, section 7) and C's, as gdb and lldb print them.

/// One character of a string as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// Bytes that write it.
    pub(super) bytes: usize,
    /// What it is.
    pub(super) what: What,
}

/// What a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A character of Latin-1, of which a string of bytes consists.
    Latin(u8),
    /// Any other character.
    Other,
    /// Bytes that are no UTF-8.
    Broken,
}

/// The first character of a text; none at its end. Any backslash begins an escape.
pub(super) fn atom(text: &[u8]) -> Option<Atom> {
    let first = *text.first()?;
    let one = |what| Some(Atom { bytes: 1, what });
    match first {
        b'\\' => Some(escape(text)),
        0..0x80 => one(What::Latin(first)),
        0xc2..=0xf4 => {
            let bytes = match first {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                _ => 4,
            };
            let Some(character) = text.get(..bytes).and_then(|text| std::str::from_utf8(text).ok()) else {
                return one(What::Broken);
            };
            let latin = character.chars().next().and_then(|one| u8::try_from(u32::from(one)).ok());
            Some(Atom { bytes, what: latin.map_or(What::Other, What::Latin) })
        }
        _ => one(What::Broken),
    }
}

fn escape(text: &[u8]) -> Atom {
    let latin = |bytes, byte| Atom { bytes, what: What::Latin(byte) };
    let digits = |at: usize, radix: u32, max: usize| {
        let rest = text.get(at..).unwrap_or_default().iter().take(max);
        rest.map_while(|digit| char::from(*digit).to_digit(radix)).fold(
            (0_usize, 0_u32),
            |(count, value), digit| {
                (count.saturating_add(1), value.saturating_mul(radix).saturating_add(digit))
            },
        )
    };
    match text.get(1) {
        None => latin(1, b'\\'),
        Some(b'n') => latin(2, b'\n'),
        Some(b'r') => latin(2, b'\r'),
        Some(b't') => latin(2, b'\t'),
        Some(b'b') => latin(2, 8),
        Some(b'f') => latin(2, 12),
        Some(b'v') => latin(2, 11),
        Some(b'a') => latin(2, 7),
        Some(b'e') => latin(2, 27),
        Some(b'u') => match digits(2, 16, 4) {
            (4, value) => Atom { bytes: 6, what: u8::try_from(value).map_or(What::Other, What::Latin) },
            _ => latin(2, b'u'),
        },
        Some(b'x') => match digits(2, 16, 2) {
            (2, value) => latin(4, u8::try_from(value).unwrap_or(0)),
            _ => latin(2, b'x'),
        },
        Some(b'0'..=b'7') => {
            let (count, value) = digits(1, 8, 3);
            latin(count.saturating_add(1), u8::try_from(value & 0xff).unwrap_or(0))
        }
        Some(other @ 0x20..0x7f) => latin(2, *other),
        Some(_) => latin(1, b'\\'),
    }
}

/// The byte that a text of one character stands for, or that is one itself.
pub(super) fn latin(text: &[u8]) -> Option<u8> {
    if let [byte] = text {
        return Some(*byte);
    }
    match atom(text)? {
        Atom { what: What::Latin(byte), .. } => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_both_languages_are_read() {
        let check = |text: &str, bytes: usize, what: What| {
            assert_eq!(atom(text.as_bytes()), Some(Atom { bytes, what }), "{text}");
        };
        check("\\n", 2, What::Latin(b'\n'));
        check("\\u00e9x", 6, What::Latin(0xe9));
        check("\\u20ac", 6, What::Other);
        check("\\2561", 4, What::Latin(0o256));
        check("\\0z", 2, What::Latin(0));
        check("\\x1bq", 4, What::Latin(0x1b));
        check("\\\"", 2, What::Latin(b'"'));
        check("\u{e9}", 2, What::Latin(0xe9));
        check("\u{20ac}", 3, What::Other);
        assert_eq!(atom(b"\xff"), Some(Atom { bytes: 1, what: What::Broken }));
        assert_eq!(atom(b""), None);
    }
}
