//! Searches that only arithmetic concludes: lattices, finite fields, derived secrets.

use super::check_hits;
use coredact_keys::material::Material;
use coredact_keys::{derived, dlog, ec, lattice};
use std::ops::Range;

/// Longest window that the oracles look at: the searches are meant to cost more for more randomness.
const WINDOW: usize = 20 << 10;

/// The same of finite fields, where each number costs a power.
const WINDOW_POWERS: usize = 4 << 10;

/// Position of the window's first byte.
const POSITION: u64 = 64;

/// The ranges that look random, and all of a window as if it did.
fn runs_of(window: &[u8]) -> [Vec<Range<usize>>; 2] {
    let mut looks_random = Vec::new();
    coredact_sweep::random::runs(window, &mut looks_random);
    [looks_random, std::iter::once(0..window.len()).collect()]
}

/// Random bytes of a window as the other searches share them.
fn gathered(window: &[u8], runs: &[Range<usize>]) -> ec::Harvest {
    let mut harvest = ec::Harvest::default();
    harvest.collect(window, POSITION, runs);
    harvest
}

/// A finding has values, and stands in the window.
fn check(window: &[u8], material: &Material, places: impl IntoIterator<Item = (u64, usize)>) {
    assert!(!material.detector.is_empty() && !material.components.is_empty());
    for component in &material.components {
        assert!(!component.value.is_empty(), "{} of {} is empty", component.name, material.detector);
    }
    for (position, length) in places {
        let start = position.checked_sub(POSITION).and_then(|start| usize::try_from(start).ok());
        let end = start.and_then(|start| start.checked_add(length));
        assert!(end.is_some_and(|end| end <= window.len()), "{length} bytes at {position} leave the window");
    }
}

/// Looks for keys of ML-KEM and ML-DSA, and parts of them.
///
/// # Panics
/// If a promise is broken.
pub fn lattice(window: &[u8]) {
    let window = &window[..window.len().min(WINDOW)];
    for runs in runs_of(window) {
        let mut harvest = lattice::Harvest::default();
        harvest.collect(window, POSITION, window.len(), &runs);
        let (found, _) = harvest.conclude(&gathered(window, &runs));
        for one in found {
            check(window, &one.material, one.places.iter().map(|place| (place.position, place.length)));
        }
    }
}

/// Looks for private numbers of finite fields.
///
/// # Panics
/// If a promise is broken.
pub fn dlog_collect(window: &[u8]) {
    let window = &window[..window.len().min(WINDOW_POWERS)];
    for runs in runs_of(window) {
        let mut harvest = dlog::Harvest::default();
        harvest.collect(window, &runs);
        let (found, _) = harvest.conclude(&gathered(window, &runs));
        for one in found {
            check(window, &one.material, one.places.iter().map(|place| (place.position, place.length)));
        }
    }
}

/// Looks for secrets by what is derived from them: protocols, padded blocks, shielded keys of OpenSSH. The first bytes are
/// given as a key that was proven already.
///
/// # Panics
/// If a promise is broken.
pub fn derived_secrets(window: &[u8]) {
    let window = &window[..window.len().min(WINDOW)];
    let known: Vec<Vec<u8>> = window.get(..32).into_iter().map(<[u8]>::to_vec).collect();
    for runs in runs_of(window) {
        let mut hits = Vec::new();
        derived::scan_pads(window, &runs, derived::Memory { bytes: window, start: 0, width: 1 }, &mut hits);
        check_hits(window, &hits);
        let mut prekeys = derived::Prekeys::default();
        prekeys.collect(window, POSITION, &runs);
        let gathered = gathered(window, &runs);
        let stretches: Vec<ec::Stretch<'_>> = gathered.stretches().collect();
        let (found, _) = derived::conclude(&stretches, &known, &prekeys);
        for one in found {
            check(window, &one.material, one.places.iter().map(|place| (place.position, place.length)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Random bytes between zeros and small numbers, as memory has them.
    fn memory(most: usize) -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..256),
            (0_usize..64).prop_map(|length| vec![0; length]),
            proptest::collection::vec(0_u8..4, 0..128),
        ];
        proptest::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_prove_only_lattice_keys_that_stand_there(window in memory(16)) {
            lattice(&window);
        }

        #[test]
        fn any_bytes_prove_only_exponents_that_stand_there(window in memory(4)) {
            dlog_collect(&window);
        }

        #[test]
        fn any_bytes_prove_only_derived_secrets_that_stand_there(window in memory(8)) {
            derived_secrets(&window);
        }
    }
}
