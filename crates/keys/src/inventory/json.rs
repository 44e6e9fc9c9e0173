//! Key sets (RFC 7517), discovery documents, SPIFFE bundles, exports of clouds: JSON in which keys stand as JWK, as
//! PEM, as base64 of DER, or only by their fingerprints.

use super::entry::{Entry, Published, label};
use super::limits::{BASE64_MIN, ENTRIES_MAX};
use super::{nested, openpgp};
use crate::material::PublicId;
use crate::public::{PublicKey, hex};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

/// Members whose value says what a key in the same object is called, the most telling first: JWK and Azure Key Vault,
/// Microsoft Graph, AWS `describe-key-pairs`, Kubernetes.
const LABELS: [&str; 7] = ["kid", "KeyName", "displayName", "keyId", "KeyPairId", "name", "id"];

/// Members that say until when it is valid, and from when.
const ENDS: [&str; 3] = ["endDateTime", "exp", "expires"];

/// What stands around a value.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    label: Option<&'a str>,
    issuer: Option<&'a str>,
}

/// Reads a document.
pub(super) fn read(value: &Value, depth: usize, out: &mut Vec<Entry>) {
    walk(value, Around::default(), depth, out);
}

/// Goes through a value. The JSON reader bounds how deep it nests.
fn walk(value: &Value, around: Around<'_>, depth: usize, out: &mut Vec<Entry>) {
    if out.len() >= ENTRIES_MAX {
        return;
    }
    match value {
        Value::Object(members) => object(value, members, around, depth, out),
        Value::Array(values) => values.iter().for_each(|value| walk(value, around, depth, out)),
        Value::String(text) => string(text, around, depth, out),
        _ => {}
    }
}

fn object(
    value: &Value,
    members: &Map<String, Value>,
    around: Around<'_>,
    depth: usize,
    out: &mut Vec<Entry>,
) {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let own = LABELS.iter().find_map(|name| text(name));
    let around = Around { label: own.or(around.label), issuer: text("issuer").or(around.issuer) };
    if let Some(key) = PublicKey::from_jwk(value) {
        let uses = ["use", "alg"].iter().filter_map(|name| text(name)).map(str::to_owned).collect();
        let published = Published { kind: "jwk", uses, not_after: seconds(members), ..said(around) };
        let mut entry = Entry::new(key, published);
        for (member, name) in [("x5t", "x5t"), ("x5t#S256", "x5t#S256")] {
            entry = match text(member) {
                Some(digest) => entry.with(name, digest),
                None => entry,
            };
        }
        out.push(entry);
    } else if let Some(entry) = fingerprint(members, around) {
        out.push(entry);
    }
    for (name, member) in members {
        // A map of key ids to certificates, as Google publishes its robots'.
        let inner = if member.is_string() && own.is_none() { Some(name.as_str()) } else { around.label };
        walk(member, Around { label: inner, ..around }, depth, out);
    }
}

fn said(around: Around<'_>) -> Published {
    Published {
        label: around.label.and_then(label),
        issuer: around.issuer.and_then(label),
        ..Published::default()
    }
}

/// When a key ends that stands in `members`: seconds, or a time that begins as RFC 3339 writes it.
fn seconds(members: &Map<String, Value>) -> Option<u64> {
    ENDS.iter().find_map(|name| match members.get(*name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => time(text),
        _ => None,
    })
}

/// Seconds since 1970 of `2027-05-01T12:00:00Z`; fractions are left out, another zone is not taken.
fn time(text: &str) -> Option<u64> {
    let whole = text.split('.').next()?.trim_end_matches('Z');
    format!("{whole}Z").parse::<der::DateTime>().ok().map(|time| time.unix_duration().as_secs())
}

/// A key that is known by a fingerprint alone: `describe-key-pairs` of EC2, credentials of Microsoft Graph.
fn fingerprint(members: &Map<String, Value>, around: Around<'_>) -> Option<Entry> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let published = || Published { kind: "fingerprint", not_after: seconds(members), ..said(around) };
    if let Some(digest) = text("KeyFingerprint").filter(|_| text("PublicKey").is_none()) {
        let digits: String = digest.chars().filter(|one| *one != ':').collect();
        let is_hex = digits.chars().all(|one| one.is_ascii_hexdigit());
        // ec2 describe-key-pairs: SHA-1 of the private key's PKCS#8 if EC2 made it, MD5 of the public key's DER if it
        // was imported, SHA-256 as OpenSSH prints it for Ed25519.
        let name = match digits.len() {
            40 if is_hex => PublicId { name: "ec2-pkcs8-sha1", value: digits.to_lowercase() },
            32 if is_hex => PublicId { name: "ec2-spki-md5", value: digits.to_lowercase() },
            _ => PublicId {
                name: "ssh-sha256",
                value: format!("SHA256:{}", digest.trim_start_matches("SHA256:").trim_end_matches('=')),
            },
        };
        return Some(Entry::named(vec![name], published()));
    }
    let digest = text("customKeyIdentifier")?;
    let bytes = BASE64_STANDARD.decode(digest).ok();
    let value = match bytes.filter(|bytes| bytes.len() == 20) {
        Some(bytes) => hex(&bytes),
        None if digest.len() == 40 && digest.chars().all(|one| one.is_ascii_hexdigit()) => {
            digest.to_lowercase()
        }
        None => return None,
    };
    Some(Entry::named(vec![PublicId { name: "certificate-sha1", value }], published()))
}

/// A string may be a document of its own, or base64 of one.
fn string(text: &str, around: Around<'_>, depth: usize, out: &mut Vec<Entry>) {
    let first = out.len();
    if text.len() >= BASE64_MIN {
        nested(text.as_bytes(), depth, out);
    }
    // The head of a public key packet of OpenPGP, in base64.
    if out.len() == first
        && text.starts_with("mQ")
        && let Ok(packets) = BASE64_STANDARD.decode(text)
    {
        openpgp::read(&packets, out);
    }
    for entry in out.iter_mut().skip(first) {
        let published = &mut entry.published;
        let outer = around.label.and_then(label);
        published.label = match (published.label.take(), outer) {
            (Some(own), Some(outer)) => Some(format!("{outer}: {own}")),
            (own, outer) => own.or(outer),
        };
        published.issuer = published.issuer.take().or_else(|| around.issuer.and_then(label));
    }
}
