//! What the arithmetic of the first pass proves: keys of RSA, elliptic curves, lattices, hash trees and discrete
//! logarithms, and secrets by what is derived from them.

use crate::detect::{self, Detected};
use crate::ledger::Sighting;
use crate::locks::Tried;
use crate::progress::Progress;
use crate::view;
use coredact_dump::{Image, RAW};
use coredact_keys::{Kind, Material, derived, dlog, ec, lattice, rsa, slh};
use coredact_record::CutOff;
use std::ops::Range;

/// What the searches are called in reports.
const RSA: &str = "RSA keys without encoding";
/// See [`RSA`].
const EC: &str = "elliptic-curve keys without encoding";
/// See [`RSA`].
const LATTICE: &str = "ML-KEM and ML-DSA keys without encoding";

/// See [`RSA`].
const DLOG: &str = "DSA and Diffie-Hellman keys without encoding";

/// See [`RSA`].
const OBJECTS: &str = "keys that objects point to";
/// See [`RSA`].
const DERIVED: &str = "secrets by derivation";
/// See [`RSA`].
const SYMMETRIC: &str = "keys by their schedules";

/// What the searches for keys without encoding covered and found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Solved {
    /// RSA: windows, candidates, and what exceeded a limit.
    pub rsa: rsa::Coverage,
    /// RSA keys proven.
    pub rsa_keys: u64,
    /// Elliptic curves: the same.
    pub ec: ec::Coverage,
    /// Elliptic-curve keys proven.
    pub ec_keys: u64,
    /// Derived secrets: the same.
    pub derived: derived::Coverage,
    /// Secrets proven by derivation.
    pub secrets: u64,
    /// Possible Kerberos keys that were not tried.
    pub kerberos_skipped: u64,
    /// Possible key schedules that were not put to the proof.
    pub schedules_skipped: u64,
    /// Keys tried on signed tokens, and passphrases on encrypted keys.
    pub tried: Tried,
    /// Objects that point to keys and were not followed.
    pub hints_skipped: u64,
    /// ML-KEM and ML-DSA: the same.
    pub lattice: lattice::Coverage,
    /// Keys of them, and parts of keys, proven.
    pub lattice_keys: u64,
    /// SLH-DSA: the same.
    pub slh: slh::Coverage,
    /// SLH-DSA keys proven.
    pub slh_keys: u64,
    /// DSA and Diffie-Hellman: the same.
    pub dlog: dlog::Coverage,
    /// DSA and Diffie-Hellman keys proven.
    pub dlog_keys: u64,
}

/// Concludes the harvests and moves the keys that they prove into the ledger.
pub fn solve(image: &Image, detected: &mut Detected, progress: &dyn Progress) -> Solved {
    progress.begin("solving", 0);
    let harvest = std::mem::take(&mut detected.harvest);
    let known = traffic_keys(detected);
    let stretches: Vec<ec::Stretch<'_>> = harvest.ec.stretches().collect();
    let (secrets, derived) = derived::conclude(&stretches, &known, &harvest.prekeys);
    let is_random = !stretches.is_empty();
    drop(stretches);
    let (found, rsa) = harvest.rsa.conclude();
    let (lattices, lattice) = harvest.lattice.conclude(&harvest.ec);
    let (trees, slh) = slh::conclude(&harvest.ec, origin(image));
    let (powers, dlog) = harvest.dlog.conclude(&harvest.ec);
    // Without random bytes there is no private key, and the tables of the curves are not worth their making.
    let (curves, ec) = if is_random { harvest.ec.conclude() } else { Default::default() };
    progress.end();
    let solved = Solved {
        rsa,
        rsa_keys: found.len() as u64,
        ec,
        ec_keys: curves.len() as u64,
        derived,
        secrets: secrets.len() as u64,
        kerberos_skipped: detected.counts.kerberos_skipped,
        schedules_skipped: detected.counts.symmetric_skipped,
        tried: Tried::default(),
        hints_skipped: 0,
        lattice,
        lattice_keys: lattices.len() as u64,
        slh,
        slh_keys: trees.len() as u64,
        dlog,
        dlog_keys: powers.len() as u64,
    };
    for one in found {
        let seen = one.places.iter().flat_map(|place| {
            let range = place.position..place.position + place.length as u64;
            sightings(image, range, place.component, place.form)
        });
        detected.ledger.add(one.material, seen.collect::<Vec<_>>());
    }
    let curves = curves.into_iter().map(|one| (one.material, one.places));
    let secrets = secrets.into_iter().map(|one| (detect::enrich(one.material), one.places));
    let others = lattices.into_iter().chain(trees).chain(powers).map(|one| (one.material, one.places));
    for (material, places) in curves.chain(secrets).chain(others) {
        let seen = places.iter().flat_map(|place| {
            let range = place.position..place.position + place.length as u64;
            sightings(image, range, place.component, place.form)
        });
        detected.ledger.add(material, seen.collect::<Vec<_>>());
    }
    solved
}

