//! Key, issuer, tenant, lifetime: what a key is good for.

mod common;

use common::{NOW, Signer, claims, jwks, with};
use coredact_guard::audit::{AgeRules, audit};
use coredact_guard::source::Archive;
use coredact_guard::{
    Controls, Issuer, KeyFault, KeySet, Now, PastCertificate, Profile, Reason, Request, Revocation,
    Revocations, Trust, TrustError, Verdict, Verifier,
};
use serde_json::{Value, json};

const OPEN: &str = "https://login.example/{tenantid}/v2.0";
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn entra(tenant: &str) -> Value {
    let issuer = format!("https://login.example/{tenant}/v2.0");
    with(claims(&issuer, "mail"), json!({"tid": tenant, "ver": "2.0", "uti": "u-1"}))
}

fn verify(verifier: &Verifier, token: &str) -> Option<Reason> {
    verifier.verify(&Request::bearer(token), Now(NOW)).reason()
}

fn record() -> Issuer {
    Issuer::new(OPEN).profile(Profile::EntraV2).audience("mail").tenants(["t-1", "t-2", CONSUMERS])
}

#[test]
fn a_key_of_a_shared_set_is_its_own_issuers_alone() {
    let (common, consumer, one, silent) = (
        Signer::new("a", "ES256"),
        Signer::new("b", "ES256"),
        Signer::new("c", "ES256"),
        Signer::new("d", "ES256"),
    );
    let member = |signer: &Signer, issuer: &str| with(signer.jwk(), json!({"issuer": issuer}));
    let consumers = format!("https://login.example/{CONSUMERS}/v2.0");
    let set = jwks(&[
        member(&common, OPEN),
        member(&consumer, "https://live.example/consumers"),
        member(&one, "https://login.example/t-1/v2.0"),
        member(&silent, &consumers),
        Signer::new("e", "ES256").jwk(),
    ]);
    let trust = Trust::new().issuer(record().shared_key_set(), set).expect("trust");
    let faults: Vec<KeyFault> = trust.refused_keys_of(OPEN).map(|key| key.fault).collect();
    assert_eq!(faults, [KeyFault::IssuerOther, KeyFault::IssuerMissing]);
    let verifier = Verifier::new(trust);
    assert_eq!(verify(&verifier, &common.token(&entra("t-1"))), None);
    assert_eq!(verify(&verifier, &common.token(&entra("t-2"))), None);
    assert_eq!(verify(&verifier, &consumer.token(&entra("t-1"))), Some(Reason::KeyOfAnotherIssuer));
    assert_eq!(verify(&verifier, &one.token(&entra("t-1"))), None);
    assert_eq!(verify(&verifier, &one.token(&entra("t-2"))), Some(Reason::KeyTenantWrong));
    assert_eq!(verify(&verifier, &silent.token(&entra("t-1"))), Some(Reason::KeyTenantWrong));
    assert_eq!(verify(&verifier, &silent.token(&entra(CONSUMERS))), None);
}

#[test]
fn tenants_agree_and_are_served() {
    let key = Signer::new("a", "ES256");
    let verifier = Verifier::new(Trust::new().issuer(record(), key.set()).expect("trust"));
    for (change, expected) in [
        (json!({}), None),
        (json!({"tid": "t-2"}), Some(Reason::TenantMismatch)),
        (json!({"tid": null}), Some(Reason::TenantMissing)),
        (json!({"tid": 1}), Some(Reason::ClaimMalformed)),
        (json!({"tid": "T-1"}), Some(Reason::TenantMismatch)),
        (json!({"iss": "https://login.example/t-2/v2.0"}), Some(Reason::TenantMismatch)),
        (json!({"iss": "https://login.example/t-3/v2.0", "tid": "t-3"}), Some(Reason::TenantNotAllowed)),
        (json!({"iss": OPEN, "tid": "{tenantid}"}), Some(Reason::IssuerUnknown)),
        (json!({"iss": "https://login.example//v2.0", "tid": ""}), Some(Reason::IssuerUnknown)),
        (json!({"iss": "https://login.example/t-1/t-1/v2.0"}), Some(Reason::IssuerUnknown)),
        (json!({"ver": "1.0"}), Some(Reason::ClaimNotAllowed)),
        (json!({"ver": null}), Some(Reason::ClaimNotAllowed)),
    ] {
        assert_eq!(verify(&verifier, &key.token(&with(entra("t-1"), change.clone()))), expected, "{change}");
    }
    let any =
        Issuer::new(OPEN).profile(Profile::EntraV2).audience("mail").any_tenant().require("groups", ["g-1"]);
    let verifier = Verifier::new(Trust::new().issuer(any, key.set()).expect("trust"));
    for (change, expected) in [
        (json!({"groups": ["g-0", "g-1"]}), None),
        (json!({"groups": "g-1"}), None),
        (json!({"groups": ["g-2"]}), Some(Reason::ClaimNotAllowed)),
        (json!({}), Some(Reason::ClaimMissing)),
    ] {
        assert_eq!(verify(&verifier, &key.token(&with(entra("t-9"), change.clone()))), expected, "{change}");
    }
}

