use super::harvest::{Coverage, Found, Harvest};
use super::material::{Key, Set};
use super::ring;
use super::set::{Bits, Dsa, Kem};
use crate::ec;
use crate::material::{Certainty, Kind, Role};
use std::io::Read as _;
use std::ops::Range;

fn fresh<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

/// Memory with parts at a distance from each other, and where they are.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    runs: Vec<Range<usize>>,
}

impl Memory {
    fn put(&mut self, part: &[u8], misaligned: usize) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(64) + 256 + misaligned, 0);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        self.runs.push(start..self.bytes.len());
        start as u64
    }

    fn search(mut self) -> (Vec<Found>, Coverage) {
        self.bytes.resize(self.bytes.len() + 8192, 0);
        let (mut harvest, mut gathered) = (Harvest::default(), ec::Harvest::default());
        harvest.collect(&self.bytes, 0, self.bytes.len(), &self.runs);
        gathered.collect(&self.bytes, 0, &self.runs);
        harvest.conclude(&gathered)
    }
}

fn key(set: Set) -> Key {
    Key::from_seed(set, &fresh(), Some(&fresh())).unwrap()
}

fn sets() -> impl Iterator<Item = Set> {
    Kem::ALL.into_iter().map(Set::Kem).chain(Dsa::ALL.into_iter().map(Set::Dsa))
}

fn secrets(found: &Found, name: &str) -> Vec<Vec<u8>> {
    let all = found.material.components.iter().filter(|one| one.name == name && one.role != Role::Public);
    all.map(|one| one.value.bytes().to_vec()).collect()
}

/// The transforms of all secret polynomials, in words of so many bytes.
fn words(key: &Key, width: usize) -> Vec<u8> {
    let transform = |small: &ring::Small| key.set.ring().transform(small).to_vec();
    let values =
        key.polynomials().into_iter().flat_map(|(_, _, small)| transform(&small)).collect::<Vec<u32>>();
    values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(width)).collect()
}

#[test]
fn expanded_keys_are_proven_at_any_alignment() {
    for set in sets() {
        let key = key(set);
        let mut memory = Memory::default();
        let start = memory.put(&key.expanded, 5);
        let (found, coverage) = memory.search();
        assert_eq!(found.len(), 1, "{set:?}");
        assert_eq!((found[0].places[0].position, found[0].places[0].length), (start, key.expanded.len()));
        assert_eq!(found[0].material.certainty, Certainty::Proven);
        assert!(!coverage.is_cut_off());
        let public = found[0].material.components.iter().find(|one| one.name == "public").unwrap();
        assert_eq!(public.value.bytes(), key.public);
    }
}

#[test]
fn seeds_are_proven_by_the_public_key() {
    for set in sets() {
        let key = key(set);
        let seed = key.seed.clone().unwrap();
        let mut memory = Memory::default();
        let at = memory.put(&seed[..], 0);
        assert_eq!(memory.search().0.len(), 0, "without the public key");
        let mut memory = Memory::default();
        memory.put(&seed[..], 0);
        memory.put(&key.public, 3);
        let (found, _) = memory.search();
        assert_eq!(found.len(), 1, "{set:?}");
        assert_eq!(found[0].places[0].position, at);
        let packed: Vec<Vec<u8>> = key.polynomials().into_iter().map(|(_, packed, _)| packed).collect();
        let all = [secrets(&found[0], "s"), secrets(&found[0], "s1"), secrets(&found[0], "s2")].concat();
        assert_eq!(all, packed);
    }
}

#[test]
fn seeds_behind_their_vector_are_proven_without_a_public_key() {
    for kem in Kem::ALL {
        let key = key(Set::Kem(kem));
        let z = key.expanded[key.expanded.len() - 32..].to_vec();
        let mut memory = Memory::default();
        // As OpenSSL lays them out: s, z, d.
        memory.put(&[words(&key, 2), z.clone(), key.seed.clone().unwrap().to_vec()].concat(), 0);
        let (found, _) = memory.search();
        assert_eq!(found.len(), 1, "{kem:?}");
        assert_eq!(secrets(&found[0], "z"), [z]);
        assert!(found[0].places.iter().any(|place| place.component == "d" && place.length == 32));
    }
}

