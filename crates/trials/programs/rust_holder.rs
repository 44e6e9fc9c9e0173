//! A holder in Rust: the crates `rsa` and `aes`.
#![forbid(unsafe_code)]

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use anyhow::{Context, Result};
use rsa::pkcs1::DecodeRsaPrivateKey;
use sha2::Digest;
use std::io::{Read, Write};

#[expect(clippy::disallowed_methods, reason = "a program under trial writes its own files")]
fn main() -> Result<()> {
    let mut key = rsa::RsaPrivateKey::from_pkcs1_der(&std::fs::read("key.der")?)?;
    key.precompute()?;
    let hash = sha2::Sha256::digest(std::fs::read("message")?);
    // DigestInfo of SHA-256 (RFC 8017, 9.2, note 1).
    let info = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        0x04, 0x20,
    ];
    let padding = rsa::Pkcs1v15Sign { hash_len: Some(32), prefix: info.into() };
    std::fs::write("signature", key.sign(padding, &hash)?)?;
    let cipher =
        Box::new(aes::Aes256::new_from_slice(&std::fs::read("aes.key")?).context("use the AES key")?);
    let mut block = aes::Block::try_from(&std::fs::read("block")?[..])?;
    cipher.encrypt_block(&mut block);
    std::fs::write("sealed", block)?;
    let settings = std::fs::read_to_string(".env")?;
    let settings: Vec<(&str, String)> = settings
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name, format!("{}: {value}", name.to_lowercase())))
        .collect();
    let mut out = std::io::stdout();
    writeln!(out, "READY")?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop((key, cipher, settings));
    Ok(())
}
