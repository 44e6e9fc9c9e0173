//! A public key, read from what publishes it.

use super::names;
use crate::encoded::curve::{self, BYTE_CURVES, ByteCurve, Curve};
use crate::encoded::der::{self, BIT_STRING, OBJECT_IDENTIFIER, SEQUENCE};
use crate::material::PublicId;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublicKey {
    /// RSA: modulus and public exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point on a curve that has short Weierstrass form.
    Point {
        /// Content of the curve's OBJECT IDENTIFIER.
        oid: &'static [u8],
        /// The point as SEC 1, section 2.3.3 writes it uncompressed.
        point: Vec<u8>,
    },
    /// A key of RFC 7748 or RFC 8032, as its octets.
    Octets {
        /// Content of the algorithm's OBJECT IDENTIFIER (RFC 8410).
        oid: &'static [u8],
        /// The octets.
        key: Vec<u8>,
    },
}

impl PublicKey {
    /// The key with this modulus and exponent, big-endian; `None` if they cannot be those of a key.
    #[must_use]
    pub fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let (n, e) = (der::trimmed(n), der::trimmed(e));
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        (n.len() >= 32 && n.len() <= RSA_BYTES_MAX && is_odd(n) && is_odd(e) && e.len() < n.len())
            .then(|| Self::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    /// A SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) at the start of `bytes`.
    #[must_use]
    pub fn from_spki(bytes: &[u8]) -> Option<Self> {
        let info = der::expect(bytes, 0, SEQUENCE).filter(der::Element::complete)?;
        let algorithm = der::expect(bytes, info.content.start, SEQUENCE)?;
        let oid = der::expect(bytes, algorithm.content.start, OBJECT_IDENTIFIER)?;
        let key = der::expect(bytes, algorithm.next()?, BIT_STRING).filter(der::Element::complete)?;
        // A BIT STRING starts with the number of unused bits, which is none in a key.
        let key = key.bytes(bytes).strip_prefix(&[0])?;
        match oid.bytes(bytes) {
            curve::RSA | curve::RSA_PSS | curve::RSA_OAEP => Self::from_pkcs1(key),
            curve::EC | curve::EC_DH => {
                let parameters = der::expect(bytes, oid.next()?, OBJECT_IDENTIFIER)?;
                Self::point(curve::by_oid(parameters.bytes(bytes))?, key)
            }
            oid => Self::octets(BYTE_CURVES.iter().find(|curve| curve.oid == oid)?, key),
        }
    }

    /// An RSAPublicKey (RFC 8017, appendix A.1.1) at the start of `bytes`.
    #[must_use]
    pub fn from_pkcs1(bytes: &[u8]) -> Option<Self> {
        let key = der::expect(bytes, 0, SEQUENCE).filter(der::Element::complete)?;
        let n = der::integer(bytes, key.content.start)?;
        let e = der::integer(bytes, n.next()?).filter(der::Element::complete)?;
        (e.next() == Some(key.content.end)).then_some(())?;
        Self::rsa(n.bytes(bytes), e.bytes(bytes))
    }

    /// The blob of an SSH public key (RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709): of a certificate
    /// (`...-cert-v01@openssh.com`) and of a security key (`sk-...`) the key in it.
    #[must_use]
    pub fn from_ssh(blob: &[u8]) -> Option<Self> {
        let mut rest = blob;
        let kind = ssh_string(&mut rest)?;
        let is_certificate = kind.ends_with(b"-cert-v01@openssh.com");
        if is_certificate {
            // A nonce stands before the key.
            ssh_string(&mut rest)?;
        }
        if kind.starts_with(b"ssh-rsa") || kind.starts_with(b"rsa-sha2-") {
            let (e, n) = (ssh_string(&mut rest)?, ssh_string(&mut rest)?);
            return Self::rsa(n, e);
        }
        if kind.starts_with(b"ssh-ed25519") || kind.starts_with(b"sk-ssh-ed25519") {
            return Self::octets(octets_named("Ed25519")?, ssh_string(&mut rest)?);
        }
        if kind.starts_with(b"ecdsa-sha2-") || kind.starts_with(b"sk-ecdsa-sha2-") {
            let (curve, point) = (ssh_string(&mut rest)?, ssh_string(&mut rest)?);
            return Self::point(curve::by_name(curve)?, point);
        }
        None
    }

    /// A JSON Web Key (RFC 7517; RFC 7518, section 6; RFC 8037).
    #[must_use]
    pub fn from_jwk(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name)?.as_str();
        let bytes = |name: &str| {
            let text = text(name)?.trim_end_matches('=');
            BASE64_URL_SAFE_NO_PAD.decode(text.replace('+', "-").replace('/', "_")).ok()
        };
        match text("kty")? {
            "RSA" | "RSA-HSM" => Self::rsa(&bytes("n")?, &bytes("e")?),
            "EC" | "EC-HSM" => {
                let curve = curve::by_name(text("crv")?.as_bytes())?;
                let (x, y) = (bytes("x")?, bytes("y")?);
                let pad = |number: &[u8]| {
                    let number = der::trimmed(number);
                    let zeros = curve.size.checked_sub(number.len())?;
                    Some([&vec![0; zeros], number].concat())
                };
                Self::point(curve, &[vec![4], pad(&x)?, pad(&y)?].concat())
            }
            "OKP" => Self::octets(octets_named(text("crv")?)?, &bytes("x")?),
            _ => None,
        }
    }

