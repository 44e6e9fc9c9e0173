//! Security events: what they end, who may send them, and what they are not.

mod common;

use common::{NOW, Signer, claims, with};
use coredact_guard::events::{Ended, EventFault, Receiver};
use coredact_guard::ledger::SqliteLedger;
use coredact_guard::log::Circumstances;
use coredact_guard::{
    Guard, Issuer, Now, Profile, Reason, Request, Revocation, Revocations, Trust, Verifier,
};
use serde_json::{Value, json};
use std::sync::Arc;

const LOGIN: &str = "https://login.example";
const OTHER: &str = "https://other.example";
const SENDER: &str = "https://events.example";
const HERE: &str = "https://guard.example";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CHANGED: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const DISABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";

/// Two issuers of tokens, and a transmitter that speaks for one of them.
struct Lab {
    login: Signer,
    other: Signer,
    sender: Signer,
    tokens: Arc<Verifier>,
    receiver: Receiver,
    store: Arc<SqliteLedger>,
    folder: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        let [login, other, sender] = ["l", "o", "s"].map(|kid| Signer::new(kid, "ES256"));
        let issuer = |name| Issuer::new(name).audience("mail");
        let trust = Trust::new().issuer(issuer(LOGIN), login.set()).expect("trust");
        let trust = trust.issuer(issuer(OTHER), other.set()).expect("trust");
        let events = Issuer::new(SENDER).profile(Profile::SecurityEvent).audience(HERE);
        let events = Trust::new().issuer(events, sender.set()).expect("trust");
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            tokens: Arc::new(Verifier::new(trust)),
            receiver: Receiver::new(Arc::new(Verifier::new(events))).speaks_for(SENDER, [LOGIN]),
            store: Arc::new(SqliteLedger::open(&folder.path().join("events.db")).expect("a store")),
            login,
            other,
            sender,
            folder,
        }
    }

    fn receive(&self, set: &str) -> Result<bool, EventFault> {
        let received = self.receiver.receive(set, &self.tokens, Now(NOW))?;
        Ok(pollster::block_on(self.store.end(&received.cutoffs)).expect("written"))
    }

    fn set(&self, claims: &Value) -> String {
        self.sender.sign(&header("s"), claims)
    }

    fn ask(&self, token: &str) -> Option<Reason> {
        let guard = Guard::new(Arc::clone(&self.tokens)).with_ended(Arc::<SqliteLedger>::clone(&self.store));
        let (request, around) = (Request::bearer(token), Circumstances::default());
        pollster::block_on(guard.decide(&request, &around, Now(NOW))).reason()
    }

    fn token(&self, change: Value) -> String {
        let usual = json!({"sub": "u", "sid": "s-1", "email": "U@example.org", "iat": NOW - 600});
        self.login.token(&with(with(claims(LOGIN, "mail"), usual), change))
    }
}

fn header(kid: &str) -> Value {
    json!({"alg": "ES256", "typ": "secevent+jwt", "kid": kid})
}

fn event(kind: &str, subject: Value) -> Value {
    json!({
        "iss": SENDER, "aud": HERE, "jti": "e-1", "iat": NOW, "sub_id": subject,
        "events": {kind: {"event_timestamp": NOW - 300}},
    })
}

fn user(subject: &str) -> Value {
    json!({"format": "iss_sub", "iss": LOGIN, "sub": subject})
}

fn opaque(id: &str) -> Value {
    json!({"format": "opaque", "id": id})
}

#[test]
fn an_event_ends_what_it_names_and_nothing_else() {
    for (kind, subject, ended) in [
        (REVOKED, user("u"), [true, true, false]),
        (CHANGED, user("u"), [true, true, false]),
        (DISABLED, opaque("u"), [true, true, false]),
        (CHANGED, json!({"format": "email", "email": "u@EXAMPLE.org"}), [true, true, true]),
        (REVOKED, opaque("s-1"), [true, false, false]),
        (
            REVOKED,
            json!({"format": "complex", "session": opaque("s-1"), "user": user("u")}),
            [true, false, false],
        ),
        (
            REVOKED,
            json!({"format": "complex", "session": opaque("s-2"), "user": user("u")}),
            [false, true, false],
        ),
        (
            REVOKED,
            json!({"format": "complex", "session": opaque("s-1"), "user": user("v")}),
            [false, false, false],
        ),
        ("https://schemas.openid.net/secevent/ssf/event-type/verification", opaque("u"), [false; 3]),
        ("https://example.org/session-revoked", user("u"), [false; 3]),
    ] {
        let lab = Lab::new();
        let tokens =
            [json!({}), json!({"sid": "s-2"}), json!({"sub": "v", "sid": "s-3"})].map(|one| lab.token(one));
        lab.receive(&lab.set(&event(kind, subject.clone()))).expect("taken");
        for (token, ended) in tokens.iter().zip(ended) {
            assert_eq!(lab.ask(token), ended.then_some(Reason::TokenEnded), "{kind} {subject}");
        }
        // Of the same names at another issuer.
        let theirs = lab
            .other
            .token(&with(claims(OTHER, "mail"), json!({"sub": "u", "sid": "s-1", "iat": NOW - 600})));
        assert_eq!(lab.ask(&theirs), None, "{kind} {subject}");
    }
}

