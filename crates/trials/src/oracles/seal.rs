//! The gate in front of a debugging environment.

use coredact_record::seal::{SigningKey, Statement, generate_key_pem, sign, verify};
use coredact_record::{Answer, Command, InputInfo, OutputInfo, Plan, Policy, Report, Verdict};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A seal that is valid, and the key that opens the gate.
struct Sealed {
    envelope: Vec<u8>,
    statement: Statement,
    public_key: String,
}

/// SHA-256 of the sealed file.
const FILE: [u8; 32] = [0xab; 32];

/// Shows the gate a seal that nobody signed: the bytes themselves, and a valid seal with some of its
/// bytes replaced as the input says (place, byte, ...). What passes says word for word what was signed.
///
/// # Panics
/// If anything else passes.
pub fn seal_verify(bytes: &[u8]) {
    static SEALED: OnceLock<Option<Sealed>> = OnceLock::new();
    let Some(sealed) = SEALED.get_or_init(sealed) else { panic!("a passed scrub cannot be sealed") };
    assert!(verify(bytes, &sealed.public_key, &FILE).is_err(), "bytes pass that nobody signed");

    let mut edited = sealed.envelope.clone();
    for edit in bytes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % edited.len();
        edited[place] = edit[2];
    }
    if let Ok(statement) = verify(&edited, &sealed.public_key, &FILE) {
        assert!(statement == sealed.statement, "a changed statement passes");
    }
    assert!(verify(&edited, &sealed.public_key, &[0; 32]).is_err(), "the seal of another file passes");
}

fn sealed() -> Option<Sealed> {
    let key = SigningKey::from_pem(&generate_key_pem().ok()?).ok()?;
    let digest = "ab".repeat(32);
    let input = InputInfo { length: 9, sha256: Some(digest.clone()), ..InputInfo::default() };
    let mut report = Report::new(Command::Scrub, input);
    report.policy = Some(Policy::Strict);
    report.output =
        Some(OutputInfo { name: "clean".to_owned(), length: 9, sha256: digest, compression: None });
    report.plan = Some(Plan { input_length: 9, ..Plan::default() });
    let answer = Answer {
        name: "outside".to_owned(),
        passed: true,
        not_applicable: false,
        detail: String::new(),
        numbers: BTreeMap::new(),
    };
    report.verdict = Some(Verdict { passed: true, answers: vec![answer], ..Verdict::default() });
    let statement = Statement::of(&report).ok()?;
    let envelope = sign(&statement, &key).ok()?.to_json().ok()?.into_bytes();
    let public_key = key.public_key().to_pem().ok()?;
    verify(&envelope, &public_key, &FILE).ok()?;
    Some(Sealed { envelope, statement, public_key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_what_was_signed_passes(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            seal_verify(&bytes);
        }
    }
}
