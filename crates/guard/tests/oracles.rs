//! A short run of the fuzz targets' oracles.
#![cfg(feature = "oracles")]

use coredact_guard::oracles;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Names and values that the code knows.
const WORDS: &[&str] = &[
    "iss",
    "aud",
    "sub",
    "iat",
    "exp",
    "nbf",
    "jti",
    "cnf",
    "a",
    "m",
    "alg",
    "kid",
    "typ",
    "EdDSA",
    "keys",
    "kty",
    "OKP",
    "RSA",
    "EC",
    "crv",
    "P-256",
    "Ed25519",
    "n",
    "e",
    "x",
    "y",
    "AQAB",
    "use",
    "sig",
    "x5c",
    "findings",
    "public_ids",
    "name",
    "value",
    "jwk-thumbprint",
    "private",
    "names",
    "schema",
    "issuers",
    "coredact-key-archive-v1",
    "from",
    "seen",
    "jwk",
    "events",
    "sub_id",
    "event_timestamp",
    "toe",
    "format",
    "complex",
    "aliases",
    "identifiers",
    "opaque",
    "iss_sub",
    "email",
    "id",
    "user",
    "session",
    "tenant",
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
];

/// The same in any arrangement.
fn document() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(WORDS);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (1_799_990_000_u64..1_800_090_000).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        word.clone().prop_map(Value::from),
        "[A-Za-z0-9_-]{43}".prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn all(bytes: &[u8]) {
    oracles::token(bytes);
    oracles::claims(bytes);
    oracles::event(bytes);
    oracles::key_set(bytes);
    oracles::documents(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_keep_every_promise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        all(&bytes);
    }

    #[test]
    fn any_document_keeps_every_promise(document in document(), cut in 0_usize..400) {
        let text = document.to_string();
        all(text.as_bytes());
        all(&text.as_bytes()[..cut.min(text.len())]);
    }

    #[test]
    fn nearly_good_claims_keep_every_promise(name in "iss|aud|sub|iat|exp|nbf|cnf", value in document()) {
        let mut claims = json!({"iss": "a", "aud": "m", "sub": "s", "iat": 1_800_000_000, "exp": 1_800_000_100});
        claims[name] = value;
        all(claims.to_string().as_bytes());
    }
}

#[test]
fn the_oracle_of_claims_sees_accepted_tokens() {
    oracles::claims(br#"{"iss":"a","aud":"m","sub":"s","iat":1800000000,"exp":1800000100}"#);
    oracles::claims(br#"{"alg":"Ed25519","typ":"JWT"}"#);
}

#[test]
fn the_oracle_of_events_sees_events_that_are_taken() {
    oracles::event(br#"{"format":"opaque","id":"s"}"#);
    oracles::event(
        br#"{"user":{"format":"iss_sub","iss":"a","sub":"u"},"session":{"format":"opaque","id":"s"}}"#,
    );
    let kind = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    let claims = format!(
        r#"{{"iss":"a","aud":["m"],"jti":"i","iat":1799999000,"sub_id":{{"format":"email","email":"a@b"}},"events":{{"{kind}":{{}}}}}}"#
    );
    oracles::event(claims.as_bytes());
}
