//! Bounds on what a file can ask for.

/// Iterations of PBKDF2 of one try: OWASP's advice for SHA-1 is 1.3 million.
pub(super) const ITERATIONS_MAX: u32 = 1 << 21;

/// Bytes of an encrypted key: RSA of 16,384 bits takes 9,300.
pub(super) const CIPHERTEXT_BYTES_MAX: usize = 1 << 14;
