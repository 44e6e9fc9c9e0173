//! Keys as PEM: `PUBLIC KEY` (SubjectPublicKeyInfo) or `CERTIFICATE`.

use super::material::{Curve, Material};
use super::{Key, KeyFault, KeySet, KeySetError, Lifetime};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use std::sync::Arc;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// rsaEncryption (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// id-ecPublicKey (RFC 5480, section 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// id-Ed25519 (RFC 8410, section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// Named curves (RFC 5480, section 2.1.1.1).
const CURVES: [(ObjectIdentifier, Curve); 3] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
];

impl KeySet {
    /// Reads every `PUBLIC KEY` and `CERTIFICATE` block of a PEM text; of a certificate its validity too.
    ///
    /// The keys have no `kid`: tokens of the issuer are tried with each of them.
    ///
    /// # Errors
    /// If there is no such block, or one is damaged.
    pub fn from_pem(text: &str) -> Result<Self, KeySetError> {
        let mut set = Self::default();
        for block in text.split("-----BEGIN ").skip(1) {
            let (label, rest) = block.split_once("-----").ok_or(KeySetError::Pem)?;
            let body = rest.split("-----END").next().unwrap_or_default();
            let der = || {
                let compact: String =
                    body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
                STANDARD.decode(compact).map_err(|_| KeySetError::Pem)
            };
            match label {
                "PUBLIC KEY" => set.keys.push(Arc::new(public_key(&der()?).map_err(KeySetError::Key)?)),
                "CERTIFICATE" => set.keys.push(Arc::new(certificate(&der()?).map_err(KeySetError::Key)?)),
                _ => {}
            }
        }
        if set.keys.is_empty() { Err(KeySetError::Pem) } else { Ok(set) }
    }
}

fn certificate(der: &[u8]) -> Result<Key, KeyFault> {
    let certificate = CertificateInner::<Raw>::from_der(der).map_err(|_| KeyFault::Certificate)?;
    let body = certificate.tbs_certificate();
    let spki = body.subject_public_key_info().to_der().map_err(|_| KeyFault::Certificate)?;
    let mut key = public_key(&spki)?;
    key.lifetime = Lifetime {
        not_before: Some(body.validity().not_before.to_unix_duration().as_secs()),
        not_after: Some(body.validity().not_after.to_unix_duration().as_secs()),
    };
    Ok(key)
}

fn public_key(der: &[u8]) -> Result<Key, KeyFault> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyFault::Malformed)?;
    let bits = info.subject_public_key.as_bytes().ok_or(KeyFault::Malformed)?;
    let material = if info.algorithm.oid == RSA {
        rsa(bits).map_err(|_| KeyFault::Malformed)?
    } else if info.algorithm.oid == EC {
        let named = info.algorithm.parameters_oid().map_err(|_| KeyFault::Unsupported)?;
        let (_, curve) = CURVES.into_iter().find(|(oid, _)| *oid == named).ok_or(KeyFault::Unsupported)?;
        point(curve, bits)?
    } else if info.algorithm.oid == ED25519 {
        Material::Ed25519 { x: bits.to_vec() }
    } else {
        return Err(KeyFault::Unsupported);
    };
    material.prepare(None, None).map(|(key, _)| key)
}

/// RSAPublicKey (RFC 8017, appendix A.1.1).
fn rsa(bits: &[u8]) -> der::Result<Material> {
    let mut reader = SliceReader::new(bits)?;
    let material = reader.sequence(|reader| {
        let modulus = UintRef::decode(reader)?.as_bytes().to_vec();
        let exponent = UintRef::decode(reader)?.as_bytes().to_vec();
        Ok::<_, der::Error>(Material::Rsa { modulus, exponent })
    })?;
    reader.finish()?;
    Ok(material)
}

/// An uncompressed point (SEC 1, section 2.3.3).
fn point(curve: Curve, bits: &[u8]) -> Result<Material, KeyFault> {
    let coordinates = bits.strip_prefix(&[4]).ok_or(KeyFault::Point)?;
    let (x, y) = coordinates.split_at_checked(curve.coordinate_bytes()).ok_or(KeyFault::Point)?;
    Ok(Material::Ec { curve, x: x.to_vec(), y: y.to_vec() })
}