#[test]
fn tokens_of_later_pass_and_an_older_event_takes_nothing_back() {
    let lab = Lab::new();
    let at = |at: u64| {
        lab.set(&with(event(REVOKED, user("u")), json!({"events": {REVOKED: {"event_timestamp": at}}})))
    };
    assert_eq!(lab.receive(&at(NOW - 300)), Ok(true));
    assert_eq!(lab.receive(&at(NOW - 300)), Ok(false), "known");
    assert_eq!(lab.receive(&at(NOW - 500)), Ok(false), "older");
    for (issued, refused) in [(NOW - 301, true), (NOW - 300, true), (NOW - 299, false)] {
        assert_eq!(lab.ask(&lab.token(json!({"iat": issued}))).is_some(), refused, "{issued}");
    }
    assert_eq!(lab.receive(&at((NOW - 100) * 1000)), Ok(true), "in milliseconds");
    assert_eq!(lab.ask(&lab.token(json!({"iat": NOW - 100}))), Some(Reason::TokenEnded));
    assert_eq!(lab.ask(&lab.token(json!({"iat": NOW - 99}))), None);

    // It outlives the process, and is forgotten when no token is left.
    let again = SqliteLedger::open(&lab.folder.path().join("events.db")).expect("the same file");
    let cutoffs = lab.receiver.receive(&at(NOW - 100), &lab.tokens, Now(NOW)).expect("taken").cutoffs;
    let names: Vec<_> = cutoffs.iter().map(|cutoff| cutoff.name).collect();
    let latest = || pollster::block_on(again.latest(&names)).expect("an answer");
    assert_eq!(latest(), Some(NOW - 100));
    pollster::block_on(again.forget_ended(NOW + 3600)).expect("done");
    assert_eq!(latest(), Some(NOW - 100));
    pollster::block_on(again.forget_ended(NOW + 2 * 24 * 3600)).expect("done");
    assert_eq!(latest(), None);
}

