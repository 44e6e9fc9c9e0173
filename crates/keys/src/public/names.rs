//! Public names of a key, by which its owner recognises it.

use crate::encoded::curve::{self, ByteCurve, Curve};
use crate::encoded::der;
use crate::material::PublicId;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Names of an RSA key: SPKI digest, JWK thumbprint, SSH fingerprint, modulus length.
pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Vec<PublicId> {
    let (n, e) = (der::trimmed(n), der::trimmed(e));
    let key = der::write(der::SEQUENCE, &[&der::write_integer(n), &der::write_integer(e)]);
    let algorithm = [der::write(der::OBJECT_IDENTIFIER, &[curve::RSA]), vec![0x05, 0x00]].concat();
    let thumbprint = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, url(e), url(n));
    let mut ids = spki(&algorithm, &key);
    ids.extend([jwk_thumbprint(&thumbprint), ssh(&[b"ssh-rsa", &signed(e), &signed(n)])]);
    ids
}

/// Names of a key on a named curve, given its uncompressed point.
pub(crate) fn ec(curve: &Curve, point: &[u8]) -> Vec<PublicId> {
    let algorithm =
        [der::write(der::OBJECT_IDENTIFIER, &[curve::EC]), der::write(der::OBJECT_IDENTIFIER, &[curve.oid])]
            .concat();
    let mut ids = spki(&algorithm, point);
    if let Some((x, y)) = coordinates(curve, point) {
        let thumbprint =
            format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name, url(x), url(y));
        ids.push(jwk_thumbprint(&thumbprint));
    }
    if !curve.ssh.is_empty() {
        let kind = format!("ecdsa-sha2-{}", curve.ssh);
        ids.push(ssh(&[kind.as_bytes(), curve.ssh.as_bytes(), point]));
    }
    ids
}

/// Names of an Ed25519, Ed448, X25519 or X448 key.
pub(crate) fn octets(curve: &ByteCurve, public: &[u8]) -> Vec<PublicId> {
    let thumbprint = format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, curve.name, url(public));
    let mut ids = spki(&der::write(der::OBJECT_IDENTIFIER, &[curve.oid]), public);
    ids.push(jwk_thumbprint(&thumbprint));
    if curve.name == "Ed25519" {
        ids.push(ssh(&[b"ssh-ed25519", public]));
    }
    ids
}

/// Names of a key of any other algorithm: its identifier (content bytes) and the octets of the public key.
pub(crate) fn other(oid: &[u8], public: &[u8]) -> Vec<PublicId> {
    spki(&der::write(der::OBJECT_IDENTIFIER, &[oid]), public)
}

/// The curve's name as a public id.
pub(crate) fn named(curve: &str) -> PublicId {
    PublicId { name: "curve", value: curve.to_owned() }
}

fn coordinates<'a>(curve: &Curve, point: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (&form, rest) = point.split_first()?;
    (form == 4 && rest.len() == 2 * curve.size).then(|| rest.split_at(curve.size))
}

/// SHA-256 and SHA-1 of the SubjectPublicKeyInfo (RFC 5280), in hexadecimal. Some tools name keys by the SHA-1.
fn spki(algorithm: &[u8], key: &[u8]) -> Vec<PublicId> {
    let algorithm = der::write(der::SEQUENCE, &[algorithm]);
    let info = der::write(der::SEQUENCE, &[&algorithm, &der::write(der::BIT_STRING, &[&[0], key])]);
    vec![
        PublicId { name: "spki-sha256", value: hex(&Sha256::digest(&info)) },
        PublicId { name: "spki-sha1", value: hex(&Sha1::digest(&info)) },
    ]
}

/// RFC 7638.
fn jwk_thumbprint(members: &str) -> PublicId {
    PublicId { name: "jwk-thumbprint", value: url(&Sha256::digest(members.as_bytes())) }
}

/// The fingerprint that `ssh-keygen -l` prints.
fn ssh(fields: &[&[u8]]) -> PublicId {
    let mut blob = Vec::new();
    for field in fields {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        blob.extend_from_slice(&length.to_be_bytes());
        blob.extend_from_slice(field);
    }
    PublicId { name: "ssh-sha256", value: ssh_fingerprint(&blob) }
}

/// SHA-256 of the blob of an SSH key, as `ssh-keygen -l` prints it.
pub(crate) fn ssh_fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// The number with the zero byte that keeps a signed reading positive (RFC 4251 mpint).
fn signed(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|&first| first >= 0x80) { &[0] } else { &[] };
    [sign, number].concat()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// URL-safe base64 without padding.
pub(crate) fn url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 section 3.1 gives this key and this thumbprint.
    #[test]
    fn thumbprint_of_the_specification() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3\
                 oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA\
                 ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-\
                 kEgU8awapJzKnqDKgw";
        let n = BASE64_URL_SAFE_NO_PAD.decode(n).unwrap();
        let ids = rsa(&n, &[1, 0, 1]);
        let thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        assert!(ids.iter().any(|id| id.name == "jwk-thumbprint" && id.value == thumbprint));
    }

    #[test]
    fn subject_public_key_info_is_der() {
        // openssl asn1parse -inform DER reads it as SEQUENCE, rsaEncryption, BIT STRING.
        let info = "301f300d06092a864886f70d0101010500030e00300b020400c305010203010001";
        let bytes: Vec<u8> =
            (0..info.len()).step_by(2).map(|at| u8::from_str_radix(&info[at..at + 2], 16).unwrap()).collect();
        let ids = rsa(&[0xc3, 5, 1], &[1, 0, 1]);
        assert_eq!(ids[0].value, hex(&Sha256::digest(&bytes)));
        assert_eq!(ids[1].value, hex(&Sha1::digest(&bytes)));
    }
}