/// The symmetric keys that were proven so far: what a secret may have been expanded to.
fn traffic_keys(detected: &Detected) -> Vec<Vec<u8>> {
    let is_symmetric = |material: &&Material| matches!(material.kind, Kind::AesKey | Kind::SymmetricKey);
    let materials = detected.ledger.entries().iter().map(|entry| &entry.material).filter(is_symmetric);
    let components = materials.flat_map(|material| &material.components);
    components.filter(|one| one.name == "key").map(|one| one.value.bytes().to_vec()).collect()
}

/// Where in the file a component was met.
fn sightings(image: &Image, range: Range<u64>, component: &'static str, form: &str) -> Vec<Sighting> {
    let Some((space, start)) = detect::locate(image, range.start) else { return Vec::new() };
    let Some(space) = image.spaces.get(space) else { return Vec::new() };
    view::file_ranges(space, start..start + (range.end - range.start))
        .map(|file| Sighting { file, component, form: form.to_owned() })
        .collect()
}

/// What the searches left out because of their limits: if there is any, a key may have been missed, though
/// every byte was read.
#[must_use]
pub fn cut_off(solved: &Solved) -> Vec<CutOff> {
    let (rsa, ec, derived, lattice) = (&solved.rsa, &solved.ec, &solved.derived, &solved.lattice);
    let left_out = [
        (RSA, rsa.chunks_dropped, "random chunks", "memory for them"),
        (RSA, rsa.moduli_dropped, "public moduli", "number of them"),
        (RSA, rsa.numbers_dropped, "numbers", "memory for them"),
        (RSA, rsa.pairs_skipped, "pairs of prime candidates", "number of them"),
        (RSA, rsa.exponents_skipped, "exponents", "number of them"),
        (RSA, rsa.divisors_skipped, "divisors of known moduli", "number of them"),
        (EC, ec.chunks_dropped, "random stretches", "memory for them"),
        (EC, ec.public_dropped, "public keys", "number of them"),
        (EC, ec.points_skipped, "possible coordinates of public keys", "number of them"),
        (EC, ec.skipped, "possible private keys", "number of them"),
        (EC, ec.inside_skipped, "possible private keys amid other randomness", "number of them"),
        (DERIVED, derived.candidates_skipped, "possible secrets", "number of them"),
        (DERIVED, derived.neighbourhoods_skipped, "surroundings of secrets", "number of them"),
        (DERIVED, derived.prekeys_dropped, "prekeys of shielded keys", "number of them"),
        (DERIVED, solved.kerberos_skipped, "possible Kerberos keys", "number of them"),
        (SYMMETRIC, solved.schedules_skipped, "possible schedules of CAST-128", "number of them"),
        (OBJECTS, solved.hints_skipped, "objects", "number of them"),
        (DLOG, solved.dlog.numbers_skipped, "numbers and groups", "number of them"),
        (DLOG, solved.dlog.skipped, "possible private keys", "work on them"),
        (LATTICE, lattice.pieces_dropped, "pieces of keys", "memory for them"),
        (LATTICE, lattice.proofs_skipped, "possible signing keys", "number of them"),
        (LATTICE, lattice.seeds_skipped, "possible seeds", "number of them"),
        (LATTICE, lattice.rhos_dropped, "public seeds", "memory for them"),
    ];
    let some = left_out.into_iter().filter(|(_, count, ..)| *count > 0);
    some.map(|(search, left_out, what, limit)| CutOff {
        search: search.to_owned(),
        limit: limit.to_owned(),
        what: what.to_owned(),
        left_out,
    })
    .collect()
}

