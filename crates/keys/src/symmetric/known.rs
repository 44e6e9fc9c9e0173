//! Keys that anyone can read in a published document, or make without one.

/// Test vectors of standards, in hexadecimal, and where they are published.
const PUBLISHED: &[(&str, &str)] = &[
    (
        "0123456789abcdeffedcba9876543210",
        "examples of GB/T 32907 (SM4) and RFC 3713 (Camellia), self-tests of libraries",
    ),
    ("0123456789abcdeffedcba98765432100011223344556677", "example of RFC 3713 (Camellia)"),
    ("0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "example of RFC 3713 (Camellia)"),
    ("0123456789abcdef", "a common test key for DES"),
    ("f63a89b75c2271f9368816542ba52f06ed49241792302b00b5e8f80ae9a473af", "self-test of libgcrypt (ChaCha20)"),
    ("0123456712345678234567893456789a", "example of RFC 2144 (CAST-128)"),
    ("9f589f5cf6122c32b6bfec2f2ae8c35a", "example of the description of Twofish, self-test of libgcrypt"),
    (
        "d43bb7556ea32e46f2a282b7d45b4e0d57ff739d4dc92c1bd7fc01700cc8216f",
        "example of the description of Twofish, self-test of libgcrypt",
    ),
    ("4706480851e61be85d74bfb3fd956185", "example of RFC 4269 (SEED)"),
    ("28dbc3bc49ffd87dcfa509b11d422be7", "example of RFC 4269 (SEED)"),
    ("00112233445566778899aabbccddeeff", "example of RFC 5794 (ARIA), NIST test vectors"),
    ("00112233445566778899aabbccddeeff0011223344556677", "example of RFC 5794 (ARIA)"),
    ("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "example of RFC 5794 (ARIA)"),
];

/// Where a key is published, or why everyone knows it.
pub(super) fn publicly_known(key: &[u8]) -> Option<&'static str> {
    let steps = |step: u8| key.array_windows().all(|[one, next]| one.wrapping_add(step) == *next);
    if steps(0) {
        return Some("one byte repeated: a test key");
    }
    if steps(1) || steps(0x11) {
        return Some("bytes that count: a test key");
    }
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    PUBLISHED.iter().find(|(key, _)| *key == text).map(|(_, source)| *source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_keys_are_public_and_others_are_not() {
        assert!(publicly_known(&[7; 16]).is_some());
        assert!(publicly_known(&(0..32).collect::<Vec<u8>>()).is_some());
        assert!(publicly_known(&[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]).is_some());
        assert_eq!(publicly_known(&[1, 2, 3, 4, 5, 6, 7, 9]), None);
    }
}
