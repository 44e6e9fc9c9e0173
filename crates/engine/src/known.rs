//! Indexes of known secrets: from documents to searches and back.

use coredact_keys::known::{self, Blind, Cost, Fingerprint, Key, Part, Refusal, SALT_BYTES, SCREEN_BITS};
use coredact_record::{KNOWN_SCHEMA, KnownFingerprint, KnownIndex, KnownKey, KnownSecret};

pub use coredact_keys::known::{Format, Index, KeyError, Labelled, ListError, secrets};

/// Why an index cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It says something that `known add` never writes.
    #[error("use the index: {0}")]
    Content(&'static str),
    /// It lists more secrets than any index.
    #[error("use the index: it lists {0} secrets, and at most {max} are looked for", max = known::SECRETS_MAX)]
    TooMany(usize),
    /// Its key comes from a file, and none was given.
    #[error("use the index: its key comes from a file; name that with --known-key")]
    KeyNeeded,
    /// Another file than that with which it was made.
    #[error("use the index: the key file is another one than that with which it was made")]
    WrongKey,
    /// The key cannot be made.
    #[error("make the key of the index")]
    Key(#[source] KeyError),
}

/// Why a secret was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdded {
    /// It should not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another secret has its label.
    #[error("another secret has this label; remove that, or choose another label")]
    Taken,
    /// The index is full.
    #[error("the index is full: it holds {max} secrets", max = known::SECRETS_MAX)]
    Full,
}

/// An index to which secrets are added.
#[derive(Debug)]
pub struct Builder {
    document: KnownIndex,
    key: Key,
}

impl Builder {
    /// An index without secrets, under a key of its own or one that comes from the bytes of a file. `salt` is random.
    ///
    /// # Errors
    /// If the file makes no key.
    pub fn create(salt: [u8; SALT_BYTES], key_file: Option<&[u8]>) -> Result<Self, Error> {
        let (key, from) = match key_file {
            None => (Key::from_salt(&salt), KnownKey::Index),
            Some(file) => {
                let key = Key::from_file(file, &salt, Cost::DEFAULT).map_err(Error::Key)?;
                let Cost { memory_kib, passes } = Cost::DEFAULT;
                let check = hex(&key.check());
                (key, KnownKey::File { memory_kib, passes, check })
            }
        };
        let document =
            KnownIndex { schema: KNOWN_SCHEMA.to_owned(), salt: hex(&salt), key: from, secrets: Vec::new() };
        Ok(Self { document, key })
    }

    /// An index that was written before.
    ///
    /// # Errors
    /// If it cannot be used, or the key file is not its own.
    pub fn open(document: KnownIndex, key_file: Option<&[u8]>) -> Result<Self, Error> {
        check(&document)?;
        if key_file.is_some() && document.key == KnownKey::Index {
            return Err(Error::Content(
                "it holds its own key, and a key file was named; make a new index with that",
            ));
        }
        let key = key(&document, key_file)?;
        Ok(Self { document, key })
    }

    /// Adds a secret; `false` if it is there already, under whatever label.
    ///
    /// # Errors
    /// If it should not be added.
    pub fn add(&mut self, label: &str, secret: &[u8]) -> Result<bool, NotAdded> {
        let is_apart = self.document.key != KnownKey::Index;
        let blind = written(&Blind::new(label, secret, &self.key, is_apart)?);
        let first = |one: &KnownSecret| one.fingerprints.first().map(|first| first.confirm.clone());
        if self.document.secrets.iter().any(|one| first(one) == first(&blind)) {
            return Ok(false);
        }
        if self.document.secrets.iter().any(|one| one.label == label) {
            return Err(NotAdded::Taken);
        }
        if self.document.secrets.len() >= known::SECRETS_MAX {
            return Err(NotAdded::Full);
        }
        self.document.secrets.push(blind);
        Ok(true)
    }

    /// The document to write.
    #[must_use]
    pub fn document(&self) -> &KnownIndex {
        &self.document
    }
}

/// Prepares the search for the secrets of an index.
///
/// # Errors
/// If it cannot be used, or its key comes from a file that was not given or is another one.
pub fn index(document: &KnownIndex, key_file: Option<&[u8]>) -> Result<Index, Error> {
    let blinds = check(document)?;
    Ok(Index::new(key(document, key_file)?, blinds))
}

/// Whether an index says only what `known add` writes.
///
/// # Errors
/// If not.
pub fn check(document: &KnownIndex) -> Result<Vec<Blind>, Error> {
    if document.secrets.len() > known::SECRETS_MAX {
        return Err(Error::TooMany(document.secrets.len()));
    }
    document.secrets.iter().map(blind).collect()
}

fn key(document: &KnownIndex, key_file: Option<&[u8]>) -> Result<Key, Error> {
    let salt = unhex(&document.salt).ok_or(Error::Content("its salt is not 32 bytes in hexadecimal"))?;
    match &document.key {
        KnownKey::Index => Ok(Key::from_salt(&salt)),
        KnownKey::File { memory_kib, passes, check } => {
            let cost = Cost { memory_kib: *memory_kib, passes: *passes };
            let key = Key::from_file(key_file.ok_or(Error::KeyNeeded)?, &salt, cost).map_err(Error::Key)?;
            if hex(&key.check()) == *check { Ok(key) } else { Err(Error::WrongKey) }
        }
    }
}

