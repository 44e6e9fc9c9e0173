//! Token services: an RSA key with a certificate, tokens signed with it. One of them crashes.

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use coredact_guard::Now;
use serde_json::{Value, json};
use std::io::{BufRead as _, Write as _};

/// A token service.
pub(crate) struct Signer {
    pair: RsaKeyPair,
    /// Its public key, with the certificate.
    pub(crate) jwk: Value,
}

impl Signer {
    /// A fresh key whose certificate is good from the first of January of one year to that of another.
    pub(crate) fn new(kid: &str, from: i32, to: i32) -> Result<Self> {
        let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
        let key = key.context("make a key")?;
        let mut params = rcgen::CertificateParams::new(vec![format!("{kid}.example")]).context("name it")?;
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let certificate = params.self_signed(&key).context("make a certificate")?;
        let pair =
            RsaKeyPair::from_pkcs8(key.serialized_der()).map_err(|error| anyhow!("take the key: {error}"))?;
        let public = pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let jwk = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
            "x5c": [STANDARD.encode(certificate.der())],
        });
        Ok(Self { pair, jwk })
    }

    /// A token of these claims.
    pub(crate) fn token(&self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.jwk.get("kid")});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let done = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        done.map_err(|_| anyhow!("sign a token"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Claims that pass now.
pub(crate) fn claims(issuer: &str, subject: &str, id: &str) -> Value {
    let now = Now::from_clock().0;
    json!({"iss": issuer, "aud": "mail", "sub": subject, "jti": id, "iat": now, "exp": now + 3600})
}

/// The consumer token service: shows its public key, issues a token, and crashes when told to.
pub(crate) fn crash() -> Result<bool> {
    let signer = Signer::new("consumer-1", 2016, 2021)?;
    let token = signer.token(&claims(crate::world::CONSUMER, "somebody", "consumer-token"))?;
    println!("{}", json!({"jwk": signer.jwk, "token": token}));
    std::io::stdout().flush().context("tell the key")?;
    std::io::stdin().lock().lines().next().transpose().context("wait")?;
    std::process::abort();
}
