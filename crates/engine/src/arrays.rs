//! Scalars in arrays of signed digits: those that hold a multiple of the order besides are met by no pattern.

use crate::close::Pass;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting};
use crate::view;
use coredact_keys::ec::Arrays;
use rayon::prelude::*;
use std::ops::Range;

/// Looks for arrays of the scalars of the ledger, and adds what is found to their entries. No pass is made for none.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn find(pass: &Pass<'_>, ledger: &mut Ledger) -> Result<(), Error> {
    let private =
        ledger.entries().iter().enumerate().filter(|(_, one)| one.material.publicly_known.is_none());
    let arrays = Arrays::of(private.map(|(index, entry)| (index, &entry.material)));
    if arrays.is_empty() {
        return Ok(());
    }
    let windows = view::windows(pass.image);
    pass.progress.begin(pass.stage, windows.iter().map(|window| window.own).sum());
    let per_window = windows.par_iter().map_init(Vec::new, |buffer, window| {
        pass.progress.advance(window.own);
        let Some(space) = pass.image.spaces.get(window.space) else { return Ok(Vec::new()) };
        if view::is_zero(pass.source, space, *window) {
            return Ok(Vec::new());
        }
        view::read(pass.source, space, *window, buffer).map_err(Error::read)?;
        let mut seen: Vec<(usize, Range<u64>)> = Vec::new();
        arrays.find(buffer, |range, entry| {
            if (range.start as u64) < window.own {
                let range = window.start + range.start as u64..window.start + range.end as u64;
                seen.extend(view::file_ranges(space, range).map(|file| (entry, file)));
            }
        });
        Ok(seen)
    });
    let seen: Vec<Vec<(usize, Range<u64>)>> = per_window.collect::<Result<_, Error>>()?;
    pass.progress.end();
    for (entry, file) in seen.into_iter().flatten() {
        if let Some(entry) = ledger.entries_mut().get_mut(entry) {
            let form = "signed digits".to_owned();
            entry.sightings.push(Sighting { file, component: "signed_digits", form });
        }
    }
    Ok(())
}
