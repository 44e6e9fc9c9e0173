//! Texts that say of the bytes beside them that these are a key.

use crate::tokens::secret_name;

/// Names of ciphers, MACs and key derivations as the Java Security Standard Algorithm Names has them for `SecretKey`,
/// and as other languages write them. Names of digests and signatures are not among them: those have digests and signatures
/// beside them.
const ALGORITHMS: [&str; 45] = [
    "AES",
    "AES-128",
    "AES-192",
    "AES-256",
    "AES-GCM",
    "AES-128-GCM",
    "AES-256-GCM",
    "AES-128-CBC",
    "AES-256-CBC",
    "AES-128-CTR",
    "AES-256-CTR",
    "AES/CBC/PKCS5Padding",
    "AES/GCM/NoPadding",
    "AESCMAC",
    "AESWrap",
    "ARCFOUR",
    "ARIA",
    "Blowfish",
    "CAMELLIA",
    "CAST5",
    "CHACHA",
    "CHACHA20",
    "CHACHA20-POLY1305",
    "DES",
    "DESede",
    "HmacMD5",
    "HmacSHA1",
    "HmacSHA224",
    "HmacSHA256",
    "HmacSHA3-256",
    "HmacSHA3-512",
    "HmacSHA384",
    "HmacSHA512",
    "POLY1305",
    "RC2",
    "RC4",
    "SALSA20",
    "SEED",
    "SERPENT",
    "SM4",
    "TlsKeyMaterial",
    "TlsMasterSecret",
    "TlsPremasterSecret",
    "TWOFISH",
    "XCHACHA20-POLY1305",
];

/// What the names of the JDK begin with for secrets of TLS (`sun.security.ssl.SSLSecretDerivation`), of HKDF and of key
/// agreements.
const JAVA_PREFIXES: [&str; 3] = ["Tls", "HKDF", "Generic"];

/// Types of CPython that hold the key of a cipher or a MAC, in lower case: parts of the last word of their name.
const TYPES: [&str; 12] = [
    "aesgcm",
    "aesccm",
    "aesocb3",
    "aessiv",
    "chacha20poly1305",
    "xchacha20",
    "poly1305",
    "hmac",
    "cmac",
    "fernet",
    "secretbox",
    "secretkey",
];

/// The name of a cipher or MAC, as the standard writes it.
pub(super) fn algorithm(text: &str) -> Option<&'static str> {
    ALGORITHMS.into_iter().find(|name| name.eq_ignore_ascii_case(text))
}

/// The same for names of the JDK.
pub(super) fn java_algorithm(text: &str) -> Option<&'static str> {
    let prefix = || JAVA_PREFIXES.into_iter().find(|prefix| text.starts_with(prefix));
    algorithm(text).or_else(prefix)
}

/// Whether a text is a name whose value is secret: an identifier, not prose, and not that of a salt, which is random bytes too.
pub(super) fn is_secret_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().all(is_part) && !text.to_ascii_lowercase().ends_with("salt") && secret_name(text)
}

/// Whether objects of a type of CPython, `tp_name` with its module, hold keys.
pub(super) fn is_key_type(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    TYPES.iter().any(|part| last.contains(part))
}
