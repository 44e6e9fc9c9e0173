//! Keys beside what they sign, and passphrases beside what they open.

use crate::examine::{Examination, Options, examine, is_removed};
use crate::progress::Silent;
use coredact_keys::tokens::Rules;
use coredact_keys::{Certainty, Kind};
use coredact_record::Policy;
use std::ops::Range;
use std::process::Command;

/// What reports call the detector.
const DETECTOR: &str = "jws-hmac";

/// RFC 7515, appendix A.1.
const TOKEN: &[u8] = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const KEY: &[u8] = b"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

/// The keys in memory that begins with the token, as the detectors see it.
fn proven(memory: &[u8]) -> Vec<(Certainty, Range<u64>)> {
    let mut file = memory.to_vec();
    file[8..8 + TOKEN.len()].copy_from_slice(TOKEN);
    let (examination, _) = examined(&file);
    assert_eq!(examination.solved.tried.words_skipped, 0);
    let keys = examination.entries.iter().filter(|entry| entry.material.detector == DETECTOR);
    keys.map(|entry| (entry.material.certainty, entry.sightings[0].file.clone())).collect()
}

#[test]
fn key_is_found_as_bytes_and_as_text() {
    let key = crate::nested::whole_base64(KEY).unwrap();
    let mut memory = vec![0; 4096];
    memory[512..512 + 64].copy_from_slice(&key);
    assert_eq!(proven(&memory), [(Certainty::Proven, 512..576)]);
    let mut memory = vec![0; 4096];
    let text = [b"JWT_KEY=", KEY, b"\n"].concat();
    memory[701..701 + text.len()].copy_from_slice(&text);
    assert_eq!(proven(&memory), [(Certainty::Proven, 709..709 + KEY.len() as u64)]);
}

#[test]
fn other_keys_are_not() {
    let mut memory = vec![0; 4096];
    memory[512..544].copy_from_slice(&[0x93; 32]);
    memory[701..705].copy_from_slice(b"word");
    assert!(proven(&memory).is_empty());
}

/// What is found in memory, and which findings policy `proven` removes.
fn examined(memory: &[u8]) -> (Examination, Vec<bool>) {
    let file = memory.to_vec();
    let image = coredact_dump::raw(&file);
    let rules = Rules::builtin().unwrap();
    let options = Options {
        policy: Policy::Proven,
        inventory: None,
        rules: &rules,
        known: &[],
        remove_public: false,
        close: false,
    };
    let examination = examine(&file, &image, &options, &Silent).unwrap();
    let removed = examination.entries.iter().map(|entry| is_removed(entry, &options).is_ok()).collect();
    (examination, removed)
}

/// A fresh key in PEM that `openssl` encrypted with the passphrase.
fn encrypted(phrase: &str) -> Vec<u8> {
    let phrase = format!("pass:{phrase}");
    let key =
        Command::new("openssl").args(["genrsa", "-aes128", "-passout", &phrase, "2048"]).output().unwrap();
    assert!(key.status.success());
    key.stdout
}

#[test]
fn encrypted_key_goes_with_the_passphrase_that_opens_it() {
    let phrase = "horse battery 7 staple";
    let key = encrypted(phrase);
    let mut memory = vec![0; 1 << 14];
    memory[512..512 + key.len()].copy_from_slice(&key);
    let (examination, removed) = examined(&memory);
    assert_eq!(examination.entries.len(), 1);
    assert_eq!(removed, [false], "an encrypted key alone");

    let line = format!("signing.passphrase = \"{phrase}\"\n");
    memory[8192..8192 + line.len()].copy_from_slice(line.as_bytes());
    let (examination, removed) = examined(&memory);
    let kinds: Vec<Kind> = examination.entries.iter().map(|entry| entry.material.kind).collect();
    for kind in [Kind::RsaPrivateKey, Kind::EncryptedPrivateKey, Kind::Credential] {
        let at = kinds.iter().position(|one| *one == kind).unwrap();
        assert!(removed[at], "{kind:?}");
        assert_eq!(examination.entries[at].material.certainty, Certainty::Proven, "{kind:?}");
    }
    let at = kinds.iter().position(|one| *one == Kind::Credential).unwrap();
    let places: Vec<Range<u64>> =
        examination.entries[at].sightings.iter().map(|one| one.file.clone()).collect();
    let start = 8192 + line.find(phrase).unwrap() as u64;
    assert!(
        places.iter().any(|place| place.start <= start && place.end >= start + phrase.len() as u64),
        "{places:?}"
    );
}

#[test]
fn one_passphrase_opens_every_key_that_it_encrypts() {
    let phrase = "one-4-all-of-them";
    let mut memory = vec![0; 1 << 14];
    for at in [512, 6144] {
        let key = encrypted(phrase);
        memory[at..at + key.len()].copy_from_slice(&key);
    }
    memory[12_288..12_288 + phrase.len()].copy_from_slice(phrase.as_bytes());
    let (examination, _) = examined(&memory);
    let is_proven = |kind: Kind| {
        let entries = examination.entries.iter().map(|entry| &entry.material);
        entries.filter(|one| one.kind == kind && one.certainty == Certainty::Proven).count()
    };
    assert_eq!(is_proven(Kind::EncryptedPrivateKey), 2);
    assert_eq!((is_proven(Kind::RsaPrivateKey), is_proven(Kind::Credential)), (2, 1));
}
