//! JSON Web Keys.

use super::support::*;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use coredact_keys::Kind;

fn member(name: &str, value: &[u8]) -> (String, String) {
    (name.to_owned(), BASE64_URL_SAFE_NO_PAD.encode(value))
}

fn plain(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The object in the ways that serialisers and logs write it, first member first.
fn objects(members: &[(String, String)]) -> Vec<String> {
    let join = |members: &[&(String, String)], comma: &str, colon: &str| {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\"{colon}\"{value}\"")).collect();
        format!("{{{}}}", members.join(comma))
    };
    let forward: Vec<_> = members.iter().collect();
    let backward: Vec<_> = members.iter().rev().collect();
    let compact = join(&forward, ",", ":");
    vec![
        compact.clone(),
        join(&backward, ",", ":"),
        join(&forward, ",\n    ", " : "),
        compact.replace('"', "\\\""),
        compact.replace('"', "\\\\\\\""),
        compact.replace('"', "'"),
        format!("{{\"keys\":[{compact}]}}"),
        format!("{{\"keys\":[{{\"kty\":\"RSA\",\"n\":\"AQAB\"}},{compact},{compact}]}}"),
    ]
}

fn rsa_members(key: &Key) -> Vec<(String, String)> {
    let names = [
        ("n", "modulus"),
        ("d", "privateExponent"),
        ("p", "prime1"),
        ("q", "prime2"),
        ("dp", "exponent1"),
        ("dq", "exponent2"),
        ("qi", "coefficient"),
    ];
    let mut members = vec![plain("kty", "RSA"), plain("e", "AQAB"), plain("kid", "first")];
    members.extend(names.iter().map(|(name, value)| member(name, key.value(value))));
    members
}

#[test]
fn rsa_members_go_and_public_ones_stay() {
    let key = Key::rsa();
    let members = rsa_members(&key);
    let private: Vec<&str> = members[4..].iter().map(|(_, value)| value.as_str()).collect();
    for text in objects(&members) {
        check_text(&text, Kind::RsaPrivateKey, &key.secrets(), &private);
        let left = String::from_utf8(erased(text.as_bytes(), &hits_in_text(&text))).unwrap();
        assert!(left.contains(&members[3].1), "the modulus stays");
    }
}

#[test]
fn values_broken_into_literals_go_whole() {
    let key = Key::rsa();
    let members = rsa_members(&key);
    let broken = |value: &str| {
        value
            .as_bytes()
            .chunks(60)
            .map(|part| format!("\"{}\"", str::from_utf8(part).unwrap()))
            .collect::<Vec<_>>()
    };
    let lines: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\": {}", broken(value).join("\n        ")))
        .collect();
    let text = format!("{{\n{}}}", lines.join(",\n"));
    check_text(&text, Kind::RsaPrivateKey, &key.secrets(), &[&members[4].1[..60], &members[4].1[120..180]]);
}

#[test]
fn hexadecimal_members_are_decoded_as_such() {
    let key = Key::rsa();
    let hex = |name: &str| key.value(name).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let members = [("n", "modulus"), ("d", "privateExponent"), ("p", "prime1"), ("q", "prime2")];
    let members: Vec<_> = members.iter().map(|(name, value)| plain(name, &hex(value))).collect();
    let secrets = ["privateExponent", "prime1", "prime2"].map(|name| key.value(name));
    for text in objects(&members) {
        check_text(&text, Kind::RsaPrivateKey, &secrets, &[&members[1].1, &members[2].1, &members[3].1]);
    }
}

#[test]
fn curve_and_octet_members_go() {
    let key = Key::p256();
    let point = &key.values["pub"];
    let members = [
        plain("kty", "EC"),
        plain("crv", "P-256"),
        member("x", &point[1..33]),
        member("y", &point[33..]),
        member("d", key.value("priv")),
    ];
    for text in objects(&members) {
        let hits = check_text(&text, Kind::EcPrivateKey, &key.secrets(), &[&members[4].1]);
        assert!(hits[0].material.public_ids.iter().any(|id| id.name == "jwk-thumbprint"));
    }
    let key = Key::ed25519();
    let (public, secret) = (&key.values["pub"], &key.values["priv"]);
    let members = [plain("kty", "OKP"), plain("crv", "Ed25519"), member("x", public), member("d", secret)];
    for text in objects(&members) {
        check_text(&text, Kind::EdwardsPrivateKey, &[secret], &[&members[3].1]);
    }
    let secret = noise(9, 32);
    let members = [plain("kty", "oct"), plain("alg", "HS256"), member("k", &secret)];
    for text in objects(&members) {
        check_text(&text, Kind::SymmetricKey, &[&secret], &[&members[2].1]);
    }
}

#[test]
fn jwk_cut_at_either_end_is_found() {
    let key = Key::rsa();
    let text = objects(&rsa_members(&key))[0].clone();
    let d = text.find("\"d\":\"").unwrap();
    for end in (d + 60..text.len()).step_by(61) {
        let cut = &text[..end];
        check_text(cut, Kind::RsaPrivateKey, &[], &[&text[d + 5..(d + 45)]]);
    }
    for start in (8..d).step_by(37) {
        check_text(&text[start..], Kind::RsaPrivateKey, &key.secrets(), &[&text[d + 5..d + 45]]);
    }
    let p = text.find("\"p\":\"").unwrap();
    let hits = hits_in_text(&text[p - 40..]);
    assert!(holds(&hits, key.value("prime1")) && holds(&hits, key.value("prime2")));
}

#[test]
fn other_json_with_such_members_is_left_alone() {
    for text in [
        r#"{"d":"2024-01-01T00:00:00Z and so on","k":"a key that is a name of a thing"}"#,
        r#"{"k":"abcdefghijklmnopqrstuvwxyz","v":"1"}"#,
        r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc","e":"AQAB"}"#,
        r#"{"type":"FeatureCollection","d":"M150 0 L75 200 L225 200 Z M150 0 L75 200 L225 200 Z"}"#,
    ] {
        assert!(hits_in_text(text).is_empty(), "{text}");
    }
}
