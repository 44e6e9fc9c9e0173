//! Which 8 bytes say enough to be looked for.

/// True if finding these 8 bytes elsewhere would mean something.
pub(super) fn telling(window: [u8; 8]) -> bool {
    // Six bytes that are not zero, at least: five stand in a dump of a gigabyte by chance, beside as many zeros, once
    // there are a hundred thousand needles. What a negative number is filled with says no more than zeros.
    let said_by_none = |filler| window.iter().filter(|byte| **byte == filler).count() >= FILLERS_MIN;
    if said_by_none(0) || said_by_none(u8::MAX) || distinct(window) < 5 || is_sequence(window) {
        return false;
    }
    if ARCS.iter().any(|arc| window.windows(arc.len()).any(|part| part == arc)) {
        return false;
    }
    !window.iter().all(|byte| (0x20..0x7f).contains(byte)) || is_chosen(window)
}

/// Zeros, or bytes with all bits set, among eight bytes that say too little.
const FILLERS_MIN: usize = 3;

/// Pieces of object identifiers in DER (1.2.840, 1.2.840.113549 and .1, 1.2.840.10045, 2.16.840, 1.3.132): a table of them is
/// in every library, and eight bytes around one say which algorithm a key is for.
const ARCS: [[u8; 3]; 6] = [
    *b"\x2a\x86\x48",
    *b"\x86\xf7\x0d",
    *b"\xf7\x0d\x01",
    *b"\x48\xce\x3d",
    *b"\x60\x86\x48",
    *b"\x2b\x81\x04",
];

fn distinct(mut window: [u8; 8]) -> usize {
    window.sort_unstable();
    1 + window.iter().zip(window.iter().skip(1)).filter(|(one, next)| one != next).count()
}

/// `01 02 03 04 ...`, `00 ff fe ...`: tables, not keys.
fn is_sequence(window: [u8; 8]) -> bool {
    let [first, second, ..] = window;
    let step = second.wrapping_sub(first);
    window.iter().zip(window.iter().skip(1)).all(|(one, next)| next.wrapping_sub(*one) == step)
}

/// Text that looks chosen by chance rather than written by a person.
fn is_chosen(window: [u8; 8]) -> bool {
    let letters = window.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = window.iter().filter(|byte| byte.is_ascii_digit()).count();
    if letters >= 2 && digits >= 2 {
        return true;
    }
    // Between two words stands a sign, so signs are passed over.
    let classes = window.iter().filter_map(|byte| match byte {
        b'a'..=b'z' => Some('a'),
        b'A'..=b'Z' => Some('A'),
        b'0'..=b'9' => Some('0'),
        _ => None,
    });
    let changes = classes.clone().zip(classes.skip(1)).filter(|(one, next)| one != next);
    changes.count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(window: &[u8; 8], expected: bool) {
        assert_eq!(telling(*window), expected, "{window:02x?}");
    }

    #[test]
    fn windows_without_information_are_no_needles() {
        check(&[0; 8], false);
        check(b"\x30\x0d\x06\x09\x2a\x86\x48\x86", false);
        check(b"\x86\x48\x86\xf7\x0d\x01\x01\x0c", false);
        check(b"\x86\xf7\x0e\x01\x48\x86\x2a\x09", true);
        check(b"\x17\xe8\x91\x02\0\0\0\0", false);
        check(b"\x17\xe8\x91\x02\x55\0\0\0", false);
        check(b"\x17\xe8\x91\x02\x55\x3a\0\0", true);
        check(b"\x22\xe4\x9d\xff\xff\xff\xff\xff", false);
        check(b"\x01\x1a\x4e\x09\xff\xff\xff\xff", false);
        check(b"\xff\x81\x02\xd3\x04\xff\x13\x77", true);
        check(&[1, 2, 3, 4, 5, 6, 7, 8], false);
        check(&[254, 255, 0, 1, 2, 3, 4, 5], false);
        check(&[0x9d, 0x12, 0xe1, 0x7a, 0x33, 0x80, 0x05, 0x4c], true);
    }

    #[test]
    fn words_are_no_needles_and_chosen_characters_are() {
        check(b"password", false);
        check(b"Bearer x", false);
        check(b"e_token_", false);
        check(b"sk_live_", false);
        check(b"Content-", false);
        check(b"R8tZq2Lm", true);
        check(b"aBcDeFgH", true);
        check(b"9f31c0ab", true);
        check(b"20260821", false);
    }
}