#[test]
fn keys_of_another_cloud_are_not_taken() {
    let key = Signer::new("a", "ES256");
    for (cloud, taken) in [(json!("global"), true), (json!("sovereign"), false), (json!(null), false)] {
        let jwk = with(key.jwk(), json!({"cloud_instance_name": cloud}));
        let trust = Trust::new().issuer(record().cloud("global"), jwks(&[jwk])).expect("trust");
        assert_eq!(trust.keys_of(OPEN).count() == 1, taken, "{cloud}");
        assert_eq!(trust.refused_keys_of(OPEN).any(|key| key.fault == KeyFault::CloudOther), !taken);
    }
}

#[test]
fn records_that_leave_something_open_are_refused() {
    let key = || Signer::new("a", "ES256").set();
    let trust = |issuer| Trust::new().issuer(issuer, key()).map(|_| ());
    assert!(matches!(trust(Issuer::new("https://a")), Err(TrustError::NoAudience(_))));
    assert!(matches!(trust(Issuer::new("").audience("m")), Err(TrustError::Name(_))));
    assert!(matches!(trust(Issuer::new(OPEN).audience("m")), Err(TrustError::NoTenants(_))));
    let exact = Issuer::new("https://a").profile(Profile::EntraV2).audience("m");
    assert!(matches!(trust(exact), Err(TrustError::NoTenants(_))));
    assert!(matches!(
        trust(Issuer::new("https://a").profile(Profile::Spiffe).audience("m")),
        Err(TrustError::TrustDomain(_))
    ));
    let twice = Trust::new().issuer(record(), key()).and_then(|trust| trust.issuer(record(), key()));
    assert!(matches!(twice, Err(TrustError::Twice(_))));
    let other = Issuer::new("https://login.example/{tenantid}").audience("m").any_tenant();
    let overlap = Trust::new().issuer(record(), key()).and_then(|trust| trust.issuer(other, key()));
    assert!(matches!(overlap, Err(TrustError::Overlap(..))));
}

#[test]
fn a_key_past_its_certificate_signs_no_more() {
    // NOW is in January 2027.
    let verdict = |from, to, rule, controls| {
        let (signer, jwk) = Signer::certified("a", from, to);
        let issuer = Issuer::new("https://a").audience("mail").past_certificate(rule);
        let trust = Trust::new().issuer(issuer, jwks(&[jwk])).expect("trust");
        assert_eq!(trust.refused_keys_of("https://a").count(), 0);
        let token = signer.token(&claims("https://a", "mail"));
        Verifier::new(trust).with_controls(controls).verify(&Request::bearer(&token), Now(NOW))
    };
    let all = Controls::all();
    let refuse = PastCertificate::Refuse;
    assert_eq!(verdict(2020, 2030, refuse, all).reason(), None);
    let old = verdict(2016, 2021, refuse, all);
    assert_eq!(old.reason(), Some(Reason::KeyExpired));
    assert!(old.facts().key().is_some(), "the key is named");
    assert_eq!(verdict(2028, 2030, refuse, all).reason(), Some(Reason::KeyNotYetValid));
    let noted = verdict(2016, 2021, PastCertificate::Note, all);
    assert_eq!((noted.reason(), noted.facts().notes()), (None, ["key-past-certificate"].as_slice()));
    let off = verdict(2016, 2021, refuse, all.without_certificate_check());
    assert_eq!((off.reason(), off.facts().controls_off()), (None, ["certificate"].as_slice()));
}

