//! The known attacks on tokens, each refused with its reason.

mod common;

use common::{NOW, Signer, claims, jwks, with};
use coredact_guard::{Algorithm, Issuer, KeySet, Now, Profile, Reason, Request, Trust, Verifier};
use serde_json::{Value, json};

const ENT: &str = "https://ent.example/";
const CONSUMER: &str = "https://consumer.example/";

struct Case {
    verifier: Verifier,
    ent: Signer,
    consumer: Signer,
}

impl Case {
    fn new(alg: &'static str) -> Self {
        let (ent, consumer) = (Signer::new("e1", alg), Signer::new("c1", alg));
        let trust = Trust::new()
            .issuer(Issuer::new(ENT).audience("mail"), ent.set())
            .and_then(|trust| trust.issuer(Issuer::new(CONSUMER).audience("mail"), consumer.set()))
            .expect("trust");
        Self { verifier: Verifier::new(trust), ent, consumer }
    }

    fn check(&self, token: &str, expected: Option<Reason>, name: &str) {
        let verdict = self.verifier.verify(&Request::bearer(token), Now(NOW));
        assert_eq!(verdict.reason(), expected, "{name}: {verdict:?}");
    }

    /// A good token but for these changes of header and claims, signed rightly.
    fn changed(&self, header: Value, change: Value, expected: Option<Reason>) {
        let name = format!("{header} {change}");
        let header = with(json!({"alg": self.ent.alg, "typ": "JWT", "kid": "e1"}), header);
        let token = self.ent.sign(&header, &with(claims(ENT, "mail"), change));
        self.check(&token, expected, &name);
    }
}

#[test]
fn every_algorithm_is_accepted_with_its_own_key() {
    for algorithm in Algorithm::ALL {
        let case = Case::new(algorithm.name());
        case.check(&case.ent.token(&claims(ENT, "mail")), None, algorithm.name());
        case.check(&case.consumer.token(&claims(CONSUMER, "mail")), None, algorithm.name());
        let crossed = case.consumer.token(&claims(ENT, "mail"));
        case.check(&crossed, Some(Reason::KeyOfAnotherIssuer), algorithm.name());
    }
}

#[test]
fn a_consumer_key_does_not_sign_for_the_enterprise_whatever_name_it_takes() {
    let case = Case::new("ES256");
    for kid in [json!("c1"), json!("e1"), json!(null), json!("../../c1"), json!("' OR 1=1 --")] {
        let header = with(json!({"alg": "ES256", "typ": "JWT"}), json!({"kid": kid}));
        let token = case.consumer.sign(&header, &claims(ENT, "mail"));
        let verdict = case.verifier.verify(&Request::bearer(&token), Now(NOW));
        assert!(!verdict.is_accepted(), "{kid}");
        let named = kid == json!("c1") || kid.is_null();
        assert_eq!(verdict.reason() == Some(Reason::KeyOfAnotherIssuer), named, "{kid}: {verdict:?}");
        let key = verdict.facts().key();
        assert_eq!(key.map(|key| key.owner()), named.then_some(CONSUMER), "{kid}");
        assert_eq!(verdict.facts().issuer(), Some(ENT));
    }
}

#[test]
fn two_issuers_may_use_one_name_for_their_keys() {
    let (ent, consumer) = (Signer::new("1", "EdDSA"), Signer::new("1", "EdDSA"));
    let trust = Trust::new()
        .issuer(Issuer::new(ENT).audience("mail"), ent.set())
        .and_then(|trust| trust.issuer(Issuer::new(CONSUMER).audience("mail"), consumer.set()))
        .expect("trust");
    let verifier = Verifier::new(trust);
    let verify = |token: String| verifier.verify(&Request::bearer(&token), Now(NOW)).reason();
    assert_eq!(verify(ent.token(&claims(ENT, "mail"))), None);
    assert_eq!(verify(consumer.token(&claims(CONSUMER, "mail"))), None);
    assert_eq!(verify(consumer.token(&claims(ENT, "mail"))), Some(Reason::KeyOfAnotherIssuer));
}

