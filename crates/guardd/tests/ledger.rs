//! The ledger of issued tokens in each of its three stores: one body, with real servers.

mod common;

use common::servers::Server;
use common::{ENT, Guard, Lab, Ran, claims, until, with};
use serde_json::{Value, json};
use std::cell::RefCell;

/// A store that can go and come back.
struct Store<'a> {
    table: String,
    secret: &'a str,
    shown: &'a str,
    go: &'a dyn Fn(),
    come: &'a dyn Fn(),
}

const PASSWORD: &str = "only-for-this-trial";

#[test]
fn sqlite() {
    let lab = Lab::new();
    let file = lab.at("issued.sqlite");
    let statement = |text: &str| {
        let connection = rusqlite::Connection::open(&file).expect("opens");
        connection.execute_batch(text).expect("is done");
    };
    let store = Store {
        table: "sqlite = \"issued.sqlite\"".to_owned(),
        secret: "a secret that it does not have",
        shown: "SQLite, ",
        go: &|| statement("ALTER TABLE issued RENAME COLUMN fingerprint TO gone"),
        come: &|| statement("ALTER TABLE issued RENAME COLUMN gone TO fingerprint"),
    };
    body(&lab, &store);
}

#[test]
fn postgres() {
    let lab = Lab::new();
    let server = RefCell::new(Server::postgres(Some(PASSWORD)));
    let store = Store {
        table: format!("postgres = {:?}\npassword_file = \"secret\"", server.borrow().address()),
        secret: PASSWORD,
        shown: "PostgreSQL, host=",
        go: &|| server.borrow_mut().stop(),
        come: &|| server.borrow_mut().start(),
    };
    lab.write("secret", &format!("{PASSWORD}\n"));
    body(&lab, &store);
}

#[test]
fn redis_that_hangs() {
    let lab = Lab::new();
    let server = Server::redis(Some(PASSWORD));
    let store = Store {
        table: format!("redis = {:?}\npassword_file = \"secret\"", server.address()),
        secret: PASSWORD,
        shown: "Redis, redis+unix:",
        go: &|| server.signal("STOP"),
        come: &|| server.signal("CONT"),
    };
    lab.write("secret", PASSWORD);
    body(&lab, &store);
}

#[test]
fn redis_that_ends() {
    let lab = Lab::new();
    let server = RefCell::new(Server::redis(Some(PASSWORD)));
    let store = Store {
        table: format!("redis = {:?}\npassword_file = \"secret\"", server.borrow().address()),
        secret: PASSWORD,
        shown: "Redis, redis+unix:",
        go: &|| server.borrow_mut().stop(),
        come: &|| {
            server.borrow_mut().start();
            // It has forgotten everything.
            until("it is recorded again", || record(&lab, &lab.good_record("id-1")).code == Some(0));
        },
    };
    lab.write("secret", PASSWORD);
    body(&lab, &store);
}

