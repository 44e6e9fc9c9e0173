//! Objects as they lie in memory.

use super::holders::Held;
use super::limits::{HELD_MAX, SEEN_MAX};
use super::verdict::judge;
use super::*;
use crate::{Certainty, Kind, Material};
use num_bigint::BigUint;
use proptest::prelude::*;
use zeroize::Zeroizing;

/// Memory that begins at [`BASE`].
struct Ram(Vec<u8>);

const BASE: u64 = 0x7f00_0000_0000;

impl Memory for Ram {
    fn read(&self, address: u64, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let at = usize::try_from(address.checked_sub(BASE)?).ok()?;
        Some(Zeroizing::new(self.0.get(at..at.checked_add(length)?)?.to_vec()))
    }
}

impl Ram {
    fn zeros() -> Self {
        Self(vec![0; 4096])
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put_words(&mut self, at: usize, all: &[u64]) {
        self.put(at, &words(all));
    }

    /// Everything that objects in it say.
    fn found(&self, base: u64) -> Vec<Material> {
        let mut seen = Seen::default();
        scan(&self.0, base, &mut seen);
        let memory = Shifted { ram: self, base };
        let (mut all, mut arrays) = (seen.hints, seen.arrays);
        while !arrays.is_empty() {
            let holders = Holders::new(arrays);
            let mut held: Vec<Held> = Vec::new();
            holders.scan(&self.0, base, &mut held);
            let mut answer = Answer::default();
            held.iter().for_each(|one| holders.ask(one, &memory, &mut answer));
            all.extend(answer.hints);
            arrays = answer.arrays;
        }
        let hints: std::collections::BTreeSet<Hint> = all.into_iter().collect();
        hints.iter().filter_map(|hint| judge(hint, &memory)).map(|verdict| verdict.material).collect()
    }

    /// Kind, detector and algorithm of each finding.
    fn said(&self, base: u64) -> Vec<(Kind, String, Option<String>)> {
        let algorithm = |one: &Material| one.public_ids.first().map(|id| id.value.clone());
        self.found(base)
            .into_iter()
            .map(|one| {
                assert_eq!(one.components[0].value.bytes(), key(), "another value");
                (one.kind, one.detector.clone(), algorithm(&one))
            })
            .collect()
    }
}

/// The same memory at another address.
struct Shifted<'a> {
    ram: &'a Ram,
    base: u64,
}

impl Memory for Shifted<'_> {
    fn read(&self, address: u64, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        self.ram.read(address.checked_sub(self.base)?.checked_add(BASE)?, length)
    }
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Bytes that look random, and are no key of anybody.
fn key() -> Vec<u8> {
    (0..32_u8).map(|at| at.wrapping_mul(167).wrapping_add(91) ^ (at >> 2)).collect()
}

fn named(kind: Kind, detector: &str, algorithm: Option<&str>) -> Vec<(Kind, String, Option<String>)> {
    vec![(kind, detector.to_owned(), algorithm.map(str::to_owned))]
}

#[test]
fn objects_are_known_by_their_fields() {
    let check = |fields: &[u64], expected: Option<(usize, Object)>| {
        let mut seen = Seen::default();
        scan(&words(&[&[7, 7][..], fields, &[7, 7]].concat()), BASE, &mut seen);
        let address = fields.iter().copied().find(|word| *word > 1 << 40).unwrap_or(0);
        let expected = expected.map(|(length, object)| Hint { address, length, object, text: None });
        assert_eq!(seen.hints, expected.into_iter().collect::<Vec<_>>(), "{fields:x?}");
    };
    let data = 0x5555_5555_5000;
    // d, top and dmax, neg and flags.
    check(&[data, 4 << 32 | 4, 0x0d << 32], Some((32, Object::Bignum)));
    check(&[data, 5 << 32 | 4, 4 << 32], Some((32, Object::Bignum)));
    check(&[data, 16 << 32 | 16, 0x1_0005 << 32 | 1], Some((128, Object::Bignum)));
    // A public one, one longer than its room, an odd address, unknown flags, text.
    check(&[data, 4 << 32 | 4, 1 << 32], None);
    check(&[data, 3 << 32 | 4, 0x0d << 32], None);
    check(&[data + 1, 4 << 32 | 4, 0x0d << 32], None);
    check(&[data, 4 << 32 | 4, 0x2d << 32], None);
    check(&[data, 4 << 32 | 4, u64::from_le_bytes(*b"\0\0\0\0\x0c\0\0a")], None);
    check(&[0x11, data, 32], Some((32, Object::KeyValue)));
    check(&[0x124, data, 128], Some((128, Object::KeyNumber)));
    check(&[0x11, data, 1200], None);
    check(&[0x11, data, 8], None);
    check(&[0x11, data, 17], None);
    check(&[0x120, data, 128], None);
}