#[test]
fn public_keys_alone_are_not_reported() {
    for set in sets() {
        let mut memory = Memory::default();
        (0..20).for_each(|shift| {
            memory.put(&key(set).public, shift);
        });
        assert_eq!(memory.search().0.len(), 0, "{set:?}");
    }
}

#[test]
fn transformed_vectors_are_proven_in_the_words_of_the_libraries() {
    for set in sets() {
        let key = key(set);
        let width = if matches!(set, Set::Kem(_)) { 2 } else { 4 };
        let mut memory = Memory::default();
        // A matrix of other numbers stands around the vector.
        let mut other = words(&key, width);
        other.chunks_exact_mut(width).for_each(|word| word[0] ^= 0x55);
        let vector = [&other, words(&key, width).as_slice(), &other].concat();
        memory.put(&vector, 0);
        let (found, _) = memory.search();
        assert_eq!(found.len(), 1, "{set:?}");
        assert_eq!(found[0].places[0].length, words(&key, width).len());
        assert_eq!(found[0].material.certainty, Certainty::Proven);
        let mut memory = Memory::default();
        memory.put(&vector, 0);
        memory.put(&key.expanded, 0);
        let (found, _) = memory.search();
        assert_eq!((found.len(), found[0].places.len()), (1, 2), "they are one key");
    }
}

#[test]
fn vectors_with_a_sign_or_a_radix_are_proven() {
    let key = key(Set::Kem(Kem::K768));
    let values: Vec<u32> =
        words(&key, 2).chunks(2).map(|word| u32::from(u16::from_le_bytes([word[0], word[1]]))).collect();
    let centred = |value: &u32| {
        (if *value > 1664 { value.wrapping_sub(3329) } else { *value }).to_le_bytes().into_iter().take(2)
    };
    let radix = |value: &u32| ((*value << 16) % 3329).to_le_bytes().into_iter().take(2);
    let forms: [Vec<u8>; 2] =
        [values.iter().flat_map(centred).collect(), values.iter().flat_map(radix).collect()];
    for form in forms {
        let mut memory = Memory::default();
        memory.put(&form, 0);
        let (found, _) = memory.search();
        assert_eq!((found.len(), found[0].places[0].length), (1, form.len()));
        assert_eq!(found[0].material.kind, Kind::MlKemPrivateKey);
    }
}

#[test]
fn torn_expanded_keys_keep_their_polynomials() {
    let key = key(Set::Kem(Kem::K1024));
    let mut memory = Memory::default();
    memory.put(&key.expanded[16..1000], 0);
    let (found, _) = memory.search();
    assert_eq!(
        (found.len(), found[0].places[0].length),
        (1, 384),
        "of three polynomials the second is whole"
    );
}

#[test]
fn vectors_as_they_were_drawn_belong_to_their_key() {
    for dsa in Dsa::ALL {
        let key = key(Set::Dsa(dsa));
        let modular = |value: &i8| {
            (if *value < 0 { 8_380_417 + i32::from(*value) } else { i32::from(*value) }).to_le_bytes()
        };
        let all: Vec<u8> = key
            .polynomials()
            .iter()
            .flat_map(|(_, _, small)| small.iter().flat_map(modular).collect::<Vec<u8>>())
            .collect();
        let mut memory = Memory::default();
        memory.put(&all, 0);
        let (found, _) = memory.search();
        assert_eq!((found.len(), found[0].material.certainty), (1, Certainty::Structured), "{dsa:?}");
        let mut memory = Memory::default();
        memory.put(&all, 0);
        memory.put(&key.expanded, 0);
        let (found, _) = memory.search();
        assert_eq!((found.len(), found[0].places.len()), (1, 2), "{dsa:?}");
    }
}

