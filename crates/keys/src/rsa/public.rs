//! Public names of an RSA key, by which its owner recognises it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use crate::material::PublicId;

/// Length of the modulus, and with a public exponent the SHA-256 of the
/// SubjectPublicKeyInfo (hex) and the JWK thumbprint of RFC 7638 (base64url).
pub(super) fn public_ids(n: &BigUint, e: Option<&BigUint>) -> Vec<PublicId> {
    let mut ids = vec![PublicId { name: "modulus-bits", value: n.bits().to_string() }];
    if let Some(e) = e {
        let digest = Sha256::digest(subject_public_key_info(n, e));
        let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ids.push(PublicId { name: "spki-sha256", value: hex });
        ids.push(PublicId { name: "jwk-thumbprint", value: thumbprint(n, e) });
    }
    ids
}

/// RFC 7638, section 3.2: members in lexical order, no white space.
fn thumbprint(n: &BigUint, e: &BigUint) -> String {
    let text = |number: &BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    let jwk = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n));
    URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
}

/// RFC 5280 SubjectPublicKeyInfo with RFC 8017 RSAPublicKey, in DER.
pub(super) fn subject_public_key_info(n: &BigUint, e: &BigUint) -> Vec<u8> {
    /// SEQUENCE { OBJECT IDENTIFIER rsaEncryption (1.2.840.113549.1.1.1), NULL }, RFC 3279 section 2.3.1.
    const ALGORITHM: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let key = tagged(0x30, &[integer(n), integer(e)].concat());
    let bits = tagged(0x03, &[vec![0], key].concat());
    tagged(0x30, &[ALGORITHM.to_vec(), bits].concat())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    tagged(0x02, &bytes)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            out.extend_from_slice(&length);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprint_is_that_of_rfc_7638() {
        // RFC 7638, section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3\
                 oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA\
                 ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-\
                 kEgU8awapJzKnqDKgw";
        let n = BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(n).unwrap());
        let ids = public_ids(&n, Some(&BigUint::from(65537u32)));
        let value = |name| ids.iter().find(|id| id.name == name).map(|id| id.value.as_str());
        assert_eq!(value("jwk-thumbprint"), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        assert_eq!(value("modulus-bits"), Some("2048"));
    }

    #[test]
    fn subject_public_key_info_is_der() {
        let spki = subject_public_key_info(&BigUint::from(0x00c3_0501u32), &BigUint::from(65537u32));
        // openssl asn1parse -inform DER reads it as SEQUENCE, rsaEncryption, BIT STRING.
        let expected = "301f300d06092a864886f70d0101010500030e00300b020400c305010203010001";
        let hex: String = spki.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
