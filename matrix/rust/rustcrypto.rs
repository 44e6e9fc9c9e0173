//! The crates of RustCrypto and of the dalek family.

mod truth;

use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use aes_gcm::aead::{Aead, KeyInit};
use hmac::Mac;
use ml_dsa::signature::Keypair;
use ml_kem::kem::{Decapsulate, Encapsulate};
use p256::ecdsa::signature::Signer;
use p256::elliptic_curve::Generate;
use std::any::Any;
use truth::{Make, draw, hold, tell};

const MESSAGE: &[u8; 16] = b"sixteen byte blk";

fn rsa() -> Box<dyn Any> {
    use rsa::traits::PrivateKeyParts;
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("generate");
    tell("p", || key.primes()[0].to_bytes_be());
    tell("q", || key.primes()[1].to_bytes_be());
    key.sign(rsa::Pkcs1v15Sign::new_unprefixed(), &[1; 32]).expect("sign");
    Box::new(key)
}

macro_rules! curve {
    ($name:ident, $curve:ident, $signature:ty) => {
        fn $name() -> Box<dyn Any> {
            let secret = $curve::SecretKey::generate();
            tell("d", || secret.to_bytes().to_vec());
            let key = $curve::ecdsa::SigningKey::from(&secret);
            let _: $signature = key.sign(MESSAGE);
            Box::new((secret, key))
        }
    };
}
curve!(p256, p256, p256::ecdsa::Signature);
curve!(p384, p384, p384::ecdsa::Signature);
curve!(p521, p521, p521::ecdsa::Signature);
curve!(secp256k1, k256, k256::ecdsa::Signature);

fn sm2() -> Box<dyn Any> {
    let secret = sm2::SecretKey::generate();
    tell("d", || secret.to_bytes().to_vec());
    let key = sm2::dsa::SigningKey::new("1234567812345678", &secret).expect("key");
    let _: sm2::dsa::Signature = key.sign(MESSAGE);
    Box::new((secret, key))
}

fn ed25519() -> Box<dyn Any> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("randomness");
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    seed = [0; 32];
    std::hint::black_box(&seed);
    tell("seed", || key.to_bytes().to_vec());
    let _: ed25519_dalek::Signature = key.sign(MESSAGE);
    Box::new(key)
}

fn x25519() -> Box<dyn Any> {
    let key = Box::new(x25519_dalek::StaticSecret::random());
    tell("key", || key.to_bytes().to_vec());
    let peer = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::random());
    std::hint::black_box(key.diffie_hellman(&peer).as_bytes());
    let public = x25519_dalek::PublicKey::from(&*key);
    Box::new((key, public))
}

fn kem() -> Box<dyn Any> {
    use ml_kem::Kem;
    let (key, public) = ml_kem::MlKem768::generate_keypair();
    let key = Box::new(key);
    tell("dk", || {
        #[expect(deprecated, reason = "the judge reads this encoding")]
        let bytes = ml_kem::ExpandedKeyEncoding::to_expanded_bytes(&*key);
        bytes.to_vec()
    });
    if let Some(seed) = key.to_seed() {
        tell("seed", || seed.to_vec());
    }
    let (sealed, _) = public.encapsulate();
    std::hint::black_box(key.decapsulate(&sealed));
    Box::new((key, public))
}

fn dsa() -> Box<dyn Any> {
    use ml_dsa::Generate;
    let key = Box::new(ml_dsa::SigningKey::<ml_dsa::MlDsa65>::generate());
    tell("seed", || key.to_seed().to_vec());
    tell("sk", || {
        #[expect(deprecated, reason = "the judge reads this encoding")]
        let bytes = key.expanded_key().to_expanded();
        bytes.to_vec()
    });
    std::hint::black_box(key.sign(MESSAGE));
    let public = key.verifying_key();
    Box::new((key, public))
}

macro_rules! aead {
    ($name:ident, $cipher:ty, $size:literal) => {
        fn $name() -> Box<dyn Any> {
            let mut key = draw::<$size>();
            let cipher = Box::new(<$cipher>::new(&key.into()));
            key = [0; $size];
            std::hint::black_box(&key);
            std::hint::black_box(cipher.encrypt(&[0; 12].into(), &MESSAGE[..]).expect("encrypt"));
            cipher
        }
    };
}
aead!(gcm128, aes_gcm::Aes128Gcm, 16);
aead!(gcm256, aes_gcm::Aes256Gcm, 32);
aead!(chacha, chacha20poly1305::ChaCha20Poly1305, 32);

fn cbc256() -> Box<dyn Any> {
    let mut key = draw::<32>();
    let mut cipher = Box::new(cbc::Encryptor::<aes::Aes256>::new(&key.into(), &[0; 16].into()));
    key = [0; 32];
    std::hint::black_box(&key);
    let mut block = (*MESSAGE).into();
    cipher.encrypt_block(&mut block);
    cipher
}

fn code() -> Box<dyn Any> {
    let mut key = draw::<32>();
    let mut code = Box::new(<hmac::Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&key).expect("key"));
    key = [0; 32];
    std::hint::black_box(&key);
    code.update(MESSAGE);
    code
}

fn main() {
    let kinds: &[(&str, Make)] = &[
        ("rsa-2048", rsa),
        ("p256", p256),
        ("p384", p384),
        ("p521", p521),
        ("secp256k1", secp256k1),
        ("sm2", sm2),
        ("ed25519", ed25519),
        ("x25519", x25519),
        ("ml-kem-768", kem),
        ("ml-dsa-65", dsa),
        ("aes-128-gcm", gcm128),
        ("aes-256-gcm", gcm256),
        ("aes-256-cbc", cbc256),
        ("chacha20-poly1305", chacha),
        ("hmac-sha256", code),
    ];
    hold(kinds);
}
