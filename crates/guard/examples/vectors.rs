//! Makes the conformance vectors of `testdata/scope-vectors`, with fresh keys that end with this program.
//!
//!     cargo run -p coredact-guard --example vectors -- testdata/scope-vectors

#[path = "../tests/common/mod.rs"]
mod common;

use common::{NOW, Signer, claims, with};
use coredact_guard::Thumbprint;
use serde_json::{Value, json};
use std::path::Path;

const ENTERPRISE: &str = "https://enterprise.example/";
const CONSUMER: &str = "https://consumer.example/";
const OPEN: &str = "https://login.example/{tenantid}/v2.0";
const DAY: u64 = 24 * 3600;

fn main() {
    let folder = std::env::args().nth(1).expect("name the folder");
    for file in [
        issuers(),
        names(),
        headers(),
        tenants(),
        shared_set(),
        two_publishers(),
        lifetimes(),
        archive(),
        revoked(),
        issued(),
    ] {
        let path = Path::new(&folder).join(format!("{}.json", file["name"].as_str().expect("a name")));
        write(&path, &format!("{file:#}\n"));
    }
}

#[expect(clippy::disallowed_methods, reason = "a generator of test data")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

/// A file of vectors.
fn file(name: &str, about: &str, trust: Value, more: Value, tests: Vec<Value>) -> Value {
    let number = |(number, test): (usize, Value)| with(test, json!({"id": number + 1}));
    let tests: Vec<Value> = tests.into_iter().enumerate().map(number).collect();
    let file = json!({
        "schema": "key-scope-vectors-v1",
        "name": name,
        "about": about,
        "now": NOW,
        "trust": trust,
        "tests": tests,
    });
    with(file, more)
}

fn valid(about: &str, token: String) -> Value {
    json!({"about": about, "result": "valid", "token": token})
}

fn invalid(about: &str, reason: &str, token: String) -> Value {
    json!({"about": about, "result": "invalid", "reason": reason, "token": token})
}

fn trusted(issuer: &str, keys: &[Value]) -> Value {
    json!({"issuer": issuer, "profile": "plain", "audiences": ["api://mail"], "key_set": {"keys": keys}})
}

fn usual(issuer: &str) -> Value {
    claims(issuer, "api://mail")
}

fn named(key: &Signer, kid: &Value, claims: &Value) -> String {
    key.sign(&with(json!({"alg": key.alg, "typ": "JWT"}), json!({"kid": kid})), claims)
}

/// Every key for every issuer, under every name.
fn issuers() -> Value {
    let mut tests = Vec::new();
    let mut trust = Vec::new();
    for alg in ["RS256", "ES256", "EdDSA"] {
        let name = |issuer: &str| format!("{issuer}{}", alg.to_lowercase());
        let (enterprise, consumer) = (name(ENTERPRISE), name(CONSUMER));
        let (own, other) = (Signer::new("1", alg), Signer::new("2", alg));
        let stranger = Signer::new("3", alg);
        trust.push(trusted(&enterprise, &[own.jwk()]));
        trust.push(trusted(&consumer, &[other.jwk()]));
        for kid in [json!("1"), json!("2"), json!(null)] {
            let (mine, theirs) = (kid != json!("2"), kid != json!("1"));
            let key = if mine { "enterprise key" } else { "enterprise key under the other's name" };
            let about = format!("{alg}: {key}, enterprise issuer, kid {kid}");
            let token = named(&own, &kid, &usual(&enterprise));
            tests.push(if mine { valid(&about, token) } else { invalid(&about, "key-unknown", token) });
            let about =
                format!("{alg}: consumer key, enterprise issuer, kid {kid}: the token of the 2023 incident");
            let reason = if theirs { "key-of-another-issuer" } else { "signature-wrong" };
            tests.push(invalid(&about, reason, named(&other, &kid, &usual(&enterprise))));
            let about = format!("{alg}: a stranger's key, enterprise issuer, kid {kid}");
            let reason = if mine { "signature-wrong" } else { "key-unknown" };
            tests.push(invalid(&about, reason, named(&stranger, &kid, &usual(&enterprise))));
        }
        tests.push(valid(&format!("{alg}: consumer key, consumer issuer"), other.token(&usual(&consumer))));
        let about = format!("{alg}: enterprise key, consumer issuer");
        tests.push(invalid(&about, "key-of-another-issuer", own.token(&usual(&consumer))));
    }
    let (one, two) = (Signer::new("same", "ES256"), Signer::new("same", "ES256"));
    let (left, right) = ("https://left.example", "https://right.example");
    trust.extend([trusted(left, &[one.jwk()]), trusted(right, &[two.jwk()])]);
    tests.push(valid("two issuers use one kid: the first issuer's key", one.token(&usual(left))));
    tests.push(valid("two issuers use one kid: the second issuer's key", two.token(&usual(right))));
    tests.push(invalid("two issuers use one kid: crossed", "key-of-another-issuer", two.token(&usual(left))));
    tests.push(invalid(
        "two issuers use one kid: crossed back",
        "key-of-another-issuer",
        one.token(&usual(right)),
    ));
    let about = "A key is good for the issuer that published it alone; kid is a hint, and two issuers may use the same.";
    file("issuers", about, json!(trust), json!({}), tests)
}