#[test]
fn attacks_are_refused_with_the_code_of_rfc_8935() {
    let lab = Lab::new();
    let good = || event(REVOKED, user("u"));
    let stranger = Signer::new("s", "ES256");
    let own = |change| lab.set(&with(good(), change));
    let parts: Vec<String> = lab.set(&good()).split('.').map(str::to_owned).collect();
    let headed = |change| lab.sender.sign(&with(header("s"), change), &good());
    let moment = |at: u64| own(json!({"events": {REVOKED: {"event_timestamp": at}}}));
    for (set, code, reason) in [
        (lab.token(json!({})), "invalid_issuer", "issuer-unknown"),
        (lab.sender.token(&claims(SENDER, HERE)), "invalid_request", "type-wrong"),
        (lab.sender.sign(&header("s"), &claims(SENDER, HERE)), "invalid_request", "claim-not-allowed"),
        (headed(json!({"typ": null})), "invalid_request", "type-wrong"),
        (headed(json!({"typ": "JWT"})), "invalid_request", "type-wrong"),
        (headed(json!({"jwk": stranger.jwk()})), "invalid_request", "embedded-key"),
        (headed(json!({"kid": "unknown"})), "invalid_key", "key-unknown"),
        (stranger.sign(&header("s"), &good()), "authentication_failed", "signature-wrong"),
        (lab.login.sign(&header("s"), &good()), "authentication_failed", "signature-wrong"),
        (format!("{}.{}.", parts[0], parts[1]), "authentication_failed", "unsigned"),
        (headed(json!({"alg": "none"})), "authentication_failed", "algorithm-none"),
        (own(json!({"iss": LOGIN})), "invalid_issuer", "issuer-unknown"),
        (own(json!({"iss": "https://evil.example"})), "invalid_issuer", "issuer-unknown"),
        (own(json!({"aud": "https://elsewhere.example"})), "invalid_audience", "audience-wrong"),
        (own(json!({"exp": NOW + 60})), "invalid_request", "claim-not-allowed"),
        (own(json!({"sub": "u"})), "invalid_request", "claim-not-allowed"),
        (own(json!({"iat": NOW + 3600})), "invalid_request", "issued-in-future"),
        (own(json!({"events": {}})), "invalid_request", "event-malformed"),
        (own(json!({"events": {REVOKED: 1}})), "invalid_request", "event-malformed"),
        (moment(NOW + 3600), "invalid_request", "event-in-future"),
        (moment(NOW - 2 * 24 * 3600), "invalid_request", "event-too-old"),
        (
            own(json!({"sub_id": {"format": "iss_sub", "iss": OTHER, "sub": "u"}})),
            "invalid_request",
            "event-of-another-issuer",
        ),
        (
            own(json!({"sub_id": {"format": "iss_sub", "iss": "https://x", "sub": "u"}})),
            "invalid_request",
            "event-of-another-issuer",
        ),
        (
            own(json!({"sub_id": {"format": "did", "url": "did:a:b"}})),
            "invalid_request",
            "event-subject-unknown",
        ),
        ("a.b".to_owned(), "invalid_request", "not-compact"),
    ] {
        let fault = lab.receive(&set).expect_err(reason);
        assert_eq!((fault.code, fault.reason), (code, reason), "{fault}");
        assert_eq!(lab.ask(&lab.token(json!({}))), None, "{reason}: nothing is ended");
    }
    for missing in ["jti", "iat", "sub_id", "events"] {
        let mut claims = good();
        claims.as_object_mut().expect("an object").remove(missing);
        assert_eq!(lab.receive(&lab.set(&claims)).expect_err(missing).code, "invalid_request", "{missing}");
    }
}

#[test]
fn an_event_and_its_key_are_good_for_no_token() {
    let lab = Lab::new();
    let set = lab.set(&event(REVOKED, user("u")));
    assert_eq!(lab.ask(&set), Some(Reason::IssuerUnknown));
    let forged = lab.sender.sign(&json!({"alg": "ES256", "typ": "JWT", "kid": "l"}), &claims(LOGIN, "mail"));
    assert_eq!(lab.ask(&forged), Some(Reason::SignatureWrong));
    // Not even where a record has the type, or the issuer signs it.
    let lax = Issuer::new(LOGIN).audience("mail").types(["secevent+jwt", "JWT"]);
    lab.tokens.replace_trust(Trust::new().issuer(lax, lab.login.set()).expect("trust"));
    for kind in ["secevent+jwt", "SecEvent+JWT", "application/secevent+jwt"] {
        let token = lab.login.sign(&json!({"alg": "ES256", "typ": kind, "kid": "l"}), &claims(LOGIN, "mail"));
        assert_eq!(lab.ask(&token), Some(Reason::TypeWrong), "{kind}");
    }
}

#[test]
fn a_key_that_signs_tokens_or_has_leaked_sends_no_events() {
    let lab = Lab::new();
    let set = lab.set(&event(REVOKED, user("u")));
    let issuer = Issuer::new(LOGIN).audience("mail");
    lab.tokens.replace_trust(Trust::new().issuer(issuer, lab.sender.set()).expect("trust"));
    assert_eq!(lab.receive(&set).expect_err("refused").reason, "event-by-key-of-tokens");

    let lab = Lab::new();
    let mut revoked = Revocations::new();
    revoked.insert(lab.sender.thumbprint(), Revocation::default());
    lab.tokens.replace_revocations(revoked);
    let set = lab.set(&event(REVOKED, user("u")));
    let fault = lab.receive(&set).expect_err("refused");
    assert_eq!((fault.code, fault.reason), ("invalid_key", "key-revoked"));
}

#[test]
fn every_refusal_of_an_event_is_in_the_manual() {
    let page = include_str!("../../../docs/guard.md");
    let sources =
        [include_str!("../src/events/receiver.rs"), include_str!("../../guardd/src/serve/events.rs")]
            .concat();
    let names: Vec<&str> = sources
        .split('"')
        .filter(|text| {
            text.starts_with("event-") && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase())
        })
        .collect();
    for name in &names {
        assert!(page.contains(&format!("`{name}`")), "docs/guard.md lacks {name}");
    }
    for name in ["event-too-old", "event-in-future", "event-malformed"] {
        assert!(names.contains(&name), "{name} is not found in the sources");
    }
}
