//! The process that crashes: it holds an RSA key, an AES key and a bearer token.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_record::ExitCode;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::io::Write;
use std::sync::mpsc;
use std::thread;

/// The block that the AES key encrypts, so that an attacker can check a find.
pub(super) const PROBE: [u8; 16] = *b"sixteen byte blk";

/// The digest that the RSA key signs.
pub(super) const MESSAGE: &[u8] = b"a token, signed by the key of the crashed process";

/// Makes the keys, uses each in a thread of its own, says what is public of
/// them, and crashes.
pub(super) fn run() -> Result<ExitCode> {
    let (say, said) = mpsc::channel();
    let signer = say.clone();
    let cipher = say.clone();
    thread::Builder::new().name("token-signer".to_owned()).spawn(move || hold(&signer, sign()))?;
    thread::Builder::new().name("cipher".to_owned()).spawn(move || hold(&cipher, encrypt()))?;
    thread::Builder::new().name("http-client".to_owned()).spawn(move || hold(&say, request()))?;
    let mut out = std::io::stdout();
    for line in said.iter().take(3) {
        writeln!(out, "{}", line?)?;
    }
    out.flush()?;
    handle_request(black_box(3))
}

/// Reports what is public and keeps the secret alive until the end.
fn hold<T>(say: &mpsc::Sender<Result<String>>, made: Result<(String, T)>) {
    let secret = match made {
        Ok((line, secret)) => {
            drop(say.send(Ok(line)));
            secret
        }
        Err(error) => {
            drop(say.send(Err(error)));
            return;
        }
    };
    let secret = black_box(Box::new(secret));
    loop {
        thread::park();
        black_box(&secret);
    }
}

fn sign() -> Result<(String, RsaPrivateKey)> {
    let mut random = rsa::rand_core::OsRng;
    let key = RsaPrivateKey::new(&mut random, 2048).context("make an RSA key")?;
    let digest = Sha256::digest(MESSAGE);
    let signature = key.sign(Pkcs1v15Sign::new_unprefixed(), &digest).context("sign")?;
    black_box(signature);
    Ok((format!("modulus {}", hex(&key.n().to_bytes_be())), key))
}

fn encrypt() -> Result<(String, Aes256)> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("make an AES key")?;
    let cipher = Aes256::new(&Array::from(key));
    let mut block = Array::from(PROBE);
    cipher.encrypt_block(&mut block);
    Ok((format!("block {}", hex(&block)), cipher))
}

fn request() -> Result<(String, Vec<u8>)> {
    let mut bytes = [0; 30];
    getrandom::fill(&mut bytes).context("make a token")?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let digest = hex(&Sha256::digest(token.as_bytes()));
    let request = format!("GET /mail HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    Ok((format!("token {digest}"), request.into_bytes()))
}

/// Some frames for the debugger, then the crash.
#[inline(never)]
fn handle_request(depth: u32) -> ! {
    if black_box(depth) == 0 { parse_header(black_box(7)) } else { handle_request(depth - 1) }
}

#[inline(never)]
fn parse_header(fields: u32) -> ! {
    black_box(fields);
    std::process::abort()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
