//! Tokens that must not pass.

use super::{CONSUMER, ENT, Lab, Signer, claims, with};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// Every attack, with the reason that the log must give.
pub(crate) fn attacks(lab: &Lab) -> Vec<(&'static str, String)> {
    let (ent, consumer, stranger) = (&lab.ent, &lab.consumer, Signer::new("e1", "RS256"));
    let good = claims(ENT, "mail");
    let now = good["iat"].as_u64().expect("a date") + 60;
    let own = |header, change| {
        ent.sign(
            &with(json!({"alg": "RS256", "typ": "JWT", "kid": "e1"}), header),
            &with(good.clone(), change),
        )
    };
    let none = format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), part(&good.to_string()));
    let hmac_token = {
        let signed =
            format!("{}.{}", part(r#"{"alg":"HS256","typ":"JWT","kid":"e1"}"#), part(&good.to_string()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &ent.spki()), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    };
    let genuine = ent.token(&good);
    let parts: Vec<&str> = genuine.split('.').collect();
    let other = part(&with(good.clone(), json!({"sub": "administrator"})).to_string());
    vec![
        ("key-of-another-issuer", consumer.token(&good)),
        ("signature-wrong", consumer.sign(&json!({"alg": "RS256", "typ": "JWT", "kid": "e1"}), &good)),
        ("signature-wrong", stranger.token(&good)),
        ("signature-wrong", format!("{}.{other}.{}", parts[0], parts[2])),
        ("algorithm-none", none),
        ("unsigned", format!("{}.{}.", parts[0], parts[1])),
        ("algorithm-symmetric", hmac_token),
        ("embedded-key", stranger.sign(&json!({"alg": "RS256", "typ": "JWT", "jwk": stranger.jwk()}), &good)),
        ("key-url", own(json!({"jku": "https://evil.example/keys"}), json!({}))),
        ("critical", own(json!({"crit": ["exp"]}), json!({}))),
        ("unencoded", own(json!({"b64": false}), json!({}))),
        ("type-wrong", own(json!({"typ": "logout+jwt"}), json!({}))),
        ("nested", own(json!({"cty": "JWT"}), json!({}))),
        ("issuer-unknown", own(json!({}), json!({"iss": "https://ent.example"}))),
        ("issuer-missing", own(json!({}), json!({"iss": null}))),
        ("expired", own(json!({}), json!({"exp": now - 3600, "iat": now - 7200}))),
        ("issued-in-future", own(json!({}), json!({"iat": now + 3600, "exp": now + 7200}))),
        ("lifetime-too-long", own(json!({}), json!({"exp": now + 10 * 24 * 3600}))),
        ("audience-wrong", own(json!({}), json!({"aud": "files"}))),
        ("claim-missing", own(json!({}), json!({"sub": null}))),
        ("binding-missing", own(json!({}), json!({"aud": "payments"}))),
        ("proof-missing", own(json!({}), json!({"cnf": {"jkt": consumer.thumbprint().to_string()}}))),
        (
            "duplicate-member",
            ent.sign_texts(r#"{"alg":"RS256","typ":"JWT","kid":"e1"}"#, &doubled(&good.to_string())),
        ),
        ("base64", format!("{genuine}=")),
        ("not-compact", "a".to_owned()),
        ("encrypted", "a.b.c.d.e".to_owned()),
        ("key-of-another-issuer", consumer.token(&with(claims(CONSUMER, "mail"), json!({"iss": ENT})))),
    ]
}

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The same object with its subject twice.
fn doubled(text: &str) -> String {
    text.replacen('{', r#"{"sub":"administrator","#, 1)
}