fn written(blind: &Blind) -> KnownSecret {
    let fingerprint = |one: &Fingerprint| KnownFingerprint {
        of: one.part.name().to_owned(),
        length: one.length,
        at: one.at,
        screen: one.screen,
        confirm: hex(&one.confirm),
    };
    KnownSecret {
        label: blind.label.clone(),
        length: blind.length,
        text: blind.is_text,
        fingerprints: blind.fingerprints.iter().map(fingerprint).collect(),
    }
}

fn blind(secret: &KnownSecret) -> Result<Blind, Error> {
    if secret.label.len() > known::LABEL_BYTES_MAX {
        return Err(Error::Content("a label is too long"));
    }
    if secret.fingerprints.is_empty() || secret.fingerprints.len() > known::FINGERPRINTS_MAX {
        return Err(Error::Content("a secret has no fingerprint, or too many"));
    }
    let fingerprints = secret.fingerprints.iter().map(fingerprint).collect::<Result<_, _>>()?;
    Ok(Blind { label: secret.label.clone(), length: secret.length, is_text: secret.text, fingerprints })
}

fn fingerprint(one: &KnownFingerprint) -> Result<Fingerprint, Error> {
    let part = Part::named(&one.of).ok_or(Error::Content("a fingerprint is of an unknown part"))?;
    let lengths = known::SECRET_BYTES_MIN..=2 * known::SECRET_BYTES_MAX;
    let length = usize::try_from(one.length).ok().filter(|length| lengths.contains(length));
    let fits = length.is_some_and(|length| one.at as usize <= length - known::SECRET_BYTES_MIN);
    if !fits {
        return Err(Error::Content("the length or window of a fingerprint is out of range"));
    }
    if one.screen >> SCREEN_BITS != 0 {
        return Err(Error::Content("a coarse fingerprint has too many bits"));
    }
    let confirm =
        unhex(&one.confirm).ok_or(Error::Content("a full fingerprint is not 16 bytes in hexadecimal"))?;
    Ok(Fingerprint { part, length: one.length, at: one.at, screen: one.screen, confirm })
}

fn hex(bytes: &[u8]) -> String {
    crate::scrub::hex(bytes)
}

fn unhex<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * LENGTH || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; LENGTH];
    for (byte, pair) in out.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"V6z1v9q2Kcsk04btH1tR7kq9Lz2Wm8xQ";

    fn builder(key_file: Option<&[u8]>) -> Builder {
        let mut builder = Builder::create([7; SALT_BYTES], key_file).unwrap();
        assert_eq!(builder.add("billing", SECRET), Ok(true));
        builder
    }

    #[test]
    fn index_that_was_written_finds_what_was_added() {
        for key_file in [None, Some(&b"a passphrase"[..])] {
            let document = builder(key_file).document().clone();
            let index = index(&document, key_file).unwrap();
            let mut hits = Vec::new();
            index.scan(SECRET, &mut hits);
            assert!(hits.iter().any(|hit| hit.component == "whole-secret"));
            assert!(!document.to_json().contains("V6z1"));
        }
    }

    #[test]
    fn key_file_must_be_the_one() {
        let document = builder(Some(b"a passphrase")).document().clone();
        assert_eq!(index(&document, None).unwrap_err(), Error::KeyNeeded);
        assert_eq!(index(&document, Some(b"another one")).unwrap_err(), Error::WrongKey);
        let own = builder(None).document().clone();
        assert!(matches!(Builder::open(own, Some(b"a passphrase")), Err(Error::Content(_))));
    }

    #[test]
    fn secret_is_added_once_and_a_label_names_one() {
        let mut builder = Builder::open(builder(None).document().clone(), None).unwrap();
        assert_eq!(builder.add("other name", SECRET), Ok(false));
        assert_eq!(builder.add("billing", b"xK9mQ2vR8tLpW4zNxK9mQ2vR8tLpW4zN"), Err(NotAdded::Taken));
        assert!(matches!(
            builder.add("weak", b"correct horse"),
            Err(NotAdded::Refused(Refusal::Guessable(_)))
        ));
        assert_eq!(builder.document().secrets.len(), 1);
    }

    #[test]
    fn hostile_index_is_refused() {
        let sound = builder(None).document().clone();
        let check = |change: &dyn Fn(&mut KnownIndex)| {
            let mut document = sound.clone();
            change(&mut document);
            let error = index(&document, None).unwrap_err();
            assert!(matches!(error, Error::Content(_) | Error::TooMany(_) | Error::Key(_)), "{error:?}");
        };
        check(&|one| one.salt = "00".to_owned());
        check(&|one| one.salt = "zz".repeat(SALT_BYTES));
        check(&|one| one.secrets = vec![one.secrets[0].clone(); known::SECRETS_MAX + 1]);
        check(&|one| one.secrets[0].label = "x".repeat(1000));
        check(&|one| one.secrets[0].fingerprints.clear());
        check(&|one| one.secrets[0].fingerprints = vec![one.secrets[0].fingerprints[0].clone(); 9]);
        check(&|one| one.secrets[0].fingerprints[0].of = "everything".to_owned());
        check(&|one| one.secrets[0].fingerprints[0].length = u32::MAX);
        check(&|one| one.secrets[0].fingerprints[0].length = 3);
        check(&|one| one.secrets[0].fingerprints[0].at = u32::MAX);
        check(&|one| one.secrets[0].fingerprints[0].screen = 1 << SCREEN_BITS);
        check(&|one| one.secrets[0].fingerprints[0].confirm = "0".to_owned());
        let mut document = builder(Some(b"a passphrase")).document().clone();
        document.key = KnownKey::File { memory_kib: u32::MAX, passes: 3, check: String::new() };
        assert!(matches!(index(&document, Some(b"a passphrase")), Err(Error::Key(_))));
    }
}