#[test]
fn object_at_the_edge_of_the_bytes_is_no_object() {
    let whole = words(&[0x5555_5555_5000, 4 << 32 | 4, 0x0d << 32, 0x11, 0x5555_5555_5000, 32]);
    for start in 1..6 {
        let mut seen = Seen::default();
        scan(&whole[start * 8..], BASE, &mut seen);
        assert_eq!(seen.hints.len(), usize::from(start <= 3), "{start}");
        let mut seen = Seen::default();
        scan(&whole[..start * 8], BASE, &mut seen);
        assert_eq!(seen.hints.len(), usize::from(start >= 3), "{start}");
    }
}

#[test]
fn numbers_turn_and_what_is_not_random_is_no_key() {
    let judge = |object, bytes: &[u8]| {
        let hint = Hint { address: BASE, length: bytes.len(), object, text: None };
        judge(&hint, &Ram(bytes.to_vec())).map(|verdict| verdict.material)
    };
    let random = key();
    let number = judge(Object::Bignum, &[&random[..], &[0; 8]].concat()).unwrap();
    let turned: Vec<u8> = random.iter().rev().copied().collect();
    assert_eq!(number.components[0].value.bytes(), turned);
    assert_eq!((number.kind, number.certainty), (Kind::OtherPrivateKey, Certainty::Structured));
    let key = judge(Object::KeyValue, &random).unwrap();
    assert_eq!((key.kind, key.bits), (Kind::SymmetricKey, 256));
    for plain in [&[0; 32][..], b"a password that is a sentence...", &[0xff; 128]] {
        assert!(judge(Object::Bignum, plain).is_none());
    }
    let block: Vec<u8> =
        (0..512_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 21).to_le_bytes()[0]).collect();
    assert!(judge(Object::KeyNumber, &block).is_some());
}

/// `SecretKeySpec` and what it holds: with references of 32 bits, shifted so far, or of 64; `name` is written in characters
/// of `width` bytes.
fn java(base: u64, shift: Option<u32>, name: &str, width: usize) -> Ram {
    let mut ram = Ram::zeros();
    let reference = |at: u64| match shift {
        Some(shift) => u32::try_from((base + at) >> shift).unwrap().to_le_bytes().to_vec(),
        None => (base + at).to_le_bytes().to_vec(),
    };
    // Mark and class; with wide references four bytes are free behind the class.
    let header = |first: u32| words(&[1, u64::from(first) << 32 | 0x6848]);
    let fields = if shift.is_some() { 12 } else { 16 };
    ram.put(64, &header(0));
    ram.put(64 + fields, &[reference(256), reference(384)].concat());
    ram.put(256, &header(32));
    ram.put(272, &key());
    ram.put(384, &header(0x1234_5678));
    ram.put(if shift.is_some() { 404 } else { 408 }, &reference(512));
    let characters: Vec<u8> =
        name.bytes().flat_map(|byte| [&[byte][..], &[0].repeat(width - 1)].concat()).collect();
    ram.put(512, &header(u32::try_from(name.len()).unwrap()));
    ram.put(528, &characters);
    ram
}

#[test]
fn array_of_java_beside_the_name_of_a_cipher_is_a_key() {
    let aes = named(Kind::AesKey, "java-secret-key", Some("AES"));
    for (base, shift) in [(0xfd00_0000, Some(0)), (0x7_0000_0000, Some(3)), (BASE, None)] {
        for width in [1, 2] {
            assert_eq!(java(base, shift, "AES", width).said(base), aes, "{base:x} {width}");
        }
        let hmac = named(Kind::SymmetricKey, "java-secret-key", Some("HmacSHA256"));
        assert_eq!(java(base, shift, "HmacSHA256", 1).said(base), hmac);
        // What has a digest or a signature beside it.
        for other in ["SHA-256", "SHA256withRSA", "X.509", "a", ""] {
            assert_eq!(java(base, shift, other, 1).said(base), [], "{other}");
        }
    }
}

#[test]
fn array_of_java_that_nobody_names_is_no_key() {
    let base = 0x7_0000_0000;
    let mut alone = java(base, Some(3), "AES", 1);
    // The object is gone, and another one of the same heap holds the array as its second field.
    alone.put(64, &[0; 64]);
    alone.put(64, &words(&[1, 0x1111, 0, 0]));
    alone.put(80, &u32::try_from((base + 256) >> 3).unwrap().to_le_bytes());
    assert_eq!(alone.said(base), []);
    let mut locked = java(base, Some(3), "AES", 1);
    locked.put(64, &[2]);
    assert_eq!(locked.said(base), [], "no object begins there");
}

