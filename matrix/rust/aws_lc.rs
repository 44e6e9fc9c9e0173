//! The crate aws-lc-rs.

mod truth;

use aws_lc_rs::{aead, hmac, rand, signature};
use std::any::Any;
use truth::{Make, draw, hold, tell};

const MESSAGE: &[u8] = b"sixteen byte blk";

fn ecdsa(algorithm: &'static signature::EcdsaSigningAlgorithm) -> Box<dyn Any> {
    let random = rand::SystemRandom::new();
    let mut document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("generate").as_ref().to_vec();
    tell("pkcs8", || document.clone());
    let key = Box::new(signature::EcdsaKeyPair::from_pkcs8(algorithm, &document).expect("key"));
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

fn rsa() -> Box<dyn Any> {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    let key = Box::new(signature::RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("generate"));
    tell("pkcs8", || AsDer::<Pkcs8V1Der<'_>>::as_der(&*key).expect("encode").as_ref().to_vec());
    let random = rand::SystemRandom::new();
    key.sign(&signature::RSA_PKCS1_SHA256, &random, MESSAGE, &mut [0; 256]).expect("sign");
    key
}
fn p521() -> Box<dyn Any> {
    ecdsa(&signature::ECDSA_P521_SHA512_ASN1_SIGNING)
}
fn secp256k1() -> Box<dyn Any> {
    ecdsa(&signature::ECDSA_P256K1_SHA256_ASN1_SIGNING)
}
fn x25519() -> Box<dyn Any> {
    use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
    use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
    let key = Box::new(PrivateKey::generate(&X25519).expect("generate"));
    tell("key", || AsBigEndian::<Curve25519SeedBin<'_>>::as_be_bytes(&*key).expect("encode").as_ref().to_vec());
    let peer = PrivateKey::generate(&X25519).and_then(|peer| peer.compute_public_key()).expect("peer");
    let public = UnparsedPublicKey::new(&X25519, peer);
    agree(&key, public, "agree", |secret| Ok(drop(std::hint::black_box(secret.to_vec())))).expect("agree");
    let public = key.compute_public_key().expect("public key");
    Box::new((key, public))
}
fn kem() -> Box<dyn Any> {
    use aws_lc_rs::kem::{DecapsulationKey, ML_KEM_768};
    let key = Box::new(DecapsulationKey::generate(&ML_KEM_768).expect("generate"));
    tell("dk", || key.key_bytes().expect("encode").as_ref().to_vec());
    let public = key.encapsulation_key().expect("public key");
    let (sealed, _) = public.encapsulate().expect("encapsulate");
    std::hint::black_box(key.decapsulate(sealed).expect("decapsulate").as_ref());
    Box::new((key, public))
}

fn main() {
    let kinds: &[(&str, Make)] = &[
        ("rsa-2048", rsa),
        ("p256", p256),
        ("p384", p384),
        ("p521", p521),
        ("secp256k1", secp256k1),
        ("ed25519", ed25519),
        ("x25519", x25519),
        ("ml-kem-768", kem),
        ("aes-128-gcm", gcm128),
        ("aes-256-gcm", gcm256),
        ("chacha20-poly1305", chacha),
        ("hmac-sha256", code),
    ];
    hold(kinds);
}