#[test]
fn a_key_of_two_issuers_is_refused_at_both_unless_declared() {
    let one = Signer::new("1", "ES256");
    let trust = Trust::new()
        .issuer(Issuer::new(ENT).audience("mail"), one.set())
        .and_then(|trust| trust.issuer(Issuer::new(CONSUMER).audience("mail"), jwks(&[one.jwk_named("2")])))
        .expect("trust");
    for issuer in [ENT, CONSUMER] {
        assert_eq!(trust.keys_of(issuer).count(), 0, "{issuer}");
        assert_eq!(trust.refused_keys_of(issuer).count(), 1, "{issuer}");
    }
    let declared = trust.share_keys([ENT, CONSUMER]);
    for issuer in [ENT, CONSUMER] {
        assert_eq!(declared.keys_of(issuer).count(), 1, "{issuer}");
    }
}

#[test]
fn headers_that_bring_fetch_or_change_something_are_refused() {
    let case = Case::new("ES256");
    let own = case.consumer.jwk();
    for (header, reason) in [
        (json!({"jwk": own}), Reason::EmbeddedKey),
        (json!({"x5c": ["MII"]}), Reason::EmbeddedKey),
        (json!({"jku": "https://evil.example"}), Reason::KeyUrl),
        (json!({"x5u": "https://evil.example"}), Reason::KeyUrl),
        (json!({"crit": ["exp"], "exp": 1}), Reason::Critical),
        (json!({"crit": []}), Reason::Critical),
        (json!({"b64": false}), Reason::Unencoded),
        (json!({"b64": true}), Reason::Unencoded),
        (json!({"zip": "DEF"}), Reason::Compressed),
        (json!({"enc": "A128GCM"}), Reason::Encrypted),
        (json!({"cty": "JWT"}), Reason::Nested),
        (json!({"cty": "application/at+JWT"}), Reason::Nested),
        (json!({"typ": "logout+jwt"}), Reason::TypeWrong),
        (json!({"typ": "at+jwt"}), Reason::TypeWrong),
        (json!({"typ": 1}), Reason::HeaderMalformed),
        (json!({"kid": ["e1"]}), Reason::HeaderMalformed),
        (json!({"kid": "e2"}), Reason::KeyUnknown),
        (json!({"alg": "none"}), Reason::AlgorithmNone),
        (json!({"alg": "NoNe"}), Reason::AlgorithmNone),
        (json!({"alg": "HS256"}), Reason::AlgorithmSymmetric),
        (json!({"alg": "ES256K"}), Reason::AlgorithmUnknown),
        (json!({"alg": "es256"}), Reason::AlgorithmUnknown),
        (json!({"alg": "ES384"}), Reason::AlgorithmNotForKey),
        (json!({"alg": "RS256"}), Reason::AlgorithmNotForKey),
        (json!({"alg": null}), Reason::HeaderMalformed),
    ] {
        case.changed(header, json!({}), Some(reason));
    }
    case.changed(json!({"kid": null}), json!({}), None);
    case.changed(json!({"typ": null}), json!({}), None);
    case.changed(json!({"typ": "application/JWT"}), json!({}), None);
}

