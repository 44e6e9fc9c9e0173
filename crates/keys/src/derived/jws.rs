//! Keys of HMAC by the tokens that they sign: a JSON Web Signature (RFC 7515) holds what was signed and the code.
//!
//! A key that makes the code of 32 bytes or more is the key, whatever it looks like: passwords are proven so too.

use super::{mac, secret};
use crate::material::{Certainty, Component, Kind, Material, Notation, PublicId, Role};
use crate::{base64, tokens};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

/// Longest token that is read.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// Shortest key that is tried. RFC 7518, section 3.2, asks for as many bytes as the hash has; people take words.
pub const KEY_BYTES_MIN: usize = 4;

/// Longest key that is tried: a block of SHA-512.
pub const KEY_BYTES_MAX: usize = 128;

/// `HS256`, `HS384` and `HS512` (RFC 7518, section 3.1): bytes of the code, and the algorithm that has the states.
const ALGORITHMS: [(&str, usize, &str); 3] =
    [("HS256", 32, "hmac-sha256-key"), ("HS384", 48, "hmac-sha384-key"), ("HS512", 64, "hmac-sha512-key")];

/// A token whose header says that an HMAC signs it.
#[derive(Debug)]
pub struct Signed {
    /// One of [`ALGORITHMS`].
    algorithm: (&'static str, usize, &'static str),
    /// Header and payload as they were signed, and the code.
    input: Vec<u8>,
    code: Vec<u8>,
}

impl Signed {
    /// Reads a compact serialization (RFC 7515, section 7.1) with `HS256`, `HS384` or `HS512` (RFC 7518, section 3.1).
    #[must_use]
    pub fn read(token: &[u8]) -> Option<Self> {
        let last = token.iter().rposition(|byte| *byte == b'.').filter(|_| token.len() <= TOKEN_BYTES_MAX)?;
        let (input, code) = token.split_at(last);
        let first = input.iter().position(|byte| *byte == b'.')?;
        let decode = |digits: &[u8]| {
            let mut out = Vec::new();
            base64::all_digits(digits).then(|| base64::decode_into(digits, &mut out))?;
            Some(out)
        };
        let header: serde_json::Value = serde_json::from_slice(&decode(input.get(..first)?)?).ok()?;
        let name = header.get("alg")?.as_str()?;
        let algorithm = ALGORITHMS.into_iter().find(|(known, ..)| *known == name)?;
        let code = decode(code.get(1..)?)?;
        (code.len() == algorithm.1).then(|| Self { algorithm, input: input.to_vec(), code })
    }

    /// Whether a key has made the code.
    #[must_use]
    pub fn is_signed_by(&self, key: &[u8]) -> bool {
        fn is<M: Mac + KeyInit>(key: &[u8], signed: &Signed) -> bool {
            M::new_from_slice(key).is_ok_and(|mut mac| {
                mac.update(&signed.input);
                mac.verify_slice(&signed.code).is_ok()
            })
        }
        match self.algorithm.1 {
            32 => is::<Hmac<Sha256>>(key, self),
            48 => is::<Hmac<Sha384>>(key, self),
            _ => is::<Hmac<Sha512>>(key, self),
        }
    }

    /// The key, once it is proven: with the states and blocks that give it away. A word that stands in a dump for other
    /// reasons too goes where it was seen.
    #[must_use]
    pub fn material(&self, key: &[u8]) -> Material {
        let is_text = key.iter().all(|byte| (b' '..=b'~').contains(byte));
        let algorithm = mac::ALGORITHMS.iter().find(|one| one.detector == self.algorithm.2);
        let mut material = match algorithm {
            Some(algorithm) if !is_text || tokens::sweepable(key) => secret::hmac(algorithm, key),
            _ => secret::material("", key, Vec::new()),
        };
        if is_text {
            let text = Component::new("secret", Role::Secret, Notation::Text, key.to_vec());
            material.components.retain(|one| one.role != Role::Secret);
            material.components.insert(0, text);
            material.kind = if tokens::sweepable(key) { Kind::SymmetricKey } else { Kind::Credential };
        }
        material.certainty = Certainty::Proven;
        "jws-hmac".clone_into(&mut material.detector);
        let name = self.algorithm.0.to_owned();
        material.public_ids.push(PublicId { name: "algorithm", value: name });
        material
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, appendix A.1: the token and its key.
    const TOKEN: &[u8] = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const KEY: &[u8] =
        b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

    #[test]
    fn key_of_rfc_7515_is_that_of_its_token() {
        let mut key = Vec::new();
        base64::decode_into(KEY, &mut key);
        let signed = Signed::read(TOKEN).unwrap();
        assert!(signed.is_signed_by(&key));
        assert!(!signed.is_signed_by(&key[1..]) && !signed.is_signed_by(KEY));
        let material = signed.material(&key);
        assert_eq!(
            (material.kind, material.certainty, material.bits),
            (Kind::SymmetricKey, Certainty::Proven, 512)
        );
        assert!(material.components.len() > 2, "{:?}", material.components);
    }

    #[test]
    fn word_is_a_credential_and_random_text_a_key() {
        let signed = Signed::read(TOKEN).unwrap();
        assert_eq!(signed.material(b"secret").kind, Kind::Credential);
        assert_eq!(signed.material(b"Zq7vXb2kPw9LmT4s").kind, Kind::SymmetricKey);
    }

    #[test]
    fn other_texts_are_no_signed_tokens() {
        let cut = &TOKEN[..TOKEN.len() - 4];
        for text in [cut, b"", b"..", b"a.b.c", b"eyJhbGciOiJSUzI1NiJ9.e30.AAAA", &[b'.'; 40]] {
            assert!(Signed::read(text).is_none(), "{}", String::from_utf8_lossy(text));
        }
        for end in 0..TOKEN.len() {
            assert!(Signed::read(&TOKEN[..end]).is_none());
        }
    }
}