#[test]
fn a_certificate_must_be_the_keys_own() {
    let (_, jwk) = Signer::certified("a", 2020, 2030);
    let (_, other) = Signer::certified("b", 2020, 2030);
    let wrong = |change: Value| {
        let set = jwks(&[with(jwk.clone(), change)]);
        set.refused.first().map(|key| key.fault)
    };
    assert_eq!(wrong(json!({})), None);
    assert_eq!(wrong(json!({"x5c": other["x5c"], "x5t#S256": null})), Some(KeyFault::Certificate));
    assert_eq!(wrong(json!({"x5t#S256": other["x5t#S256"]})), Some(KeyFault::Certificate));
    assert_eq!(wrong(json!({"x5t": "AAAA"})), Some(KeyFault::Certificate));
    assert_eq!(wrong(json!({"x5c": []})), Some(KeyFault::Certificate));
    assert_eq!(wrong(json!({"x5c": ["AAAA"]})), Some(KeyFault::Certificate));
    assert_eq!(wrong(json!({"exp": "soon"})), Some(KeyFault::Malformed));
}

#[test]
fn a_revoked_key_signs_for_nobody_whatever_its_set_says() {
    let key = Signer::new("a", "RS256");
    let issuer = || Issuer::new("https://a").audience("mail");
    let verifier = Verifier::new(Trust::new().issuer(issuer(), key.set()).expect("trust"));
    let token = key.token(&claims("https://a", "mail"));
    assert_eq!(verify(&verifier, &token), None);
    let spki = coredact_guard::Thumbprint::of(&key.spki());
    for name in [key.thumbprint(), spki] {
        let mut list = Revocations::new();
        list.insert(name, Revocation { why: "found in core.812".into(), since: None });
        verifier.replace_revocations(list);
        let Verdict::Refused(refused) = verifier.verify(&Request::bearer(&token), Now(NOW)) else {
            panic!("accepted");
        };
        assert_eq!((refused.reason, refused.signed), (Reason::KeyRevoked, true));
        assert_eq!(refused.detail, "found in core.812");
        assert_eq!(refused.facts.subject(), Some("someone"), "what it claims is kept for the hunt");
        let renamed = jwks(&[key.jwk_named("fresh")]);
        let trust = verifier.trust().with_keys("https://a", renamed, None).expect("trust");
        let again = Verifier::new(trust);
        again.replace_revocations((*verifier.revocations()).clone());
        let header = json!({"alg": "RS256", "kid": "fresh"});
        let token = key.sign(&header, &claims("https://a", "mail"));
        assert_eq!(verify(&again, &token), Some(Reason::KeyRevoked), "under a new name");
        verifier.replace_revocations(Revocations::new());
    }
    let withdrawn = jwks(&[with(key.jwk(), json!({"revoked": {"revoked_at": 1}}))]);
    let verifier = Verifier::new(Trust::new().issuer(issuer(), withdrawn).expect("trust"));
    assert_eq!(verify(&verifier, &token), Some(Reason::KeyRevoked));
}

#[test]
fn without_the_scope_check_the_incident_happens_again_and_the_verdict_says_so() {
    let (ent, consumer) = (Signer::new("e", "RS256"), Signer::new("c", "RS256"));
    let trust = Trust::new()
        .issuer(Issuer::new("https://ent").audience("mail"), ent.set())
        .and_then(|trust| trust.issuer(Issuer::new("https://consumer").audience("home"), consumer.set()))
        .expect("trust");
    let forged = consumer.token(&claims("https://ent", "mail"));
    assert_eq!(verify(&Verifier::new(trust.clone()), &forged), Some(Reason::KeyOfAnotherIssuer));
    let off = Verifier::new(trust).with_controls(Controls::all().without_scope_check());
    let verdict = off.verify(&Request::bearer(&forged), Now(NOW));
    assert!(verdict.is_accepted());
    assert_eq!(verdict.facts().controls_off(), ["scope"]);
    assert_eq!(verdict.facts().key().map(|key| key.owner()), Some("https://consumer"));
    let shown = serde_json::to_string(&off.explain(&Request::bearer(&forged), Now(NOW)).steps).expect("json");
    assert!(shown.contains("NOT CHECKED"), "{shown}");
}

