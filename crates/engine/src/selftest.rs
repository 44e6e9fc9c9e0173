//! Each detector proves itself on a planted key before it is relied on: a
//! silent "clean" is the worst that a scanner can say.

use crate::close::{self, Pass};
use crate::detect::{self, Task};
use crate::error::Error;
use crate::ledger::Entry;
use crate::progress::Silent;
use crate::solve;
use coredact_dump::Image;
use coredact_keys::known::{Blind, Index, Key, SALT_BYTES};
use coredact_keys::tokens::Rules;
use coredact_keys::{Kind, aes, planted};
use coredact_record::Policy;
use std::io::Write;

/// Which detectors found what was planted for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelfTests {
    /// AES key schedules.
    pub aes: bool,
    /// Schedules and states of other ciphers.
    pub symmetric: bool,
    /// RSA keys by arithmetic.
    pub rsa: bool,
    /// Elliptic-curve keys by arithmetic.
    pub ec: bool,
    /// Secrets by what is derived from them.
    pub derived: bool,
    /// ML-KEM and ML-DSA keys by arithmetic.
    pub lattice: bool,
    /// SLH-DSA keys by arithmetic.
    pub slh: bool,
    /// DSA and Diffie-Hellman keys by arithmetic.
    pub dlog: bool,
    /// Encoded keys.
    pub encoded: bool,
    /// Keys of TLS session tickets.
    pub tickets: bool,
    /// Tokens by rules.
    pub tokens: bool,
    /// Known secrets by their fingerprints.
    pub known: bool,
    /// Keys inside compressed streams.
    pub nested: bool,
    /// Unexplained randomness.
    pub random: bool,
    /// The closure over all fragments.
    pub closure: bool,
}

/// Bytes of nothing between two planted things.
const GAP_BYTES: usize = 4096;

/// The planted memory, and where things are in it.
struct Bed {
    bytes: Vec<u8>,
    random: u64,
    fragment: u64,
}

/// Plants one of each kind in a buffer and runs the whole detection over it.
///
/// # Errors
/// [`Error::SelfTest`] with the name of the detector that missed its key.
pub fn run(rules: &Rules) -> Result<SelfTests, Error> {
    let bed = bed()?;
    let image = coredact_dump::raw(&bed.bytes);
    let tests = examine(&bed, &image, rules)?;
    let results = [
        ("aes-schedule", tests.aes),
        ("symmetric-schedule", tests.symmetric),
        ("rsa-primes", tests.rsa),
        ("ec-scalars", tests.ec),
        ("derived-secrets", tests.derived),
        ("lattice-keys", tests.lattice),
        ("slh-dsa-roots", tests.slh),
        ("discrete-logarithms", tests.dlog),
        ("encoded-keys", tests.encoded),
        ("ticket-keys", tests.tickets),
        ("tokens", tests.tokens),
        ("known-secrets", tests.known),
        ("nested", tests.nested),
        ("randomness", tests.random),
        ("closure", tests.closure),
    ];
    match results.into_iter().find(|(_, found)| !found) {
        Some((name, _)) => Err(Error::SelfTest(name)),
        None => Ok(tests),
    }
}

