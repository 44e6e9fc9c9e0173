//! Keys for self-tests: computed, not stored, and worth nothing.

use crate::rsa::has_small_factor;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// An RSA key as a program keeps it.
#[derive(Debug)]
pub struct PlantedRsa {
    /// Modulus and both primes as little-endian limbs, with nothing between them
    /// but zeros.
    pub memory: Vec<u8>,
    /// Eight bytes out of one prime.
    pub fragment: Vec<u8>,
}

/// Bits of each prime of the planted key.
const PRIME_BITS: u64 = 512;

/// A 1024-bit RSA key whose primes follow from a text.
#[must_use]
pub fn rsa() -> PlantedRsa {
    let (p, q) = (prime(b"coredact self-test p"), prime(b"coredact self-test q"));
    let mut memory = (&p * &q).to_bytes_le();
    for prime in [&p, &q] {
        memory.resize(memory.len().next_multiple_of(64) + 64, 0);
        memory.extend(prime.to_bytes_le());
    }
    let fragment = p.to_bytes_le().into_iter().skip(17).take(8).collect();
    PlantedRsa { memory, fragment }
}

/// The first prime from a number on that follows from a text.
fn prime(text: &[u8]) -> BigUint {
    let mut start = BigUint::from_bytes_be(&[stretch(text), stretch(&stretch(text))].concat());
    start.set_bit(PRIME_BITS - 1, true);
    start.set_bit(PRIME_BITS - 2, true);
    start.set_bit(0, true);
    let (one, two) = (BigUint::from(1_u8), BigUint::from(2_u8));
    // Fermat's test to base 2 (a composite that passes would only fail the self-test).
    while has_small_factor(&start.to_u64_digits()) || two.modpow(&(&start - &one), &start) != one {
        start += &two;
    }
    start
}

fn stretch(text: &[u8]) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// A secret that only its owner's fingerprints recognise.
#[must_use]
pub fn known() -> Vec<u8> {
    stretch(b"coredact self-test known")
}

/// The same in base64, with something before it.
#[must_use]
pub fn known_base64() -> String {
    STANDARD.encode([b"K=".as_slice(), &known()].concat())
}

/// A state of ChaCha20 (RFC 8439 section 2.3) as a program keeps it.
#[must_use]
pub fn chacha_state() -> Vec<u8> {
    let mut state = b"expand 32-byte k".to_vec();
    state.extend(stretch(b"coredact self-test chacha"));
    state.extend([0; 16]);
    state
}

/// A secret of TLS 1.3, and the finished key that follows from it (RFC 8446 section 4.4.4).
#[must_use]
pub fn tls13() -> (Vec<u8>, Vec<u8>) {
    let secret = stretch(b"coredact self-test tls13");
    let finished = crate::derived::finished_key(&secret).unwrap_or_default();
    (secret, finished)
}

/// A P-256 key as a program keeps it: the scalar in limbs, and far from it the x of its
/// public point, big-endian.
#[must_use]
pub fn ec() -> Option<(Vec<u8>, Vec<u8>)> {
    let scalar = stretch(b"coredact self-test ec");
    let public = crate::ec::public_p256(&scalar)?;
    Some((scalar.into_iter().rev().collect(), public))
}

/// An Ed25519 key in PEM (RFC 8410, section 7).
#[must_use]
pub fn ed25519_pem() -> String {
    pkcs8_pem(0x70, b"coredact self-test ed25519")
}

/// An X25519 key in PEM (RFC 8410, section 7).
#[must_use]
pub fn x25519_pem() -> String {
    pkcs8_pem(0x6e, b"coredact self-test x25519")
}

/// PKCS#8 with the algorithm 1.3.101.`last` and a 32-byte key.
fn pkcs8_pem(last: u8, text: &[u8]) -> String {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, last, 4, 0x22, 4, 0x20];
    der.extend(stretch(text));
    let label = ["PRIVATE", "KEY"].join(" ");
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// An expanded decapsulation key of ML-KEM-512.
#[must_use]
pub fn ml_kem() -> Vec<u8> {
    let seed = Sha256::digest(b"coredact self-test ml-kem").into();
    crate::lattice::expand_512(&seed).to_vec()
}

/// A Diffie-Hellman key in the group of 1024 bits of RFC 2409 as a program keeps it: p, x and y
/// in limbs.
#[must_use]
pub fn diffie_hellman() -> [Vec<u8>; 3] {
    // An exponent of 160 bits goes with a prime of 1024.
    let mut x = BigUint::from_bytes_be(stretch(b"coredact self-test dh").get(..20).unwrap_or_default());
    x.set_bit(159, true);
    let p = crate::dlog::modp_1024();
    let y = BigUint::from(2_u8).modpow(&x, &p);
    [p, x, y].map(|number| number.to_bytes_le())
}

/// Thirty-two bytes that nothing explains.
#[must_use]
pub fn noise() -> Vec<u8> {
    stretch(b"coredact self-test noise")
}

/// A key of TLS session tickets behind its length: name, authentication, AES-256.
#[must_use]
pub fn ticket_key() -> Vec<u8> {
    let parts: [&[u8]; 3] = [b"coredact ticket name", b"coredact ticket hmac", b"coredact ticket aes"];
    let [name, hmac, aes] = parts.map(stretch);
    [80_u64.to_le_bytes().as_slice(), name.get(..16).unwrap_or_default(), &hmac, &aes].concat()
}

/// A key of SLH-DSA-SHA2-128f, with its public key by itself.
#[must_use]
pub fn slh_dsa() -> [Vec<u8>; 2] {
    let parts: [&[u8]; 2] = [b"coredact self-test slh-dsa", b"coredact self-test slh-dsa public"];
    let [secret, public] = parts.map(stretch);
    let key = crate::slh::complete_128f(&secret, &public);
    let public = key.get(key.len() / 2..).unwrap_or_default().to_vec();
    [key, public]
}
