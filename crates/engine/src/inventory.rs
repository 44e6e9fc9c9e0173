//! The public keys of an organisation, read from files, and which of them a found key belongs to.
//!
//! Everything is offline: no fingerprint leaves the machine.

use coredact_keys::PublicId;
use coredact_keys::inventory::{self, Entry, rfc3339};
use coredact_keys::public::PublicKey;
use coredact_record as record;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Longest file of an inventory that is read, in bytes: 256 MiB; exports of whole directories are smaller.
pub const FILE_BYTES_MAX: u64 = 256 << 20;

/// Names that many keys share: they recognise none.
const SHARED_NAMES: [&str; 2] = ["serial", "curve"];

/// Published keys with the files that publish them.
#[derive(Debug, Default)]
pub struct Inventory {
    entries: Vec<Located>,
    /// Indexes of `entries` by the value of each of their names.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Files that were read.
    files: u64,
    /// When it is asked, in seconds since 1970: what had ended by then has expired.
    now: u64,
}

#[derive(Debug)]
struct Located {
    place: String,
    entry: Entry,
}

/// Why a file of an inventory was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// It cannot be read.
    #[error("read {path} for the inventory", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is longer than [`FILE_BYTES_MAX`].
    #[error("read {path} for the inventory: it is longer than {FILE_BYTES_MAX} bytes", path = path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
}

impl Inventory {
    /// An inventory without keys, asked at `now`, in seconds since 1970.
    #[must_use]
    pub fn empty(now: u64) -> Self {
        Self { now, ..Self::default() }
    }

    /// Reads files, and all files below folders; asked at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// If one cannot be read: an inventory that lacks a file would say of a key that nobody published it.
    pub fn read(paths: &[PathBuf], now: u64) -> Result<Self, InventoryError> {
        let mut inventory = Self::empty(now);
        for path in paths {
            let walk = ignore::WalkBuilder::new(path)
                .standard_filters(false)
                .follow_links(true)
                .sort_by_file_path(Path::cmp)
                .build();
            for found in walk {
                let found = found.map_err(|error| InventoryError::Read {
                    path: path.clone(),
                    source: io::Error::other(error),
                })?;
                // What the user names is read, a pipe too; what a folder holds only if it is a file.
                let is_named = found.depth() == 0 && !path.is_dir();
                if is_named || found.file_type().is_some_and(|kind| kind.is_file()) {
                    let bytes = file(found.path())?;
                    inventory.add(&found.path().to_string_lossy(), &bytes);
                }
            }
        }
        Ok(inventory)
    }

    /// Adds the keys of one document, `place` by name.
    pub fn add(&mut self, place: &str, bytes: &[u8]) {
        self.files += 1;
        let mut entries = Vec::new();
        inventory::read(bytes, &mut entries);
        for entry in entries {
            let located = Located { place: place.to_owned(), entry };
            // A certificate in a chain and in a bundle is one publication for each file.
            let is_known = located.entry.names.first().is_some_and(|name| {
                let same = self.by_name.get(&name.value).into_iter().flatten();
                same.filter_map(|index| self.entries.get(*index))
                    .any(|known| known.place == located.place && known.entry == located.entry)
            });
            if !is_known {
                self.index(located);
            }
        }
    }

    /// The same for names as a report holds them.
    #[must_use]
    pub fn publications_of(&self, names: &[record::PublicId]) -> Vec<record::Publication> {
        let names: Vec<PublicId> =
            names.iter().map(|id| PublicId { name: intern(&id.name), value: id.value.clone() }).collect();
        self.publications(&names)
    }

    /// The public keys of one document, each once, with everything that `known` publishes of them; what the document
    /// itself says comes first.
    #[must_use]
    pub fn of_document(place: &str, bytes: &[u8], known: &Self) -> Vec<record::Identity> {
        let mut own = Self::empty(known.now);
        own.add(place, bytes);
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for key in own.entries.iter().filter_map(|located| located.entry.key.as_ref()) {
            if !seen.insert(key) {
                continue;
            }
            let names = key.names();
            let mut published = own.publications(&names);
            let elsewhere = known.publications(&names);
            published.extend(elsewhere.into_iter().filter(|one| one.place != place));
            let names =
                names.into_iter().map(|id| record::PublicId { name: id.name.to_owned(), value: id.value });
            out.push(record::Identity::new(place, &key.algorithm(), false, names.collect(), published));
        }
        out
    }

