//! RSA by arithmetic.

use coredact_keys::material::{Component, Material};
use coredact_keys::rsa::Harvest;
use num_bigint::BigUint;

/// Longest window that the oracle looks at: the search is meant to cost more for more randomness.
const WINDOW: usize = 4096;

/// Collects a window as if all of it looked random, and what looks random: what is found is an RSA key.
///
/// # Panics
/// If a promise is broken.
pub fn rsa_collect(window: &[u8]) {
    let window = &window[..window.len().min(WINDOW)];
    let mut looks_random = Vec::new();
    coredact_sweep::random::runs(window, &mut looks_random);
    let everything = std::iter::once(0..window.len()).collect();
    for runs in [looks_random, everything] {
        let mut harvest = Harvest::new();
        harvest.collect(window, 8, &runs);
        if let Some((modulus, exponent)) = window.split_at_checked(128) {
            harvest.add_modulus(modulus, exponent.get(..3));
        }
        let (found, coverage) = harvest.conclude();
        assert_eq!(coverage.runs, runs.len() as u64);
        for found in found {
            check(&found.material);
            for place in &found.places {
                let start = place.position.checked_sub(8).and_then(|start| usize::try_from(start).ok());
                let end = start.and_then(|start| start.checked_add(place.length));
                assert!(end.is_some_and(|end| end <= window.len()), "{place:?} leaves the window");
            }
        }
    }
}

/// p q = n, where the material has all three.
fn check(material: &Material) {
    let number = |name: &str| {
        let mut components = material.components.iter();
        let component: Option<&Component> = components.find(|component| component.name == name);
        component.map(|component| BigUint::from_bytes_be(component.value.bytes()))
    };
    if let (Some(n), Some(p), Some(q)) = (number("n"), number("p"), number("q")) {
        let one = BigUint::from(1_u8);
        assert!(&n % &p == BigUint::ZERO && &n % &q == BigUint::ZERO && p > one && q > one);
    }
}
