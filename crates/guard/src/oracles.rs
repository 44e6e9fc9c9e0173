//! What must hold for any bytes at all: the bodies of the fuzz targets, and of a short run among the tests.
//!
//! An oracle takes bytes and panics if the code under it breaks a promise; that the code does not panic by itself is the
//! first of the promises.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "an oracle panics when a promise is broken; an index of JSON gives null"
)]

use crate::events::Receiver;
use crate::source::Archive;
use crate::verify::{Request, Verifier};
use crate::{Dpop, Issuer, KeySet, Now, Profile, Revocations, Trust};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// An issuer that signs whatever it is given.
struct World {
    pair: Ed25519KeyPair,
    verifier: Verifier,
    sender: Ed25519KeyPair,
    receiver: Receiver,
}

fn key_set_of(pair: &Ed25519KeyPair) -> KeySet {
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#);
    KeySet::from_jwks(set.as_bytes()).expect("a key set")
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let sender = Ed25519KeyPair::generate().expect("a key");
        let trust = Trust::new().issuer(Issuer::new("a").audience("m"), key_set_of(&pair)).expect("trust");
        let events = Issuer::new("a").profile(Profile::SecurityEvent).audience("m");
        let events = Trust::new().issuer(events, key_set_of(&sender)).expect("trust");
        let receiver = Receiver::new(Arc::new(Verifier::new(events))).speaks_for("a", ["a"]);
        World { pair, verifier: Verifier::new(trust), sender, receiver }
    })
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    signed_by(&world().pair, header, claims)
}

fn signed_by(pair: &Ed25519KeyPair, header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Any text is refused as a token, and as a proof of possession: nobody signed it.
///
/// # Panics
/// If the promise is broken.
pub fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let dpop = Dpop { proof: &text, method: "GET", url: "https://a/" };
    let verdict = world().verifier.verify(&Request::bearer(&text).dpop(dpop), Now(1));
    assert!(!verdict.is_accepted(), "accepted what nobody signed");
    let _steps = world().verifier.explain(&Request::bearer(&text), Now(1));
}

/// Any bytes as claims, and as a header, rightly signed: what is accepted says what must be said.
///
/// # Panics
/// If the promise is broken.
pub fn claims(bytes: &[u8]) {
    let now = 1_800_000_000;
    let judge = |token: &str| world().verifier.verify(&Request::bearer(token), Now(now));
    let verdict = judge(&signed(br#"{"alg":"EdDSA"}"#, bytes));
    if verdict.is_accepted() {
        let claims: Value = serde_json::from_slice(bytes).expect("accepted claims are JSON");
        assert_eq!(claims["iss"], "a");
        assert!(
            claims["aud"] == "m" || claims["aud"].as_array().is_some_and(|list| list.contains(&"m".into()))
        );
        let (issued, expires) = (claims["iat"].as_f64().expect("iat"), claims["exp"].as_f64().expect("exp"));
        assert!(expires > 1_799_999_939.0 && issued < 1_800_000_061.0 && expires - issued <= 86_401.0);
        assert!(["sub", "client_id", "azp", "appid"].iter().any(|name| claims[*name].is_string()));
    }
    let good = format!(r#"{{"iss":"a","aud":"m","sub":"s","iat":{now},"exp":{}}}"#, now + 60);
    let verdict = judge(&signed(bytes, good.as_bytes()));
    if verdict.is_accepted() {
        let header: Value = serde_json::from_slice(bytes).expect("an accepted header is JSON");
        assert!(header["alg"] == "EdDSA" || header["alg"] == "Ed25519");
        for name in ["jwk", "jku", "x5c", "x5u", "crit", "b64", "zip", "enc"] {
            assert!(header.get(name).is_none(), "{name}");
        }
    }
}

/// Any bytes as the claims of a security event, and as whom it is about, rightly signed: what is taken ends nothing of the future, has
/// neither an end nor a subject, and is no token.
///
/// # Panics
/// If the promise is broken.
pub fn event(bytes: &[u8]) {
    const NOW: u64 = 1_800_000_000;
    let kind = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    let about = format!(
        r#"{{"iss":"a","aud":"m","jti":"i","iat":{NOW},"events":{{"{kind}":{{}}}},"sub_id":{}}}"#,
        String::from_utf8_lossy(bytes)
    );
    for claims in [bytes, about.as_bytes()] {
        let set = signed_by(&world().sender, br#"{"alg":"EdDSA","typ":"secevent+jwt"}"#, claims);
        assert!(!world().verifier.verify(&Request::bearer(&set), Now(NOW)).is_accepted());
        let Ok(received) = world().receiver.receive(&set, &world().verifier, Now(NOW)) else { continue };
        let claims: Value = serde_json::from_slice(claims).expect("claims that are taken are JSON");
        assert!(claims["iss"] == "a" && claims.get("exp").is_none() && claims.get("sub").is_none());
        let bounded = |one: &crate::events::Cutoff| one.at <= NOW + 60 && one.at < one.until;
        assert!(received.cutoffs.iter().all(bounded) && received.cutoffs.len() <= 16 * 32);
        let late = received.cutoffs.iter().any(|one| one.until >= NOW);
        assert!(late || received.cutoffs.is_empty());
    }
}

/// Any bytes as a key set: a key that is taken has algorithms, and is the same when it is read again.
///
/// # Panics
/// If the promise is broken.
pub fn key_set(bytes: &[u8]) {
    let sets = [
        KeySet::from_jwks(bytes).ok(),
        std::str::from_utf8(bytes).ok().and_then(|text| KeySet::from_pem(text).ok()),
    ];
    for set in sets.into_iter().flatten() {
        for key in set.keys() {
            assert!(key.algorithms().next().is_some());
        }
        // Whatever the keys are, a record can be made of them.
        let trust = Trust::new().issuer(Issuer::new("a").audience("m"), set);
        assert!(trust.is_ok());
    }
    if let (Ok(one), Ok(two)) = (KeySet::from_jwks(bytes), KeySet::from_jwks(bytes)) {
        let names =
            |set: &KeySet| set.keys().map(|key| (key.thumbprint(), key.spki_sha256())).collect::<Vec<_>>();
        assert_eq!(names(&one), names(&two));
    }
}

/// Any bytes as a list of revoked keys or an archive: refused, or the same after writing and reading.
///
/// # Panics
/// If the promise is broken.
pub fn documents(bytes: &[u8]) {
    if let Ok(list) = Revocations::from_document(bytes) {
        let text: String = list.iter().map(|(thumbprint, _)| format!("{thumbprint}\n")).collect();
        let again =
            Revocations::from_document(format!("# list\n{text}").as_bytes()).expect("its own writing");
        assert!(again.iter().map(|(name, _)| name).eq(list.iter().map(|(name, _)| name)));
    }
    if let Ok(archive) = Archive::from_json(bytes) {
        let text = archive.to_json().expect("json");
        assert_eq!(Archive::from_json(text.as_bytes()), Ok(archive.clone()));
        archive.issuers().for_each(|issuer| drop(archive.key_set(issuer)));
    }
    let mut archive = Archive::default();
    if archive.observe("a", bytes, Now(1)).is_err() && archive != Archive::default() {
        panic!("noted what is no key set");
    }
}
