//! Names of public keys that follow from the key alone.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// A SHA-256 that names a public key: of its JWK (RFC 7638) or of its SubjectPublicKeyInfo.
///
/// Unlike `kid`, nobody can choose it: two keys never have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The SHA-256 of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(hash)
    }

    /// From the bytes of a hash.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash in hexadecimal, as `sha256sum` prints it.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Thumbprint {
    /// Base64url without padding, as RFC 7638 writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// Not 43 characters of base64url nor 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a thumbprint: it has 43 characters of base64url or 64 hexadecimal digits, not {0:?}")]
pub struct ThumbprintError(String);

impl FromStr for Thumbprint {
    type Err = ThumbprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || ThumbprintError(text.chars().take(80).collect());
        let plain = text.strip_prefix("urn:ietf:params:oauth:jwk-thumbprint:sha-256:").unwrap_or(text);
        let bytes = if plain.len() == 64 {
            hex(plain).ok_or_else(fault)?
        } else {
            URL_SAFE_NO_PAD.decode(plain).map_err(|_| fault())?
        };
        bytes.try_into().map(Self).map_err(|_| fault())
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?.chunks_exact(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.last()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_others_refused() {
        let thumbprint = Thumbprint::of(b"x");
        assert_eq!(thumbprint.to_string().parse(), Ok(thumbprint));
        assert_eq!(thumbprint.hex().parse(), Ok(thumbprint));
        let urn = format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}");
        assert_eq!(urn.parse(), Ok(thumbprint));
        for text in ["", "abc", &thumbprint.to_string()[1..], &format!("{thumbprint}="), &"g".repeat(64)] {
            assert!(text.parse::<Thumbprint>().is_err(), "{text}");
        }
    }
}
