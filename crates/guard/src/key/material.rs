//! The numbers of a public key, and the checks that they must pass.

use super::{Key, KeyFault, Lifetime, Thumbprint, weak};
use crate::algorithm::Algorithm;
use crate::limits::{RSA_BITS_MAX, RSA_BITS_MIN};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{self as lc, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A public key as numbers, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Material {
    /// Modulus and exponent, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A curve and the coordinates of a point on it, at full length.
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    /// An encoded point of Ed25519.
    Ed25519 { x: Vec<u8> },
}

/// A curve of RFC 7518, section 6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Length of a coordinate in bytes (RFC 7518, section 6.2.1.2).
    pub(crate) fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn algorithm(self) -> (Algorithm, &'static lc::EcdsaVerificationAlgorithm) {
        match self {
            Self::P256 => (Algorithm::Es256, &lc::ECDSA_P256_SHA256_FIXED),
            Self::P384 => (Algorithm::Es384, &lc::ECDSA_P384_SHA384_FIXED),
            Self::P521 => (Algorithm::Es512, &lc::ECDSA_P521_SHA512_FIXED),
        }
    }
}

impl Material {
    /// Checks the numbers and prepares the key for its algorithms, or for the one that it is restricted to.
    pub(crate) fn prepare(
        &self,
        id: Option<String>,
        only: Option<Algorithm>,
    ) -> Result<(Key, Vec<u8>), KeyFault> {
        let mut prepared = match self {
            Self::Rsa { modulus, exponent } => rsa(modulus, exponent)?,
            Self::Ec { curve, x, y } => vec![ec(*curve, x, y)?],
            Self::Ed25519 { x } => ed25519(x)?,
        };
        if let Some(only) = only {
            prepared.retain(|(algorithm, _)| algorithm_is(*algorithm, only));
        }
        let (_, first) = prepared.first().ok_or(KeyFault::Unsupported)?;
        let spki: PublicKeyX509Der<'_> = first.as_der().map_err(|_| KeyFault::Malformed)?;
        let spki = spki.as_ref().to_vec();
        let key = Key {
            id,
            thumbprint: Thumbprint::of(self.canonical().as_bytes()),
            spki: Thumbprint::of(&spki),
            prepared,
            lifetime: Lifetime::default(),
            published: None,
            issuer_member: None,
            cloud_member: None,
            tenant: None,
            svid: false,
            withdrawn: false,
        };
        Ok((key, spki))
    }

    /// The JSON that the thumbprint is of (RFC 7638, section 3.2; RFC 8037, appendix A.3).
    fn canonical(&self) -> String {
        let text = |bytes: &Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa { modulus, exponent } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(exponent), text(modulus))
            }
            Self::Ec { curve, x, y } => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), text(x), text(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
        }
    }
}

/// Ed25519 has two names.
fn algorithm_is(own: Algorithm, wanted: Algorithm) -> bool {
    let edwards = |algorithm| matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519);
    own == wanted || (edwards(own) && edwards(wanted))
}

type Prepared = (Algorithm, ParsedPublicKey);

fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Vec<Prepared>, KeyFault> {
    let leading_zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = modulus.len().saturating_mul(8).saturating_sub(leading_zeros.try_into().unwrap_or(8));
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(KeyFault::Size);
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if !odd(modulus) || !odd(exponent) || exponent == [1] || weak::roca(modulus) {
        return Err(KeyFault::Weak);
    }
    let numbers = lc::RsaPublicKeyComponents { n: modulus, e: exponent };
    let prepare = |algorithm: Algorithm| {
        let key = numbers.to_parsed_public_key(algorithm.rsa()?);
        Some(key.map(|key| (algorithm, key)).map_err(|_| KeyFault::Malformed))
    };
    Algorithm::ALL.into_iter().filter_map(prepare).collect()
}

fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Prepared, KeyFault> {
    if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
        return Err(KeyFault::Point);
    }
    // Uncompressed point (SEC 1, section 2.3.3).
    let point = [&[4], x, y].concat();
    let (algorithm, library) = curve.algorithm();
    let key = ParsedPublicKey::new(library, point).map_err(|_| KeyFault::Point)?;
    Ok((algorithm, key))
}

fn ed25519(x: &[u8]) -> Result<Vec<Prepared>, KeyFault> {
    if x.len() != 32 {
        return Err(KeyFault::Point);
    }
    if weak::ed25519(x) {
        return Err(KeyFault::Weak);
    }
    let key = ParsedPublicKey::new(&lc::ED25519, x).map_err(|_| KeyFault::Point)?;
    Ok(vec![(Algorithm::EdDsa, key.clone()), (Algorithm::Ed25519, key)])
}