/// The same of what the format left out: pages that follow each other in an address space only.
#[must_use]
pub fn joints_left(image: &Image) -> Option<CutOff> {
    (image.joints_left > 0).then(|| CutOff {
        search: "memory in virtual order".to_owned(),
        limit: "memory for them".to_owned(),
        what: "joints of pages that lie apart".to_owned(),
        left_out: image.joints_left,
    })
}

/// What the search leaves out by design, in sentences for the report.
#[must_use]
pub fn remarks(coverage: &rsa::Coverage) -> Vec<String> {
    let by_design = [
        (
            coverage.bulk_bytes_skipped,
            "bytes inside bulk random data, too far from an edge for a key that stands alone",
        ),
        (
            coverage.far,
            "relations that no key is likely to show: of numbers far from each other inside random data",
        ),
        (coverage.lone_words_dropped, "words followed by a zero, too many to compare all with the moduli"),
    ];
    sentences(&by_design)
}

/// The same for the search for elliptic-curve keys.
#[must_use]
pub fn remarks_ec(coverage: &ec::Coverage) -> Vec<String> {
    sentences(&[
        (coverage.bulk_bytes_skipped, "bytes inside bulk random data, too far from an end for a key"),
        (coverage.far, "pairs of numbers too far from each other for coordinates of one point"),
    ])
}

/// The same for the search for DSA and Diffie-Hellman keys.
#[must_use]
pub fn remarks_dlog(coverage: &dlog::Coverage) -> Vec<String> {
    sentences(&[(coverage.far, "possible private keys of lengths or in groups that no standard names")])
}

/// The same for the search for derived secrets.
#[must_use]
pub fn remarks_derived(coverage: &derived::Coverage, tried: &Tried) -> Vec<String> {
    sentences(&[
        (
            tried.phrases_skipped,
            "possible passphrases of encrypted keys, too many for the work that each costs",
        ),
        (coverage.inside_skipped, "possible secrets amid other randomness"),
        (coverage.pairs_skipped, "pairs of a possible master secret and randoms far from it"),
        (coverage.without_key_skipped, "possible secrets, too many where no symmetric key is proven"),
    ])
}

/// A file without headers may be memory, but there are many more that are not.
fn origin(image: &Image) -> slh::Origin {
    if image.format == RAW { slh::Origin::File(image.file_length) } else { slh::Origin::Memory }
}

/// The same for the search for SLH-DSA keys.
#[must_use]
pub fn remarks_slh(coverage: &slh::Coverage) -> Vec<String> {
    sentences(&[(
        coverage.skipped,
        "roots of strings as long as an SLH-DSA key whose second half stands elsewhere, too many for the work that each costs",
    )])
}

fn sentences(left_out: &[(u64, &str)]) -> Vec<String> {
    let some = left_out.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("not looked at: {count} {what}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_what_is_left_out_by_design_are_told_apart() {
        let by_design = rsa::Coverage { far: 5, bulk_bytes_skipped: 9, ..rsa::Coverage::default() };
        assert!(cut_off(&Solved { rsa: by_design, ..Solved::default() }).is_empty());
        assert_eq!(remarks(&by_design).len(), 2);
        let limited = rsa::Coverage { pairs_skipped: 3, ..by_design };
        assert!(limited.is_cut_off() && remarks(&limited).len() == 2);
        let curves = ec::Coverage { skipped: 7, far: 5, ..ec::Coverage::default() };
        assert!(curves.is_cut_off() && remarks_ec(&curves).len() == 1);
        let objects = cut_off(&Solved { hints_skipped: 2, ..Solved::default() });
        assert_eq!(objects.len(), 1, "{objects:?}");
        let solved = Solved { rsa: limited, ec: curves, ..Solved::default() };
        let told: Vec<String> = cut_off(&solved).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "RSA keys without encoding: 3 pairs of prime candidates beyond the limit on the number of them",
                "elliptic-curve keys without encoding: 7 possible private keys beyond the limit on the number of them"
            ]
        );
    }
}