#[test]
fn keys_are_stale_after_their_time() {
    let key = Signer::new("a", "ES256");
    let trust =
        Trust::new().issuer(Issuer::new("https://a").audience("mail"), KeySet::default()).expect("trust");
    let verifier = Verifier::new(trust.with_keys("https://a", key.set(), Some(NOW + 10)).expect("trust"));
    let token = key.token(&claims("https://a", "mail"));
    let at = |now| verifier.verify(&Request::bearer(&token), Now(now)).reason();
    assert_eq!((at(NOW), at(NOW + 10), at(NOW + 11)), (None, None, Some(Reason::KeysStale)));
}

#[test]
fn old_tokens_are_judged_by_the_keys_of_their_time() {
    let (first, second) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let set =
        |keys: &[&Signer]| json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string();
    let mut archive = Archive::default();
    let day = 24 * 3600;
    for (at, keys) in
        [(0, vec![&first]), (day, vec![&first, &second]), (2 * day, vec![&second]), (9 * day, vec![&second])]
    {
        archive.observe("https://a", set(&keys).as_bytes(), Now(NOW + at)).expect("a key set");
    }
    assert!(archive.observe("https://a", b"{}", Now(NOW)).is_err());
    let archive = Archive::from_json(archive.to_json().expect("json").as_bytes()).expect("the same");
    let issuer = Issuer::new("https://a").audience("mail");
    let verifier = Verifier::new(Trust::new().issuer(issuer, archive.key_set("https://a")).expect("trust"));
    let judge = |key: &Signer, issued: u64| {
        let times = json!({"iat": issued, "nbf": issued, "exp": issued + 3600});
        let token = key.token(&with(claims("https://a", "mail"), times));
        verifier.verify(&Request::bearer(&token), Now(issued)).reason()
    };
    assert_eq!(judge(&first, NOW - 30 * day), None, "older than the first look");
    assert_eq!(judge(&first, NOW + day), None);
    assert_eq!(judge(&first, NOW + day + 3600), Some(Reason::KeyRetired));
    assert_eq!(judge(&second, NOW), Some(Reason::KeyNotYetValid));
    assert_eq!(judge(&second, NOW + 20 * day), None);
}

#[test]
fn the_audit_names_old_keys() {
    let (_, past) = Signer::certified("past", 2016, 2021);
    let (_, near) = Signer::certified("near", 2026, 2028);
    let plain = Signer::new("plain", "ES256");
    let mut private = Signer::new("private", "ES256").jwk();
    private["d"] = json!("AAAA");
    let set = jwks(&[past, near, plain.jwk(), private]);
    let trust = Trust::new()
        .issuer(Issuer::new("https://a").audience("mail"), set)
        .and_then(|trust| trust.issuer(Issuer::new("https://b").audience("mail"), KeySet::default()))
        .expect("trust");
    let mut list = Revocations::new();
    list.insert(plain.thumbprint(), Revocation::default());
    let rules = AgeRules { rotation_days: 365, notice_days: 360 };
    let found: Vec<(Option<String>, &str)> = audit(&trust, &list, rules, Now(NOW))
        .into_iter()
        .map(|warning| (warning.kid, warning.kind))
        .collect();
    let named = |kid: &str, kind| (Some(kid.to_owned()), kind);
    assert_eq!(
        found,
        [
            named("past", "past-end"),
            named("past", "past-rotation"),
            named("near", "end-near"),
            named("near", "past-rotation"),
            named("plain", "revoked-yet-published"),
            named("plain", "age-unknown"),
            named("private", "private-key-published"),
            (None, "no-keys"),
        ]
    );
}
