//! A publisher of keys that hangs, lies, fails or changes its keys, while requests go on.
//!
//! The policy: keys that were fetched are used for `usable_seconds` after that, whatever the publisher does; a key that is published before
//! it is used is known in time; a token with a key that nobody knows has the keys fetched, once in `gap_seconds`.

mod common;

use common::publisher::{Mode, Publisher};
use common::{Guard, Lab, Signer, claims, until};
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const ISSUER: &str = "https://login.example/";

/// A guard whose keys come from a publisher.
fn start(lab: &Lab, publisher: &Publisher, seconds: &str) -> Guard {
    lab.write("authority.pem", &publisher.authority);
    let issuer = format!(
        "[[issuer]]\nname = \"{ISSUER}\"\nkeys_url = \"{}\"\nauthorities = \"authority.pem\"\n{seconds}\naudiences = {{ mail = \"bearer\" }}\n",
        publisher.url
    );
    lab.configure(&issuer);
    let guard = lab.guard();
    until("the keys are fetched", || ready(&guard));
    guard
}

fn ready(guard: &Guard) -> bool {
    common::get(guard.address, "/readyz", &[]).status == 200
}

#[test]
fn no_valid_request_is_lost_to_a_publisher_that_hangs_lies_fails_or_changes_its_keys() {
    let lab = Lab::new();
    let (first, second) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let publisher = Publisher::start(Mode::keys(&[first.jwk()]));
    let guard = start(&lab, &publisher, "refresh_seconds = 1\ngap_seconds = 1");
    let token = Arc::new(Mutex::new(first.token(&claims(ISSUER, "mail"))));
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let phase = Arc::new(Mutex::new("begin"));
    let ask = {
        let (token, stop, served, phase) =
            (Arc::clone(&token), Arc::clone(&stop), Arc::clone(&served), Arc::clone(&phase));
        let address = guard.address;
        move || {
            let mut lost = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let bearer = format!("Bearer {}", token.lock().expect("whole"));
                let headers = [("Authorization", bearer.as_str()), ("X-Original-URI", "/mail")];
                let answer = common::get(address, "/auth", &headers);
                served.fetch_add(1, Ordering::SeqCst);
                if answer.status != 200 {
                    lost.push((*phase.lock().expect("whole"), answer.status));
                }
            }
            lost
        }
    };
    let askers: Vec<_> = (0..4).map(|_| std::thread::spawn(ask.clone())).collect();

    let lie = |body: &str| Mode::Answer(200, body.to_owned());
    let mut private = first.jwk();
    private["d"] = json!("AAAA");
    let modes = [
        ("fails", Mode::Answer(500, String::new())),
        ("redirects", Mode::Answer(302, String::new())),
        ("closes", Mode::Close),
        ("cuts off", Mode::Cut),
        ("is no JSON", lie("<html>login</html>")),
        ("is empty", lie(r#"{"keys":[]}"#)),
        ("is of another kind", lie(r#"{"keys":[{"kty":"oct","k":"AAAA","kid":"1"}]}"#)),
        ("is private", Mode::keys(&[private])),
        ("is endless", Mode::Endless),
        ("hangs", Mode::Hang),
    ];
    for (name, mode) in modes {
        *phase.lock().expect("whole") = name;
        publisher.become_(mode);
        let (asked, before) = (publisher.asked(), served.load(Ordering::SeqCst));
        until(name, || publisher.asked() > asked && served.load(Ordering::SeqCst) > before + 100);
    }
    // It recovers, and has a second key, which is used once it has been published for one refresh.
    *phase.lock().expect("whole") = "changes keys";
    publisher.become_(Mode::keys(&[first.jwk(), second.jwk()]));
    let asked = publisher.asked();
    until("the new key is fetched", || publisher.asked() > asked + 1);
    *token.lock().expect("whole") = second.token(&claims(ISSUER, "mail"));
    publisher.become_(Mode::keys(&[second.jwk()]));
    let (asked, before) = (publisher.asked(), served.load(Ordering::SeqCst));
    until("the old key is gone", || {
        publisher.asked() > asked + 1 && served.load(Ordering::SeqCst) > before + 100
    });

    stop.store(true, Ordering::SeqCst);
    let lost: Vec<_> = askers.into_iter().flat_map(|asker| asker.join().expect("ends")).collect();
    assert!(lost.is_empty(), "{} of {} requests lost: {lost:?}", lost.len(), served.load(Ordering::SeqCst));
    assert_eq!(guard.ask(&first.token(&claims(ISSUER, "mail"))).status, 401, "the old key is used no more");
}

#[test]
fn a_burst_of_tokens_with_a_new_key_waits_for_one_fetch_and_is_accepted() {
    let lab = Lab::new();
    let (first, second) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let publisher = Publisher::start(Mode::keys(&[first.jwk()]));
    let guard = start(&lab, &publisher, "refresh_seconds = 3600\ngap_seconds = 1");
    publisher.become_(Mode::keys(&[first.jwk(), second.jwk()]));
    // The least time between two fetches has to pass.
    let start = std::time::Instant::now();
    until("the gap is over", || {
        guard.ask(&first.token(&claims(ISSUER, "mail"))).status == 200 && start.elapsed().as_millis() > 1100
    });
    let (asked, token) = (publisher.asked(), second.token(&claims(ISSUER, "mail")));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || {
            let bearer = format!("Bearer {token}");
            common::get(guard.address, "/auth", &[("Authorization", &bearer), ("X-Original-URI", "/mail")])
                .status
        };
        let askers: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        askers.into_iter().map(|asker| asker.join().expect("ends")).collect()
    });
    assert_eq!(statuses, [200; 16]);
    assert_eq!(publisher.asked(), asked + 1, "one fetch for all");
    // Names that nobody has do not have it fetched again and again.
    let stranger = Signer::new("3", "ES256").token(&claims(ISSUER, "mail"));
    let refused: Vec<u16> = (0..20).map(|_| guard.ask(&stranger).status).collect();
    assert_eq!(refused, [401; 20]);
    assert!(
        publisher.asked() <= asked + 1 + usize::try_from(start.elapsed().as_secs()).expect("few"),
        "too many fetches"
    );
}

#[test]
fn after_the_stated_time_old_keys_are_used_no_more_and_a_recovery_is_noticed() {
    let lab = Lab::new();
    let first = Signer::new("1", "ES256");
    let publisher = Publisher::start(Mode::keys(&[first.jwk()]));
    let guard = start(&lab, &publisher, "refresh_seconds = 1\ngap_seconds = 1\nusable_seconds = 3");
    publisher.become_(Mode::Answer(500, String::new()));
    guard.says("its keys stay until their time is up");
    let token = first.token(&claims(ISSUER, "mail"));
    until("the keys are too old", || guard.ask(&token).status == 503);
    assert_eq!(guard.ask(&lab.good()).status, 200, "other issuers are served");
    publisher.become_(Mode::keys(&[first.jwk()]));
    until("the keys are fresh again", || guard.ask(&token).status == 200);
}

#[test]
fn a_change_of_the_configuration_keeps_fetched_keys_while_the_publisher_is_gone() {
    let lab = Lab::new();
    let first = Signer::new("1", "ES256");
    let publisher = Publisher::start(Mode::keys(&[first.jwk()]));
    let guard = start(&lab, &publisher, "refresh_seconds = 3600");
    publisher.become_(Mode::Hang);
    let text = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let token = first.token(&claims(ISSUER, "mail"));
    let other = text.replace("refresh_seconds = 3600", "refresh_seconds = 1800");
    for text in [&other, &text] {
        lab.write("guard.toml", text);
        guard.says("is in force");
        assert_eq!(guard.ask(&token).status, 200);
    }
}