fn examine(bed: &Bed, image: &Image, rules: &Rules) -> Result<SelfTests, Error> {
    let key = Key::from_salt(&[7; SALT_BYTES]);
    let blind = Blind::new("self-test", &planted::known(), &key, false);
    let known = [Index::new(key, blind.into_iter().collect())];
    let task = Task { source: &bed.bytes, image, rules, known: &known, policy: Policy::Strict };
    let mut detected = detect::detect(&task, &Silent)?;
    solve::solve(image, &mut detected, &Silent);
    let is_rsa = |entry: &Entry| entry.material.kind == Kind::RsaPrivateKey;
    let names = |entry: &Entry, name: &str| entry.material.components.iter().any(|one| one.name == name);
    let rsa = detected.ledger.entries().iter().any(|entry| is_rsa(entry) && names(entry, "qinv"));
    // Every form of every number of all keys costs a fifth of a second; one or two of each key prove as much.
    for entry in detected.ledger.entries_mut() {
        if is_rsa(entry) {
            entry.material.components.retain(|component| matches!(component.name, "p" | "q"));
        } else {
            entry.material.components.truncate(1);
        }
    }
    let pass = Pass { source: &bed.bytes, image, progress: &Silent, stage: "self-test" };
    close::close(&pass, &mut detected.ledger, Vec::new(), None)?;
    let entries = detected.ledger.entries();
    let found = |kind: Kind, form: &str| {
        entries.iter().any(|entry| {
            entry.material.kind == kind
                && entry.sightings.iter().any(|one| form.is_empty() || one.form == form)
        })
    };
    let covers = |start: u64, length: u64| {
        detected.random.iter().any(|run| run.cut.start <= start && start + length <= run.cut.end)
    };
    Ok(SelfTests {
        aes: detected.counts.schedules > 0 && found(Kind::AesKey, ""),
        symmetric: detected.counts.symmetric > 0 && found(Kind::SymmetricKey, "state"),
        rsa,
        ec: found(Kind::EcPrivateKey, "le"),
        derived: entries.iter().any(|entry| entry.material.detector == "tls13-secret"),
        lattice: found(Kind::MlKemPrivateKey, "fips-203"),
        slh: found(Kind::SlhDsaPrivateKey, "fips-205"),
        dlog: found(Kind::FiniteFieldPrivateKey, "le"),
        encoded: found(Kind::EdwardsPrivateKey, "pem"),
        tickets: found(Kind::SymmetricKey, "ticket-key"),
        tokens: found(Kind::Token, "") || found(Kind::Credential, ""),
        known: found(Kind::KnownSecret, "hmac-outer-pad") && found(Kind::KnownSecret, "base64"),
        nested: found(Kind::MontgomeryPrivateKey, "gzip"),
        random: covers(bed.random, 16),
        closure: entries.iter().any(|entry| {
            entry
                .sightings
                .iter()
                .any(|one| one.file.start <= bed.fragment && bed.fragment + 8 <= one.file.end)
        }),
    })
}

fn bed() -> Result<Bed, Error> {
    let mut bytes = vec![0; GAP_BYTES];
    let mut plant = |planted: &[u8]| {
        let start = bytes.len();
        bytes.extend_from_slice(planted);
        bytes.resize(bytes.len().next_multiple_of(16) + GAP_BYTES, 0);
        start as u64
    };
    let (schedules, _) = aes::planted();
    plant(&schedules);
    plant(&planted::chacha_state());
    for part in planted::slh_dsa() {
        plant(&part);
    }
    let (secret, finished) = planted::tls13();
    plant(&secret);
    plant(&finished);
    let rsa = planted::rsa();
    plant(&rsa.memory);
    // A word of p, by itself and at an odd address.
    let mut word = vec![0; 3];
    word.extend_from_slice(&rsa.fragment);
    let fragment = plant(&word) + 3;
    plant(&planted::ticket_key());
    let mut block = [0x5c; 64];
    block.iter_mut().zip(planted::known()).for_each(|(byte, key)| *byte ^= key);
    plant(&block);
    plant(planted::known_base64().as_bytes());
    if let Some((scalar, point)) = planted::ec() {
        plant(&scalar);
        plant(&point);
    }
    plant(&planted::ml_kem());
    planted::diffie_hellman().iter().for_each(|number| {
        plant(number);
    });
    plant(planted::ed25519_pem().as_bytes());
    plant(b"Authorization: Bearer 5jKq0Zt8WmX2uYc7RbN4vHs9\r\n".as_slice());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = gzip.write_all(planted::x25519_pem().as_bytes()).and_then(|()| gzip.finish());
    plant(&packed.map_err(Error::Read)?);
    let random = plant(&planted::noise());
    Ok(Bed { bytes, random, fragment })
}