#[test]
fn ordinary_numbers_are_no_secrets() {
    let mut memory = Memory::default();
    let ramp: Vec<u8> = (0..5000_u16).flat_map(|value| (value % 3329).to_le_bytes()).collect();
    let waves: Vec<u8> =
        (0..5000_i32).flat_map(|i| ((i * i) % 6000 - 3000).to_le_bytes().into_iter().take(2)).collect();
    let wide: Vec<u8> = (0..5000_u32).flat_map(|i| (i.wrapping_mul(i) % 8_380_417).to_le_bytes()).collect();
    let constant = [0x07_u8, 0x03].repeat(2000);
    let signs: Vec<u8> = (0..3000_i32).flat_map(|i| (i % 3 - 1).to_le_bytes()).collect();
    let sparse: Vec<u8> =
        (0..3000_i32).flat_map(|i| (if i % 7 == 0 { 8_380_416_u32 } else { 0 }).to_le_bytes()).collect();
    let digits: Vec<u8> = (0..4000_u32).map(|i| (i % 9) as u8 | ((i / 3 % 9) as u8) << 4).collect();
    for part in [ramp, waves, wide, constant, sparse, fresh::<60_000>().to_vec(), vec![0; 5000]] {
        memory.put(&part, 0);
    }
    assert_eq!(memory.search().0.len(), 0);
    let mut memory = Memory::default();
    memory.put(&signs, 0);
    memory.put(&digits, 0);
    let (found, _) = memory.search();
    assert!(found.iter().all(|found| found.material.certainty == Certainty::Suspected));
    // Signed words as tables have them: of few values, in long runs, in order.
    let runs: Vec<u8> =
        (0..3000).flat_map(|i: usize| [-1_i32, 0, 1, -2, 2][i / 9 % 5].to_le_bytes()).collect();
    let mut memory = Memory::default();
    memory.put(&signs, 0);
    memory.put(&runs, 0);
    assert_eq!(memory.search().0.len(), 0);
}

#[test]
fn packing_is_that_of_the_standard() {
    for (dsa, bits) in [(Dsa::D44, Bits::Three), (Dsa::D65, Bits::Four)] {
        let key = key(Set::Dsa(dsa));
        for (_, packed, small) in key.polynomials() {
            assert_eq!(bits.pack(&small), packed);
        }
    }
}

#[test]
fn private_key_info_of_every_choice_is_read() {
    let octets = |tag: u8, bytes: &[u8]| {
        let head = match bytes.len() {
            length @ ..128 => vec![tag, length.to_le_bytes()[0]],
            length => vec![tag, 0x82, length.to_le_bytes()[1], length.to_le_bytes()[0]],
        };
        [head, bytes.to_vec()].concat()
    };
    for set in sets() {
        let key = key(set);
        let (oid, z) = match set {
            Set::Kem(kem) => (kem.oid(), key.expanded[key.expanded.len() - 32..].to_vec()),
            Set::Dsa(dsa) => (dsa.oid(), Vec::new()),
        };
        let seed = [&key.seed.as_ref().unwrap()[..], &z].concat();
        let both = octets(0x30, &[octets(4, &seed), octets(4, &key.expanded)].concat());
        let cases = [
            (octets(0x80, &seed), Certainty::Structured),
            (octets(4, &key.expanded), Certainty::Proven),
            (both, Certainty::Proven),
            (key.expanded.to_vec(), Certainty::Proven),
            ([&key.expanded[..], &key.public].concat(), Certainty::Proven),
        ];
        for (bytes, certainty) in cases {
            let material = super::private_key(&oid, &bytes, "der").unwrap();
            assert_eq!(material.certainty, certainty, "{set:?}");
            assert_eq!(material.components[0].value.bytes(), key.public);
        }
        assert!(super::private_key(&oid, &key.expanded[1..], "der").is_none());
    }
}
