use super::*;
use proptest::strategy::{Strategy as _, ValueTree as _};

#[test]
fn words_are_not_distinctive_and_parts_of_passwords_are() {
    let check = |word: &[u8; 8], expected: bool| {
        assert_eq!(is_distinctive(*word), expected, "{}", String::from_utf8_lossy(word));
    };
    for word in [
        b"password",
        b"PASSWORD",
        b"Password",
        b"/usr/lib",
        b"a=1;b=2;",
        b"20261122",
        b"value123",
        b"--------",
        b"aAaAaAaA",
    ] {
        check(word, false);
    }
    for word in [b"ELwsnaND", b"Zq7vXb2k", b"wJalrXUt", b"k3\x90\xe1v\x9c\xd2\x07"] {
        check(word, true);
    }
}

#[test]
fn words_of_a_phrase_stay_in_prose_and_four_in_a_row_go() {
    let phrase = b"river carbon moment orphan velvet tunnel ladder glance";
    let mut bytes = vec![0; 4096];
    bytes[64..84].copy_from_slice(b"one moment of carbon");
    bytes[512..540].copy_from_slice(&phrase[6..34]);
    let image = coredact_dump::raw(&bytes);
    let material = coredact_keys::Material {
        kind: Kind::OtherPrivateKey,
        bits: 128,
        certainty: coredact_keys::Certainty::Structured,
        detector: "bip39".to_owned(),
        components: vec![Component::new("text", Role::Secret, Notation::Text, phrase.to_vec())],
        public_ids: Vec::new(),
        publicly_known: None,
    };
    let mut ledger = Ledger::default();
    ledger.add(material, []);
    let pass = Pass { source: &bytes, image: &image, progress: &crate::progress::Silent, stage: "close" };
    close(&pass, &mut ledger, Vec::new(), None).unwrap();
    let places: Vec<_> = ledger.entries()[0].sightings.iter().map(|one| one.file.clone()).collect();
    assert_eq!((places.len(), places.first()), (1, Some(&(512..540))));
}

#[test]
fn frame_pointer_behind_a_guard_stays_whole() {
    let value: Vec<u8> = (1..=16).map(|at: u8| at.wrapping_mul(0x4d)).collect();
    let mut bytes = vec![0; 4096];
    bytes[65..72].copy_from_slice(&value[1..8]);
    // By chance its lowest byte is the next of the random number.
    let pointer = 0x7f88_98da_b800 | u64::from(value[8]);
    bytes[72..80].copy_from_slice(&pointer.to_le_bytes());
    let mut image = coredact_dump::raw(&bytes);
    image.mapped = std::iter::once(0x7f88_98da_0000..0x7f88_98db_0000).collect();
    let components = [("stack guard", 1), ("value", 0)].map(|(name, from)| {
        let kept = if from == 1 { [&[0], &value[1..8]].concat() } else { value.clone() };
        Component::new(name, Role::Secret, Notation::Bytes, kept)
    });
    let material = coredact_keys::Material {
        kind: Kind::ProcessGuard,
        bits: 128,
        certainty: coredact_keys::Certainty::Suspected,
        detector: "at-random".to_owned(),
        components: components.into(),
        public_ids: Vec::new(),
        publicly_known: None,
    };
    let mut ledger = Ledger::default();
    ledger.add(material, []);
    let pass = Pass { source: &bytes, image: &image, progress: &crate::progress::Silent, stage: "close" };
    close(&pass, &mut ledger, Vec::new(), None).unwrap();
    let places: Vec<_> = ledger.entries()[0].sightings.iter().map(|one| one.file.clone()).collect();
    assert!(!places.is_empty() && places.iter().all(|place| place.end <= 72), "{places:?}");
}

#[test]
fn copy_of_a_stream_that_lost_its_head_goes_too() {
    let value: Vec<u8> = (1..=32).map(|at: u8| at.wrapping_mul(0x4d) ^ 0x35).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let text = format!("key = {}", "dull words ".repeat(9)).into_bytes();
    std::io::Write::write_all(&mut gzip, &[&text[..], &value, &text].concat()).unwrap();
    let packed = gzip.finish().unwrap();
    let mut bytes = vec![0; 4096];
    bytes[64..64 + packed.len()].copy_from_slice(&packed);
    bytes[1024..1024 + packed.len() - 12].copy_from_slice(&packed[12..]);
    let text = ::base64::Engine::encode(&::base64::engine::general_purpose::STANDARD_NO_PAD, &packed);
    bytes[2048..2048 + text.len()].copy_from_slice(text.as_bytes());
    bytes[3072..3072 + text.len() - 24].copy_from_slice(&text.as_bytes()[24..]);
    let image = coredact_dump::raw(&bytes);
    let material = coredact_keys::Material {
        kind: Kind::SymmetricKey,
        bits: 256,
        certainty: coredact_keys::Certainty::Proven,
        detector: "hmac".to_owned(),
        components: vec![Component::new("key", Role::Secret, Notation::Bytes, value)],
        public_ids: Vec::new(),
        publicly_known: None,
    };
    let mut ledger = Ledger::default();
    ledger.add(material, []);
    let pass = Pass { source: &bytes, image: &image, progress: &crate::progress::Silent, stage: "close" };
    close(&pass, &mut ledger, Vec::new(), None).unwrap();
    for place in [64..64 + packed.len(), 1024..1024 + packed.len() - 12, 2048..2048 + text.len()] {
        let mut left: Vec<u64> = (place.start as u64..place.end as u64).collect();
        for seen in &ledger.entries()[0].sightings {
            left.retain(|at| !seen.file.contains(at));
        }
        assert!(left.len() < 8, "{place:?}: {left:?}");
    }
    let is_seen = |seen: &Sighting| seen.file.start <= 3076 && seen.file.end >= 3060 + text.len() as u64 - 24;
    assert!(ledger.entries()[0].sightings.iter().any(is_seen), "{:?}", ledger.entries()[0].sightings);
}

#[test]
fn random_characters_are_hardly_ever_passed_over() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let characters = proptest::string::string_regex("[A-Za-z0-9]{8}").unwrap();
    let count = 10_000;
    let passed = (0..count).filter(|_| {
        let text = characters.new_tree(&mut runner).unwrap().current();
        is_distinctive(text.as_bytes().try_into().unwrap())
    });
    assert!(passed.count() * 100 >= count * 95);
}