    /// A point on `curve`; `None` unless it is written uncompressed.
    fn point(curve: &'static Curve, point: &[u8]) -> Option<Self> {
        (point.len() == 1 + 2 * curve.size && point.first() == Some(&4))
            .then(|| Self::Point { oid: curve.oid, point: point.to_vec() })
    }

    fn octets(curve: &'static ByteCurve, key: &[u8]) -> Option<Self> {
        (key.len() == curve.size).then(|| Self::Octets { oid: curve.oid, key: key.to_vec() })
    }

    /// A point with this object identifier of its curve, written uncompressed.
    #[must_use]
    pub fn from_point(oid: &[u8], point: &[u8]) -> Option<Self> {
        Self::point(curve::by_oid(oid)?, point)
    }

    /// The octets of a key of RFC 8410 with this name (`Ed25519`).
    #[must_use]
    pub fn from_octets(name: &str, key: &[u8]) -> Option<Self> {
        Self::octets(octets_named(name)?, key)
    }

    /// Every standard name: SHA-256 and SHA-1 of the SubjectPublicKeyInfo, JWK thumbprint, SSH fingerprint.
    #[must_use]
    pub fn names(&self) -> Vec<PublicId> {
        match self {
            Self::Rsa { n, e } => names::rsa(n, e),
            Self::Point { oid, point } => {
                curve::by_oid(oid).map(|curve| names::ec(curve, point)).unwrap_or_default()
            }
            Self::Octets { oid, key } => BYTE_CURVES
                .iter()
                .find(|curve| curve.oid == *oid)
                .map(|curve| names::octets(curve, key))
                .unwrap_or_default(),
        }
    }

    /// What it is, in words: `RSA 2048`, `P-256`, `Ed25519`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        match self {
            Self::Rsa { n, .. } => {
                let top = n.first().map_or(0, |top| top.leading_zeros() as usize);
                format!("RSA {}", (n.len() * 8).saturating_sub(top))
            }
            Self::Point { oid, .. } => curve::by_oid(oid).map_or("EC", |curve| curve.name).to_owned(),
            Self::Octets { oid, .. } => BYTE_CURVES
                .iter()
                .find(|curve| curve.oid == *oid)
                .map_or("OKP", |curve| curve.name)
                .to_owned(),
        }
    }
}

/// Longest modulus taken, in bytes: 16,384 bits, the longest that OpenSSL reads (`OPENSSL_RSA_MAX_MODULUS_BITS`).
const RSA_BYTES_MAX: usize = 2048;

fn octets_named(name: &str) -> Option<&'static ByteCurve> {
    BYTE_CURVES.iter().find(|curve| curve.name == name)
}

/// A string of RFC 4251, section 5, from the front of `rest`.
fn ssh_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<4>()?;
    let (string, behind) = behind.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = behind;
    Some(string)
}