#[test]
fn claims_that_are_missing_malformed_or_out_of_time_are_refused() {
    let case = Case::new("EdDSA");
    let year = 365 * 24 * 3600;
    for (claims, reason) in [
        (json!({"iss": null}), Reason::IssuerMissing),
        (json!({"iss": [ENT]}), Reason::IssuerMalformed),
        (json!({"iss": ["https://evil.example/", ENT]}), Reason::IssuerMalformed),
        (json!({"iss": "https://ent.example"}), Reason::IssuerUnknown),
        (json!({"iss": "https://ent.example//"}), Reason::IssuerUnknown),
        (json!({"iss": "https://ENT.example/"}), Reason::IssuerUnknown),
        (json!({"iss": "https://\u{435}nt.example/"}), Reason::IssuerUnknown),
        (json!({"iss": "ent"}), Reason::IssuerUnknown),
        (json!({"iss": ""}), Reason::IssuerUnknown),
        (json!({"aud": null}), Reason::ClaimMissing),
        (json!({"aud": "files"}), Reason::AudienceWrong),
        (json!({"aud": []}), Reason::AudienceWrong),
        (json!({"aud": "mail "}), Reason::AudienceWrong),
        (json!({"aud": 1}), Reason::ClaimMalformed),
        (json!({"aud": ["mail", 1]}), Reason::ClaimMalformed),
        (json!({"aud": {"mail": 1}}), Reason::ClaimMalformed),
        (json!({"exp": null}), Reason::ClaimMissing),
        (json!({"iat": null}), Reason::ClaimMissing),
        (json!({"sub": null}), Reason::ClaimMissing),
        (json!({"sub": 7}), Reason::ClaimMalformed),
        (json!({"sub": ""}), Reason::ClaimMalformed),
        (json!({"jti": {}}), Reason::ClaimMalformed),
        (json!({"exp": "2000000000"}), Reason::TimeMalformed),
        (json!({"exp": 1e300}), Reason::TimeMalformed),
        (json!({"exp": -1}), Reason::TimeMalformed),
        (json!({"exp": true}), Reason::TimeMalformed),
        (json!({"exp": NOW - 61}), Reason::Expired),
        (json!({"exp": NOW - 60}), Reason::Expired),
        (json!({"exp": 0}), Reason::Expired),
        (json!({"nbf": NOW + 61}), Reason::NotYetValid),
        (json!({"iat": NOW + 61}), Reason::IssuedInFuture),
        (json!({"iat": NOW + year, "nbf": NOW + year, "exp": NOW + year + 60}), Reason::NotYetValid),
        (json!({"exp": NOW + 10 * year}), Reason::LifetimeTooLong),
        (json!({"iat": 0}), Reason::LifetimeTooLong),
        (json!({"cnf": {"jwe": "x"}}), Reason::BindingUnknown),
        (json!({"cnf": "x"}), Reason::ClaimMalformed),
    ] {
        case.changed(json!({}), claims, Some(reason));
    }
    case.changed(json!({}), json!({"aud": ["files", "mail"]}), None);
    case.changed(json!({}), json!({"sub": null, "client_id": "daemon"}), None);
    case.changed(json!({}), json!({"exp": NOW - 59}), None);
    case.changed(json!({}), json!({"exp": 1_800_000_100.5, "nbf": NOW + 60}), None);
}

