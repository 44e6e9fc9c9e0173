//! The crate ring.

mod truth;

use ring::{aead, hmac, rand, signature};
use std::any::Any;
use truth::{Make, draw, hold, tell};

const MESSAGE: &[u8] = b"sixteen byte blk";

fn ecdsa(algorithm: &'static signature::EcdsaSigningAlgorithm) -> Box<dyn Any> {
    let random = rand::SystemRandom::new();
    let mut document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("generate").as_ref().to_vec();
    tell("pkcs8", || document.clone());
    let key = Box::new(signature::EcdsaKeyPair::from_pkcs8(algorithm, &document, &random).expect("key"));
    document.fill(0);
    std::hint::black_box(&document);
    key.sign(&random, MESSAGE).expect("sign");
    key
}
fn p256() -> Box<dyn Any> {
    ecdsa(&signature::ECDSA_P256_SHA256_ASN1_SIGNING)
}
fn p384() -> Box<dyn Any> {
    ecdsa(&signature::ECDSA_P384_SHA384_ASN1_SIGNING)
}

fn ed25519() -> Box<dyn Any> {
    let mut document = signature::Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).expect("generate").as_ref().to_vec();
    tell("pkcs8", || document.clone());
    let key = Box::new(signature::Ed25519KeyPair::from_pkcs8(&document).expect("key"));
    document.fill(0);
    std::hint::black_box(&document);
    std::hint::black_box(key.sign(MESSAGE));
    key
}

fn aead(algorithm: &'static aead::Algorithm, key: &mut [u8]) -> Box<dyn Any> {
    let cipher = Box::new(aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, key).expect("key")));
    key.fill(0);
    std::hint::black_box(&key);
    let nonce = aead::Nonce::assume_unique_for_key([0; 12]);
    cipher.seal_in_place_append_tag(nonce, aead::Aad::empty(), &mut MESSAGE.to_vec()).expect("encrypt");
    cipher
}
fn gcm128() -> Box<dyn Any> {
    aead(&aead::AES_128_GCM, &mut draw::<16>())
}
fn gcm256() -> Box<dyn Any> {
    aead(&aead::AES_256_GCM, &mut draw::<32>())
}
fn chacha() -> Box<dyn Any> {
    aead(&aead::CHACHA20_POLY1305, &mut draw::<32>())
}
fn code() -> Box<dyn Any> {
    let mut key = draw::<32>();
    let code = Box::new(hmac::Key::new(hmac::HMAC_SHA256, &key));
    key = [0; 32];
    std::hint::black_box(&key);
    std::hint::black_box(hmac::sign(&code, MESSAGE));
    code
}

/// ring generates no RSA keys; openssl does.
fn rsa() -> Box<dyn Any> {
    let words = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null | \
                 openssl pkcs8 -topk8 -nocrypt -outform DER";
    let made = std::process::Command::new("sh").args(["-c", words]).output();
    let mut document = made.expect("run openssl").stdout;
    tell("pkcs8", || document.clone());
    let key = Box::new(signature::RsaKeyPair::from_pkcs8(&document).expect("key"));
    document.fill(0);
    std::hint::black_box(&document);
    let random = rand::SystemRandom::new();
    key.sign(&signature::RSA_PKCS1_SHA256, &random, MESSAGE, &mut vec![0; 256]).expect("sign");
    key
}

fn main() {
    let kinds: &[(&str, Make)] = &[
        ("rsa-2048", rsa),
        ("p256", p256),
        ("p384", p384),
        ("ed25519", ed25519),
        ("aes-128-gcm", gcm128),
        ("aes-256-gcm", gcm256),
        ("chacha20-poly1305", chacha),
        ("hmac-sha256", code),
    ];
    hold(kinds);
}
