//! The seal: who can make one, what the gate refuses, and who else reads it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coredact_record::Report;
use coredact_record::seal::{self, Envelope, SealError, SigningKey, Statement};
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};

const SAMPLE: &[u8] = include_bytes!("../../../testdata/report/report-v1.json");

fn report() -> Report {
    Report::from_json(SAMPLE).unwrap()
}

/// The report without its long lists: a small envelope.
fn small_statement() -> Statement {
    let mut report = report();
    report.findings.clear();
    report.detectors.clear();
    report.regions.clear();
    report.plan.as_mut().unwrap().cuts.clear();
    report.verdict.as_mut().unwrap().answers.truncate(1);
    Statement::of(&report).unwrap()
}

fn file_sha256(statement: &Statement) -> [u8; 32] {
    let hex = &statement.subject[0].digest.sha256;
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

fn ed25519() -> SigningKey {
    SigningKey::from_pem(&seal::generate_key_pem().unwrap()).unwrap()
}

fn p256_secret() -> p256::SecretKey {
    let mut scalar = [0; 32];
    getrandom::fill(&mut scalar).unwrap();
    scalar[0] &= 0x7f;
    p256::SecretKey::from_slice(&scalar).unwrap()
}

fn p256() -> SigningKey {
    SigningKey::from_pem(&p256_secret().to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}

fn public_pem(key: &SigningKey) -> String {
    key.public_key().to_pem().unwrap()
}

fn refusal(envelope: &Envelope, key: &SigningKey, file: &[u8; 32]) -> SealError {
    let json = envelope.to_json().unwrap();
    seal::verify(json.as_bytes(), &public_pem(key), file).unwrap_err()
}

/// An envelope with any payload, correctly signed.
fn signed(payload_type: &str, payload: &[u8], key: &SigningKey) -> Envelope {
    let mut envelope = Envelope {
        payload_type: payload_type.to_owned(),
        payload: STANDARD.encode(payload),
        signatures: Vec::new(),
    };
    envelope.add_signature(key).unwrap();
    envelope
}

#[test]
fn seal_by_either_algorithm_passes_the_gate_and_says_what_was_done() {
    let statement = Statement::of(&report()).unwrap();
    for key in [ed25519(), p256()] {
        let json = seal::sign(&statement, &key).unwrap().to_json().unwrap();
        let read = seal::verify(json.as_bytes(), &public_pem(&key), &file_sha256(&statement)).unwrap();
        assert_eq!(read, statement);
        assert_eq!(
            json,
            seal::sign(&statement, &key).unwrap().to_json().unwrap(),
            "signing is deterministic"
        );
    }
    let predicate = &statement.predicate;
    assert_eq!(predicate.removed[0].kind, "rsa-private-key");
    assert_eq!(predicate.kept.len(), 1);
    assert_eq!(predicate.removed.iter().map(|removed| removed.bytes).sum::<u64>(), predicate.bytes_removed);
}

#[test]
fn flipping_any_byte_is_refused_or_changes_nothing_that_is_signed() {
    let statement = small_statement();
    for key in [ed25519(), p256()] {
        let (pem, file) = (public_pem(&key), file_sha256(&statement));
        let json = seal::sign(&statement, &key).unwrap().to_json().unwrap().into_bytes();
        // The key's name is a hint that DSSE leaves unsigned, and the last byte is a line feed.
        let start = json.windows(9).position(|window| window == b"\"keyid\":\"").unwrap();
        let end = start + 9 + 64 + 1;
        let mut accepted = 0;
        for at in 0..json.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut tampered = json.clone();
                tampered[at] ^= mask;
                if let Ok(read) = seal::verify(&tampered, &pem, &file) {
                    assert!((start..end).contains(&at), "byte {at} of {}", json.len());
                    assert_eq!(read, statement);
                    accepted += 1;
                }
            }
        }
        assert!(accepted > 0, "the hint is not relied on");
        assert!(seal::verify(&json[..json.len() - 2], &pem, &file).is_err(), "cut off");
    }
}

#[test]
fn other_file_and_other_key_are_refused() {
    let (statement, key) = (small_statement(), ed25519());
    let envelope = seal::sign(&statement, &key).unwrap();
    let mut other = file_sha256(&statement);
    other[31] ^= 1;
    assert!(matches!(refusal(&envelope, &key, &other), SealError::OtherFile));
    for stranger in [ed25519(), p256()] {
        let error = refusal(&envelope, &stranger, &file_sha256(&statement));
        assert!(matches!(error, SealError::Signature));
    }
}

#[test]
fn one_of_several_signatures_suffices() {
    let (statement, first, second) = (small_statement(), ed25519(), p256());
    let mut envelope = seal::sign(&statement, &first).unwrap();
    envelope.add_signature(&second).unwrap();
    envelope.signatures[0].sig = "no base64".into();
    let json = envelope.to_json().unwrap();
    let file = file_sha256(&statement);
    assert!(seal::verify(json.as_bytes(), &public_pem(&second), &file).is_ok());
    assert!(matches!(refusal(&envelope, &first, &file), SealError::Signature));
    envelope.signatures = vec![envelope.signatures[1].clone(); 65];
    assert!(matches!(refusal(&envelope, &second, &file), SealError::TooLarge(_)));
    envelope.signatures.clear();
    assert!(matches!(refusal(&envelope, &second, &file), SealError::Signature));
}

