//! Which bytes are tried, and what a key that was proven consists of.

use super::set::Set;
use super::tree;
use crate::ec::{self, Lookup, Place, Text};
use crate::lattice::Found;
use crate::material::{Certainty, Component, Kind, Material, Notation, PublicId, Role};
use crate::public;
use std::collections::{BTreeMap, BTreeSet};

/// Hashes that the search may compute for candidates whose public key stands elsewhere: one
/// or two seconds of one core.
const WORK_MAX: u64 = 6 << 20;

/// The same for those that only stand alone.
const WORK_ALONE_MAX: u64 = 1 << 18;

/// Candidates that are looked at, of each length.
const CANDIDATES_MAX: usize = 1 << 17;

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Strings of bytes whose root was computed.
    pub candidates: u64,
    /// Those that the bound on the work left out, though their public half stands elsewhere too.
    pub skipped: u64,
    /// Those that it left out, and that only stand alone.
    pub alone_skipped: u64,
}

impl Coverage {
    /// Whether a limit cut the search off where a key may well be.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.skipped > 0
    }
}

/// Proves what can be proven among the random bytes that were gathered for elliptic curves.
#[must_use]
pub fn conclude(gathered: &ec::Harvest) -> (Vec<Found>, Coverage) {
    let mut coverage = Coverage::default();
    let mut by_length = BTreeMap::new();
    for n in [16, 24, 32] {
        let (candidates, skipped) = gathered.standing(4 * n, false, CANDIDATES_MAX);
        coverage.alone_skipped += skipped;
        by_length.insert(n, candidates);
    }
    let mut left;
    let mut found = BTreeMap::new();
    let shown: BTreeMap<usize, BTreeSet<usize>> =
        by_length.iter().map(|(n, candidates)| (*n, shown_elsewhere(gathered, candidates, 2 * n))).collect();
    for wants_shown in [true, false] {
        left = if wants_shown { WORK_MAX } else { WORK_ALONE_MAX };
        for set in Set::ALL {
            let candidates = by_length.get(&set.n).map(Vec::as_slice).unwrap_or_default();
            for (index, candidate) in candidates.iter().enumerate() {
                let is_shown = shown.get(&set.n).is_some_and(|shown| shown.contains(&index));
                if wants_shown != is_shown || found.contains_key(candidate.value) {
                    continue;
                }
                let Some(rest) = left.checked_sub(set.cost()) else {
                    *(if wants_shown { &mut coverage.skipped } else { &mut coverage.alone_skipped }) += 1;
                    continue;
                };
                left = rest;
                coverage.candidates += 1;
                if is_key(set, candidate.value) {
                    let place = Place {
                        position: candidate.position,
                        length: candidate.value.len(),
                        component: "whole",
                        form: "fips-205",
                    };
                    let material = material(set, candidate.value, "slh-dsa-roots", Certainty::Proven);
                    found.insert(candidate.value, Found { material, places: vec![place] });
                }
            }
        }
    }
    (found.into_values().collect(), coverage)
}

/// Candidates whose last `length` bytes, the public key, stand at another place as well.
fn shown_elsewhere(gathered: &ec::Harvest, candidates: &[Text<'_>], length: usize) -> BTreeSet<usize> {
    let public = |candidate: &Text<'_>| candidate.value.len().saturating_sub(length);
    let mut lookup = Lookup::default();
    for (candidate, owner) in candidates.iter().zip(0..) {
        lookup.add(candidate.value.get(public(candidate)..).unwrap_or_default(), owner);
    }
    lookup.build();
    let mut out = BTreeSet::new();
    for (position, bytes) in gathered.stored_at() {
        lookup.sweep(bytes, |at, owner| {
            let Some(candidate) = usize::try_from(owner).ok().and_then(|owner| candidates.get(owner)) else {
                return;
            };
            let half = public(candidate);
            let (secret, shown) = candidate.value.split_at_checked(half).unwrap_or_default();
            // A second copy of the whole shows nothing.
            let is_copy = at.checked_sub(half).is_some_and(|start| bytes.get(start..at) == Some(secret));
            let own = position.is_some_and(|position| {
                position.saturating_add(at as u64) == candidate.position.saturating_add(half as u64)
            });
            if !is_copy && !own && bytes.get(at..).is_some_and(|rest| rest.starts_with(shown)) {
                out.extend(usize::try_from(owner));
            }
        });
    }
    out
}

/// Whether the root in a key is the one that follows from its seeds.
fn is_key(set: Set, key: &[u8]) -> bool {
    let parts: Vec<&[u8]> = key.chunks(set.n).collect();
    let [sk_seed, _, pk_seed, root] = parts.as_slice() else { return false };
    tree::root(set, sk_seed, pk_seed) == *root
}

/// The key in the OCTET STRING of a PrivateKeyInfo with this algorithm (RFC 9909, section 6).
pub(crate) fn private_key(oid: &[u8], octets: &[u8], detector: &str) -> Option<Material> {
    let set = Set::ALL.into_iter().find(|set| set.oid() == oid && 4 * set.n == octets.len())?;
    Some(material(set, octets, detector, Certainty::Structured))
}

/// A key of SLH-DSA-SHA2-128f: both secret parts, and the first half of `public` completed.
pub(crate) fn complete_128f(secret: &[u8], public: &[u8]) -> Vec<u8> {
    let [set, ..] = Set::ALL;
    let (sk_seed, pk_seed) =
        (secret.get(..set.n).unwrap_or_default(), public.get(..set.n).unwrap_or_default());
    [secret, pk_seed, &tree::root(set, sk_seed, pk_seed)].concat()
}

fn material(set: Set, key: &[u8], detector: &str, certainty: Certainty) -> Material {
    let (secret, public) = key.split_at(key.len() / 2);
    let (seed, prf) = secret.split_at(secret.len() / 2);
    let component = |name, role, value: &[u8]| Component::new(name, role, Notation::Bytes, value.to_vec());
    let mut public_ids = vec![PublicId { name: "algorithm", value: set.name.to_owned() }];
    public_ids.extend(public::other(&set.oid(), public));
    Material {
        kind: Kind::SlhDsaPrivateKey,
        bits: u32::try_from(8 * set.n).unwrap_or(0),
        certainty,
        detector: detector.to_owned(),
        components: vec![
            component("public", Role::Public, public),
            component("seed", Role::Secret, seed),
            component("prf", Role::Secret, prf),
        ],
        public_ids,
        publicly_known: None,
    }
}
