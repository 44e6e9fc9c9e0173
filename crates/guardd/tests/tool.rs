//! The verbs that look, explain and revoke.

mod common;

use common::{CONSUMER, ENT, Lab, Signer, attacks::attacks, claims};
use coredact_guard::Revocations;
use coredact_guard::revoke::SignedList;
use coredact_record::seal::{SigningKey, generate_key_pem};
use serde_json::{Value, json};

#[test]
fn check_says_what_is_accepted() {
    let lab = Lab::new();
    let ran = lab.run(&["check", "guard.toml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for part in ["issuer https://ent.example/", "payments, dpop", "e1 for RS256", "/admin", "age-unknown"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let ran = lab.run(&["check", "guard.toml", "--json"]);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(report["issuers"][1]["keys"][0]["thumbprint"], lab.consumer.thumbprint().to_string());
}

#[test]
fn faults_of_a_configuration_name_what_to_do() {
    let lab = Lab::new();
    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    for (from, to, part) in [
        ("[[issuer]]", "[[isuer]]", "unknown field"),
        ("keys_file = \"ent.jwks\"", "", "keys_file, keys_url and metadata_url"),
        ("keys_file = \"ent.jwks\"", "keys_url = \"http://a\"", "https://"),
        ("keys_file = \"ent.jwks\"", "keys_file = \"none.jwks\"", "take the keys of"),
        ("keys_file = \"ent.jwks\"", "keys_url = \"https://u:hunter2@a/b\"", "user or a password"),
        ("keys_file = \"ent.jwks\"", "metadata_url = \"https://hunter2@a?hunter2\"", "user or a password"),
        ("keys_file = \"ent.jwks\"", "keys_url = \"http://a/b?hunter2\"", "HTTPS"),
        ("https://mail.example", "https://u:hunter2@mail.example", "an origin"),
        ("audiences = { mail = \"bearer\" }", "", "without any audience"),
        ("https://consumer.example/", "https://ent.example/", "twice"),
        ("keys_file = \"ent.jwks\"", "skew_seconds = 301\nkeys_file = \"ent.jwks\"", "300 at most"),
        ("[limit]", "[dpop]\nshared = true\n[limit]", "[ledger]"),
        ("path = \"/admin\"", "path = \"/a/../admin\"", "dotted"),
    ] {
        lab.write("guard.toml", &usual.replacen(from, to, 1));
        let ran = lab.run(&["check", "guard.toml"]);
        assert_eq!(ran.code, Some(2), "{part}: {ran:?}");
        assert!(ran.err.contains(part) && !ran.err.contains("hunter2"), "{part}: {}", ran.err);
    }
    // A publisher that does not answer is named without what may be a secret.
    let remote = "keys_url = \"https://127.0.0.1:1/keys?code=hunter2\"";
    lab.write("guard.toml", &usual.replacen("keys_file = \"ent.jwks\"", remote, 1));
    let ran = lab.run(&["check", "guard.toml"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("https://127.0.0.1:1/keys") && !ran.out.contains("hunter2"), "{ran:?}");
}

#[test]
fn the_example_is_a_configuration() {
    let lab = Lab::new();
    let ran = lab.run(&["generate", "config"]);
    assert_eq!(ran.code, Some(0));
    lab.write("sts.jwks", &json!({"keys": [lab.ent.jwk()]}).to_string());
    // Without the issuer that is fetched: no network in tests.
    let (before, rest) = ran.out.split_once("[[issuer]]").expect("issuers");
    let (_, local) = rest.split_once("[[issuer]]").expect("two issuers");
    lab.write("guard.toml", &format!("{before}[[issuer]]{local}"));
    let ran = lab.run(&["check", "guard.toml"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn explain_names_the_step_that_failed_and_never_shows_the_token() {
    let lab = Lab::new();
    lab.write("token", &format!("Bearer {}\n", lab.good()));
    let ran = lab.run(&["explain", "--config", "guard.toml", "token"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for (reason, token) in attacks(&lab) {
        lab.write("token", &token);
        let ran = lab.run(&["explain", "--config", "guard.toml", "token"]);
        assert_eq!(ran.code, Some(1), "{reason}: {ran:?}");
        assert!(ran.out.contains(&format!("refused: {reason}")), "{reason}: {}", ran.out);
        for part in token.split('.').filter(|part| part.len() > 40) {
            assert!(
                !ran.out.contains(part) && !ran.err.contains(part),
                "{reason}: a part of the token is shown"
            );
        }
        let ran = lab.run(&["explain", "--config", "guard.toml", "token", "--json"]);
        let document: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!((&document["reason"], &document["accepted"]), (&json!(reason), &json!(false)));
    }
    lab.write("token", "");
    assert_eq!(lab.run(&["explain", "--config", "guard.toml", "token"]).code, Some(3));
}

#[test]
fn a_token_where_a_file_belongs_is_not_shown() {
    let lab = Lab::new();
    lab.write("token", &lab.good());
    let (token, good) = ("a.b.c".to_owned(), lab.good());
    let bearer = format!("Bearer {good}");
    for words in [
        vec!["explain", "--config", "guard.toml", &good],
        vec!["explain", "--config", "guard.toml", &bearer],
        vec!["explain", "--config", "guard.toml", &token],
        vec!["explain", "--config", &good, "token"],
        vec![
            "explain",
            "--config",
            "guard.toml",
            "token",
            "--dpop",
            &good,
            "--method",
            "GET",
            "--url",
            "https://a/",
        ],
        vec!["explain", "--config", "guard.toml", "token", &good],
        vec!["check", &good],
        vec!["revoke", &good, "--list", "revoked.list"],
    ] {
        let ran = lab.run(&words);
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
        assert!(ran.err.contains("from a file or standard input"), "{words:?}: {ran:?}");
        for part in [good.as_str(), good.split('.').nth(1).expect("claims"), token.as_str()] {
            assert!(!ran.err.contains(part) && !ran.out.contains(part), "{words:?}: {ran:?}");
        }
    }
}

#[test]
fn revoke_takes_thumbprints_and_documents_and_adds_each_once() {
    let lab = Lab::new();
    let (ent, consumer) = (lab.ent.thumbprint(), lab.consumer.thumbprint());
    let ran = lab.run(&["revoke", &ent.to_string(), "--list", "new.list", "--why", "one\nline # only"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let id = |value: String| json!([{"name": "jwk-thumbprint", "value": value}]);
    let report = json!({"input": {"name": "core"}, "findings": [{"kind": "rsa-private-key", "public_ids": id(consumer.to_string())}]});
    lab.write("report.json", &report.to_string());
    for new in [1, 0] {
        let ran = lab.run(&["revoke", "report.json", "--list", "new.list", "--json"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.out.matches(r#""new":true"#).count(), new, "{ran:?}");
    }
    let text = std::fs::read(lab.at("new.list")).expect("a list");
    let list = Revocations::from_document(&text).expect("a list");
    let all: Vec<_> = list.iter().map(|(own, entry)| (*own, entry.why.as_str())).collect();
    assert!(all.contains(&(ent, "one line   only")) || all.contains(&(ent, "one line")), "{all:?}");
    assert!(all.contains(&(consumer, "rsa-private-key found in core")), "{all:?}");

    lab.write("clean.json", r#"{"input": {"name": "core"}, "findings": []}"#);
    for word in ["clean.json", "nothing", "AAAA"] {
        let ran = lab.run(&["revoke", word, "--list", "new.list"]);
        assert_eq!(ran.code, Some(2), "{word}: {ran:?}");
    }
    assert_eq!(std::fs::read(lab.at("new.list")).expect("a list"), text);
}

#[test]
fn a_thumbprint_that_begins_with_a_hyphen_is_no_option() {
    let lab = Lab::new();
    for first in ["-", "--", "-Z"] {
        let thumbprint = format!("{first:A<43}");
        let ran = lab.run(&["revoke", &thumbprint, "--list", "revoked.list"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.out.contains(&thumbprint), "{ran:?}");
    }
}

#[test]
fn signed_lists_rise_and_are_believed_by_their_key_alone() {
    let lab = Lab::new();
    let pem = generate_key_pem().expect("a key");
    let public = SigningKey::from_pem(&pem).and_then(|key| key.public_key().to_pem()).expect("a key");
    lab.write("sign.key", &pem);
    lab.write("sign.pub", &public);
    let mut before = Vec::new();
    for (number, signer) in [(1, &lab.ent), (2, &lab.consumer)] {
        before = std::fs::read(lab.at("signed.list")).unwrap_or_default();
        let own = signer.thumbprint().to_string();
        let ran = lab.run(&["revoke", &own, "--list", "signed.list", "--sign-key", "sign.key"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let bytes = std::fs::read(lab.at("signed.list")).expect("a list");
        let list = SignedList::open(&bytes, &public).expect("by the key");
        assert_eq!((list.number, list.revocations.len()), (number, usize::try_from(number).unwrap()));
    }
    let own = lab.ent.thumbprint().to_string();
    assert_eq!(lab.run(&["revoke", &own, "--list", "signed.list"]).code, Some(2), "unsigned after signed");

    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let signed =
        usual.replace("file = \"revoked.list\"", "file = \"signed.list\"\npublic_key = \"sign.pub\"");
    lab.write("guard.toml", &signed);
    let guard = lab.guard();
    let (ent, consumer) = (lab.good(), lab.consumer.token(&claims(CONSUMER, "mail")));
    assert_eq!((guard.ask(&ent).status, guard.ask(&consumer).status), (401, 401));
    // Somebody plays back the list before, on which the consumer's key is not.
    lab.write("signed.list", &String::from_utf8(before).expect("text"));
    guard.says("the list before stays in force");
    assert_eq!(guard.ask(&consumer).status, 401);
    lab.write("signed.list", "# none\n");
    guard.says("the list before stays in force");
    assert_eq!(guard.ask(&lab.ent.token(&claims(ENT, "mail"))).status, 401);
}

#[test]
fn an_older_signed_list_is_refused_after_a_restart_too() {
    let lab = Lab::new();
    let pem = generate_key_pem().expect("a key");
    let public = SigningKey::from_pem(&pem).and_then(|key| key.public_key().to_pem()).expect("a key");
    lab.write("sign.key", &pem);
    lab.write("sign.pub", &public);
    let revoke = |signer: &Signer| {
        let own = signer.thumbprint().to_string();
        let ran = lab.run(&["revoke", &own, "--list", "signed.list", "--sign-key", "sign.key"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        std::fs::read_to_string(lab.at("signed.list")).expect("a list")
    };
    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let signed =
        usual.replace("file = \"revoked.list\"", "file = \"signed.list\"\npublic_key = \"sign.pub\"");
    lab.write("guard.toml", &format!("state = \"state\"\n{signed}"));
    let old = revoke(&lab.ent);
    let ran = lab.run(&["check", "guard.toml"]);
    assert!(ran.code == Some(2) && ran.err.contains("make the folder"), "{ran:?}");
    std::fs::create_dir(lab.at("state")).expect("a folder");
    // Looking at it remembers nothing.
    assert_eq!(lab.run(&["check", "guard.toml"]).code, Some(0));
    assert_eq!(std::fs::read_dir(lab.at("state")).expect("a folder").count(), 0);

    drop(lab.guard());
    let new = revoke(&lab.consumer);
    drop(lab.guard());
    lab.write("signed.list", &old);
    for verb in ["serve", "check", "audit"] {
        let ran = lab.run(&[verb, "guard.toml"]);
        assert_eq!(ran.code, Some(5), "{verb}: {ran:?}");
        assert!(ran.err.contains("number 1 after number 2"), "{verb}: {ran:?}");
    }
    let number =
        std::fs::read_dir(lab.at("state")).expect("a folder").next().expect("a file").expect("reads");
    let number = number.path();
    let place = number.to_str().expect("text");
    let kept = std::fs::read_to_string(place).expect("a number");
    lab.write(place, "");
    for verb in ["serve", "check", "audit"] {
        let ran = lab.run(&[verb, "guard.toml"]);
        assert_eq!(ran.code, Some(3), "an empty number, {verb}: {ran:?}");
        assert!(ran.err.contains("the number is damaged"), "{verb}: {ran:?}");
    }
    lab.write(place, &kept);
    lab.write("signed.list", &new);
    assert_eq!(lab.guard().ask(&lab.consumer.token(&claims(CONSUMER, "mail"))).status, 401);
    // Without the folder the old list would have been taken: so says `check`.
    lab.write("guard.toml", &signed);
    assert!(lab.run(&["check", "guard.toml"]).out.contains("name a state folder"));
}

#[test]
fn pipes_and_devices_are_refused_and_not_waited_for() {
    let lab = Lab::new();
    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let made = std::process::Command::new("mkfifo").arg(lab.at("pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    for bad in ["pipe", "/dev/zero", "."] {
        for (from, verb) in [("ent.jwks", "check"), ("revoked.list", "check"), ("ent.jwks", "serve")] {
            lab.write("guard.toml", &usual.replacen(from, bad, 1));
            let ran = lab.run(&[verb, "guard.toml"]);
            assert_eq!(ran.code, Some(2), "{verb} {from} {bad}: {ran:?}");
            assert!(ran.err.contains("no regular file"), "{verb} {from} {bad}: {ran:?}");
        }
    }
    lab.write("guard.toml", &usual.replacen("decisions.jsonl", "pipe", 1));
    let ran = lab.run(&["serve", "guard.toml"]);
    assert!(ran.code == Some(2) && ran.err.contains("a pipe"), "{ran:?}");
    let ran = lab.run(&["check", "pipe"]);
    assert!(ran.code == Some(2) && ran.err.contains("no regular file"), "{ran:?}");
}

#[test]
fn the_log_is_a_file_of_its_own() {
    let lab = Lab::new();
    let usual = std::fs::read_to_string(lab.at("guard.toml")).expect("reads");
    let more = "\n[ledger]\nsqlite = \"issued.sqlite\"\n[events]\nsqlite = \"events.sqlite\"\n[[events.transmitter]]\n\
        name = \"https://events.example\"\naudience = \"a\"\nissuers = [\"https://ent.example/\"]\nkeys_file = \"events.jwks\"\n";
    lab.write("events.jwks", &json!({"keys": [Signer::new("t1", "ES256").jwk()]}).to_string());
    std::os::unix::fs::symlink("guard.toml", lab.at("link")).expect("a link");
    std::os::unix::fs::symlink("issued.sqlite", lab.at("dangling")).expect("a link");
    std::fs::hard_link(lab.at("ent.jwks"), lab.at("twin")).expect("a link");
    let kept = std::fs::read(lab.at("ent.jwks")).expect("reads");
    for own in [
        "issued.sqlite",
        "./issued.sqlite",
        "issued.sqlite-wal",
        "dangling",
        "events.sqlite",
        "guard.toml",
        "link",
        "revoked.list",
        "events.jwks",
        "twin",
    ] {
        lab.write("guard.toml", &format!("{}{more}", usual.replacen("decisions.jsonl", own, 1)));
        for verb in ["check", "serve"] {
            let ran = lab.run(&[verb, "guard.toml"]);
            assert_eq!(ran.code, Some(2), "{verb} {own}: {ran:?}");
            assert!(ran.err.contains("a file of its own"), "{verb} {own}: {ran:?}");
        }
    }
    assert!(!lab.at("issued.sqlite").exists());
    assert_eq!(std::fs::read(lab.at("ent.jwks")).expect("reads"), kept);
    lab.write("guard.toml", &format!("{usual}{more}"));
    assert_eq!(lab.run(&["check", "guard.toml"]).code, Some(0));
}

#[test]
fn audit_warns_of_revoked_keys_that_are_still_published() {
    let lab = Lab::new();
    lab.write("revoked.list", &format!("{}\n", lab.ent.thumbprint()));
    let ran = lab.run(&["audit", "guard.toml", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let kinds: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(
        kinds.iter().any(|one| one["kind"] == "revoked-yet-published" && one["issuer"] == ENT),
        "{kinds:?}"
    );
}

#[test]
fn completions_and_the_manual_are_made() {
    let lab = Lab::new();
    for (what, part) in [("completions", "complete"), ("manpage", ".TH coredact-guard")] {
        let ran = lab.run(&["generate", what]);
        assert!(ran.code == Some(0) && ran.out.contains(part), "{what}: {ran:?}");
    }
}
