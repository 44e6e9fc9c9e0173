//! A decision as an OCSF event.

use crate::key::Thumbprint;
use crate::reason::Reason;
use crate::time::{Now, rfc3339};
use crate::verdict::{Bound, Facts, KeyFacts, Verdict};
use serde_json::{Map, Value, json};

/// What the service knows of a request beside its token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// The client's address.
    pub client_address: Option<&'a str>,
    /// The request's method.
    pub method: Option<&'a str>,
    /// The request's path or URL, without its query.
    pub target: Option<&'a str>,
    /// A name by which the service's other logs know the request.
    pub request_id: Option<&'a str>,
}

/// The event of a decision: OCSF 1.8, class Authentication (3002), with the extension `token` (docs/guard.md).
#[must_use]
pub fn event(token: &str, verdict: &Verdict, circumstances: &Circumstances<'_>, now: Now) -> Value {
    let facts = verdict.facts();
    let (status, code, detail) = match verdict {
        Verdict::Accepted(_) => ("Success", "accepted", String::new()),
        Verdict::Refused(refused) => ("Failure", refused.reason.name(), refused.to_string()),
    };
    let mut event = json!({
        "category_uid": 3,
        "class_uid": 3002,
        "activity_id": 99,
        "activity_name": "Verify Token",
        "type_uid": 300_299,
        "time": milliseconds(now.0),
        "severity_id": severity(verdict),
        "status_id": if verdict.is_accepted() { 1 } else { 2 },
        "status": status,
        "status_code": code,
        "metadata": {
            "version": "1.8.0",
            "profiles": ["cloud"],
            "product": {"name": "coredact-guard", "vendor_name": "coredact", "version": env!("CARGO_PKG_VERSION")},
            "extensions": [{"name": "coredact", "version": "1.0.0"}],
        },
    });
    let put = |event: &mut Value, path: &[&str], value: Option<Value>| {
        if let Some(value) = value {
            insert(event, path, value);
        }
    };
    let text = |text: Option<&str>| text.map(|text| Value::String(logged(text)));
    put(&mut event, &["status_detail"], (!detail.is_empty()).then(|| Value::String(logged(&detail))));
    put(&mut event, &["metadata", "correlation_uid"], text(circumstances.request_id));
    put(&mut event, &["user", "uid"], text(facts.subject()));
    put(&mut event, &["cloud", "account", "uid"], text(facts.tenant()));
    put(&mut event, &["service", "name"], text(audience(verdict)));
    put(&mut event, &["session", "uid"], text(facts.session()));
    put(&mut event, &["session", "issuer"], text(facts.issuer_claim()));
    put(&mut event, &["actor", "app_uid"], text(facts.client()));
    put(&mut event, &["src_endpoint", "ip"], text(circumstances.client_address));
    put(&mut event, &["http_request", "http_method"], text(circumstances.method));
    put(&mut event, &["http_request", "url", "path"], text(circumstances.target));
    put(&mut event, &["authentication_token", "uid"], text(facts.token_id()));
    put(&mut event, &["authentication_token", "type"], text(facts.kind()));
    put(
        &mut event,
        &["authentication_token", "created_time"],
        facts.issued_at().map(|at| json!(milliseconds(at))),
    );
    put(
        &mut event,
        &["authentication_token", "expiration_time"],
        facts.expires_at().map(|at| json!(milliseconds(at))),
    );
    insert(&mut event, &["token"], extension(token, verdict, facts));
    event
}

/// The extension: which key signed, and whose it is.
fn extension(token: &str, verdict: &Verdict, facts: &Facts) -> Value {
    let signed = match verdict {
        Verdict::Accepted(_) => true,
        Verdict::Refused(refused) => refused.signed,
    };
    let mut extension = json!({
        "sha256": Thumbprint::of(token.as_bytes()).hex(),
        "signature_verified": signed,
    });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            insert(&mut extension, &[name], value);
        }
    };
    put("kid", facts.key_id().map(|id| json!(logged(id))));
    put("algorithm", facts.algorithm().map(|name| json!(logged(name))));
    put("trusted_issuer", facts.issuer().map(|name| json!(name)));
    let audiences: Vec<String> = facts.audiences().into_iter().map(logged).collect();
    put("audiences", (!audiences.is_empty()).then(|| json!(audiences)));
    put("signing_key", facts.key().map(signing_key));
    if let Verdict::Accepted(accepted) = verdict {
        put(
            "bound",
            accepted.bound.map(|bound| match bound {
                Bound::Key(key) => json!({"jkt": key.to_string()}),
                Bound::Certificate(certificate) => json!({"x5t#S256": certificate.to_string()}),
            }),
        );
    }
    put("notes", (!facts.notes().is_empty()).then(|| json!(facts.notes())));
    put("controls_off", (!facts.controls_off().is_empty()).then(|| json!(facts.controls_off())));
    extension
}

fn signing_key(known: &KeyFacts) -> Value {
    let key = known.key();
    let mut members = Map::new();
    members.insert("thumbprint".into(), json!(key.thumbprint().to_string()));
    members.insert("spki_sha256".into(), json!(key.spki_sha256().hex()));
    members.insert("issuer".into(), json!(known.owner()));
    for (name, value) in [
        ("kid", key.id().map(logged)),
        ("tenant", key.tenant.clone()),
        ("not_after", key.lifetime().not_after.map(rfc3339)),
    ] {
        members.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    Value::Object(members)
}

fn audience(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Accepted(accepted) => Some(&accepted.audience),
        Verdict::Refused(refused) => refused.facts.audiences().first().copied(),
    }
}

/// OCSF `severity_id`: critical where a key or a token is in wrong hands, high where somebody should look, low for noise.
fn severity(verdict: &Verdict) -> u8 {
    let Verdict::Refused(refused) = verdict else {
        return if verdict.facts().notes().is_empty() { 1 } else { 2 };
    };
    match refused.reason {
        Reason::KeyRevoked | Reason::KeyOfAnotherIssuer | Reason::KeyExpired | Reason::KeyTenantWrong
            if refused.signed =>
        {
            CRITICAL
        }
        Reason::NotIssued | Reason::IssuedOtherwise | Reason::ParentNotIssued => CRITICAL,
        Reason::ProofKeyWrong | Reason::ProofReplayed | Reason::CertificateWrong | Reason::KeyRevoked => HIGH,
        // Somebody uses what was taken from him.
        Reason::TokenEnded => HIGH,
        reason if reason.is_ours() => HIGH,
        _ => LOW,
    }
}

const LOW: u8 = 2;
const HIGH: u8 = 4;
const CRITICAL: u8 = 5;

/// Puts a value at a path, making objects on the way.
fn insert(event: &mut Value, path: &[&str], value: Value) {
    let mut place = event;
    for name in path {
        let Value::Object(members) = place else { return };
        place = members.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    *place = value;
}

pub(super) fn milliseconds(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

/// A text as it is logged: cut off where no identifier is that long.
pub(super) fn logged(text: &str) -> String {
    text.chars().take(CHARS_MAX).collect()
}

/// Longest text in an event, in characters.
const CHARS_MAX: usize = 1024;
