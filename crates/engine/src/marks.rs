//! Places that hold secrets by position: the environment, arguments, guards.

use crate::close;
use crate::error::Error;
use crate::ledger::{Entry, Ledger, Sighting, is_proven};
use coredact_dump::{Image, Mark, ReadAt};
use coredact_keys::{Certainty, Component, Kind, Material, Notation, Role, tokens};
use coredact_record::Policy;
use std::ops::Range;
use zeroize::Zeroizing;

/// Longest value that is read; the kernel limits one string of the environment
/// to 32 pages (`MAX_ARG_STRLEN` in `linux/binfmts.h`).
const VALUE_BYTES_MAX: u64 = 32 * 4096;

/// Shortest value of a variable with a secret name that is taken for a secret;
/// shorter ones are switches (`1`, `yes`, `none`).
const VALUE_BYTES_MIN: usize = 4;

/// Values that policy `strict` overwrites as a group, whatever they are called.
#[derive(Debug, Default)]
pub struct Groups {
    /// Values of environment variables.
    pub environment: Vec<Range<u64>>,
    /// Command-line arguments after the first.
    pub arguments: Vec<Range<u64>>,
}

impl Groups {
    /// The words among the values that look chosen: a password on a command line is copied before it is used.
    ///
    /// # Errors
    /// If the source cannot be read or has changed.
    pub fn chosen_words(&self, source: &dyn ReadAt) -> Result<Vec<Zeroizing<Vec<u8>>>, Error> {
        let mut words = Vec::new();
        for range in self.environment.iter().chain(&self.arguments) {
            words.extend(close::chosen_words(&Zeroizing::new(read(source, range)?)));
        }
        words.sort_by(|one, other| one.as_slice().cmp(other.as_slice()));
        words.dedup_by(|one, other| one.as_slice() == other.as_slice());
        Ok(words)
    }
}

/// Adds what the marks of an image name as secret to the ledger, and gathers
/// the rest for policy `strict`.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn gather(
    source: &dyn ReadAt,
    image: &Image,
    policy: Policy,
    ledger: &mut Ledger,
) -> Result<Groups, Error> {
    let mut groups = Groups::default();
    for mark in &image.marked {
        match mark.what {
            "environment" => groups.environment.push(mark.range.clone()),
            "argument" => groups.arguments.push(mark.range.clone()),
            "annotation" => {}
            "psargs" => continue,
            "key-object" | "password-object" => {
                held(mark, read(source, &mark.range)?, ledger);
                continue;
            }
            _ if policy == Policy::Proven => continue,
            _ => {
                ledger.add(guard(mark, read(source, &mark.range)?), [sighting(mark)]);
                continue;
            }
        }
        let named =
            mark.name.as_deref().is_some_and(|name| tokens::secret_name(name.trim_start_matches('-')));
        if named {
            let value = read(source, &mark.range)?;
            if value.len() >= VALUE_BYTES_MIN && value.iter().any(|byte| !byte.is_ascii_digit()) {
                ledger.add(credential(mark, value), [sighting(mark)]);
            }
        }
    }
    Ok(groups)
}

fn read(source: &dyn ReadAt, range: &Range<u64>) -> Result<Vec<u8>, Error> {
    let length = range.end.saturating_sub(range.start).min(VALUE_BYTES_MAX);
    let mut value = vec![0; usize::try_from(length).unwrap_or(0)];
    source.read_exact_at(range.start, &mut value).map_err(Error::read)?;
    Ok(value)
}

/// A key or password that an object holds; what was proven in another way needs no object.
fn held(mark: &Mark, value: Vec<u8>, ledger: &mut Ledger) {
    let is_password = mark.what == "password-object";
    let value = if is_password {
        let units: Vec<u16> = value.as_chunks().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
        String::from_utf16_lossy(&units).into_bytes()
    } else {
        value
    };
    // Arrays that were wiped, or are not yet filled.
    if value.iter().all(|byte| Some(byte) == value.first()) {
        return;
    }
    let known = ledger.entries().iter().filter(|entry| is_proven(entry.material.certainty));
    if known.flat_map(|entry| &entry.material.components).any(|one| one.value.bytes() == value) {
        return;
    }
    // Encodings, which objects keep beside the numbers: what was found in one is the secret, not the names of algorithms. Of
    // a key that begins with another, all is secret.
    let holds = |entry: &&mut Entry| {
        let secret = |one: &&Component| one.role == Role::Secret && one.value.len() >= HELD_BYTES_MIN;
        is_encoding(&value)
            && is_proven(entry.material.certainty)
            && entry.material.components.iter().filter(secret).any(|one| contains(&value, one.value.bytes()))
    };
    if let Some(entry) = ledger.entries_mut().iter_mut().find(holds) {
        entry.sightings.push(sighting(mark));
        return;
    }
    // A key that somebody typed: its pieces are words that stand elsewhere for other reasons.
    let is_text = is_password || value.iter().all(|byte| (b' '..=b'~').contains(byte));
    let (kind, notation) =
        if is_text { (Kind::Credential, Notation::Text) } else { (Kind::SymmetricKey, Notation::Bytes) };
    let material = Material {
        kind,
        bits: u32::try_from(value.len() * 8).unwrap_or(u32::MAX),
        certainty: Certainty::Structured,
        detector: format!("java-{}", mark.what),
        components: vec![Component::new(if is_text { "text" } else { "key" }, Role::Secret, notation, value)],
        public_ids: Vec::new(),
        publicly_known: None,
    };
    ledger.add(material, [sighting(mark)]);
}

