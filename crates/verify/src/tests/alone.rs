//! The clean dump without the original.

use super::fixture::{core, finding, named, one_key, place, random, scrub};
use super::survivor::base64;
use crate::alone;
use crate::answer::question::{BELONG, INSIDE, SECRETS};
use crate::finder::schedule_of as schedule;
use coredact_record::{Report, Verdict};
use std::io::Write as _;
use std::process::Command;

fn judge(dump: &Vec<u8>, report: Option<&Report>) -> Verdict {
    alone(dump, report, &|_| ())
}

/// A core with `secret` in its heap.
fn holding(secret: &[u8]) -> Vec<u8> {
    let mut core = core();
    let at = core.heap + 0x10_0000 - 5;
    core.bytes[at..at + secret.len()].copy_from_slice(secret);
    core.bytes
}

fn check(secret: &[u8], what: &str) {
    let verdict = judge(&holding(secret), None);
    let answer = named(&verdict, SECRETS);
    assert!(!verdict.passed && answer.detail.contains(what), "{what}: {}", answer.detail);
}

#[test]
fn clean_dump_passes_with_and_without_its_report() {
    let (made, ..) = one_key();
    assert!(judge(&made.clean, None).passed);
    let verdict = judge(&made.clean, Some(&made.report));
    assert!(verdict.passed, "{verdict:#?}");
    assert_eq!(verdict.answers.len(), 5);
}

#[test]
fn dump_that_is_not_the_reports_fails() {
    let (mut made, _, core) = one_key();
    made.clean[core.heap + 3] = 1;
    assert!(!named(&judge(&made.clean, Some(&made.report)), BELONG).passed);
    let (made, ..) = one_key();
    assert!(!named(&judge(&made.original, Some(&made.report)), INSIDE).passed);
    assert!(!named(&judge(&made.clean[1..].to_vec(), Some(&made.report)), BELONG).passed);
}

fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

#[test]
fn fresh_private_keys_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let path = path.to_str().unwrap();
    for (algorithm, option) in [("RSA", "rsa_keygen_bits:2048"), ("EC", "ec_paramgen_curve:P-256")] {
        let pem = openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", path]);
        assert!(pem.is_empty());
        check(&openssl(&["pkey", "-in", path]), "PEM");
        check(&openssl(&["pkey", "-in", path, "-outform", "DER"]), "DER");
        check(&openssl(&["pkey", "-in", path, "-outform", "DER", "-traditional"]), "DER");
        assert!(judge(&holding(&openssl(&["pkey", "-in", path, "-pubout"])), None).passed);
        assert!(judge(&holding(&openssl(&["pkey", "-in", path, "-pubout", "-outform", "DER"])), None).passed);
        let encrypted = openssl(&["pkey", "-in", path, "-aes256", "-passout", "pass:x"]);
        assert!(judge(&holding(&encrypted), None).passed);
    }
}

#[test]
fn fresh_private_key_is_seen_in_compression_inside_text() {
    let pem = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&pem).unwrap();
    let gzip = gzip.finish().unwrap();
    check(&gzip, "PEM");
    check(&base64(&pem, false), "PEM");
    check(&base64(&gzip, false), "PEM");
    check(&base64(&base64(&gzip, true), false), "PEM");
    assert!(judge(&holding(&base64(&gzip[..40], false)), None).passed);
}

#[test]
fn tokens_are_seen() {
    let text = |length: usize| -> Vec<u8> {
        random(5, length)
            .iter()
            .map(|byte| b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[usize::from(byte % 32)])
            .collect()
    };
    let header = b"eyJhbGciOiJIUzI1NiJ9".to_vec();
    let jwt = [header.clone(), b"eyJzdWIiOiIxIn0".to_vec(), text(43)].join(&b'.');
    check(&[b"\0".to_vec(), jwt, b"\0".to_vec()].concat(), "JSON Web Token");
    check(&[b"=AKIA".to_vec(), text(16), b"\0".to_vec()].concat(), "AWS");
    check(&[b"\"ghp_".to_vec(), text(36), b"\"".to_vec()].concat(), "GitHub");
    for innocent in
        [b"AKIAAAAAAAAAAAAAAAAA".to_vec(), b"ghp_short".to_vec(), [header, b".x.".to_vec()].concat()]
    {
        assert!(judge(&holding(&innocent), None).passed);
    }
    // A longer run is something else.
    assert!(judge(&holding(&[b"AKIA".to_vec(), text(40)].concat()), None).passed);
}

#[test]
fn aes_schedules_are_seen_and_published_keys_excused() {
    check(&schedule(&random(6, 16)), "AES");
    check(&schedule(&random(6, 32)), "AES");
    let published: Vec<u8> = (0..32).collect();
    assert!(judge(&holding(&schedule(&published)), None).passed);
}

#[test]
fn key_that_the_report_calls_public_and_kept_is_excused() {
    let schedule = schedule(&random(6, 16));
    let dump = holding(&schedule);
    let at = dump.windows(schedule.len()).position(|window| window == schedule).unwrap();
    let mut kept =
        finding(1, "aes-key", "AES", vec![place(at, schedule.len(), "schedule", "schedule-encrypt")]);
    kept.removed = false;
    let mut made = scrub(dump, vec![kept]);
    assert!(!judge(&made.clean, Some(&made.report)).passed);
    made.report.findings[0].publicly_known = Some("a test vector".into());
    assert!(judge(&made.clean, Some(&made.report)).passed);
}