/// Issuers are compared byte by byte.
fn names() -> Value {
    let key = Signer::new("1", "ES256");
    let mut tests = vec![valid("the exact name", key.token(&usual(ENTERPRISE)))];
    for name in [
        "https://enterprise.example",
        "https://enterprise.example//",
        "https://ENTERPRISE.example/",
        "HTTPS://enterprise.example/",
        "https://enterprise.example/\u{200b}",
        "https://\u{435}nterprise.example/",
        "https://enterprise.example/#",
        "https://enterprise.example/?",
        "https://enterprise.example:443/",
        "https://enterprise.example/a",
        "https://enterprise.example./",
        "https://enterprise%2eexample/",
        "enterprise",
        "https://",
        "",
        " https://enterprise.example/",
    ] {
        tests.push(invalid(&format!("another name: {name:?}"), "issuer-unknown", key.token(&usual(name))));
    }
    for name in [
        json!([ENTERPRISE]),
        json!(["https://evil.example", ENTERPRISE]),
        json!({"a": ENTERPRISE}),
        json!(1),
        json!(true),
    ] {
        let token = key.token(&with(usual(ENTERPRISE), json!({"iss": name})));
        tests.push(invalid(&format!("no text: {name}"), "issuer-malformed", token));
    }
    let none = key.token(&with(usual(ENTERPRISE), json!({"iss": null})));
    tests.push(invalid("no issuer", "issuer-missing", none));
    let twice = format!(r#"{{"iss":"https://evil.example",{}"#, &usual(ENTERPRISE).to_string()[1..]);
    let token = key.sign_texts(r#"{"alg":"ES256","kid":"1"}"#, &twice);
    tests.push(invalid("two issuers in one token", "duplicate-member", token));
    let about = "An issuer is the text of iss, byte by byte: no part of it, no list, no other spelling.";
    file("names", about, json!([trusted(ENTERPRISE, &[key.jwk()])]), json!({}), tests)
}

/// Keys that tokens bring or name.
fn headers() -> Value {
    let (key, stranger) = (Signer::new("1", "ES256"), Signer::new("1", "ES256"));
    let (_, certified) = Signer::certified("1", 2020, 2040);
    let mut tests = vec![valid("nothing special", key.token(&usual(ENTERPRISE)))];
    let base = json!({"alg": "ES256", "typ": "JWT", "kid": "1"});
    for (header, reason) in [
        (json!({"jwk": stranger.jwk()}), "embedded-key"),
        (json!({"x5c": certified["x5c"]}), "embedded-key"),
        (json!({"jku": "https://evil.example/keys"}), "key-url"),
        (json!({"x5u": "https://evil.example/cert"}), "key-url"),
    ] {
        let token = stranger.sign(&with(base.clone(), header.clone()), &usual(ENTERPRISE));
        let name = header.as_object().and_then(|header| header.keys().next()).expect("one").clone();
        tests.push(invalid(&format!("{name}, and signed by it"), reason, token));
        let token = key.sign(&with(base.clone(), header), &usual(ENTERPRISE));
        tests.push(invalid(&format!("{name}, though signed by the issuer"), reason, token));
    }
    for kid in [
        "../../../../dev/null",
        "' UNION SELECT 'x' --",
        "http://evil.example/key",
        "1\u{0}",
        "1 ",
        "0x31",
        "",
    ] {
        let token = named(&stranger, &json!(kid), &usual(ENTERPRISE));
        tests.push(invalid(&format!("kid {kid:?}"), "key-unknown", token));
    }
    let about = "A token brings no key and names no place to fetch one from.";
    file("headers", about, json!([trusted(ENTERPRISE, &[key.jwk()])]), json!({}), tests)
}

fn entra(tenant: &str) -> Value {
    let issuer = format!("https://login.example/{tenant}/v2.0");
    with(usual(&issuer), json!({"tid": tenant, "ver": "2.0", "uti": "u-1"}))
}

fn open(keys: &[Value], more: Value) -> Value {
    let record = json!({
        "issuer": OPEN, "profile": "entra-v2", "audiences": ["api://mail"], "tenants": ["t-1", "t-2"],
        "key_set": {"keys": keys},
    });
    with(record, more)
}

/// Tenants in issuer, claim and record.
fn tenants() -> Value {
    let key = Signer::new("1", "RS256");
    let token = |claims: Value| key.token(&claims);
    let mut tests = vec![
        valid("a served tenant", token(entra("t-1"))),
        valid("another served tenant", token(entra("t-2"))),
        invalid("a tenant that is not served", "tenant-not-allowed", token(entra("t-3"))),
    ];
    for (about, reason, change) in [
        ("tid of another tenant", "tenant-mismatch", json!({"tid": "t-2"})),
        ("tid that contains the tenant", "tenant-mismatch", json!({"tid": "t-11"})),
        ("tid in other case", "tenant-mismatch", json!({"tid": "T-1"})),
        ("no tid", "tenant-missing", json!({"tid": null})),
        ("tid no text", "claim-malformed", json!({"tid": ["t-1"]})),
        ("issuer of another tenant", "tenant-mismatch", json!({"iss": "https://login.example/t-2/v2.0"})),
        ("the pattern itself", "issuer-unknown", json!({"iss": OPEN})),
        ("an empty tenant", "issuer-unknown", json!({"iss": "https://login.example//v2.0", "tid": ""})),
        ("a tenant of two segments", "issuer-unknown", json!({"iss": "https://login.example/t-1/t-1/v2.0"})),
        ("a tenant with an escape", "issuer-unknown", json!({"iss": "https://login.example/t-1%2ft-1/v2.0"})),
        ("a tenant with a query", "issuer-unknown", json!({"iss": "https://login.example/t-1?/v2.0"})),
        ("version 1 token", "claim-not-allowed", json!({"ver": "1.0"})),
    ] {
        tests.push(invalid(about, reason, token(with(entra("t-1"), change))));
    }
    let about = "The tenant in the issuer's name is the tenant of the claim, and is served.";
    file("tenants", about, json!([open(&[key.jwk()], json!({}))]), json!({}), tests)
}

/// Keys of several issuers behind one address.
fn shared_set() -> Value {
    let key = |kid| Signer::new(kid, "RS256");
    let (every, tenant, consumer, silent, sovereign) =
        (key("every"), key("tenant"), key("consumer"), key("silent"), key("cloud"));
    let publish = |key: &Signer, issuer: Value, cloud: Value| {
        with(key.jwk(), json!({"issuer": issuer, "cloud_instance_name": cloud}))
    };
    let global = json!("cloud.example");
    let keys = [
        publish(&every, json!(OPEN), global.clone()),
        publish(&tenant, json!("https://login.example/t-1/v2.0"), global.clone()),
        publish(&consumer, json!("https://consumer.example/v2.0"), global.clone()),
        publish(&silent, json!(null), global.clone()),
        publish(&sovereign, json!(OPEN), json!("cloud.sovereign.example")),
    ];
    let record = open(&keys, json!({"shared_key_set": true, "cloud": global}));
    let tests = vec![
        valid("the key of every tenant", every.token(&entra("t-1"))),
        valid("the key of one tenant, for that tenant", tenant.token(&entra("t-1"))),
        invalid("the key of one tenant, for another", "key-tenant-wrong", tenant.token(&entra("t-2"))),
        invalid(
            "the consumer key, for the enterprise",
            "key-of-another-issuer",
            consumer.token(&entra("t-1")),
        ),
        invalid("a key that does not say whose it is", "key-unknown", silent.token(&entra("t-1"))),
        invalid("a key of another cloud", "key-unknown", sovereign.token(&entra("t-1"))),
    ];
    let about = "One key set for several issuers: the member issuer of each key decides; a key without it is refused.";
    file("shared-set", about, json!([record]), json!({}), tests)
}

/// One key at two issuers.
fn two_publishers() -> Value {
    let (copied, declared) = (Signer::new("1", "ES256"), Signer::new("2", "ES256"));
    let (a, b) = ("https://a.example", "https://b.example");
    let (v1, v2) = ("https://v1.example", "https://v2.example");
    let trust = json!([
        trusted(a, &[copied.jwk()]),
        trusted(b, &[copied.jwk_named("other-name")]),
        trusted(v1, &[declared.jwk()]),
        trusted(v2, &[declared.jwk()]),
    ]);
    let tests = vec![
        invalid("a key that two issuers publish, first issuer", "key-unknown", copied.token(&usual(a))),
        invalid(
            "a key that two issuers publish, second issuer",
            "key-unknown",
            named(&copied, &json!("other-name"), &usual(b)),
        ),
        valid("a key whose sharing is declared, first issuer", declared.token(&usual(v1))),
        valid("a key whose sharing is declared, second issuer", declared.token(&usual(v2))),
    ];
    let about =
        "A key that two issuers publish is refused at both, unless it is declared that they share it.";
    file("two-publishers", about, trust, json!({"shared_keys": [[v1, v2]]}), tests)
}

/// Keys before and after their time.
fn lifetimes() -> Value {
    let (good, good_jwk) = Signer::certified("good", 2020, 2040);
    let (past, past_jwk) = Signer::certified("past", 2016, 2021);
    let (early, early_jwk) = Signer::certified("early", 2030, 2040);
    let (stated, ended) = (Signer::new("stated", "ES256"), Signer::new("ended", "ES256"));
    let keys = [
        good_jwk,
        past_jwk,
        early_jwk,
        with(stated.jwk(), json!({"nbf": NOW - DAY, "exp": NOW + DAY})),
        with(ended.jwk(), json!({"exp": NOW - DAY})),
    ];
    let tests = vec![
        valid("a key within its certificate", good.token(&usual(ENTERPRISE))),
        invalid(
            "a key past its certificate, and still published",
            "key-expired",
            past.token(&usual(ENTERPRISE)),
        ),
        invalid("a key before its certificate", "key-not-yet-valid", early.token(&usual(ENTERPRISE))),
        valid("a key within the interval that its publisher states", stated.token(&usual(ENTERPRISE))),
        invalid(
            "a key past the end that its publisher states",
            "key-expired",
            ended.token(&usual(ENTERPRISE)),
        ),
    ];
    let about =
        "A key past its certificate (x5c), or the end that its publisher states (exp), signs no more.";
    file("lifetimes", about, json!([trusted(ENTERPRISE, &keys)]), json!({}), tests)
}

/// Keys that were replaced.
fn archive() -> Value {
    let (old, new) = (Signer::new("old", "ES256"), Signer::new("new", "ES256"));
    let record = with(
        trusted(ENTERPRISE, &[]),
        json!({"archive": [
            {"key": old.jwk(), "from": NOW - 100 * DAY, "to": NOW - 7200},
            {"key": new.jwk(), "from": NOW - 7200},
        ]}),
    );
    let at = |issued: u64| {
        with(usual(ENTERPRISE), json!({"iat": issued, "nbf": issued, "exp": issued + 4 * 3600}))
    };
    let tests = vec![
        valid("issued while the old key was published, and not expired", old.token(&at(NOW - 2 * 3600))),
        invalid("issued by the old key after it was replaced", "key-retired", old.token(&at(NOW - 3600))),
        valid("issued by the new key", new.token(&at(NOW - 3600))),
        invalid(
            "issued by the new key before it was published",
            "key-not-yet-valid",
            new.token(&at(NOW - 3 * 3600)),
        ),
    ];
    let about =
        "An archive says when each key was published; a token is judged by the keys of the time of its iat.";
    file("archive", about, json!([record]), json!({}), tests)
}

/// Keys that have leaked.
fn revoked() -> Value {
    let (leaked, spki, withdrawn, good) = (
        Signer::new("leaked", "RS256"),
        Signer::new("by-spki", "RS256"),
        Signer::new("withdrawn", "RS256"),
        Signer::new("good", "RS256"),
    );
    let keys = [
        leaked.jwk(),
        leaked.jwk_named("fresh-name"),
        spki.jwk(),
        with(withdrawn.jwk(), json!({"revoked": {"revoked_at": NOW - DAY, "reason": "keyCompromise"}})),
        good.jwk(),
    ];
    let list = [leaked.thumbprint().to_string(), Thumbprint::of(&spki.spki()).hex()];
    let tests = vec![
        invalid("a revoked key that is still published", "key-revoked", leaked.token(&usual(ENTERPRISE))),
        invalid(
            "the same key under a new name",
            "key-revoked",
            named(&leaked, &json!("fresh-name"), &usual(ENTERPRISE)),
        ),
        invalid(
            "the same key without a name",
            "key-revoked",
            named(&leaked, &json!(null), &usual(ENTERPRISE)),
        ),
        invalid("a key revoked by its SubjectPublicKeyInfo", "key-revoked", spki.token(&usual(ENTERPRISE))),
        invalid(
            "a key that its publisher marks as revoked",
            "key-revoked",
            withdrawn.token(&usual(ENTERPRISE)),
        ),
        valid("another key of the issuer", good.token(&usual(ENTERPRISE))),
    ];
    let about = "A key on the list of revoked keys is refused by its thumbprint, whatever the key set says and whatever its name.";
    file("revoked", about, json!([trusted(ENTERPRISE, &keys)]), json!({"revoked": list}), tests)
}

/// Tokens that nobody issued.
fn issued() -> Value {
    let key = Signer::new("1", "ES256");
    let entry = |id: &str, parent: Value| with(usual(ENTERPRISE), json!({"jti": id, "parent": parent}));
    let from = |id: &str| json!({"iss": ENTERPRISE, "jti": id});
    let list = [
        entry("root", json!(null)),
        entry("child", from("root")),
        entry("orphan", from("forged")),
        entry("grandchild", from("orphan")),
    ];
    let token = |change: Value| key.token(&with(usual(ENTERPRISE), change));
    let tests = vec![
        valid("an issued token", token(json!({"jti": "root"}))),
        valid("a token renewed from an issued one", token(json!({"jti": "child"}))),
        invalid("a token that nobody issued", "not-issued", token(json!({"jti": "forged"}))),
        invalid("a token without an id", "not-issued", token(json!({"jti": null}))),
        invalid(
            "a genuine id with another subject",
            "issued-otherwise",
            token(json!({"jti": "root", "sub": "another"})),
        ),
        invalid(
            "a genuine id with another end",
            "issued-otherwise",
            token(json!({"jti": "root", "exp": NOW + 7200})),
        ),
        invalid(
            "a token renewed from one that nobody issued",
            "parent-not-issued",
            token(json!({"jti": "orphan"})),
        ),
        invalid("and its child", "parent-not-issued", token(json!({"jti": "grandchild"}))),
    ];
    let about = "A ledger knows each issued token and the one that it was renewed from. All tokens are signed by the right key.";
    file("issued", about, json!([trusted(ENTERPRISE, &[key.jwk()])]), json!({"issued": list}), tests)
}
