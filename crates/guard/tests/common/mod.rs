//! Issuers that sign, with keys made afresh.
#![allow(dead_code, reason = "each test uses a part")]

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as lc, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_guard::{KeySet, Thumbprint};
use serde_json::{Map, Value, json};

/// The moment at which the tests take place.
pub(crate) const NOW: u64 = 1_800_000_000;

/// A key pair of an issuer, and what the issuer calls it.
pub(crate) struct Signer {
    pub(crate) kid: String,
    pub(crate) alg: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(lc::RsaKeyPair),
    Ec(lc::EcdsaKeyPair, &'static str, usize),
    Ed(lc::Ed25519KeyPair),
}

impl Signer {
    /// A fresh key for an algorithm.
    pub(crate) fn new(kid: &str, alg: &'static str) -> Self {
        let ec = |algorithm, curve, length| {
            Pair::Ec(lc::EcdsaKeyPair::generate(algorithm).expect("a key"), curve, length)
        };
        let pair = match alg {
            "ES256" => ec(&lc::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", 32),
            "ES384" => ec(&lc::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", 48),
            "ES512" => ec(&lc::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521", 66),
            "EdDSA" | "Ed25519" => Pair::Ed(lc::Ed25519KeyPair::generate().expect("a key")),
            _ => Pair::Rsa(lc::RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key")),
        };
        Self { kid: kid.to_owned(), alg, pair }
    }

    /// A fresh key for ES256 with a self-signed certificate of these years (their first of January); its JWK has `x5c`.
    pub(crate) fn certified(kid: &str, from: i32, to: i32) -> (Self, Value) {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut params = rcgen::CertificateParams::new(vec!["sts.example".to_owned()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let certificate = params.self_signed(&pair).expect("a certificate");
        let algorithm = &lc::ECDSA_P256_SHA256_FIXED_SIGNING;
        let own = lc::EcdsaKeyPair::from_pkcs8(algorithm, &pair.serialize_der()).expect("the same key");
        let signer = Self { kid: kid.to_owned(), alg: "ES256", pair: Pair::Ec(own, "P-256", 32) };
        let mut jwk = signer.jwk();
        let der: &[u8] = certificate.der();
        jwk["x5c"] = json!([base64::engine::general_purpose::STANDARD.encode(der)]);
        jwk["x5t#S256"] = json!(URL_SAFE_NO_PAD.encode(Thumbprint::of(der).as_bytes()));
        (signer, jwk)
    }

    /// The same key under another name.
    pub(crate) fn jwk_named(&self, kid: &str) -> Value {
        let mut jwk = self.jwk();
        jwk["kid"] = json!(kid);
        jwk
    }

    /// The public key as JWK.
    pub(crate) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
                json!({"kty": "RSA", "kid": self.kid, "use": "sig", "alg": self.alg, "n": text(n), "e": text(e)})
            }
            Pair::Ec(pair, curve, length) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(*length);
                json!({"kty": "EC", "kid": self.kid, "use": "sig", "alg": self.alg, "crv": curve, "x": text(x), "y": text(y)})
            }
            Pair::Ed(pair) => {
                let x = text(pair.public_key().as_ref());
                json!({"kty": "OKP", "kid": self.kid, "use": "sig", "alg": self.alg, "crv": "Ed25519", "x": x})
            }
        }
    }

    /// The public key as SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair, ..) => pair.public_key().as_der(),
            Pair::Ed(pair) => pair.public_key().as_der(),
        }
        .expect("encodes");
        der.as_ref().to_vec()
    }

    /// The thumbprint of its public key.
    pub(crate) fn thumbprint(&self) -> Thumbprint {
        let set = jwks(&[self.jwk()]);
        set.keys().next().expect("the key is taken").thumbprint()
    }

    /// The set that publishes this key alone.
    pub(crate) fn set(&self) -> KeySet {
        jwks(&[self.jwk()])
    }

    /// A token with the usual header.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.alg, "typ": "JWT", "kid": self.kid}), claims)
    }

    /// A token with any header.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    /// A token of any two texts.
    pub(crate) fn sign_texts(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.raw(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The bare signature.
    pub(crate) fn raw(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let padding: &dyn lc::RsaEncoding = match self.alg {
                    "RS256" => &lc::RSA_PKCS1_SHA256,
                    "RS384" => &lc::RSA_PKCS1_SHA384,
                    "RS512" => &lc::RSA_PKCS1_SHA512,
                    "PS256" => &lc::RSA_PSS_SHA256,
                    "PS384" => &lc::RSA_PSS_SHA384,
                    _ => &lc::RSA_PSS_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).expect("signs");
                signature
            }
            Pair::Ec(pair, ..) => pair.sign(&random, message).expect("signs").as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// A key set of JWKs.
pub(crate) fn jwks(keys: &[Value]) -> KeySet {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).expect("a key set")
}

/// Claims that pass: of `issuer`, for `audience`, at [`NOW`].
pub(crate) fn claims(issuer: &str, audience: &str) -> Value {
    json!({"iss": issuer, "aud": audience, "sub": "someone", "jti": "id-1", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 3600})
}

/// The same JSON object with other members; `null` takes one out.
pub(crate) fn with(mut object: Value, changes: Value) -> Value {
    let members = object.as_object_mut().expect("an object");
    let changes: Map<String, Value> = changes.as_object().expect("an object").clone();
    for (name, value) in changes {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    object
}
