//! The service by itself: proofs, limits, changes of its files, numbers, its end.

mod common;

use common::{Answer, CONSUMER, ENT, Guard, Lab, Signer, claims, get, until, with};
use coredact_guard::{Now, Thumbprint};
use serde_json::{Value, json};

#[test]
fn a_bound_token_wants_a_fresh_proof_with_a_nonce_of_the_server() {
    let lab = Lab::new();
    lab.configure("[dpop]\nnonce_seconds = 600\n");
    let (guard, holder) = (lab.guard(), Signer::new("h", "ES256"));
    let cnf = json!({"cnf": {"jkt": holder.thumbprint().to_string()}, "aud": "payments"});
    let token = lab.ent.token(&with(claims(ENT, "payments"), cnf));
    let ask = |scheme: &str, proof: &str| -> Answer {
        guard.ask_with(&[("Authorization", &format!("{scheme} {token}")), ("DPoP", proof)])
    };
    let first = ask("DPoP", &proof(&holder, &token, "1", None));
    assert_eq!(first.status, 401, "{first:?}");
    assert_eq!(first.header("www-authenticate"), Some(r#"DPoP error="use_dpop_nonce""#));
    let nonce = first.header("dpop-nonce").expect("a nonce").to_owned();

    let good = proof(&holder, &token, "2", Some(&nonce));
    assert_eq!(ask("DPoP", &good).status, 200);
    assert_eq!(ask("DPoP", &good).status, 401, "a proof is good once");
    let thief = Signer::new("t", "ES256");
    for (scheme, proof) in [
        ("DPoP", proof(&thief, &token, "3", Some(&nonce))),
        ("Bearer", proof(&holder, &token, "4", Some(&nonce))),
        ("DPoP", proof(&holder, &lab.good(), "5", Some(&nonce))),
    ] {
        assert_eq!(ask(scheme, &proof).status, 401);
    }
    // The window of used proofs outlives a change of the configuration.
    guard.process.signal("HUP");
    guard.says("is in force");
    assert_eq!(ask("DPoP", &good).status, 401, "a proof is good once");
}

#[test]
fn under_the_scheme_dpop_an_unbound_token_is_refused() {
    let lab = Lab::new();
    let (guard, holder, token) = (lab.guard(), Signer::new("h", "ES256"), lab.good());
    assert_eq!(guard.ask(&token).status, 200);
    let (scheme, proof) = (format!("DPoP {token}"), proof(&holder, &token, "1", None));
    let own: &[(&str, &str)] = &[("Authorization", &scheme), ("DPoP", &proof)];
    for headers in [&own[..1], own] {
        let answer = guard.ask_with(headers);
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.header("www-authenticate"), Some(r#"DPoP error="invalid_token""#));
    }
    let log = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    assert_eq!(log.matches(r#""status_code":"binding-missing""#).count(), 2, "{log}");
    lab.write("token", &scheme);
    let ran = lab.run(&["explain", "--config", "guard.toml", "token"]);
    assert!(ran.code == Some(1) && ran.out.contains("refused: binding-missing"), "{ran:?}");
}

#[test]
fn a_proof_is_good_at_one_instance_alone_if_they_share_a_store() {
    for (shared, second) in [("shared = true", 401), ("shared = false", 200)] {
        let lab = Lab::new();
        lab.configure(&format!("[dpop]\n{shared}\n[ledger]\nsqlite = \"issued.sqlite\"\n"));
        let holder = Signer::new("h", "ES256");
        let cnf = json!({"cnf": {"jkt": holder.thumbprint().to_string()}, "aud": "payments"});
        let own = with(claims(ENT, "payments"), cnf);
        let token = lab.ent.token(&own);
        let record = json!({
            "issuer": ENT, "token_id": own["jti"], "subject": own["sub"], "audiences": ["payments"],
            "issued_at": own["iat"], "expires_at": own["exp"],
        });
        lab.write("issued.jsonl", &record.to_string());
        assert_eq!(lab.run(&["record", "guard.toml", "issued.jsonl"]).code, Some(0));
        let proof = proof(&holder, &token, "1", None);
        let ask = |guard: &Guard| {
            guard.ask_with(&[("Authorization", &format!("DPoP {token}")), ("DPoP", &proof)]).status
        };
        let (one, other) = (lab.guard(), lab.guard());
        assert_eq!((ask(&one), ask(&one), ask(&other)), (200, 401, second), "{shared}");
    }
}

#[test]
fn a_target_with_a_fragment_is_no_request() {
    let lab = Lab::new();
    let (guard, bearer) = (lab.guard(), format!("Bearer {}", lab.good()));
    for (name, target, status) in [
        ("X-Forwarded-Uri", "/mail", 200),
        ("X-Forwarded-Uri", "/mail#/admin", 403),
        ("X-Forwarded-Uri", "/mail?x=1#y", 403),
        ("X-Original-URL", "https://mail.example/mail#/admin", 403),
    ] {
        let answer = get(guard.address, "/auth", &[("Authorization", &bearer), (name, target)]);
        assert_eq!(answer.status, status, "{target}");
    }
}

fn proof(holder: &Signer, token: &str, id: &str, nonce: Option<&str>) -> String {
    let mut jwk = holder.jwk();
    jwk = with(jwk, json!({"kid": null, "use": null, "alg": null}));
    let hash = Thumbprint::of(token.as_bytes()).to_string();
    let claims = json!({
        "jti": id, "htm": "GET", "htu": "https://mail.example/mail", "iat": Now::from_clock().0, "ath": hash, "nonce": nonce,
    });
    let claims = if nonce.is_none() { with(claims, json!({"nonce": null})) } else { claims };
    holder.sign(&json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}), &claims)
}

#[test]
fn a_client_with_too_many_refused_tokens_waits_and_others_do_not() {
    let lab = Lab::new();
    let text = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    lab.write("guard.toml", &text.replace("refused_per_minute = 0", "refused_per_minute = 5"));
    let guard = lab.guard();
    let good = format!("Bearer {}", lab.good());
    let from = |address: &str, bearer: &str| {
        guard.ask_with(&[("Authorization", bearer), ("X-Forwarded-For", address)])
    };
    let refused = (0..6).map(|_| from("192.0.2.1", "Bearer a.b.c").status).collect::<Vec<_>>();
    assert_eq!(refused, [401; 6]);
    let waiting = from("192.0.2.1", &good);
    assert_eq!(waiting.status, 429, "{waiting:?}");
    assert!(waiting.header("retry-after").is_some());
    assert_eq!(from("192.0.2.2", &good).status, 200);
}

#[test]
fn a_changed_file_is_in_force_within_seconds_and_a_bad_one_changes_nothing() {
    let lab = Lab::new();
    let guard = lab.guard();
    let files = lab.ent.token(&claims(ENT, "files"));
    assert_eq!(guard.ask(&files).status, 401);
    let before = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    lab.write(
        "guard.toml",
        &before.replace("mail = \"bearer\", payments", "mail = \"bearer\", files = \"bearer\", payments"),
    );
    until("the new audience is taken", || guard.ask(&files).status == 200);
    guard.says("is in force");

    lab.write("guard.toml", "[[issuer]]\nname = 1\n");
    guard.says("the configuration before stays in force");
    assert_eq!(guard.ask(&files).status, 200);
    // At once, on a signal; and no key of the file is taken twice.
    lab.write("guard.toml", &before);
    guard.process.signal("HUP");
    until("the audience is gone", || guard.ask(&files).status == 401);

    // Another key in a file of keys.
    let next = Signer::new("e2", "ES256");
    let token = next.token(&claims(ENT, "mail"));
    assert_eq!(guard.ask(&token).status, 401);
    lab.write("ent.jwks", &json!({"keys": [lab.ent.jwk(), next.jwk()]}).to_string());
    until("the new key is taken", || guard.ask(&token).status == 200);
    lab.write("ent.jwks", "{");
    guard.says("the configuration before stays in force");
    assert_eq!(guard.ask(&lab.good()).status, 200);
}

#[test]
fn what_a_new_configuration_does_not_refuse_any_more_is_said() {
    let lab = Lab::new();
    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    lab.write("events.jwks", &json!({"keys": [Signer::new("t1", "ES256").jwk()]}).to_string());
    let more = |ledger: &str, events: &str| {
        format!(
            "[ledger]\nsqlite = {ledger:?}\n[events]\n{events}\n[[events.transmitter]]\nname = \"https://e.example\"\n\
             audience = \"a\"\nissuers = [{ENT:?}]\nkeys_file = \"events.jwks\"\n"
        )
    };
    lab.configure(&more("one.sqlite", "sqlite = \"events.sqlite\""));
    let guard = lab.guard();
    let without = usual.replace("[revocations]\nfile = \"revoked.list\"\n", "");
    assert_ne!(without, usual);
    for (text, notes) in [
        (format!("{usual}{}", more("one.sqlite", "")), &["events are remembered in another store"][..]),
        (
            format!("{usual}{}", more("two.sqlite", "")),
            &["events are remembered in another store", "in another ledger"],
        ),
        (
            without,
            &["list of revoked keys any more", "events have ended are taken again", "in a ledger any more"],
        ),
    ] {
        lab.write("guard.toml", &text);
        notes.iter().for_each(|note| drop(guard.says(note)));
    }
}

#[test]
fn a_list_that_is_gone_or_damaged_frees_no_key() {
    let lab = Lab::new();
    lab.write("revoked.list", &format!("{} leaked\n", lab.consumer.thumbprint()));
    let guard = lab.guard();
    let own = lab.consumer.token(&claims(CONSUMER, "mail"));
    assert_eq!(guard.ask(&own).status, 401);
    for text in ["", "no thumbprint\n", "{}"] {
        lab.write("revoked.list", text);
        guard.says("the list before stays in force");
        assert_eq!(guard.ask(&own).status, 401, "{text:?}");
    }
    // Nor does a configuration without a list that is refused for something else.
    let before = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let without = before.replace("[revocations]\nfile = \"revoked.list\"\n", "");
    let refused = format!(
        "{without}\n[[issuer]]\nname = \"https://more.example\"\naudiences = {{ mail = \"bearer\" }}\n\
         keys_url = \"https://more.example/keys\"\nauthorities = \"missing.pem\"\n"
    );
    assert_ne!(without, before);
    lab.write("guard.toml", &refused);
    guard.says("the configuration before stays in force");
    assert_eq!(guard.ask(&own).status, 401);
    lab.write("guard.toml", &before);
    guard.says("is in force");
    assert_eq!(guard.ask(&own).status, 401);
    lab.write("revoked.list", "# none\n");
    until("the list is empty", || guard.ask(&own).status == 200);
}

#[test]
fn health_numbers_and_the_end() {
    let lab = Lab::new();
    let mut guard = lab.guard();
    assert_eq!(get(guard.address, "/healthz", &[]).status, 200);
    assert_eq!(get(guard.address, "/readyz", &[]).status, 200);
    assert_eq!(guard.ask(&lab.good()).status, 200);
    assert_eq!(guard.ask(&lab.consumer.token(&claims(ENT, "mail"))).status, 401);
    let numbers = get(guard.address, "/metrics", &[]).body;
    for line in [
        r#"coredact_guard_decisions_total{reason="accepted",issuer="https://ent.example/"} 1"#,
        r#"coredact_guard_decisions_total{reason="key-of-another-issuer",issuer="https://ent.example/"} 1"#,
        r#"coredact_guard_keys{issuer="https://consumer.example/"} 1"#,
        "coredact_guard_revoked_keys 0",
    ] {
        assert!(numbers.contains(line), "{line}: {numbers}");
    }
    guard.process.signal("TERM");
    guard.says("stopped");
    assert_eq!(guard.process.0.wait().expect("waits").code(), Some(0));
}

#[test]
fn a_log_that_cannot_be_written_lets_nobody_in() {
    let lab = Lab::new();
    let text = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    lab.write("guard.toml", &text.replace("decisions.jsonl", "/dev/full"));
    assert_eq!(lab.guard().ask(&lab.good()).status, 503);
    lab.write("guard.toml", &text.replace("\"decisions.jsonl\"", "\"/dev/full\"\nserve_unlogged = true"));
    assert_eq!(Guard::start(&lab.at("guard.toml")).ask(&lab.good()).status, 200);
}

#[test]
fn tokens_that_nobody_issued_are_refused_with_a_ledger() {
    let lab = Lab::new();
    lab.configure("[ledger]\nsqlite = \"issued.sqlite\"\n");
    let guard = lab.guard();
    assert_eq!(guard.ask(&lab.good()).status, 401);
    let text = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    let event: Value = serde_json::from_str(text.lines().last().expect("an event")).expect("JSON");
    assert_eq!((&event["status_code"], &event["severity_id"]), (&json!("not-issued"), &json!(5)));
}

#[test]
fn a_token_that_is_bound_to_a_certificate_wants_it_from_the_proxy() {
    let lab = Lab::new();
    let text = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    lab.write("guard.toml", &format!("client_certificate_header = \"x-client-certificate\"\n{text}"));
    let guard = lab.guard();
    let certificates = ["one", "other"].map(|name| {
        let certified = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        (certified.cert.pem(), certified.cert.der().to_vec())
    });
    let [(own, der), (other, _)] = &certificates;
    let cnf = json!({"cnf": {"x5t#S256": Thumbprint::of(der).to_string()}});
    let bearer = format!("Bearer {}", lab.ent.token(&with(claims(ENT, "mail"), cnf)));
    // As nginx writes $ssl_client_escaped_cert, and as RFC 9440 has it.
    let escaped = |pem: &str| pem.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B");
    let inside: String = own.lines().filter(|line| !line.starts_with('-')).collect();
    for (value, status) in [
        (escaped(own), 200),
        (format!(":{inside}:"), 200),
        (escaped(other), 401),
        (String::new(), 401),
        ("no certificate".to_owned(), 403),
    ] {
        let answer = guard.ask_with(&[("Authorization", &bearer), ("X-Client-Certificate", &value)]);
        assert_eq!(answer.status, status, "{value}");
    }
    assert_eq!(guard.ask_with(&[("Authorization", &bearer)]).status, 401);
}
