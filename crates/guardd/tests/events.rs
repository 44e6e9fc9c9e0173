//! Security events that are pushed to the service.

mod common;

use common::client::post;
use common::publisher::{Mode, Publisher};
use common::servers::Server;
use common::{Answer, CONSUMER, ENT, Guard, Lab, Signer, claims, get, until, with};
use coredact_guard::Now;
use serde_json::{Value, json};

const SENDER: &str = "https://events.example/";
const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// A laboratory with a transmitter that speaks for one of its two issuers.
fn lab(store: &str, ledger: &str) -> (Lab, Signer) {
    let (lab, sender) = (Lab::new(), Signer::new("s1", "ES256"));
    lab.write("events.jwks", &json!({"keys": [sender.jwk()]}).to_string());
    lab.configure(&format!(
        "{ledger}\n[events]\n{store}\n[[events.transmitter]]\nname = {SENDER:?}\naudience = \"here\"\n\
         issuers = [{ENT:?}]\nkeys_file = \"events.jwks\"\n"
    ));
    (lab, sender)
}

fn event(subject: Value) -> Value {
    let now = Now::from_clock().0;
    json!({
        "iss": SENDER, "aud": "here", "jti": "e-1", "iat": now, "sub_id": subject,
        "events": {REVOKED: {"event_timestamp": now}},
    })
}

fn user(subject: &str) -> Value {
    json!({"format": "iss_sub", "iss": ENT, "sub": subject})
}

fn signed(sender: &Signer, claims: &Value) -> String {
    sender.sign(&json!({"alg": "ES256", "typ": "secevent+jwt", "kid": "s1"}), claims)
}

fn push(guard: &Guard, set: &str) -> Answer {
    post(guard.address, "/events", &[("Content-Type", "application/secevent+jwt")], set)
}

