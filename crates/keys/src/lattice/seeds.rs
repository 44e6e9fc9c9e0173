//! Seeds: 32 bytes from which a whole key follows, proven by the public seed rho that follows
//! from them and stands elsewhere in the dump.

use super::material::{Key, Set};
use super::ring::Small;
use super::set::{Dsa, Kem};
use crate::ec::{self, Number};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A seed that was proven.
pub(super) struct Proven {
    /// What follows from it.
    pub(super) key: Key,
    /// Where it stood.
    pub(super) position: u64,
}

/// Every set.
fn sets() -> impl Iterator<Item = Set> {
    Kem::ALL.into_iter().map(Set::Kem).chain(Dsa::ALL.into_iter().map(Set::Dsa))
}

fn rho(set: Set, seed: &[u8; 32]) -> [u8; 32] {
    match set {
        Set::Kem(kem) => kem.rho(seed),
        Set::Dsa(dsa) => dsa.rho(seed),
    }
}

/// The seeds among `numbers` whose rho stands in the bytes that were gathered for the
/// elliptic curves, or in `more`.
pub(super) fn prove(gathered: &ec::Harvest, numbers: &[Number<'_>], more: &BTreeSet<Vec<u8>>) -> Vec<Proven> {
    let all: Vec<Set> = sets().collect();
    let rhos = |number: &Number<'_>| all.iter().map(|set| rho(*set, number.value)).collect::<Vec<_>>();
    let rhos: Vec<Vec<[u8; 32]>> = numbers.par_iter().map(rhos).collect();
    let mut lookup = ec::Lookup::default();
    for (index, rhos) in rhos.iter().enumerate() {
        for (rho, which) in rhos.iter().zip(0..) {
            let owner = u32::try_from(index * all.len()).unwrap_or(u32::MAX).saturating_add(which);
            lookup.add(rho, owner);
        }
    }
    lookup.build();
    let stored = gathered.stored();
    let sweep = |bytes: &[u8]| {
        let mut seen = Vec::new();
        lookup.sweep(bytes, |at, owner| {
            let owner = usize::try_from(owner).unwrap_or(usize::MAX);
            let (index, which) = (owner / all.len(), owner % all.len());
            let rho = rhos.get(index).and_then(|rhos| rhos.get(which));
            if rho.is_some_and(|rho| bytes.get(at..).is_some_and(|rest| rest.starts_with(rho))) {
                seen.push((index, which));
            }
        });
        seen
    };
    let mut seen: BTreeSet<(usize, usize)> = stored.par_iter().flat_map_iter(|bytes| sweep(bytes)).collect();
    seen.extend(more.iter().flat_map(|bytes| sweep(bytes)));
    let proven = seen.into_iter().filter_map(|(index, which)| {
        let (number, set) = (numbers.get(index)?, all.get(which)?);
        let key = Key::from_seed(*set, number.value, number.beside)?;
        Some((key.public.clone(), Proven { key, position: number.position }))
    });
    proven.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// The seeds of ML-KEM among `numbers` that give the first polynomial of a vector in `wanted`.
pub(super) fn prove_by_vectors(numbers: &[Number<'_>], wanted: &BTreeSet<&[i8]>) -> Vec<Proven> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let try_all = |number: &Number<'_>| {
        let kem = Kem::ALL.into_iter().find(|kem| {
            let first: Small = kem.first_polynomial(number.value);
            wanted.contains(&first[..])
        })?;
        let key = Key::from_seed(Set::Kem(kem), number.value, number.beside)?;
        Some(Proven { key, position: number.position })
    };
    numbers.par_iter().filter_map(try_all).collect()
}