/// Least length in bytes of a secret that says what the array around it is: a key of AES.
const HELD_BYTES_MIN: usize = 16;

/// Whether bytes are one SEQUENCE or OCTET STRING of DER from end to end (X.690, sections 8.1.3, 8.7 and 8.9).
fn is_encoding(bytes: &[u8]) -> bool {
    let [0x30 | 0x04, length, rest @ ..] = bytes else { return false };
    let counted = usize::from(length & 0x7f);
    let (length, content) = match (length & 0x80 != 0, rest.split_at_checked(counted)) {
        (false, _) => (counted, rest),
        (true, Some((long, content))) if (1..=4).contains(&counted) => {
            (long.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)), content)
        }
        (true, _) => return false,
    };
    content.len() == length
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

fn sighting(mark: &Mark) -> Sighting {
    Sighting { file: mark.range.clone(), component: "whole", form: mark.what.to_owned() }
}

fn credential(mark: &Mark, value: Vec<u8>) -> Material {
    let bits = u32::try_from(value.len() * 8).unwrap_or(u32::MAX);
    Material {
        kind: Kind::Credential,
        bits,
        certainty: Certainty::Matched,
        detector: format!("{}-name", mark.what),
        components: vec![Component::new("text", Role::Secret, Notation::Text, value)],
        public_ids: Vec::new(),
        publicly_known: None,
    }
}

/// The random bytes of the process and the guards made of them. glibc's stack
/// guard is the first word with its lowest byte cleared
/// (`_dl_setup_stack_chk_guard` in `sysdeps/unix/sysv/linux/dl-osinfo.h`).
fn guard(mark: &Mark, value: Vec<u8>) -> Material {
    let bits = u32::try_from(value.len() * 8).unwrap_or(u32::MAX);
    let mut components = Vec::new();
    if mark.what == "at-random" {
        let mut canary: Vec<u8> = value.iter().copied().take(8).collect();
        if let Some(lowest) = canary.first_mut() {
            *lowest = 0;
        }
        components.push(Component::new("stack guard", Role::Derived, Notation::Bytes, canary));
    }
    components.insert(0, Component::new("value", Role::Secret, Notation::Bytes, value));
    Material {
        kind: Kind::ProcessGuard,
        bits,
        certainty: Certainty::Suspected,
        detector: mark.what.to_owned(),
        components,
        public_ids: Vec::new(),
        publicly_known: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the ledger holds after an object was seen that refers to an array, besides a key of these 32 bytes.
    fn entries(array: Vec<u8>) -> Vec<(Kind, usize)> {
        let mut ledger = Ledger::default();
        let key = Component::new("key", Role::Secret, Notation::Bytes, (1..33).collect());
        let material = Material {
            kind: Kind::AesKey,
            bits: 256,
            certainty: Certainty::Proven,
            detector: "test".to_owned(),
            components: vec![key],
            public_ids: Vec::new(),
            publicly_known: None,
        };
        ledger.add(material, []);
        let mark = Mark { range: 0..array.len() as u64, what: "key-object", name: None };
        held(&mark, array, &mut ledger);
        ledger.entries().iter().map(|entry| (entry.material.kind, entry.sightings.len())).collect()
    }

    #[test]
    fn an_encoding_belongs_to_the_key_in_it_and_a_longer_key_is_one_of_its_own() {
        let key: Vec<u8> = (1..33).collect();
        assert_eq!(entries([&[4, 32][..], &key].concat()), [(Kind::AesKey, 1)]);
        assert_eq!(entries([&[0x30, 0x81, 32][..], &key].concat()), [(Kind::AesKey, 1)]);
        let both = [(Kind::AesKey, 0), (Kind::SymmetricKey, 1)];
        assert_eq!(entries([&key[..], &[0x5a, 0xa5].repeat(16)].concat()), both);
        assert_eq!(entries([&[4, 33][..], &key].concat()), both);
    }
}
