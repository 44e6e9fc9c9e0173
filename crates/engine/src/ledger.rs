//! What has been found: one entry a secret, with every place it was seen.

use coredact_keys::{Certainty, Component, Kind, Material, Role, Secret};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// A place in the file where (part of) a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Bytes of the file.
    pub file: Range<u64>,
    /// Which component stands there, or `whole`.
    pub component: &'static str,
    /// How it is written.
    pub form: String,
}

/// One secret.
#[derive(Debug)]
pub struct Entry {
    /// What it is and what must go with it.
    pub material: Material,
    /// Where, sorted once the ledger is [sealed](Ledger::settle).
    pub sightings: Vec<Sighting>,
    /// Components before this index have been swept for.
    pub swept: usize,
}

/// All secrets of a dump, each once.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    by_identity: BTreeMap<[u8; 32], usize>,
}

impl Ledger {
    /// Adds a secret, or joins it with what is known of the same secret.
    /// Returns the index of its entry.
    pub fn add(&mut self, material: Material, sightings: impl IntoIterator<Item = Sighting>) -> usize {
        let identities = identities(&material);
        let known = identities.iter().find_map(|identity| self.by_identity.get(identity).copied());
        let index = match known {
            Some(index) => {
                self.join(index, material);
                index
            }
            None => {
                self.entries.push(Entry { material, sightings: Vec::new(), swept: 0 });
                self.entries.len() - 1
            }
        };
        for identity in identities {
            self.by_identity.entry(identity).or_insert(index);
        }
        if let Some(entry) = self.entries.get_mut(index) {
            entry.sightings.extend(sightings);
        }
        index
    }

    fn join(&mut self, index: usize, other: Material) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        let own = &mut entry.material;
        // An encoding that lost the name of its curve has whole bytes.
        let names_curve = |material: &Material| material.public_ids.iter().any(|id| id.name == "curve");
        own.bits = match (names_curve(own), names_curve(&other)) {
            (true, false) => own.bits,
            (false, true) => other.bits,
            _ => own.bits.max(other.bits),
        };
        if other.certainty < own.certainty {
            own.detector = other.detector;
        }
        own.certainty = own.certainty.min(other.certainty);
        own.publicly_known = own.publicly_known.take().or(other.publicly_known);
        for component in other.components {
            if !own.components.iter().any(|known| known.value.bytes() == component.value.bytes()) {
                own.components.push(component);
            }
        }
        for id in other.public_ids {
            if !own.public_ids.contains(&id) {
                own.public_ids.push(id);
            }
        }
    }

    /// The entries in the order in which they were first added.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, to add sightings or components.
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// Keeps the entries that `keep`, which may change them, says yes to.
    pub fn retain(&mut self, keep: impl FnMut(&mut Entry) -> bool) {
        self.entries.retain_mut(keep);
        self.by_identity.clear();
        for (index, entry) in self.entries.iter().enumerate() {
            for identity in identities(&entry.material) {
                self.by_identity.entry(identity).or_insert(index);
            }
        }
    }

    /// The entries alone, once nothing more is added.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Brings entries and sightings into an order that depends on the dump
    /// alone, and joins sightings that overlap.
    pub fn settle(&mut self) {
        for entry in &mut self.entries {
            let key =
                |one: &Sighting| (one.file.start, Reverse(one.file.end), one.component, one.form.clone());
            entry.sightings.sort_by_cached_key(key);
            entry.sightings = merge(std::mem::take(&mut entry.sightings));
            entry.material.public_ids.sort();
        }
        let key = |entry: &Entry| {
            let first = entry.sightings.first().map_or(u64::MAX, |sighting| sighting.file.start);
            (entry.material.certainty, entry.material.kind, first)
        };
        self.entries.sort_by_key(key);
        self.by_identity.clear();
    }
}

/// Joins sightings of the same component and form whose bytes touch, and drops
/// those inside another one.
fn merge(sorted: Vec<Sighting>) -> Vec<Sighting> {
    let mut out: Vec<Sighting> = Vec::with_capacity(sorted.len());
    for sighting in sorted {
        match out.last_mut() {
            Some(last) if sighting.file.end <= last.file.end => {}
            Some(last)
                if sighting.file.start < last.file.end
                    && sighting.component == last.component
                    && sighting.form == last.form =>
            {
                last.file.end = sighting.file.end;
            }
            _ => out.push(sighting),
        }
    }
    out
}

