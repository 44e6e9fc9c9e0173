//! Keys that `openssl` encrypted.

use super::*;
use crate::encoded;
use std::io::Write as _;
use std::process::Command;

/// A fresh key in PEM, encrypted as the arguments say, and what the detectors make of it.
fn locked(arguments: &[&str]) -> Material {
    let key = Command::new("openssl")
        .args(["ecparam", "-name", "prime256v1", "-genkey", "-noout"])
        .output()
        .unwrap();
    assert!(key.status.success());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&key.stdout).unwrap();
    let done = Command::new("openssl").args(arguments).arg("-in").arg(file.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut found = Vec::new();
    encoded::scan_text(&done.stdout, &mut found);
    encoded::scan_binary(&done.stdout, &mut found);
    assert_eq!(found.len(), 1);
    found.remove(0).material
}

fn check(arguments: &[&str], cost: u64) {
    let material = locked(arguments);
    let key = Locked::of(&material).unwrap();
    assert_eq!(key.cost(), cost);
    assert!(key.open(b"").is_none() && key.open(b"a word").is_none());
    let plain = key.open(b"the right words").unwrap();
    let mut found = Vec::new();
    encoded::scan_binary(&plain, &mut found);
    assert!(found.iter().any(|hit| hit.material.kind == Kind::EcPrivateKey));
}

const PKCS8: [&str; 5] = ["pkcs8", "-topk8", "-passout", "pass:the right words", "-iter"];

#[test]
fn pkcs8_is_opened_by_its_passphrase_alone() {
    check(&[&PKCS8[..], &["2048"]].concat(), 4096);
    check(&[&PKCS8[..], &["2048", "-outform", "DER"]].concat(), 4096);
    check(&[&PKCS8[..], &["1000", "-v2", "des3", "-v2prf", "hmacWithSHA1"]].concat(), 4000);
    check(&[&PKCS8[..], &["1000", "-v2prf", "hmacWithSHA512"]].concat(), 4000);
}

#[test]
fn traditional_pem_is_opened_by_its_passphrase_alone() {
    for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
        check(&["ec", cipher, "-passout", "pass:the right words"], legacy::COST);
    }
}

#[test]
fn what_costs_memory_or_too_much_is_not_tried() {
    let material = locked(&["pkcs8", "-topk8", "-passout", "pass:x", "-scrypt"]);
    assert!(Locked::of(&material).is_none());
    let material = locked(&["pkcs8", "-topk8", "-passout", "pass:x", "-iter", "3000000"]);
    assert!(Locked::of(&material).is_none());
}