#[test]
fn slice_of_go_is_named_by_the_string_beside_it_or_by_its_key_in_a_map() {
    let slice = [BASE + 256, 32, 32];
    let with = |text: &str, put: &dyn Fn(&mut Ram)| {
        let mut ram = Ram::zeros();
        ram.put(256, &key());
        ram.put(512, text.as_bytes());
        put(&mut ram);
        ram.said(BASE)
    };
    let length = |text: &str| text.len() as u64;
    let before = |text: &str| {
        with(text, &|ram| ram.put_words(64, &[&[BASE + 512, length(text)], &slice[..]].concat()))
    };
    let behind = |text: &str| {
        with(text, &|ram| ram.put_words(64, &[&slice[..], &[BASE + 512, length(text)]].concat()))
    };
    let in_map = |text: &str, hashes: u64| {
        with(text, &|ram| {
            // The second entry of a bucket of which the first is free.
            ram.put_words(64, &[hashes, 0, 0, BASE + 512, length(text)]);
            ram.put_words(64 + 8 * (1 + 16 + 3), &slice);
        })
    };
    let key = named(Kind::SymmetricKey, "go-named-key", None);
    assert_eq!(before("signing_key"), key);
    assert_eq!(behind("AES-256"), named(Kind::AesKey, "go-named-key", Some("AES-256")));
    assert_eq!(in_map("client-secret", 0x9100), key);
    // Not an entry; a name of something else; prose.
    assert_eq!(in_map("client-secret", 0x9101_9100), []);
    for other in ["digest", "public_key", "the secret", "sha256", "key_id"] {
        assert_eq!((before(other), in_map(other, 0x9100)), (vec![], vec![]), "{other}");
    }
}

/// `bytes` at 256, and the text `name` as `str` at 512 with its characters at `text`.
fn python(name: &str, text: usize) -> Ram {
    let mut ram = Ram::zeros();
    let kind = BASE + 2048;
    ram.put_words(256, &[1, kind, 32, u64::MAX]);
    ram.put(288, &key());
    ram.put_words(512, &[3, kind + 512, name.len() as u64, 0x1234_5678_9abc_def0, 0xe4]);
    ram.put(512 + text, name.as_bytes());
    ram
}

#[test]
fn bytes_of_python_are_named_by_their_key_in_a_dictionary() {
    let expected = named(Kind::SymmetricKey, "python-named-key", None);
    for text in [40, 48] {
        let mut ram = python("secret_key", text);
        // With the hash of the key before it, as dictionaries of any keys have it.
        ram.put_words(1024, &[0x1234_5678_9abc_def0, BASE + 512, BASE + 256]);
        assert_eq!(ram.said(BASE), expected, "{text}");
        for other in ["digest", "public_key", "etag", "key", "salt"] {
            let mut ram = python(other, text);
            ram.put_words(1024, &[BASE + 512, BASE + 256]);
            assert_eq!(ram.said(BASE), [], "{other}");
        }
    }
    // The code of a function of that name: its file or its name, its name with the class, its table of lines.
    for (before, name) in [("/usr/lib/python3.10/a.py", "make_token"), ("make_token", "Maker.make_token")] {
        let mut code = python(name, 48);
        code.put_words(704, &[3, BASE + 2560, before.len() as u64, 0x1234_5678_9abc_def0, 0xe4]);
        code.put(704 + 48, before.as_bytes());
        code.put_words(1024, &[BASE + 704, BASE + 512, BASE + 256]);
        assert_eq!(code.said(BASE), [], "{name}");
    }
    let mut nobody = python("secret_key", 48);
    nobody.put_words(1024, &[BASE + 512, 0, BASE + 256]);
    assert_eq!(nobody.said(BASE), [], "not the value of that key");
}

#[test]
fn bytes_of_python_are_named_by_the_type_that_holds_them() {
    let check = |name: &str, expected: &[(Kind, String, Option<String>)]| {
        let mut ram = python("unrelated", 48);
        // An object of the type at 3072, whose third field the bytes are.
        ram.put_words(1024, &[1, BASE + 3072, 0, BASE + 3584, BASE + 256]);
        ram.put_words(3072, &[5, BASE + 3200, 0, BASE + 3328]);
        ram.put(3328, name.as_bytes());
        assert_eq!(ram.said(BASE), expected, "{name}");
    };
    check("cryptography.aead.ChaCha20Poly1305", &named(Kind::SymmetricKey, "python-key-object", None));
    check("cryptography.aead.AESGCM", &named(Kind::AesKey, "python-key-object", None));
    check("uuid.UUID", &[]);
    check("hmac_helpers.Digest", &[]);
}