/// Values by which two materials are the same secret: an RSA key by its modulus
/// or any of its secret numbers, one of a curve by its public key too, another by its first secret value.
fn identities(material: &Material) -> Vec<[u8; 32]> {
    // A key of a curve has one public key, but several private ones: a seed and a scalar,
    // a scalar clamped or not.
    // One of a lattice or a finite field has a seed, or parts.
    let is_pair = matches!(
        material.kind,
        Kind::EcPrivateKey
            | Kind::EdwardsPrivateKey
            | Kind::MontgomeryPrivateKey
            | Kind::MlKemPrivateKey
            | Kind::MlDsaPrivateKey
            | Kind::SlhDsaPrivateKey
    );
    let names_it = |component: &&Component| match material.kind {
        Kind::RsaPrivateKey => matches!(component.name, "n" | "p" | "q" | "d"),
        _ if is_pair && component.name == "public" => true,
        Kind::FiniteFieldPrivateKey if component.name == "y" => true,
        _ => component.role == Role::Secret,
    };
    let limit = match material.kind {
        Kind::RsaPrivateKey => usize::MAX,
        _ if is_pair || material.kind == Kind::FiniteFieldPrivateKey => 2,
        _ => 1,
    };
    let digest = |component: &Component| identity(material.kind, &component.value);
    material.components.iter().filter(names_it).take(limit).map(digest).collect()
}

/// A digest that only compares secrets inside the process; it is never shown.
fn identity(kind: Kind, value: &Secret) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.name().as_bytes()).update(&[0]).update(value.bytes());
    *hasher.finalize().as_bytes()
}

/// Whether policy `proven` removes it.
#[must_use]
pub fn is_proven(certainty: Certainty) -> bool {
    certainty != Certainty::Suspected
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_keys::{Notation, PublicId};

    #[test]
    fn curve_says_how_many_bits_a_key_has() {
        let key = |bits, curve: Option<&str>| Material {
            kind: Kind::EcPrivateKey,
            bits,
            certainty: Certainty::Proven,
            detector: "test".to_owned(),
            components: vec![Component::new("d", Role::Secret, Notation::Number, vec![7; 66])],
            public_ids: curve
                .map(|curve| PublicId { name: "curve", value: curve.to_owned() })
                .into_iter()
                .collect(),
            publicly_known: None,
        };
        for keys in [[key(528, None), key(521, Some("P-521"))], [key(521, Some("P-521")), key(528, None)]] {
            let mut ledger = Ledger::default();
            for key in keys {
                ledger.add(key, []);
            }
            assert_eq!(ledger.entries().iter().map(|entry| entry.material.bits).collect::<Vec<_>>(), [521]);
        }
    }

    fn rsa(components: &[(&'static str, Role, u8)]) -> Material {
        let component =
            |&(name, role, byte): &(_, _, u8)| Component::new(name, role, Notation::Number, vec![byte; 64]);
        Material {
            kind: Kind::RsaPrivateKey,
            bits: 1024,
            certainty: Certainty::Structured,
            detector: "pem".to_owned(),
            components: components.iter().map(component).collect(),
            public_ids: Vec::new(),
            publicly_known: None,
        }
    }

    fn at(start: u64, end: u64, component: &'static str) -> Sighting {
        Sighting { file: start..end, component, form: "le".to_owned() }
    }

    #[test]
    fn one_key_seen_in_two_ways_is_one_entry() {
        let mut ledger = Ledger::default();
        ledger.add(rsa(&[("n", Role::Public, 1), ("d", Role::Secret, 2)]), [at(0, 64, "d")]);
        let mut proven = rsa(&[("p", Role::Secret, 3), ("n", Role::Public, 1)]);
        proven.certainty = Certainty::Proven;
        ledger.add(proven, [at(100, 164, "p")]);
        ledger.add(rsa(&[("p", Role::Secret, 3)]), []);
        assert_eq!(ledger.entries().len(), 1);
        assert_eq!(ledger.entries()[0].material.components.len(), 3);
        assert_eq!(ledger.entries()[0].material.certainty, Certainty::Proven);
        assert_eq!(ledger.entries()[0].sightings.len(), 2);
    }

    #[test]
    fn touching_sightings_of_one_form_are_joined() {
        let mut ledger = Ledger::default();
        let index =
            ledger.add(rsa(&[("p", Role::Secret, 1)]), [at(8, 24, "p"), at(0, 16, "p"), at(10, 20, "q")]);
        ledger.settle();
        assert_eq!(ledger.entries()[index].sightings, [at(0, 24, "p")]);
    }
}
