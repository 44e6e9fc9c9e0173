//! AES keys that anyone can read in a published document. Programs hold them
//! for self-tests and as constants of a standard; a report tells them apart
//! from secrets.

/// Where a key is published, if it is one of those in the table.
pub(super) fn publicly_known(key: &[u8]) -> Option<&'static str> {
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    PUBLISHED.iter().find(|(key, _)| *key == text).map(|(_, source)| *source)
}

const COUNTING: &str =
    "FIPS 197 appendix C, and the constant key of Block_Cipher_df in NIST SP 800-90A section 10.3.2";
const EXAMPLE: &str = "FIPS 197 appendix A, NIST SP 800-38A appendix F";
const BLANK: &str = "the key of zeros (McGrew and Viega's GCM test cases 1, 7 and 13, NIST AESAVS)";
const GCM: &str = "test cases of McGrew and Viega's GCM specification";
const CBC: &str = "RFC 3602 section 4";

/// Keys in hexadecimal, and where they are published. Each was also found where
/// the comment above its group says (as bytes in libraries of Debian 12).
const PUBLISHED: &[(&str, &str)] = &[
    ("00000000000000000000000000000000", BLANK),
    ("000000000000000000000000000000000000000000000000", BLANK),
    ("0000000000000000000000000000000000000000000000000000000000000000", BLANK),
    // libcrypto.so.3 (FIPS self-tests and Block_Cipher_df), libgcrypt.so.20, libgnutls.so.30,
    // libmbedcrypto.so.7, libnettle.so.8, libwolfssl.so.35; tests/data of the aes crate, 0.9.4.
    ("000102030405060708090a0b0c0d0e0f", COUNTING),
    ("000102030405060708090a0b0c0d0e0f1011121314151617", COUNTING),
    ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", COUNTING),
    // Self-tests of libgcrypt.so.20, libgnutls.so.30, libmbedcrypto.so.7.
    ("2b7e151628aed2a6abf7158809cf4f3c", EXAMPLE),
    ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", EXAMPLE),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", EXAMPLE),
    // libgnutls.so.30, libmbedcrypto.so.7.
    ("404142434445464748494a4b4c4d4e4f", "NIST SP 800-38C appendix C"),
    // libgnutls.so.30.
    ("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "RFC 3610 section 8"),
    // libgnutls.so.30, libmbedcrypto.so.7.
    ("feffe9928665731c6d6a8f9467308308", GCM),
    ("feffe9928665731c6d6a8f9467308308feffe9928665731c", GCM),
    ("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", GCM),
    // Linux, crypto/testmgr.h (aes_cbc_tv_template); CPython, Lib/test/test_socket.py (the first).
    ("06a9214036b8a15b512e03d534120006", CBC),
    ("c286696d887c9aa0611bbb3e2025a45a", CBC),
    ("6c3ea0477630ce21a2ce334aa746c2cd", CBC),
    ("56e47a38c5598974bc46903dba290349", CBC),
    // Public implementations quote the RFCs' values word for word; no library at hand holds them.
    ("be0c690b9f66575a1d766b54e368c84e", "QUIC version 1 Retry integrity key, RFC 9001 section 5.8"),
    ("8fb4b01b56ac48e260fbcbcead7ccc92", "QUIC version 2 Retry integrity key, RFC 9369 section 3.3.3"),
    // Publicly documented constant, as tools for Group Policy quote it.
    (
        "4e9906e8fcb66cc9faf49310620ffee8f496e806cc057990209b09a433b66c1b",
        "Group Policy Preferences password key, MS-GPPREF section 2.2.1.1.4",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counting_key_and_the_keys_of_zeros_are_public() {
        for length in [16, 24, 32] {
            let counting: Vec<u8> = (0..length).collect();
            assert_eq!(publicly_known(&counting), Some(COUNTING));
            assert_eq!(publicly_known(&vec![0; counting.len()]), Some(BLANK));
        }
        assert_eq!(publicly_known(&[7; 16]), None);
    }

    #[test]
    fn every_published_key_has_the_length_of_an_aes_key() {
        for (key, source) in PUBLISHED {
            assert!([32, 48, 64].contains(&key.len()), "{source}");
            assert!(key.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{source}");
        }
    }
}