/// What every store must do.
fn body(lab: &Lab, store: &Store<'_>) {
    lab.configure(&format!("[ledger]\ntimeout_seconds = 1\n{}\n", store.table));
    let (own, claims) = (lab.good_record("id-1"), lab.good_claims("id-1"));
    until("the store answers", || record(lab, &own).code == Some(0));
    assert_eq!(record(lab, &own).code, Some(0), "recorded again");
    let other = with(own.clone(), json!({"subject": "another"}));
    assert_eq!(record(lab, &other).code, Some(1), "of the same id with other claims");
    assert_eq!(record(lab, &json!({"token": "a.b.c"})).code, Some(3));
    for name in ["issuer", "token_id", "audiences", "expires_at"] {
        let mut without = own.clone();
        without.as_object_mut().expect("an object").remove(name);
        let ran = record(lab, &without);
        assert!(ran.code == Some(3) && ran.err.contains(name), "{name}: {ran:?}");
    }

    let ran = lab.run(&["check", "guard.toml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains(store.shown), "{}", ran.out);

    let guard = lab.guard();
    let issued = lab.ent.token(&claims);
    let unissued = lab.ent.token(&with(claims.clone(), json!({"jti": "id-2"})));
    let otherwise = lab.ent.token(&with(claims, json!({"sub": "administrator"})));
    for (token, status, reason) in
        [(&issued, 200, "accepted"), (&unissued, 401, "not-issued"), (&otherwise, 401, "issued-otherwise")]
    {
        assert_eq!((guard.ask(token).status, last(lab)), (status, reason.to_owned()));
    }
    (store.go)();
    // Refused, whether or not it was issued: who asks is told that the fault is ours.
    until("the outage is noticed", || guard.ask(&issued).status == 503);
    assert_eq!(last(lab), "ledger-unavailable");
    assert_eq!((guard.ask(&unissued).status, last(lab)), (503, "ledger-unavailable".to_owned()));
    let said = guard.says("tokens are refused until the ledger answers");
    let ran = lab.run(&["check", "guard.toml"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    (store.come)();
    until("the ledger is back", || guard.ask(&issued).status == 200);
    assert_eq!((guard.ask(&unissued).status, last(lab)), (401, "not-issued".to_owned()));
    guard.says("answers again");

    lab.write("token", &issued);
    let explained = lab.run(&["explain", "--config", "guard.toml", "token"]);
    assert!(explained.out.contains("and issued"), "{explained:?}");
    let log = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    for text in [&said, &ran.out, &ran.err, &explained.out, &explained.err, &log] {
        assert!(!text.contains(store.secret), "{text}");
    }
    drop(guard);
    assert_eq!(lab.run(&["record", "guard.toml", "--forget-expired"]).code, Some(0));
    assert_eq!(Guard::start(&lab.at("guard.toml")).ask(&issued).status, 200, "after a restart");
}

fn record(lab: &Lab, issued: &Value) -> Ran {
    lab.write("issued.jsonl", &format!("{issued}\n"));
    lab.run(&["record", "guard.toml", "issued.jsonl"])
}

/// The reason of the last decision.
fn last(lab: &Lab) -> String {
    let text = std::fs::read_to_string(lab.at("decisions.jsonl")).expect("a log");
    let event: Value = serde_json::from_str(text.lines().last().expect("an event")).expect("JSON");
    event["status_code"].as_str().expect("a reason").to_owned()
}

impl Lab {
    /// Claims with dates that do not change from call to call.
    fn good_claims(&self, id: &str) -> Value {
        let hour = coredact_guard::Now::from_clock().0 / 36_000 * 36_000;
        with(claims(ENT, "mail"), json!({"jti": id, "iat": hour, "exp": hour + 80_000}))
    }

    /// What the issuer records of them.
    fn good_record(&self, id: &str) -> Value {
        let claims = self.good_claims(id);
        json!({
            "issuer": ENT, "token_id": id, "subject": claims["sub"], "audiences": [claims["aud"]],
            "issued_at": claims["iat"], "expires_at": claims["exp"],
        })
    }
}

#[test]
fn a_password_may_come_from_the_environment_and_a_wrong_one_is_not_shown_either() {
    let lab = Lab::new();
    let (redis, postgres) = (Server::redis(Some(PASSWORD)), Server::postgres(Some(PASSWORD)));
    for table in [format!("redis = {:?}", redis.address()), format!("postgres = {:?}", postgres.address())] {
        lab.configure(&format!("[ledger]\n{table}\npassword_env = \"TRIAL_PASSWORD\"\n"));
        let check = |password: &str| {
            let mut command = std::process::Command::new(common::PROGRAM);
            command.args(["check", "guard.toml"]).current_dir(lab.folder.path());
            let output = command.env("TRIAL_PASSWORD", password).output().expect("runs");
            let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
            assert!(!text.concat().contains(password), "{text:?}");
            (output.status.code(), text.concat())
        };
        until("the server answers", || check(PASSWORD).0 == Some(0));
        let (code, text) = check("another-password");
        assert!(code == Some(4) && text.contains("every token is refused"), "{code:?} {text}");
    }
}

#[test]
fn ledgers_that_cannot_be_are_refused_and_no_password_is_shown() {
    let lab = Lab::new();
    for (table, part) in [
        ("", "one of sqlite, postgres and redis"),
        ("sqlite = \"a\"\nredis = \"redis://b\"", "one of sqlite, postgres and redis"),
        ("postgres = \"host=a\"\npassword = \"hunter2\"", "password_file"),
        ("postgres = \"host=a password=hunter2\"", "keep the password apart"),
        ("postgres = \"postgres://guard:hunter2@a/b\"", "keep the password apart"),
        ("redis = \"redis://:hunter2@a\"", "keep the password apart"),
        ("redis = \"hunter2\"", "redis://host:port"),
        ("redis = \"redis://a/0?password=hunter2\"", "keep the password apart"),
        ("redis = \"redis://hunter2@a\"", "keep the password apart"),
        ("redis = \"redis+unix:///a?pass=hunter2\"", "keep the password apart"),
        ("postgres = \"postgres://hunter2@a/b\"", "keep the password apart"),
        ("postgres = \"postgres://a/b?application_name=hunter2\"", "keep the password apart"),
        ("postgres = \"host=a hunter2", "of the configuration: invalid"),
        ("postgres = \"host=a\"\npasword = \"hunter2\"", "unknown field"),
        ("postgres = \"host=a\"\npassword_env = \"COREDACT_GUARD_NOT_SET\"", "COREDACT_GUARD_NOT_SET"),
        ("postgres = \"host=a\"\npassword_file = \"/dev/zero\"", "no regular file"),
        ("sqlite = \"a\"\npassword_env = \"PATH\"", "SQLite"),
    ] {
        lab.configure(&format!("[ledger]\n{table}\n"));
        let ran = lab.run(&["check", "guard.toml"]);
        assert_eq!(ran.code, Some(2), "{table}: {ran:?}");
        assert!(ran.err.contains(part), "{table}: {}", ran.err);
        assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{table}: {}", ran.err);
    }
}