#[test]
fn bytes_of_python_are_named_by_the_attribute_of_an_object() {
    // The third attribute of an object; before 3.13 the row is apart and found by its address.
    let check = |name: &str, kind: &str, expected: &[(Kind, String, Option<String>)]| {
        let row = [BASE + 3800, BASE + 3800, BASE + 256];
        let (class, keys, object) = (BASE + 2600, BASE + 1536, 1200);
        for version in 11..=13 {
            let mut ram = python(name, if version == 11 { 48 } else { 40 });
            ram.put_words(2600, &[9, class, 0, BASE + 3900]);
            ram.put(3900, kind.as_bytes());
            ram.put_words(2600 + 0x368, &[keys]);
            // Count, powers and kind, free entries, entries, eight bytes of indices, then names and no values.
            ram.put_words(1536, &[4, 0x02_03_03, 5, 3, 0, BASE + 3700, 0, BASE + 3700, 0, BASE + 512, 0]);
            ram.put_words(object, &[1, class]);
            match version {
                13 => {
                    ram.put(object + 16, &[6, 3, 1, 1, 0, 0, 0, 0]);
                    ram.put_words(object + 24, &row);
                }
                _ => {
                    ram.put(1000, &[0, 0, 0, 2, 1, 0, 3, 8]);
                    ram.put_words(1008, &row);
                    let (before, address) = if version == 11 { (32, BASE + 1008) } else { (24, BASE + 1007) };
                    ram.put_words(object - before, &[address]);
                }
            }
            assert_eq!(ram.said(BASE), expected, "{name} of {kind} in 3.{version}");
        }
    };
    check("signing_key", "Signer", &named(Kind::SymmetricKey, "python-named-key", None));
    check("_key", "HMACSigner", &named(Kind::SymmetricKey, "python-key-object", None));
    check("_key", "Cache", &[]);
    check("digest", "Signer", &[]);
}

#[test]
fn private_key_of_nettle_is_proven_by_its_coefficient() {
    let number = |text: &str| BigUint::parse_bytes(text.as_bytes(), 10).unwrap();
    // 2^255 - 19 and 2^256 - 189 are primes.
    let two = BigUint::from(2_u8);
    let (p, q) = (two.pow(256) - BigUint::from(189_u8), two.pow(255) - BigUint::from(19_u8));
    let one = number("1");
    let phi = (&p - &one) * (&q - &one);
    let d = number("65537").modinv(&phi).unwrap();
    let c = q.modinv(&p).unwrap();
    let all = [d.clone(), p.clone(), q.clone(), &d % (&p - &one), &d % (&q - &one), c];
    let key = |change: u8| {
        let mut ram = Ram::zeros();
        let mut structure = vec![64];
        for (at, value) in all.iter().enumerate() {
            let mut limbs = value.to_bytes_le();
            limbs.resize(limbs.len().next_multiple_of(8), 0);
            let count = limbs.len() as u64 / 8;
            limbs[0] ^= if at == 5 { change } else { 0 };
            ram.put(1024 + 256 * at, &limbs);
            structure.extend([count << 32 | (count + 1), BASE + 1024 + 256 * at as u64]);
        }
        ram.put_words(64, &structure);
        ram.found(BASE)
    };
    let found = key(0);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].certainty), (Kind::RsaPrivateKey, Certainty::Proven));
    assert!(found[0].components.iter().any(|one| one.name == "p" && one.value.bytes() == p.to_bytes_be()));
    assert!(key(1).is_empty(), "another coefficient");
}

#[test]
fn what_is_kept_is_bounded() {
    let many = words(&[0x11, BASE, 32]).repeat(SEEN_MAX + 3);
    let mut seen = Seen::default();
    scan(&many, BASE, &mut seen);
    assert_eq!((seen.hints.len(), seen.skipped), (SEEN_MAX, 3));
    let array = Array { object: BASE, address: BASE + 32, length: 32, runtime: Runtime::Python };
    let holders = Holders::new(vec![array, array]);
    let mut held = Vec::new();
    assert_eq!(holders.scan(&words(&[BASE]).repeat(HELD_MAX + 5), BASE, &mut held), 5);
    assert_eq!(held.len(), HELD_MAX);
}

proptest! {
    #[test]
    fn any_memory_is_read_without_a_panic(
        mut memory in proptest::collection::vec(any::<u8>(), 0..1024),
        objects in proptest::collection::vec((any::<prop::sample::Index>(), 0_u64..1024, 0_usize..8), 0..24),
    ) {
        // Words that make objects likely: lengths, marks, addresses in the memory.
        for (place, at, kind) in objects {
            let word = [32, 1, BASE + at, BASE + (at & !7), 0x20_0000_6848, 3, at, 64][kind];
            let place = place.index(memory.len().max(1)) & !7;
            if let Some(bytes) = memory.get_mut(place..place + 8) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        for one in Ram(memory).found(BASE) {
            prop_assert!(one.components.iter().all(|component| !component.value.is_empty()));
        }
    }
}
