//! Verifications a second on one core, against the bare signature check and another library.
//!
//!     cargo run --release -p coredact-guard --example speed
//!
//! Prints one line of JSON for each algorithm. `share` is the guard's speed as a part of the bare signature check's.
#![expect(clippy::print_stdout, reason = "a program")]

#[path = "../tests/common/mod.rs"]
mod common;

use aws_lc_rs::signature::{self as lc, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{NOW, Signer, claims, jwks, with};
use coredact_guard::{Issuer, Now, Request, Trust, Verifier};
use serde_json::{Value, json};
use std::hint::black_box;

fn main() {
    for alg in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        measure(alg);
    }
}

fn measure(alg: &'static str) {
    let signer = Signer::new("key-2026-07", alg);
    let others: Vec<Signer> = (0..7).map(|number| Signer::new(&format!("key-{number}"), "ES256")).collect();
    let mut keys = vec![signer.jwk()];
    keys.extend(others.iter().map(Signer::jwk));
    let trust =
        Trust::new().issuer(Issuer::new("https://login.example/").audience("api://mail"), jwks(&keys));
    let verifier = Verifier::new(trust.expect("trust"));
    let token = signer.token(&usual());
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let bare = bare(alg, &signer.jwk());
    let (key, validation) = other(alg, &signer.jwk());

    let guard = || assert!(verifier.verify(&Request::bearer(black_box(&token)), Now(NOW)).is_accepted());
    let raw = || assert!(bare.verify_sig(black_box(message.as_bytes()), &signature).is_ok());
    let theirs = || assert!(jsonwebtoken::decode::<Value>(black_box(&token), &key, &validation).is_ok());
    // The best of 25 rounds, one after the other, so that a busy machine disturbs all alike.
    let mut best = [0.0_f64; 3];
    for _ in 0..25 {
        best[0] = best[0].max(rate(guard));
        best[1] = best[1].max(rate(raw));
        best[2] = best[2].max(rate(theirs));
    }
    let line = json!({
        "algorithm": alg,
        "token_bytes": token.len(),
        "guard_per_second": best[0].round(),
        "bare_signature_per_second": best[1].round(),
        "jsonwebtoken_per_second": best[2].round(),
        "share": (best[0] / best[1] * 1000.0).round() / 1000.0,
    });
    println!("{line}");
}

/// Claims as a directory writes them.
fn usual() -> Value {
    with(
        claims("https://login.example/", "api://mail"),
        json!({
            "azp": "5c1d8bd4-5c2c-4a0e-8a8e-000000000001",
            "name": "Someone Somewhere",
            "oid": "7c1d8bd4-5c2c-4a0e-8a8e-000000000002",
            "preferred_username": "someone@org.example",
            "scp": "Mail.Read Mail.Send offline_access",
            "sid": "3c1d8bd4-5c2c-4a0e-8a8e-000000000003",
            "tid": "9c1d8bd4-5c2c-4a0e-8a8e-000000000004",
            "roles": ["reader", "writer"],
        }),
    )
}

/// Times in a second of this thread's processor time: what other programs take does not count.
fn rate(work: impl Fn()) -> f64 {
    let (start, mut done) = (processor_seconds(), 0_u32);
    loop {
        for _ in 0..20 {
            work();
        }
        done += 20;
        let taken = processor_seconds() - start;
        if taken > 0.04 {
            return f64::from(done) / taken;
        }
    }
}

fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u32::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    f64::from(seconds.expect("short")) + f64::from(nanoseconds.expect("under a second")) / 1e9
}

/// The signature library with its key prepared, and nothing else.
fn bare(alg: &str, jwk: &Value) -> ParsedPublicKey {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().expect("text")).expect("base64");
    let rsa = |parameters| {
        let numbers = lc::RsaPublicKeyComponents { n: number("n"), e: number("e") };
        numbers.to_parsed_public_key(parameters).expect("a key")
    };
    let point = || [vec![4], number("x"), number("y")].concat();
    match alg {
        "RS256" => rsa(&lc::RSA_PKCS1_2048_8192_SHA256),
        "PS256" => rsa(&lc::RSA_PSS_2048_8192_SHA256),
        "ES256" => ParsedPublicKey::new(&lc::ECDSA_P256_SHA256_FIXED, point()).expect("a key"),
        "ES384" => ParsedPublicKey::new(&lc::ECDSA_P384_SHA384_FIXED, point()).expect("a key"),
        _ => ParsedPublicKey::new(&lc::ED25519, number("x")).expect("a key"),
    }
}

/// The other library, asked for the same claims; it has no clock to set.
fn other(alg: &str, jwk: &Value) -> (jsonwebtoken::DecodingKey, jsonwebtoken::Validation) {
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk.clone()).expect("a key");
    let mut validation = jsonwebtoken::Validation::new(alg.parse().expect("an algorithm"));
    validation.set_issuer(&["https://login.example/"]);
    validation.set_audience(&["api://mail"]);
    validation.validate_exp = false;
    (jsonwebtoken::DecodingKey::from_jwk(&jwk).expect("a key"), validation)
}
