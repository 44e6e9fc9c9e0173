//! Real proxies protect a real service through the guard.

mod common;

use common::front::{Front, Kind};
use common::upstream::Upstream;
use common::{Answer, CONSUMER, ENT, Lab, attacks::attacks, claims, get, until, with};
use serde_json::{Value, json};

#[test]
fn nginx_lets_through_what_the_guard_accepts_and_nothing_else() {
    check(Kind::Nginx);
}

#[test]
fn caddy_lets_through_what_the_guard_accepts_and_nothing_else() {
    check(Kind::Caddy);
}

#[test]
fn envoy_lets_through_what_the_guard_accepts_and_nothing_else() {
    check(Kind::Envoy);
}

fn check(kind: Kind) {
    let (lab, upstream) = (Lab::new(), Upstream::start());
    let guard = lab.guard();
    let front = Front::start(kind, lab.folder.path(), guard.address, upstream.address);
    let ask = |path: &str, token: &str, more: &[(&str, &str)]| -> Answer {
        let bearer = format!("Bearer {token}");
        get(front.socket.as_path(), path, &[&[("Authorization", bearer.as_str())], more].concat())
    };

    let spoofed =
        [("X-Auth-Subject", "administrator"), ("X-Auth-Tenant", "theirs"), ("X-Auth-Client", "theirs")];
    let answer = ask("/inbox", &lab.good(), &spoofed);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("x-auth-subject=someone\n"), "{answer:?}");
    assert!(answer.body.contains("x-auth-scopes=Mail.Read\n"), "{answer:?}");
    assert!(!answer.body.contains("administrator") && !answer.body.contains("theirs"), "{answer:?}");

    let none = get(front.socket.as_path(), "/inbox", &[]);
    assert_eq!((none.status, none.header("www-authenticate")), (401, Some("Bearer")), "{none:?}");

    let (before, attacks) = (upstream.served(), attacks(&lab));
    for (reason, token) in &attacks {
        let answer = ask("/inbox", token, &[]);
        assert_eq!(answer.status, 401, "{reason}: {answer:?}");
    }
    assert_eq!(upstream.served(), before, "a refused request reached the service");
    scopes(&lab, &ask, kind);
    assert_eq!(ask("/inbox", &lab.consumer.token(&claims(CONSUMER, "mail")), &[]).status, 200);
    logged(&lab, &attacks);

    let thumbprint = lab.consumer.thumbprint().to_string();
    let ran = lab.run(&["revoke", &thumbprint, "--list", "revoked.list", "--why", "found in a dump"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let own = lab.consumer.token(&claims(CONSUMER, "mail"));
    let took = until("a revoked key is refused", || ask("/inbox", &own, &[]).status == 401);
    assert!(took.as_secs() < 10, "revocation took {took:?}");
    assert_eq!(ask("/inbox", &lab.good(), &[]).status, 200);
}

/// A route wants a scope, and headers of clients do not change which route it is.
fn scopes(lab: &Lab, ask: &impl Fn(&str, &str, &[(&str, &str)]) -> Answer, kind: Kind) {
    let good = lab.good();
    let admin = lab.ent.token(&with(claims(ENT, "mail"), json!({"scope": "Mail.Read Mail.Admin"})));
    assert_eq!(ask("/admin/users", &admin, &[]).status, 200);
    let refused = ask("/admin/users", &good, &[]);
    assert_eq!(refused.status, 403, "{refused:?}");
    for path in [
        "/admin",
        "/admin/",
        "/admin?x=/inbox",
        "/%61dmin/users",
        "//admin",
        "/inbox/../admin",
        "/inbox/%2e%2e/admin",
    ] {
        assert_eq!(ask(path, &good, &[]).status, 403, "{path}");
    }
    for name in
        ["X-Original-URI", "X-Forwarded-Uri", "X-Original-URL", "X-Forwarded-Method", "X-Original-Method"]
    {
        for value in ["/inbox", "https://mail.example/inbox", "GET"] {
            let answer = ask("/admin/users", &good, &[(name, value)]);
            assert_eq!(answer.status, 403, "{kind:?} {name}: {value}");
        }
    }
}

/// Each refusal stands in the log with its reason; no token does.
fn logged(lab: &Lab, attacks: &[(&str, String)]) {
    let text = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let codes: Vec<&str> = events.iter().filter_map(|event| event["status_code"].as_str()).collect();
    for (reason, token) in attacks {
        assert!(codes.contains(reason), "{reason} is not in the log");
        let longest = token.split('.').max_by_key(|part| part.len()).unwrap_or_default();
        assert!(longest.len() < 20 || !text.contains(longest), "{reason}: the token is in the log");
    }
    assert!(codes.contains(&"accepted") && codes.contains(&"scope-missing"));
    let foreign =
        events.iter().find(|event| event["status_code"] == "key-of-another-issuer").expect("logged");
    assert_eq!(foreign["token"]["signing_key"]["issuer"], CONSUMER);
    assert_eq!(foreign["http_request"]["url"]["path"], "/inbox");
}
