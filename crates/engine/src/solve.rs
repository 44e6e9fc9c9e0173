//! What the arithmetic of the first pass proves: RSA keys.

use crate::detect::{self, Detected};
use crate::ledger::Sighting;
use crate::progress::Progress;
use crate::view;
use coredact_dump::Image;
use coredact_keys::rsa::{Coverage, Place};
use coredact_record::CutOff;

/// What the search is called in reports.
const SEARCH: &str = "RSA keys without encoding";

/// What the search for RSA keys covered and found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Solved {
    /// Windows, candidates, and what exceeded a limit.
    pub coverage: Coverage,
    /// Keys proven.
    pub keys: u64,
}

/// Concludes the RSA harvest and moves the keys that it proves into the ledger.
pub fn solve(image: &Image, detected: &mut Detected, progress: &dyn Progress) -> Solved {
    progress.begin("solving", 0);
    let (found, coverage) = std::mem::take(&mut detected.harvest).conclude();
    progress.end();
    let keys = found.len() as u64;
    for one in found {
        let sightings: Vec<Sighting> = one.places.iter().flat_map(|place| sightings(image, place)).collect();
        detected.ledger.add(one.material, sightings);
    }
    Solved { coverage, keys }
}

/// Where in the file a component was met.
fn sightings(image: &Image, place: &Place) -> Vec<Sighting> {
    let Some((space, start)) = detect::locate(image, place.position) else { return Vec::new() };
    let Some(space) = image.spaces.get(space) else { return Vec::new() };
    view::file_ranges(space, start..start + place.length as u64)
        .map(|file| Sighting { file, component: place.component, form: place.form.to_owned() })
        .collect()
}

/// What the search left out because of its limits: if there is any, a key may have been missed, though every
/// byte was read.
#[must_use]
pub fn cut_off(coverage: &Coverage) -> Vec<CutOff> {
    let left_out = [
        (coverage.chunks_dropped, "random chunks", "memory for them"),
        (coverage.moduli_dropped, "public moduli", "number of them"),
        (coverage.numbers_dropped, "numbers", "memory for them"),
        (coverage.pairs_skipped, "pairs of prime candidates", "number of them"),
        (coverage.exponents_skipped, "exponents", "number of them"),
        (coverage.divisors_skipped, "divisors of known moduli", "number of them"),
    ];
    let some = left_out.into_iter().filter(|(count, ..)| *count > 0);
    some.map(|(left_out, what, limit)| CutOff {
        search: SEARCH.to_owned(),
        limit: limit.to_owned(),
        what: what.to_owned(),
        left_out,
    })
    .collect()
}

/// What the search leaves out by design, in sentences for the report.
#[must_use]
pub fn remarks(coverage: &Coverage) -> Vec<String> {
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
    let some = by_design.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("not looked at: {count} {what}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_what_is_left_out_by_design_are_told_apart() {
        let by_design = Coverage { far: 5, bulk_bytes_skipped: 9, ..Coverage::default() };
        assert!(cut_off(&by_design).is_empty());
        assert_eq!(remarks(&by_design).len(), 2);
        let limited = Coverage { pairs_skipped: 3, ..by_design };
        assert!(limited.is_cut_off() && remarks(&limited).len() == 2);
        let told: Vec<String> = cut_off(&limited).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["RSA keys without encoding: 3 pairs of prime candidates beyond the limit on the number of them"]
        );
    }
}
