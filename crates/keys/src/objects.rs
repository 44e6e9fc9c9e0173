//! Objects in memory that say of the bytes they point to that these are a key, where the bytes alone cannot: an
//! OpenSSL number with the flags of private ones, a PKCS#11 attribute that is the value of a key.
//!
//! [`scan`] sees only the object. The engine reads what it points to and asks [`material`] whether that may be a key.
//! What was proven in another way needs no object; an object never makes a finding weaker.
//!
//! Objects of GMP, Go and Java are not among them: they say how long something is, not what it is for.

use crate::material::{Certainty, Component, Kind, Material, Notation, Role};

/// What kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// `BIGNUM` of OpenSSL with `BN_FLG_CONSTTIME` or `BN_FLG_SECURE`: a private number.
    Bignum,
    /// `CK_ATTRIBUTE` of PKCS#11 with the value of a secret key (`CKA_VALUE`).
    KeyValue,
    /// The same with a private number of an RSA key (`CKA_PRIVATE_EXPONENT` to `CKA_COEFFICIENT`).
    KeyNumber,
}

/// An object and what it points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Address of the bytes.
    pub address: u64,
    /// Their number.
    pub length: usize,
    /// What says that they are a key.
    pub object: Object,
}

/// `BN_FLG_MALLOCED`, `BN_FLG_STATIC_DATA`, `BN_FLG_CONSTTIME`, `BN_FLG_SECURE`, `BN_FLG_FIXED_TOP` (`openssl/bn.h`,
/// `crypto/bn.h`), in the upper half of the word that holds `neg` below.
const FLAGS: u64 = 0x0001_000f;

/// `BN_FLG_CONSTTIME` and `BN_FLG_SECURE`.
const PRIVATE_FLAGS: u64 = 0x0c;

/// Limbs of a number: more than two, as the shortest private number has, and no more than a modulus of 16384 bits has.
const LIMBS: std::ops::RangeInclusive<usize> = 3..=256;

/// `CKA_VALUE` (PKCS#11 3.0, `pkcs11t.h`).
const CKA_VALUE: u64 = 0x11;

/// `CKA_PRIVATE_EXPONENT`, `CKA_PRIME_1`, `CKA_PRIME_2`, `CKA_EXPONENT_1`, `CKA_EXPONENT_2`, `CKA_COEFFICIENT`.
const CKA_PRIVATE_NUMBERS: std::ops::RangeInclusive<u64> = 0x123..=0x128;

/// Lengths of secret keys, in bytes: of ciphers, and of digests. Certificates, whose value has the same name, are longer.
const KEY_BYTES: [usize; 7] = [16, 20, 24, 28, 32, 48, 64];

/// Lengths of the numbers of an RSA key, in bytes.
const NUMBER_BYTES: std::ops::RangeInclusive<usize> = 32..=1024;

/// Distinct values that random bytes have at least, of each hundred bytes: sixteen random bytes have ten and more but
/// once in a million times, 256 have 162 on average; text in hexadecimal of 32 characters has sixteen.
const DISTINCT_PERCENT: usize = 60;

/// Bytes of which so many distinct values are asked for at most.
const DISTINCT_OF_MAX: usize = 256;

/// Adds the objects among the machine words of `bytes`, the first of which begins one.
pub fn scan(bytes: &[u8], out: &mut Vec<Hint>) {
    let (words, _) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let at = |distance: isize| {
            let at = at.checked_add_signed(distance)?;
            words.get(at).map(|word| u64::from_le_bytes(*word))
        };
        if word >> 32 & PRIVATE_FLAGS != 0 && word & !(FLAGS << 32 | 1) == 0 {
            out.extend(at(-2).zip(at(-1)).and_then(|(address, limbs)| bignum(address, limbs)));
        } else if word == CKA_VALUE || CKA_PRIVATE_NUMBERS.contains(&word) {
            out.extend(at(1).zip(at(2)).and_then(|(address, length)| attribute(word, address, length)));
        }
    }
}

