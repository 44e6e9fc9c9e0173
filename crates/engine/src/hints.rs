//! Bytes that an object in memory names as a key: read where it points to, and added to what is known.

use crate::error::Error;
use crate::ledger::{Ledger, Sighting, is_proven};
use crate::view;
use coredact_dump::{Image, ReadAt, Space};
use coredact_keys::objects::{self, Hint};
use std::collections::BTreeSet;

/// Hints that are followed for one dump, those at the lowest addresses first. A server with ten thousand connections
/// has a hundred thousand private numbers.
pub const HINTS_MAX: usize = 1 << 20;

/// Adds what the objects point to. Values that are known already stay what they are, but for mere suspicions. Returns
/// how many hints the limit left out.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn follow(
    source: &dyn ReadAt,
    image: &Image,
    hints: &BTreeSet<Hint>,
    ledger: &mut Ledger,
) -> Result<u64, Error> {
    let known: BTreeSet<[u8; 32]> = ledger
        .entries()
        .iter()
        .filter(|entry| is_proven(entry.material.certainty))
        .flat_map(|entry| &entry.material.components)
        .map(|one| digest(one.value.bytes()))
        .collect();
    for hint in hints.iter().take(HINTS_MAX) {
        let Some((space, start)) = place(image, hint) else { continue };
        let range = start..start + hint.length as u64;
        let bytes = view::bytes(source, space, range.clone()).map_err(Error::read)?;
        let Some(material) = objects::material(hint.object, &bytes) else { continue };
        if material.components.iter().any(|one| known.contains(&digest(one.value.bytes()))) {
            continue;
        }
        let component = material.components.first().map_or("key", |one| one.name);
        let seen = view::file_ranges(space, range).map(|file| Sighting {
            file,
            component,
            form: "pointed to".to_owned(),
        });
        ledger.add(material, seen.collect::<Vec<_>>());
    }
    Ok(hints.len().saturating_sub(HINTS_MAX) as u64)
}

/// The space of memory that holds all of what is pointed to, and where in it.
fn place<'a>(image: &'a Image, hint: &Hint) -> Option<(&'a Space, u64)> {
    let end = hint.address.checked_add(hint.length as u64)?;
    image.spaces.iter().find_map(|space| {
        let first = space.address?;
        let holds = first <= hint.address && end <= first.checked_add(space.length)?;
        holds.then(|| (space, hint.address - first))
    })
}

fn digest(value: &[u8]) -> [u8; 32] {
    *blake3::hash(value).as_bytes()
}
