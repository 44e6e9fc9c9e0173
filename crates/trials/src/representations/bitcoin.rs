//! Keys of wallets.

use super::Matrix;
use crate::process::output;
use crate::random;
use anyhow::Result;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};
use std::process::Command;

/// The alphabet of base 58.
const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

pub(super) fn cases(out: &mut Matrix<'_>) -> Result<()> {
    let key = [&[0x80][..], &random::bytes(32)?, &[1]].concat();
    out.put("btc_wif", &["ec-private-key", "token", "credential"], &[checked(&key).as_bytes()])?;
    let make = ["ecparam", "-name", "secp256k1", "-genkey", "-noout", "-outform", "DER"];
    let der = output(Command::new("openssl").args(make), b"")?;
    // A record of a wallet in Berkeley DB: its key is "key" and a compressed point.
    let record = [&b"\xd6\x00\x01\x03key\x21\x02"[..], &random::bytes(32)?, &[0xd6, 0, 1], &der].concat();
    out.put("btc_core_der_bdb", &["ec-private-key"], &[&record])
}

/// Bytes in base 58 with four bytes of their digest's digest.
fn checked(bytes: &[u8]) -> String {
    let digest = Sha256::digest(Sha256::digest(bytes));
    let mut number = BigUint::from_bytes_be(&[bytes, &digest[..4]].concat());
    let mut out = Vec::new();
    while number > BigUint::ZERO {
        let digit = usize::try_from(&number % 58_u32).unwrap_or(0);
        out.push(char::from(DIGITS[digit]));
        number /= 58_u32;
    }
    out.into_iter().rev().collect()
}
