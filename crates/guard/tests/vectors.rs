//! The public vectors of `testdata/scope-vectors`, each with its result and its reason.
#![cfg(feature = "sqlite")]

use coredact_guard::ledger::{Issued, Parent, SqliteLedger};
use coredact_guard::log::Circumstances;
use coredact_guard::{
    Controls, Guard, Issuer, KeySet, Ledger as _, Now, Profile, Published, Request, Revocation, Revocations,
    Trust, Verifier,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/scope-vectors")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn issuer(record: &Value) -> Issuer {
    let profile = record["profile"].as_str().and_then(Profile::from_name).expect("a profile");
    let mut issuer = Issuer::new(record["issuer"].as_str().expect("a name")).profile(profile);
    for audience in texts(&record["audiences"]) {
        issuer = issuer.audience(audience);
    }
    if record["tenants"].is_array() {
        issuer = issuer.tenants(texts(&record["tenants"]));
    }
    if let Some(cloud) = record["cloud"].as_str() {
        issuer = issuer.cloud(cloud);
    }
    if record["shared_key_set"] == true { issuer.shared_key_set() } else { issuer }
}

fn keys(record: &Value) -> KeySet {
    let set = |keys: &Value| KeySet::from_jwks(keys.to_string().as_bytes()).expect("a key set");
    let mut all = set(&record["key_set"]);
    for entry in record["archive"].as_array().into_iter().flatten() {
        let one = set(&serde_json::json!({"keys": [entry["key"]]}));
        let published = Published { from: entry["from"].as_u64().expect("a date"), to: entry["to"].as_u64() };
        all.extend(one.published(published));
    }
    all
}

fn guard(file: &Value, folder: &Path, controls: Controls) -> Guard {
    let mut trust = Trust::new();
    for record in file["trust"].as_array().expect("a list") {
        trust = trust.issuer(issuer(record), keys(record)).expect("trust");
    }
    for group in file["shared_keys"].as_array().into_iter().flatten() {
        trust = trust.share_keys(texts(group));
    }
    let verifier = Verifier::new(trust).with_controls(controls);
    let mut list = Revocations::new();
    for name in texts(&file["revoked"]) {
        list.insert(name.parse().expect("a thumbprint"), Revocation::default());
    }
    verifier.replace_revocations(list);
    let guard = Guard::new(Arc::new(verifier));
    let Some(issued) = file["issued"].as_array() else { return guard };
    let ledger = SqliteLedger::open(&folder.join("ledger.db")).expect("a ledger");
    for entry in issued {
        let text = |name: &str| entry[name].as_str().expect("text").to_owned();
        let parent = |parent: &Value| {
            let text = |name: &str| parent[name].as_str().map(str::to_owned);
            Some(Parent { issuer: text("iss")?, token_id: text("jti")? })
        };
        let issued = Issued {
            issuer: text("iss"),
            token_id: text("jti"),
            subject: Some(text("sub")),
            audiences: vec![text("aud")],
            issued_at: entry["iat"].as_u64(),
            expires_at: entry["exp"].as_u64().expect("a date"),
            parent: parent(&entry["parent"]),
            ..Issued::default()
        };
        pollster::block_on(ledger.record(&issued)).expect("recorded");
    }
    guard.with_ledger(Arc::new(ledger))
}

#[test]
fn every_vector_has_its_result_and_its_reason() {
    let mut judged = 0;
    let entries =
        std::fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path());
    let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    for path in files {
        let file: Value = serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("json");
        let scratch = tempfile::tempdir().expect("a folder");
        let guard = guard(&file, scratch.path(), Controls::all());
        let now = Now(file["now"].as_u64().expect("a date"));
        for test in file["tests"].as_array().expect("a list") {
            let token = test["token"].as_str().expect("a token");
            let decided = pollster::block_on(async {
                guard.decide(&Request::bearer(token), &Circumstances::default(), now).await
            });
            let place = format!("{} {}: {}", path.display(), test["id"], test["about"]);
            assert_eq!(decided.is_accepted(), test["result"] == "valid", "{place}: {decided:?}");
            assert_eq!(decided.reason().map(|reason| reason.name()), test["reason"].as_str(), "{place}");
            judged += 1;
        }
    }
    assert_eq!(judged, 125, "every vector was read");
}

/// How many invalid tokens of a file are accepted with checks turned off.
fn accepted(name: &str, controls: Controls) -> usize {
    let file = std::fs::read(folder().join(name)).expect("read");
    let file: Value = serde_json::from_slice(&file).expect("json");
    let scratch = tempfile::tempdir().expect("a folder");
    let guard = guard(&file, scratch.path(), controls);
    let now = Now(file["now"].as_u64().expect("a date"));
    let invalid = file["tests"].as_array().expect("a list").iter().filter(|test| test["result"] == "invalid");
    let accepts = |token: &str| {
        let request = Request::bearer(token);
        pollster::block_on(guard.decide(&request, &Circumstances::default(), now)).is_accepted()
    };
    invalid.filter(|test| accepts(test["token"].as_str().expect("a token"))).count()
}

#[test]
fn the_vectors_notice_each_check_that_is_missing() {
    let all = Controls::all();
    for name in ["issuers.json", "shared-set.json", "lifetimes.json", "issued.json"] {
        assert_eq!(accepted(name, all), 0, "{name}");
    }
    // Every token that another trusted issuer's key signed: by name, without one, and crossed back.
    assert_eq!(accepted("issuers.json", all.without_scope_check()), 11);
    assert_eq!(accepted("shared-set.json", all.without_scope_check()), 1);
    assert_eq!(accepted("lifetimes.json", all.without_certificate_check()), 2);
    assert_eq!(accepted("issued.json", all.without_ledger_check()), 6);
}
