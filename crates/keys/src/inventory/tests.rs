//! One key, in everything that publishes keys.

use super::{Entry, read};
use crate::encoded::der;
use crate::public::PublicKey;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

/// A modulus that no key has: what is read is compared, never computed with.
fn modulus() -> Vec<u8> {
    let mut n: Vec<u8> =
        (0..256_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    (n[0], n[255]) = (0xc3, 0x55);
    n
}

fn key() -> PublicKey {
    PublicKey::rsa(&modulus(), &[1, 0, 1]).unwrap()
}

fn pkcs1() -> Vec<u8> {
    der::write(der::SEQUENCE, &[&der::write_integer(&modulus()), &der::write_integer(&[1, 0, 1])])
}

fn spki() -> Vec<u8> {
    // SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }, RFC 3279, section 2.3.1.
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    der::write(der::SEQUENCE, &[algorithm, &der::write(der::BIT_STRING, &[&[0], &pkcs1()])])
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn ssh_blob() -> Vec<u8> {
    let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    [field(b"ssh-rsa"), field(&[1, 0, 1]), field(&[&[0], modulus().as_slice()].concat())].concat()
}

fn jwk() -> String {
    let n = BASE64_URL_SAFE_NO_PAD.encode(modulus());
    format!(r#"{{"kty":"RSA","kid":"key-7","use":"sig","e":"AQAB","n":"{n}"}}"#)
}

/// A version 4 RSA public key and a user id, as RFC 9580 writes them in the old format.
fn openpgp() -> Vec<u8> {
    let mut body = vec![4, 0x5e, 0, 0, 0, 1];
    body.extend([&2048_u16.to_be_bytes()[..], &modulus(), &17_u16.to_be_bytes(), &[1, 0, 1]].concat());
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let user = b"Ann <ann@example.org>";
    let id = [&[0xb4, u8::try_from(user.len()).unwrap()][..], user].concat();
    [vec![0x99], length.to_vec(), body, id].concat()
}

fn entries(document: &[u8]) -> Vec<Entry> {
    let mut out = Vec::new();
    read(document, &mut out);
    out
}

/// Reads a document that must publish the key once, and gives what is said of it.
fn check(document: impl AsRef<[u8]>, kind: &str, label: Option<&str>) -> Entry {
    let document = document.as_ref();
    let mut found = entries(document);
    let text = String::from_utf8_lossy(document);
    assert_eq!(found.len(), 1, "{kind} in {text}");
    let entry = found.remove(0);
    assert_eq!(entry.key.as_ref(), Some(&key()), "{text}");
    assert_eq!((entry.published.kind, entry.published.label.as_deref()), (kind, label), "{text}");
    entry
}

#[test]
fn key_is_read_from_everything_that_publishes_it() {
    let ssh = BASE64_STANDARD.encode(ssh_blob());
    check(spki(), "public-key", None);
    check(pkcs1(), "public-key", None);
    check(pem("PUBLIC KEY", &spki()), "public-key", None);
    check(pem("RSA PUBLIC KEY", &pkcs1()), "public-key", None);
    check(jwk(), "jwk", Some("key-7"));
    check(format!(r#"{{"keys":[{}]}}"#, jwk()), "jwk", Some("key-7"));
    check(format!("ssh-rsa {ssh} ann@host\n"), "ssh-key", Some("ann@host"));
    check(format!("|1|c2FsdA==|aGFzaA== ssh-rsa {ssh}\n"), "ssh-key", Some("|1|c2FsdA==|aGFzaA=="));
    check(
        format!("from=\"10.0.0.0/8\",command=\"echo a b\" ssh-rsa {ssh}"),
        "ssh-key",
        Some("from=\"10.0.0.0/8\",command=\"echo a b\""),
    );
    check(openpgp(), "openpgp-key", Some("Ann <ann@example.org>"));
    check(pem("PGP PUBLIC KEY BLOCK", &openpgp()), "openpgp-key", Some("Ann <ann@example.org>"));
}

#[test]
fn key_is_read_inside_other_documents() {
    let inner = pem("PUBLIC KEY", &spki());
    let escaped = inner.replace('\n', "\\n");
    check(format!(r#"{{"4f2a":"{escaped}"}}"#), "public-key", Some("4f2a"));
    let secret = format!(r#"{{"kind":"Secret","data":{{"tls.crt":"{}"}}}}"#, BASE64_STANDARD.encode(&inner));
    check(secret, "public-key", Some("tls.crt"));
    check(format!("data:\n  tls.crt: {}\n", BASE64_STANDARD.encode(&inner)), "public-key", None);
    let base64 = BASE64_STANDARD.encode(spki());
    check(format!("<a><Key>\n {}\n {}\n</Key></a>", &base64[..76], &base64[76..]), "public-key", None);
    let line = format!("ssh-rsa {}", BASE64_STANDARD.encode(ssh_blob()));
    let pairs =
        format!(r#"{{"KeyPairs":[{{"KeyName":"deploy","KeyFingerprint":"1f:51","PublicKey":"{line}"}}]}}"#);
    check(pairs, "ssh-key", Some("deploy"));
}

#[test]
fn what_a_document_says_is_kept() {
    let entry = check(format!(r#"{{"issuer":"https://sts","keys":[{}]}}"#, jwk()), "jwk", Some("key-7"));
    assert_eq!(entry.published.issuer.as_deref(), Some("https://sts"));
    assert_eq!(entry.published.uses, ["sig"]);
    let entry = check(openpgp(), "openpgp-key", Some("Ann <ann@example.org>"));
    assert_eq!(entry.published.not_before, Some(0x5e00_0000));
    assert_eq!(entry.names.last().map(|name| name.name), Some("openpgp-v4"));
}

#[test]
fn credential_that_is_only_named_is_kept_by_its_name() {
    let digest = BASE64_STANDARD.encode([7; 20]);
    let graph = format!(
        r#"{{"keyCredentials":[{{"customKeyIdentifier":"{digest}","displayName":"CN=app","endDateTime":"2024-05-01T12:00:00.5Z"}}]}}"#
    );
    let found = entries(graph.as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].names[0].value, "07".repeat(20));
    assert_eq!(found[0].published.not_after, Some(1_714_564_800));
    assert_eq!(found[0].published.label.as_deref(), Some("CN=app"));
    let pair =
        r#"{"KeyName":"k","KeyFingerprint":"1f:51:ae:28:bf:89:e9:d8:1f:25:5d:37:2d:7d:b8:ca:9f:f5:f1:6f"}"#;
    assert_eq!(entries(pair.as_bytes())[0].names[0].name, "ec2-pkcs8-sha1");
}

#[test]
fn private_keys_and_nonsense_publish_nothing() {
    for document in [
        &b""[..],
        b"{}",
        b"null",
        b"-----BEGIN ",
        b"-----BEGIN X-----",
        b"ssh-rsa",
        b"ssh-rsa AAAA x",
        &[0x30; 40],
        &[0x99, 0xff],
    ] {
        assert!(entries(document).is_empty(), "{document:?}");
    }
    assert!(entries(pem("RSA PRIVATE KEY", &pkcs1()).as_bytes()).is_empty());
}

proptest::proptest! {
    #[test]
    fn cut_and_changed_documents_do_not_panic(which in 0_usize..5, cut in 0_usize..1200, at in 0_usize..1200, byte: u8) {
        let documents = [spki(), openpgp(), jwk().into_bytes(), pem("PUBLIC KEY", &spki()).into_bytes(), ssh_blob()];
        let mut document = documents[which].clone();
        document.truncate(cut);
        if let Some(there) = document.get_mut(at) {
            *there = byte;
        }
        entries(&document);
    }
}

/// The public half of the key that signed the forged tokens of 2023: the names are those of `docs/identify.md`, which agree
/// with the published indicators.
#[test]
fn key_of_the_incident_of_2023_has_its_published_names() {
    let mut entries = Vec::new();
    read(include_bytes!("../../../../testdata/inventory/live-id-sts-2016.jwks.json"), &mut entries);
    let keys = entries.iter().filter_map(|entry| entry.key.as_ref());
    let of_keys = keys.flat_map(|key| key.names());
    let names: Vec<String> =
        of_keys.chain(entries.iter().flat_map(|entry| entry.names.clone())).map(|id| id.value).collect();
    for expected in [
        "5c0a402b287eca6c026bf1eb9a38bec4c8565d5a0b23585be32e96055aa24548",
        "456c438ec46a4bf07ad8a6495bfd0aa0ed9c5121",
        "kP2ox0dPp3uuT6IhJARw5E8I9ZWku4tl9NRrgQ8W-LY",
        "SHA256:aSFLxLP2opUCVS1ygWJeHTF+VV9m+0RSC38ziW384Qg",
        "d4b4cccda9228624656bff33d8110955779632aa",
        "1LTMzakihiRla_8z2BEJVXeWMqo",
        "Q-oCF945Bmo2Fk4hZV6O17LvqmfkFVAzg3raJt9rtZ4",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} is not among {names:?}");
        let docs = include_str!("../../../../docs/identify.md");
        assert!(docs.contains(expected), "{expected} is not in the docs");
    }
}