#[test]
fn correctly_signed_statement_that_says_something_else_is_refused() {
    let (key, statement) = (ed25519(), small_statement());
    let file = file_sha256(&statement);
    let check = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(&statement).unwrap();
        change(&mut value);
        let envelope = signed(seal::PAYLOAD_TYPE, value.to_string().as_bytes(), &key);
        let json = envelope.to_json().unwrap();
        seal::verify(json.as_bytes(), &public_pem(&key), &file).map(|_| ())
    };
    assert!(check(&|_| ()).is_ok());
    assert!(check(&|value| value["predicate"]["addedLater"] = 1.into()).is_ok());
    let of = |field: &'static str, text: &'static str| check(&move |value| value[field] = text.into());
    assert!(matches!(of("_type", "https://in-toto.io/Statement/v0.1"), Err(SealError::StatementType(_))));
    assert!(matches!(
        of("predicateType", "https://slsa.dev/provenance/v1"),
        Err(SealError::PredicateType(_))
    ));
    let unverified = check(&|value| value["predicate"]["verified"] = false.into());
    assert!(matches!(unverified, Err(SealError::NotVerified(_))));
    let failed = check(&|value| value["predicate"]["answers"][0]["passed"] = false.into());
    assert!(matches!(failed, Err(SealError::NotVerified(_))));
    let unasked = check(&|value| value["predicate"]["answers"] = serde_json::json!([]));
    assert!(matches!(unasked, Err(SealError::NotVerified(_))));
    let two = check(&|value| {
        let subject = value["subject"][0].clone();
        value["subject"] = serde_json::json!([subject, subject]);
    });
    assert!(matches!(two, Err(SealError::OtherFile)));
    let none = check(&|value| value["predicate"] = serde_json::json!({}));
    assert!(matches!(none, Err(SealError::Statement(_))));
}

#[test]
fn payload_of_another_type_and_members_that_occur_twice_are_refused() {
    let (key, statement) = (ed25519(), small_statement());
    let file = file_sha256(&statement);
    let payload = serde_json::to_string(&statement).unwrap();
    let envelope = signed("application/json", payload.as_bytes(), &key);
    assert!(matches!(refusal(&envelope, &key, &file), SealError::PayloadType));
    for (once, twice) in [
        ("\"verified\":true", "\"verified\":true,\"verified\":true"),
        ("\"subject\":", "\"subject\":[],\"subject\":"),
        ("{\"sha256\":", "{\"sha256\":\"\",\"sha256\":"),
    ] {
        assert!(payload.contains(once));
        let envelope = signed(seal::PAYLOAD_TYPE, payload.replacen(once, twice, 1).as_bytes(), &key);
        assert!(matches!(refusal(&envelope, &key, &file), SealError::Statement(_)), "{twice}");
    }
    let json = seal::sign(&statement, &key).unwrap().to_json().unwrap();
    let twice = json.replacen("\"payloadType\":", "\"payloadType\":\"x\",\"payloadType\":", 1);
    let error = seal::verify(twice.as_bytes(), &public_pem(&key), &file).unwrap_err();
    assert!(matches!(error, SealError::Envelope(_)));
}

#[test]
fn report_that_did_not_pass_is_not_sealed() {
    let check = |change: &dyn Fn(&mut Report)| {
        let mut report = report();
        change(&mut report);
        Statement::of(&report).is_err()
    };
    assert!(check(&|report| report.verdict = None));
    assert!(check(&|report| report.verdict.as_mut().unwrap().passed = false));
    assert!(check(&|report| report.verdict.as_mut().unwrap().answers[2].passed = false));
    assert!(check(&|report| report.output = None));
    assert!(check(&|report| report.plan = None));
    assert!(check(&|report| report.policy = None));
    assert!(check(&|report| report.input.sha256 = Some("ABC".into())));
    assert!(check(&|report| report.command = coredact_record::Command::Scan));
}

#[test]
fn keys_are_read_in_the_encodings_that_tools_write() {
    let secret = p256_secret();
    let sec1 = secret.to_sec1_pem(LineEnding::LF).unwrap();
    let pkcs8 = SigningKey::from_pem(&secret.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for pem in [sec1.to_string(), format!("{parameters}{}", sec1.as_str()), sec1.replace('\n', "\r\n")] {
        let key = SigningKey::from_pem(&pem).unwrap();
        assert_eq!(key.public_key().id().unwrap(), pkcs8.public_key().id().unwrap());
    }
    let label = |text: &str| format!("-----BEGIN {text}-----\nAAAA\n-----END {text}-----\n");
    for encrypted in ["ENCRYPTED PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY"] {
        let error = SigningKey::from_pem(&label(encrypted)).unwrap_err();
        assert!(matches!(error, SealError::EncryptedKey));
    }
    for other in ["", "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "PUBLIC KEY"] {
        assert!(matches!(SigningKey::from_pem(&label(other)).unwrap_err(), SealError::SigningKey), "{other}");
    }
    let private = seal::generate_key_pem().unwrap();
    assert!(seal::PublicKey::from_pem(&private).is_err(), "a private key does not open the gate");
    assert_eq!(format!("{:?}", ed25519()), "SigningKey(Ed25519)");
}
