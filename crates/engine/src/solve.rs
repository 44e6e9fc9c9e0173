//! What the arithmetic of the first pass proves: RSA keys.

use crate::detect::{self, Detected};
use crate::ledger::Sighting;
use crate::progress::Progress;
use crate::view;
use coredact_dump::Image;
use coredact_keys::rsa::{Coverage, Place};

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

/// What the search left out because of its limits, in sentences for the report: if there
/// are any, a key may have been missed.
#[must_use]
pub fn cut_off(coverage: &Coverage) -> Vec<String> {
    let left_out = [
        (coverage.chunks_dropped, "random chunks beyond the memory limit"),
        (coverage.moduli_dropped, "public moduli beyond the limit"),
        (coverage.numbers_dropped, "numbers beyond the memory limit"),
        (coverage.pairs_skipped, "pairs of prime candidates beyond the limit"),
        (coverage.exponents_skipped, "exponents beyond the limit"),
        (coverage.divisors_skipped, "divisors of known moduli beyond the limit"),
    ];
    sentences(&left_out)
}

/// The same with what the search leaves out by design.
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
    ];
    let mut remarks = sentences(&by_design);
    remarks.append(&mut cut_off(coverage));
    remarks
}

fn sentences(left_out: &[(u64, &str)]) -> Vec<String> {
    let some = left_out.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("not looked at: {count} {what}")).collect()
}
