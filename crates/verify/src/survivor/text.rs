//! What text writings of a value stand for.

use zeroize::Zeroizing;

/// No character of an alphabet.
const NONE: u8 = 0xff;

/// Values of the base64 characters, standard and URL-safe (RFC 4648, tables 1 and 2).
const BASE64: [u8; 256] = {
    let mut values =
        alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", [NONE; 256]);
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

/// Values of the hexadecimal digits.
const HEX: [u8; 256] = alphabet(b"0123456789ABCDEF", alphabet(b"0123456789abcdef", [NONE; 256]));

const fn alphabet<const LENGTH: usize>(characters: &[u8; LENGTH], mut values: [u8; 256]) -> [u8; 256] {
    let mut value = 0;
    while value < LENGTH {
        #[expect(clippy::cast_possible_truncation, reason = "alphabets have at most 64 characters")]
        {
            values[characters[value] as usize] = value as u8;
        }
        value += 1;
    }
    values
}

/// Value of a base64 character, standard or URL-safe.
#[inline]
pub(super) fn base64_value(byte: u8) -> Option<u8> {
    BASE64.get(usize::from(byte)).copied().filter(|value| *value != NONE)
}

/// Value of a hexadecimal digit.
#[inline]
pub(super) fn hex_value(byte: u8) -> Option<u8> {
    HEX.get(usize::from(byte)).copied().filter(|value| *value != NONE)
}

/// Appends the bytes that 6-bit values stand for, the first value being the top of the first byte. Bits
/// that make no whole byte are left out.
pub(super) fn decode_base64(values: &[u8], out: &mut Vec<u8>) {
    let (groups, rest) = values.as_chunks::<4>();
    let bits = |group: &[u8]| group.iter().fold(0_u32, |bits, value| bits << 6 | u32::from(*value));
    let decoded = out.len();
    out.resize(decoded + 3 * groups.len(), 0);
    let (triples, _) = out.get_mut(decoded..).unwrap_or_default().as_chunks_mut::<3>();
    for (group, triple) in groups.iter().zip(triples) {
        let [_, bytes @ ..] = bits(group).to_be_bytes();
        *triple = bytes;
    }
    let [_, first, second, _] = (bits(rest) << (6 * (4 - rest.len()))).to_be_bytes();
    out.extend([first, second].iter().take((rest.len() * 6) / 8));
}

/// Appends the bytes that pairs of 4-bit values stand for.
pub(super) fn decode_hex(values: &[u8], out: &mut Vec<u8>) {
    out.extend(values.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, value| byte << 4 | value)));
}

/// The characters of a UTF-16 text that has only Latin-1 ones, in either byte order.
pub(super) fn narrowed(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let zero = |skip: usize| bytes.iter().skip(skip).step_by(2).all(|byte| *byte == 0);
    let skip = match (zero(0), zero(1)) {
        (true, false) => 1,
        (false, true) => 0,
        _ => return None,
    };
    (bytes.len() >= 4).then(|| Zeroizing::new(bytes.iter().skip(skip).step_by(2).copied().collect()))
}

/// Without the zeros and spaces around it.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// True if it is characters that can be printed, or white space.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| (0x20..0x7f).contains(byte) || byte.is_ascii_whitespace())
}

/// True if it is too much like a word to be looked for elsewhere.
pub(super) fn is_weak(text: &[u8]) -> bool {
    text.len() < 8 || text.iter().all(u8::is_ascii_lowercase)
}

/// The part of a token's text that makes it valid: of a JWT (RFC 7519) its signature, else all of it.
pub(super) fn telling_part(text: &[u8]) -> &[u8] {
    let token = text.rsplit(|byte| *byte == b' ').next().unwrap_or(text);
    // `{"` begins every JOSE header; in base64 that is `eyJ`.
    if !token.starts_with(b"eyJ") {
        return text;
    }
    let mut parts = token.splitn(3, |byte| *byte == b'.');
    let (_header, second, third) = (parts.next(), parts.next(), parts.next());
    // What was removed may begin with the claims, which are an object like the header: then the signature is the second part.
    third.or(second.filter(|part| !part.starts_with(b"eyJ"))).unwrap_or_default()
}

/// The bytes of a value that is written as hexadecimal or base64; none if the text is neither.
pub(super) fn value_of(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let characters: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b':' | b'='))
            .collect(),
    );
    let values = |value: fn(u8) -> Option<u8>| -> Option<Zeroizing<Vec<u8>>> {
        characters.iter().map(|byte| value(*byte)).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(characters.len()));
    if let Some(digits) = values(hex_value) {
        decode_hex(&digits, &mut bytes);
    } else {
        let values = values(base64_value)?;
        decode_base64(&values, &mut bytes);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signature_of_a_jwt_is_telling() {
        let check = |text: &[u8], expected: &[u8]| assert_eq!(telling_part(text), expected);
        check(b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", b"c2lnbmF0dXJl");
        check(b"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", b"c2ln");
        check(b"eyJzdWIiOiIxIn0.c2lnbmF0dXJl", b"c2lnbmF0dXJl");
        check(b"eyJhbGciOiJIUzI1NiJ9.eyJzd", b"");
        check(b"ghp_16C7e42F292c6912E7710c838347Ae178B4a", b"ghp_16C7e42F292c6912E7710c838347Ae178B4a");
        check(b"pass word.with.dots", b"pass word.with.dots");
    }

    #[test]
    fn words_are_weak() {
        for (text, weak) in [("postgres", true), ("hunter2", true), ("hunter22", false), ("Passwort", false)]
        {
            assert_eq!(is_weak(text.as_bytes()), weak, "{text}");
        }
    }

    #[test]
    fn written_values_are_read() {
        let check = |text: &[u8], expected: Option<&[u8]>| {
            assert_eq!(value_of(text).as_deref().map(Vec::as_slice), expected);
        };
        check(b"00ff10", Some(&[0, 0xff, 0x10]));
        check(b"00:FF:10", Some(&[0, 0xff, 0x10]));
        check(b"aGVsbG8gd29ybGQ=", Some(b"hello world"));
        check(b"_-8\n=", Some(&[0xff, 0xef]));
        check(b"no value!", None);
        assert_eq!(narrowed(b"k\0e\0y\0").unwrap().as_slice(), b"key");
        assert_eq!(narrowed(b"\0k\0e\0y").unwrap().as_slice(), b"key");
        assert!(narrowed(b"key!").is_none() && narrowed(&[0; 8]).is_none());
    }
}