#[test]
fn one_token_has_one_spelling() {
    let case = Case::new("ES256");
    let good = case.ent.token(&claims(ENT, "mail"));
    case.check(&good, None, "good");
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for (token, reason) in [
        (format!("{good}="), Reason::Base64),
        (format!("{good}=="), Reason::Base64),
        (format!("{good}\n"), Reason::Base64),
        (format!(" {good}"), Reason::Base64),
        (format!("{header}.{payload}."), Reason::Unsigned),
        (format!("{header}.{payload}"), Reason::NotCompact),
        (format!("{good}.{signature}"), Reason::NotCompact),
        (format!("{header}.{payload}.AA.AA.{signature}"), Reason::Encrypted),
        (format!("{header}.{payload}.{}", "A".repeat(86)), Reason::SignatureWrong),
        (format!("{header}.{payload}.AA"), Reason::SignatureWrong),
        ("{}".to_owned(), Reason::NotCompact),
        ("A".repeat(17 * 1024), Reason::TooLarge),
    ] {
        case.check(&token, Some(reason), &format!("{reason}"));
    }
    let duplicate = format!(r#"{{"iss":"https://evil.example","iss":"{ENT}","aud":"mail"}}"#);
    let token = case.ent.sign_texts(r#"{"alg":"ES256","kid":"e1"}"#, &duplicate);
    case.check(&token, Some(Reason::DuplicateMember), "duplicate claim");
    let token = case.ent.sign_texts(r#"{"alg":"ES256","alg":"none"}"#, "{}");
    case.check(&token, Some(Reason::DuplicateMember), "duplicate alg");
    for payload in ["[]", "null", "1", "", "{", "{}{}"] {
        let token = case.ent.sign_texts(r#"{"alg":"ES256","kid":"e1"}"#, payload);
        let expected = if payload.is_empty() { Reason::NotCompact } else { Reason::ClaimsMalformed };
        case.check(&token, Some(expected), payload);
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let case = Case::new("RS256");
    let head = json!({"alg": "HS256", "typ": "JWT", "kid": "e1"});
    let signed = case.ent.sign(&head, &claims(ENT, "mail"));
    let (message, _) = signed.rsplit_once('.').expect("three parts");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &case.ent.spki());
    let tag = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    let tag = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, tag);
    case.check(&format!("{message}.{tag}"), Some(Reason::AlgorithmSymmetric), "HS256 with a public key");
}

#[test]
fn every_refusal_names_its_step_and_no_step_shows_the_token() {
    let case = Case::new("ES256");
    let token = case.consumer.token(&claims(ENT, "mail"));
    let explanation = case.verifier.explain(&Request::bearer(&token), Now(NOW));
    let failed: Vec<_> = explanation.steps.iter().filter(|step| step.reason.is_some()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].reason, Some(Reason::KeyOfAnotherIssuer));
    let text = serde_json::to_string(&explanation.steps).expect("json");
    assert!(token.split('.').all(|part| !text.contains(part)), "{text}");
    assert!(text.contains(CONSUMER));
}

#[test]
fn profiles_ask_for_what_their_specifications_ask() {
    let signer = Signer::new("k", "ES256");
    let verify = |issuer: Issuer, header: Value, claims: &Value| {
        let mut jwk = signer.jwk();
        if issuer.name().starts_with("spiffe://") {
            jwk["use"] = json!("jwt-svid");
        }
        let trust = Trust::new().issuer(issuer, jwks(&[jwk])).expect("trust");
        let token = signer.sign(&with(json!({"alg": "ES256", "kid": "k"}), header), claims);
        Verifier::new(trust).verify(&Request::bearer(&token), Now(NOW)).reason()
    };
    let access = || Issuer::new(ENT).profile(Profile::AccessToken).audience("mail");
    let full = with(claims(ENT, "mail"), json!({"client_id": "app"}));
    assert_eq!(verify(access(), json!({"typ": "at+jwt"}), &full), None);
    assert_eq!(verify(access(), json!({"typ": "JWT"}), &full), Some(Reason::TypeWrong));
    assert_eq!(verify(access(), json!({}), &full), Some(Reason::TypeWrong));
    for name in ["sub", "client_id", "jti", "iat"] {
        let mut less = full.clone();
        less.as_object_mut().expect("an object").remove(name);
        assert_eq!(verify(access(), json!({"typ": "at+jwt"}), &less), Some(Reason::ClaimMissing), "{name}");
    }
    let svid = || Issuer::new("spiffe://example.org").profile(Profile::Spiffe).audience("mail");
    let claims = json!({"sub": "spiffe://example.org/mail/out", "aud": ["mail"], "exp": NOW + 300});
    assert_eq!(verify(svid(), json!({}), &claims), None);
    for subject in [
        "spiffe://example.org",
        "spiffe://example.org/",
        "spiffe://example.org/a//b",
        "spiffe://example.org/../b",
    ] {
        let claims = with(claims.clone(), json!({"sub": subject}));
        assert_eq!(verify(svid(), json!({}), &claims), Some(Reason::ClaimNotAllowed), "{subject}");
    }
    for subject in ["spiffe://example.org.evil/a", "spiffe://evil.org/a", "https://example.org/a"] {
        let claims = with(claims.clone(), json!({"sub": subject}));
        assert_eq!(verify(svid(), json!({}), &claims), Some(Reason::IssuerMissing), "{subject}");
    }
}

#[test]
fn an_empty_key_set_accepts_nothing() {
    let signer = Signer::new("k", "ES256");
    let trust = Trust::new().issuer(Issuer::new(ENT).audience("mail"), KeySet::default()).expect("trust");
    let token = signer.token(&claims(ENT, "mail"));
    let verdict = Verifier::new(trust).verify(&Request::bearer(&token), Now(NOW));
    assert_eq!(verdict.reason(), Some(Reason::KeyUnknown));
}