/// `d`, and `top` below `dmax`.
fn bignum(address: u64, limbs: u64) -> Option<Hint> {
    let (top, most) = (limbs & 0xffff_ffff, limbs >> 32);
    let top = usize::try_from(top).ok().filter(|top| LIMBS.contains(top))?;
    let fits = most >= top as u64 && most <= *LIMBS.end() as u64;
    (fits && address != 0 && address.is_multiple_of(8)).then_some(Hint {
        address,
        length: top * 8,
        object: Object::Bignum,
    })
}

/// `pValue` and `ulValueLen`.
fn attribute(kind: u64, address: u64, length: u64) -> Option<Hint> {
    let length = usize::try_from(length).ok()?;
    let (fits, object) = if kind == CKA_VALUE {
        (KEY_BYTES.contains(&length), Object::KeyValue)
    } else {
        (NUMBER_BYTES.contains(&length), Object::KeyNumber)
    };
    (address != 0 && fits).then_some(Hint { address, length, object })
}

/// What the bytes are that an object points to; nothing if they do not look random.
#[must_use]
pub fn material(object: Object, bytes: &[u8]) -> Option<Material> {
    looks_random(bytes).then(|| {
        let (kind, detector, notation, value) = match object {
            Object::Bignum => {
                let value = bytes.iter().rev().copied().skip_while(|byte| *byte == 0).collect();
                (Kind::OtherPrivateKey, "openssl-private-number", Notation::Number, value)
            }
            Object::KeyNumber => {
                (Kind::OtherPrivateKey, "pkcs11-private-number", Notation::Number, bytes.to_vec())
            }
            Object::KeyValue => (Kind::SymmetricKey, "pkcs11-key-value", Notation::Bytes, bytes.to_vec()),
        };
        Material {
            kind,
            bits: u32::try_from(value.len() * 8).unwrap_or(u32::MAX),
            certainty: Certainty::Structured,
            detector: detector.to_owned(),
            components: vec![Component::new("key", Role::Secret, notation, value)],
            public_ids: Vec::new(),
            publicly_known: None,
        }
    })
}

fn looks_random(bytes: &[u8]) -> bool {
    // Addresses and small numbers have zeros at the top; a word of a number does once in 2^16, but for the last.
    let (words, _) = bytes.as_chunks::<8>();
    let inner = words.split_last().map_or(words, |(_, inner)| inner);
    if inner.iter().any(|word| word.ends_with(&[0, 0])) || bytes.iter().filter(|byte| **byte == 0).count() > 8
    {
        return false;
    }
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    // Of many bytes not all can differ: 512 random ones have 221 values on average.
    distinct * 100 >= bytes.len().min(DISTINCT_OF_MAX) * DISTINCT_PERCENT && high * 6 >= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn objects_are_known_by_their_fields() {
        let check = |fields: &[u64], expected: Option<(usize, Object)>| {
            let mut found = Vec::new();
            scan(&words(&[&[7, 7][..], fields, &[7, 7]].concat()), &mut found);
            let address = fields.iter().copied().find(|word| *word > 1 << 40).unwrap_or(0);
            let expected = expected.map(|(length, object)| Hint { address, length, object });
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{fields:x?}");
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
            let mut found = Vec::new();
            scan(&whole[start * 8..], &mut found);
            assert_eq!(found.len(), usize::from(start <= 3), "{start}");
            found.clear();
            scan(&whole[..start * 8], &mut found);
            assert_eq!(found.len(), usize::from(start >= 3), "{start}");
        }
    }

    #[test]
    fn numbers_turn_and_what_is_not_random_is_no_key() {
        let random: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(167).wrapping_add(91)).collect();
        let number = material(Object::Bignum, &[&random[..], &[0; 8]].concat()).unwrap();
        let turned: Vec<u8> = random.iter().rev().copied().collect();
        assert_eq!(number.components[0].value.bytes(), turned);
        assert_eq!((number.kind, number.certainty), (Kind::OtherPrivateKey, Certainty::Structured));
        let key = material(Object::KeyValue, &random).unwrap();
        assert_eq!((key.kind, key.bits), (Kind::SymmetricKey, 256));
        for plain in [&[0; 32][..], b"a password that is a sentence...", &[0xff; 128]] {
            assert!(material(Object::Bignum, plain).is_none());
        }
        let block: Vec<u8> =
            (0..512_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 21).to_le_bytes()[0]).collect();
        assert!(material(Object::KeyNumber, &block).is_some());
    }
}
