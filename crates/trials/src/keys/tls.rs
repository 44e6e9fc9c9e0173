//! Secrets of a TLS 1.3 connection, from the key log of its client.

use crate::keys::AesKey;
use crate::secret::{Kind, Secret};
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256, Sha384};

/// The application secrets of both sides, and the AES keys that follow from
/// them, out of a key log (RFC 9850) for a suite with AES-GCM.
///
/// # Errors
/// If the log holds no TLS 1.3 connection.
pub fn session_secrets(log: &str, suite: &str) -> Result<Vec<Secret>> {
    let mut secrets = Vec::new();
    for line in log.lines() {
        let mut words = line.split(' ');
        let (Some(label), Some(_), Some(value)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if !matches!(label, "CLIENT_TRAFFIC_SECRET_0" | "SERVER_TRAFFIC_SECRET_0") {
            continue;
        }
        let value = bytes_of(value)?;
        secrets.push(Secret::bytes(label, Kind::Bare, &value));
        if suite.contains("AES") {
            let key = AesKey::of(&traffic_key(&value, suite));
            secrets.push(key.secret(&format!("AES key of {label}")));
        }
    }
    ensure!(!secrets.is_empty(), "the client's key log names no TLS 1.3 secret");
    Ok(secrets)
}

/// The bytes that hexadecimal digits stand for, zeros in front too.
fn bytes_of(digits: &str) -> Result<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2))
        .collect();
    bytes.context("read the key log")
}

/// The write key of a traffic secret (RFC 8446, 7.3).
#[must_use]
pub fn traffic_key(secret: &[u8], suite: &str) -> Vec<u8> {
    let size: u8 = if suite.contains("256") && suite.contains("SHA384") { 32 } else { 16 };
    let info = [&[0, size, 9][..], b"tls13 key", &[0, 1]].concat();
    let block = if suite.contains("SHA384") {
        hmac::<Sha384>(secret, &info, 128)
    } else {
        hmac::<Sha256>(secret, &info, 64)
    };
    block[..usize::from(size)].to_vec()
}

/// HMAC (RFC 2104) with a key no longer than the hash's block.
fn hmac<D: Digest>(key: &[u8], message: &[u8], block: usize) -> Vec<u8> {
    let pad = |byte: u8| -> Vec<u8> {
        (0..block).map(|at| key.get(at).copied().unwrap_or_default() ^ byte).collect()
    };
    let inner = D::new().chain_update(pad(0x36)).chain_update(message).finalize();
    D::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::hex;

    /// RFC 8448, section 3: the server's handshake traffic secret and its key.
    #[test]
    fn traffic_key_is_that_of_the_trace_in_rfc_8448() {
        let secret = bytes_of("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38").unwrap();
        let key = traffic_key(&secret, "TLS_AES_128_GCM_SHA256");
        assert_eq!(hex(&key), "3fce516009c21727d0f2e4e86ee403bc");
    }

    #[test]
    fn a_secret_keeps_the_zeros_in_front() {
        let value = [&[0, 0][..], &crate::random::bytes(46).unwrap()].concat();
        let log = format!("CLIENT_TRAFFIC_SECRET_0 00 {}\n", hex(&value));
        let secrets = session_secrets(&log, "TLS_AES_256_GCM_SHA384").unwrap();
        assert_eq!(secrets[0].components[0].bytes, value);
    }
}