    fn index(&mut self, located: Located) {
        for name in identifying(&located.entry.names) {
            self.by_name.entry(name.value.clone()).or_default().push(self.entries.len());
        }
        self.entries.push(located);
    }

    /// How many files were read and keys found.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.files, self.entries.len() as u64)
    }

    /// The RSA keys, each once: modulus and public exponent, big-endian. A prime in a dump is proven by its modulus,
    /// which need not stand in the dump.
    pub fn moduli(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let keys = self.entries.iter().filter_map(|located| match &located.entry.key {
            Some(PublicKey::Rsa { n, e }) => Some((n.as_slice(), e.as_slice())),
            _ => None,
        });
        keys.collect::<BTreeSet<_>>().into_iter()
    }

    /// The public keys of elliptic curves, each once: encoded points, and the octets of RFC 7748 and RFC 8032. A
    /// private key in a dump is proven by them too.
    pub fn points(&self) -> impl Iterator<Item = &[u8]> {
        let keys = self.entries.iter().filter_map(|located| match &located.entry.key {
            Some(PublicKey::Point { point, .. }) => Some(point.as_slice()),
            Some(PublicKey::Octets { key, .. }) => Some(key.as_slice()),
            _ => None,
        });
        keys.collect::<BTreeSet<_>>().into_iter()
    }

    /// Every publication of a key that has one of these names, and of what those add: a credential that names a
    /// certificate by its digest belongs to the certificate's key.
    #[must_use]
    pub fn publications(&self, names: &[PublicId]) -> Vec<record::Publication> {
        let mut found = BTreeSet::new();
        let mut new: Vec<&PublicId> = identifying(names).collect();
        while let Some(name) = new.pop() {
            for index in self.by_name.get(&name.value).into_iter().flatten() {
                if found.insert(*index) {
                    new.extend(
                        self.entries.get(*index).into_iter().flat_map(|one| identifying(&one.entry.names)),
                    );
                }
            }
        }
        let located = found.into_iter().filter_map(|index| self.entries.get(index));
        located.map(|one| one.publication(names, self.now)).collect()
    }
}

/// Names of names are few and known; one of a later version recognises nothing here.
fn intern(name: &str) -> &'static str {
    const KNOWN: [&str; 10] = [
        "spki-sha256",
        "spki-sha1",
        "jwk-thumbprint",
        "ssh-sha256",
        "certificate-sha256",
        "certificate-sha1",
        "x5t",
        "x5t#S256",
        "openpgp-v4",
        "openpgp-v6",
    ];
    KNOWN.into_iter().find(|known| *known == name).unwrap_or_default()
}

/// A document's bytes; `None` if it is longer than [`FILE_BYTES_MAX`], or no file.
///
/// # Errors
/// If it cannot be read.
pub fn document(path: &Path) -> Result<Option<Vec<u8>>, InventoryError> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() <= FILE_BYTES_MAX => file(path).map(Some),
        _ => Ok(None),
    }
}

impl Located {
    fn publication(&self, known: &[PublicId], now: u64) -> record::Publication {
        let published = &self.entry.published;
        let own = self.entry.names.iter().filter(|name| !known.contains(name));
        let key_names: Vec<PublicId> = self.entry.key.as_ref().map(PublicKey::names).unwrap_or_default();
        record::Publication {
            place: self.place.clone(),
            kind: published.kind.to_owned(),
            label: published.label.clone(),
            subject: published.subject.clone(),
            issuer: published.issuer.clone(),
            not_before: published.not_before.map(rfc3339),
            not_after: published.not_after.map(rfc3339),
            expired: published.not_after.is_some_and(|end| end < now),
            uses: published.uses.clone(),
            names: own
                .filter(|name| !key_names.contains(name))
                .map(|name| record::PublicId { name: name.name.to_owned(), value: name.value.clone() })
                .collect(),
        }
    }
}

/// Names by which a key can be recognised.
fn identifying(names: &[PublicId]) -> impl Iterator<Item = &PublicId> {
    names.iter().filter(|name| !SHARED_NAMES.contains(&name.name) && name.value.len() >= 20)
}

fn file(path: &Path) -> Result<Vec<u8>, InventoryError> {
    let fault = |source| InventoryError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(fault)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(InventoryError::TooLong { path: path.to_owned() });
    }
    Ok(bytes)
}
