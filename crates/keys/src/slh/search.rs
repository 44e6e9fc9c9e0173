//! Bare keys among random bytes: those whose public key stands elsewhere too.
//!
//! A root costs thousands of hashes, so only strings of the right length are tried whose second half, the public key,
//! is met at a place of its own: as libraries hold it, beside the key, in a certificate or in a key set.

use super::key::{is_key, material};
use super::set::Set;
use crate::ec::{self, Place, Text};
use crate::lattice::Found;
use crate::material::Certainty;
use curve25519_dalek::edwards::EdwardsPoint;
use sha2::{Digest as _, Sha512};
use std::collections::{BTreeMap, BTreeSet};

/// Hashes that the search may compute in memory: a second or two of one processor.
const WORK_MAX: u64 = 4 << 20;

/// The same in a file that is no dump, for each 8 bytes of it and in any case: documents and programs are full of digests of 16
/// bytes, and a folder or an archive has thousands of small ones. The roots of the quick sets cost 4,500 and more.
const WORK_IN_FILES_MIN: u64 = 1 << 16;

/// Bytes by which a string may be taken to begin too early or too late.
const SHIFT_MAX: u64 = 8;

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Roots that were computed.
    pub candidates: u64,
    /// Roots that the bound on the work left out.
    pub skipped: u64,
}

/// Where strings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Memory of a process.
    Memory,
    /// A file of so many bytes.
    File(u64),
}

impl Origin {
    /// Hashes that the search may compute.
    fn work(self) -> u64 {
        match self {
            Self::Memory => WORK_MAX,
            Self::File(bytes) => WORK_MAX.min(WORK_IN_FILES_MIN + bytes / 8),
        }
    }
}

/// Proves what can be proven among the random bytes that were gathered for elliptic curves.
#[must_use]
pub fn conclude(gathered: &ec::Harvest, origin: Origin) -> (Vec<Found>, Coverage) {
    let by_length = [16, 24, 32].map(|n| (n, shown(gathered, 4 * n)));
    let by_length: BTreeMap<usize, Vec<Text<'_>>> = by_length.into_iter().collect();
    let mut coverage = Coverage::default();
    let mut found = BTreeMap::new();
    let mut left = origin.work();
    for set in Set::ALL {
        for candidate in by_length.get(&set.n).into_iter().flatten() {
            if found.keys().any(|at: &u64| at.abs_diff(candidate.position) <= SHIFT_MAX) {
                continue;
            }
            let Some(rest) = left.checked_sub(set.cost()) else {
                coverage.skipped += 1;
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
                found.insert(candidate.position, Found { material, places: vec![place] });
            }
        }
    }
    (found.into_values().collect(), coverage)
}

/// Strings of `length` bytes whose second half stands alone at another place as well, each once.
fn shown(gathered: &ec::Harvest, length: usize) -> Vec<Text<'_>> {
    let mut seen = BTreeSet::new();
    let mut candidates = gathered.standing(length, false);
    let signing = candidates.iter().filter(|one| is_ed25519(one.value)).map(|one| one.position);
    let signing: BTreeSet<u64> = signing.collect();
    // Strings that begin a little later are as good as the same.
    let is_one =
        |at: u64| signing.range(at.saturating_sub(SHIFT_MAX)..=at.saturating_add(SHIFT_MAX)).next().is_some();
    candidates.retain(|one| seen.insert(one.value) && !is_one(one.position));
    let half = length / 2;
    let public: BTreeSet<&[u8]> = gathered.standing(half, false).into_iter().map(|one| one.value).collect();
    candidates.retain(|one| one.value.get(half..).is_some_and(|half| public.contains(half)));
    candidates
}

/// Whether bytes are a seed of Ed25519 and its public key (RFC 8032, section 5.1.5), which are as long as a key with
/// n = 16 and stand in the same way.
fn is_ed25519(value: &[u8]) -> bool {
    let Some((seed, public)) = value.split_at_checked(32).filter(|(_, public)| public.len() == 32) else {
        return false;
    };
    let hash = Sha512::digest(seed);
    let Some(low) = hash.first_chunk::<32>() else { return false };
    EdwardsPoint::mul_base_clamped(*low).compress().as_bytes() == public
}