/// The last line of the log.
fn last(lab: &Lab) -> Value {
    let text = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn a_revoked_session_is_refused_at_once_and_after_a_restart() {
    let (lab, sender) = lab("sqlite = \"events.sqlite\"", "");
    let ran = lab.run(&["check", "guard.toml"]);
    assert!(ran.code == Some(0) && ran.out.contains("end tokens of https://ent.example/"), "{ran:?}");
    let guard = lab.guard();
    let theirs = lab.consumer.token(&claims(CONSUMER, "mail"));
    let other = lab.ent.token(&with(claims(ENT, "mail"), json!({"sub": "another"})));
    let before = lab.good();
    assert_eq!(guard.ask(&before).status, 200);

    let set = signed(&sender, &event(user("someone")));
    for outcome in ["event-taken", "event-known"] {
        let answer = push(&guard, &set);
        assert_eq!((answer.status, answer.body.as_str()), (202, ""), "{answer:?}");
        let line = last(&lab);
        assert_eq!((&line["status_code"], &line["security_event"]["uid"]), (&json!(outcome), &json!("e-1")));
        assert_eq!(line["security_event"]["kinds"], json!(["session-revoked"]));
    }
    assert_eq!(guard.ask(&before).status, 401);
    assert_eq!(last(&lab)["status_code"], "token-ended");
    assert_eq!((guard.ask(&other).status, guard.ask(&theirs).status), (200, 200));

    guard.process.signal("HUP");
    guard.says("is in force");
    assert_eq!(guard.ask(&before).status, 401, "after a change");
    drop(guard);
    let guard = lab.guard();
    assert_eq!(guard.ask(&before).status, 401, "after a restart");
    // Who signs in again is let in; whole seconds decide.
    until("a new token passes", || {
        let now = Now::from_clock().0;
        guard.ask(&lab.ent.token(&with(claims(ENT, "mail"), json!({"iat": now})))).status == 200
    });
    lab.write("token", &before);
    let ran = lab.run(&["explain", "--config", "guard.toml", "token"]);
    assert!(ran.code == Some(1) && ran.out.contains("token-ended"), "{ran:?}");
    let log = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    assert!(!log.contains(&set), "the event itself is not logged");
}

#[test]
fn what_is_no_event_is_refused_with_the_code_of_rfc_8935() {
    let (lab, sender) = lab("sqlite = \"events.sqlite\"", "");
    let guard = lab.guard();
    let (good, stranger) = (event(user("someone")), Signer::new("s1", "ES256"));
    let own = |change| signed(&sender, &with(good.clone(), change));
    let bare = signed(&sender, &good);
    let unsigned = format!("{}.", bare.rsplit_once('.').expect("three parts").0);
    for (set, code, reason) in [
        (lab.good(), "invalid_issuer", "issuer-unknown"),
        (signed(&stranger, &good), "authentication_failed", "signature-wrong"),
        (unsigned, "authentication_failed", "unsigned"),
        (own(json!({"aud": "elsewhere"})), "invalid_audience", "audience-wrong"),
        (own(json!({"iss": ENT})), "invalid_issuer", "issuer-unknown"),
        (
            own(json!({"sub_id": {"format": "iss_sub", "iss": CONSUMER, "sub": "someone"}})),
            "invalid_request",
            "event-of-another-issuer",
        ),
        (
            own(json!({"events": {REVOKED: {"event_timestamp": 1_600_000_000}}})),
            "invalid_request",
            "event-too-old",
        ),
        ("no event".to_owned(), "invalid_request", "not-compact"),
    ] {
        let answer = push(&guard, &set);
        assert_eq!(answer.status, 400, "{reason}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!((&body["err"], &body["description"]), (&json!(code), &json!(reason)));
        assert_eq!(last(&lab)["status_code"], reason);
        assert_eq!(guard.ask(&lab.good()).status, 200, "{reason}");
    }
    let plain = post(guard.address, "/events", &[("Content-Type", "text/plain")], &bare);
    assert_eq!(plain.status, 400, "{plain:?}");
    assert_eq!(push(&guard, &"a".repeat(100_000)).status, 413);
    assert_eq!(get(guard.address, "/events", &[]).status, 405);
    // An event is no token, nor does its key sign any.
    assert_eq!(guard.ask(&bare).status, 401);
    let forged = sender.sign(&json!({"alg": "ES256", "typ": "JWT", "kid": "e1"}), &claims(ENT, "mail"));
    assert_eq!(guard.ask(&forged).status, 401);
    assert_eq!(guard.ask(&lab.good()).status, 200);
    // Nor is a key for tokens one for events.
    lab.write("events.jwks", &json!({"keys": [lab.ent.jwk()]}).to_string());
    guard.says("is in force");
    let set = lab.ent.sign(&json!({"alg": "RS256", "typ": "secevent+jwt", "kid": "e1"}), &good);
    let answer = push(&guard, &set);
    assert!(answer.body.contains("event-by-key-of-tokens"), "{answer:?}");
    let numbers = get(guard.address, "/metrics", &[]).body;
    assert!(
        numbers.contains(r#"coredact_guard_events_total{outcome="event-by-key-of-tokens"} 1"#),
        "{numbers}"
    );
}

#[test]
fn events_reach_every_instance_through_the_ledgers_server() {
    let server = Server::redis(None);
    let (lab, sender) = lab("", &format!("[ledger]\nredis = {:?}\n", server.address()));
    let token = lab.good();
    let claims = claims_of(&token);
    let record = json!({
        "issuer": ENT, "token_id": "id-1", "subject": "someone", "audiences": ["mail"],
        "issued_at": claims["iat"], "expires_at": claims["exp"],
    });
    lab.write("issued.jsonl", &record.to_string());
    until("it is recorded", || lab.run(&["record", "guard.toml", "issued.jsonl"]).code == Some(0));
    let (one, other) = (lab.guard(), lab.guard());
    assert_eq!((one.ask(&token).status, other.ask(&token).status), (200, 200));
    assert_eq!(push(&one, &signed(&sender, &event(user("someone")))).status, 202);
    assert_eq!((one.ask(&token).status, other.ask(&token).status), (401, 401));
    // While the store is gone, nobody is let in and no event is lost: it is sent again.
    drop(server);
    until("the outage is noticed", || other.ask(&token).status == 503);
    assert_eq!(push(&one, &signed(&sender, &event(user("another")))).status, 503);
    assert_eq!(last(&lab)["status_code"], "events-unavailable");
}

#[test]
fn keys_of_a_transmitter_come_over_https_and_an_event_waits_for_them() {
    let (lab, sender) = lab("sqlite = \"events.sqlite\"", "");
    let publisher = Publisher::start(Mode::Answer(500, String::new()));
    lab.write("authority.pem", &publisher.authority);
    let file = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let url = format!("keys_url = {:?}\nauthorities = \"authority.pem\"", publisher.url);
    lab.write("guard.toml", &file.replace("keys_file = \"events.jwks\"", &url));
    let set = signed(&sender, &event(user("someone")));
    let guard = lab.guard();
    // It should be sent again: the fault is not the transmitter's.
    let answer = push(&guard, &set);
    assert_eq!((answer.status, last(&lab)["status_code"].as_str()), (503, Some("key-unknown")), "{answer:?}");
    assert_eq!(guard.ask(&lab.good()).status, 200);
    drop(guard);

    publisher.become_(Mode::keys(&[sender.jwk()]));
    let guard = lab.guard();
    until("the keys are fetched", || push(&guard, &set).status == 202);
    assert_eq!(guard.ask(&lab.good()).status, 401);
    // Neither a change of the configuration nor an outage takes the keys away.
    publisher.become_(Mode::Close);
    guard.process.signal("HUP");
    guard.says("is in force");
    assert_eq!(push(&guard, &set).status, 202);
    assert_eq!(last(&lab)["status_code"], "event-known");
}

/// The claims of a token.
fn claims_of(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn events_without_a_store_or_an_issuer_are_no_configuration() {
    let (lab, _) = lab("", "");
    let ran = lab.run(&["check", "guard.toml"]);
    assert!(ran.code == Some(2) && ran.err.contains("[ledger]"), "{ran:?}");
    lab.configure("[events]\nsqlite = \"events.sqlite\"\n");
    assert!(lab.run(&["check", "guard.toml"]).err.contains("events.transmitter"));
    lab.configure(
        "[events]\nsqlite = \"e\"\n[[events.transmitter]]\nname = \"a\"\naudience = \"b\"\nissuers = [\"c\"]\nkeys_file = \"ent.jwks\"\n",
    );
    assert!(lab.run(&["check", "guard.toml"]).err.contains("name issuers of this configuration"));
    // And without the table there is no such address.
    lab.configure("");
    assert_eq!(push(&lab.guard(), "a.b.c").status, 404);
}
