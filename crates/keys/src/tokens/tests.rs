//! Tests of the whole: fresh tokens as they lie in memory.

use super::{Rules, sweepable};
use crate::material::{Certainty, Hit};
use proptest::prelude::*;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::builtin().unwrap());

fn scan(text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    RULES.scan(text, &mut hits);
    hits
}

/// What is taken from `text`, with the rule that took it.
fn check(text: &str, expected: &[(&str, &str)]) {
    let hits = scan(text.as_bytes());
    let found: Vec<(&str, &str)> =
        hits.iter().map(|hit| (hit.material.detector.as_str(), &text[hit.range.clone()])).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_specific_rule_wins_over_a_name() {
    // The body and checksum of no real token: counting letters.
    let body = "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o";
    let suffix = String::from_utf8(super::check::crc32_suffix(body.as_bytes()).to_vec()).unwrap();
    let token = format!("{body}{suffix}");
    check(&format!("GITHUB_TOKEN=ghp_{token}"), &[("github-token", &token)]);
    assert_eq!(scan(format!("ghp_{token}").as_bytes())[0].material.certainty, Certainty::Structured);
    assert_eq!(scan(format!("ghp_{body}000000").as_bytes())[0].material.certainty, Certainty::Matched);
}

#[test]
fn the_example_of_rfc_7519_is_a_jwt_in_any_surroundings() {
    // RFC 7519, section 3.1.
    let header = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
    let secret = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let token = format!("{header}.{secret}");
    check(&token, &[("jwt", secret)]);
    check(&format!("x{token}"), &[("jwt", secret)]);
    check(&format!("Authorization: Bearer {token}\r\nHost: x"), &[("jwt", secret)]);
    check(&format!("The token {token}. It ends."), &[("jwt", secret)]);
    check(&format!("\"access_token\":\"{token}\""), &[("jwt", secret)]);
    assert_eq!(scan(token.as_bytes())[0].material.certainty, Certainty::Structured);
}

#[test]
fn the_password_of_basic_is_a_component() {
    // RFC 7617, section 2.
    let hits = scan(b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let names: Vec<(&str, &[u8])> =
        hits[0].material.components.iter().map(|c| (c.name, c.value.bytes())).collect();
    assert_eq!(names, [("text", &b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="[..]), ("password", b"open sesame")]);
}

#[test]
fn published_keys_are_named_as_such() {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html, its example.
    let hits = scan(format!("{}{}", "AKIA", "IOSFODNN7EXAMPLE").as_bytes());
    assert!(hits[0].material.publicly_known.is_some());
}

#[test]
fn repeated_keywords_cost_no_square() {
    for keyword in [
        "eyJ",
        "eyJhbGciOi",
        "ghp_",
        "://a:b@",
        "password=",
        "cookie:",
        "AKIA",
        "bearer ",
        "authorization: a ",
        "Server=x;",
        "{\"alg\":",
    ] {
        let text = keyword.repeat(40_000 / keyword.len());
        let hits = scan(text.as_bytes()).len();
        assert!(hits <= text.len(), "{keyword}");
    }
}

#[test]
fn weak_values_are_hits_but_not_for_sweeping() {
    let hits = scan(b"Server=db;User Id=app;Password=postgres;");
    assert_eq!(hits[0].material.components[0].value.bytes(), b"postgres");
    assert!(!sweepable(b"postgres"));
}

proptest! {
    #[test]
    fn no_text_panics_and_every_hit_lies_in_it(text in "(\\PC|[ -~\\t\\r\\n]|password=|eyJ|://|:|@|\"|Bearer |Cookie: |ghp_|AKIA){0,60}") {
        for hit in scan(text.as_bytes()) {
            prop_assert!(hit.range.start < hit.range.end && hit.range.end <= text.len());
            prop_assert_eq!(&text.as_bytes()[hit.range.clone()], hit.material.components[0].value.bytes());
        }
    }
}
