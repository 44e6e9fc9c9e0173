//! What an object says, once what it points to is read.

use super::memory::Memory;
use super::{Hint, Object, Text, names, nettle};
use crate::material::{Certainty, Component, Kind, Material, Notation, PublicId, Role};
use crate::{aes, symmetric};

/// Distinct values that random bytes have at least, of each hundred bytes: sixteen random bytes have ten and more but
/// once in a million times, 256 have 162 on average; text in hexadecimal of 32 characters has sixteen.
const DISTINCT_PERCENT: usize = 60;

/// Bytes of which so many distinct values are asked for at most.
const DISTINCT_OF_MAX: usize = 256;

/// A key, by what an object says.
#[derive(Debug)]
pub struct Verdict {
    /// The key.
    pub material: Material,
    /// Where it stands.
    pub places: Vec<Place>,
}

/// Bytes of memory that hold a component of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Address of the first byte.
    pub address: u64,
    /// Number of bytes.
    pub length: usize,
    /// Which component.
    pub component: &'static str,
}

/// Reads what an object points to. Nothing if the dump does not have it, if it does not look random, or if the text beside
/// it names something else.
#[must_use]
pub fn judge(hint: &Hint, memory: &dyn Memory) -> Option<Verdict> {
    let bytes = memory.read(hint.address, hint.length)?;
    if hint.object == Object::NettleRsa {
        return nettle::judge(&bytes, memory);
    }
    let is_named =
        matches!(hint.object, Object::GoSlice | Object::JavaKey | Object::PythonEntry | Object::PythonObject);
    let material = if is_named {
        let text = characters(&hint.text?, memory)?;
        symmetric::looks_random(&bytes).then_some(())?;
        named(hint.object, &text, &bytes)?
    } else {
        looks_random(&bytes).then(|| unnamed(hint.object, &bytes))?
    };
    let place = Place { address: hint.address, length: hint.length, component: "key" };
    Some(Verdict { material, places: vec![place] })
}

/// The characters of a text, if all are ASCII.
fn characters(text: &Text, memory: &dyn Memory) -> Option<String> {
    let bytes = memory.read(text.address, text.length.checked_mul(text.width)?)?;
    let is_plain = bytes.chunks(text.width.max(1)).all(|character| {
        character.iter().skip(1).all(|byte| *byte == 0) && character.first().is_some_and(u8::is_ascii_graphic)
    });
    let first = bytes.iter().step_by(text.width.max(1)).map(|byte| char::from(*byte));
    is_plain.then(|| first.collect())
}

/// A key that a text names.
fn named(object: Object, text: &str, bytes: &[u8]) -> Option<Material> {
    let (detector, algorithm) = match object {
        Object::JavaKey => ("java-secret-key", Some(names::java_algorithm(text)?)),
        Object::GoSlice => {
            let algorithm = names::algorithm(text);
            (algorithm.is_some() || names::is_secret_name(text)).then_some(("go-named-key", algorithm))?
        }
        Object::PythonObject => names::is_key_type(text).then_some(("python-key-object", None))?,
        _ => names::is_secret_name(text).then_some(("python-named-key", None))?,
    };
    let is_aes = algorithm.is_some_and(|name| name.starts_with("AES"))
        || (object == Object::PythonObject && text.contains("AES"));
    let aes = || aes::material_for_key(bytes).filter(|_| is_aes);
    let mut material = aes().unwrap_or_else(|| key(Kind::SymmetricKey, Notation::Bytes, bytes.to_vec()));
    material.certainty = Certainty::Structured;
    detector.clone_into(&mut material.detector);
    material.public_ids.extend(algorithm.map(|name| PublicId { name: "algorithm", value: name.to_owned() }));
    Some(material)
}

/// A key by its object alone.
fn unnamed(object: Object, bytes: &[u8]) -> Material {
    let (kind, detector, notation, value) = match object {
        Object::Bignum => {
            let value = bytes.iter().rev().copied().skip_while(|byte| *byte == 0).collect();
            (Kind::OtherPrivateKey, "openssl-private-number", Notation::Number, value)
        }
        Object::KeyNumber => {
            (Kind::OtherPrivateKey, "pkcs11-private-number", Notation::Number, bytes.to_vec())
        }
        _ => (Kind::SymmetricKey, "pkcs11-key-value", Notation::Bytes, bytes.to_vec()),
    };
    Material { detector: detector.to_owned(), ..key(kind, notation, value) }
}

fn key(kind: Kind, notation: Notation, value: Vec<u8>) -> Material {
    Material {
        kind,
        bits: u32::try_from(value.len() * 8).unwrap_or(u32::MAX),
        certainty: Certainty::Structured,
        detector: String::new(),
        components: vec![Component::new("key", Role::Secret, notation, value)],
        public_ids: Vec::new(),
        publicly_known: None,
    }
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
