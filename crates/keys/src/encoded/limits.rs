//! Bounds on everything that input controls.

/// Longest single element read, in bytes: a PKCS#12 file with a chain of
/// certificates stays below, a lying length does not reach far.
pub(super) const MAX_ELEMENT: usize = 1 << 20;

/// Smallest RSA modulus, in bytes (512 bits; smaller ones protect nothing).
pub(super) const MIN_MODULUS: usize = 64;

/// Largest RSA modulus, in bytes (16,384 bits, OpenSSL's own limit
/// `OPENSSL_RSA_MAX_MODULUS_BITS`).
pub(super) const MAX_MODULUS: usize = 2048;

/// Largest RSA public exponent, in bytes.
pub(super) const MAX_EXPONENT: usize = 32;

/// Most additional primes of a multi-prime key (OpenSSL allows 5 in all).
pub(super) const MAX_OTHER_PRIMES: usize = 16;

/// Largest private key of an algorithm that is not parsed further, in bytes.
/// ML-DSA-87 with its seed needs 4,930.
pub(super) const MAX_OTHER_KEY: usize = 1 << 16;

/// Shortest piece of a cut number that is worth a component: below eight bytes
/// the sweep has nothing to look for.
pub(super) const MIN_FRAGMENT: usize = 8;

/// Longest armour body read, in base64 digits.
pub(super) const MAX_BODY: usize = 1 << 20;

/// Digits of a bare base64 run that are decoded at a time.
pub(super) const RUN_BLOCK: usize = 1 << 16;

/// Digits by which two blocks of a run overlap: a whole RSA-8192 key and more.
pub(super) const RUN_OVERLAP: usize = 1 << 13;

/// Shortest base64 run worth decoding: an Ed25519 PKCS#8 key has 64 digits.
pub(super) const MIN_RUN: usize = 40;

/// Shortest base64 line inside a block of lines.
pub(super) const MIN_LINE: usize = 16;

/// Characters searched on either side of a JWK member for its object.
pub(super) const MAX_OBJECT: usize = 1 << 16;
