//! Slices of Go (`[]byte`): address, length, capacity.
//!
//! A slice is named by a string right beside it in the same structure, or by the string under which a map keeps it. A
//! bucket of a map (`runtime.bmap`, to Go 1.23) has eight bytes of hashes, eight keys and eight values; a group of the
//! maps since has each value right behind its key.

use super::memory::{may_point, may_point_to_object};
use super::{Hint, Object, Text};

/// Words of a string and of a slice.
const STRING: isize = 2;
const SLICE: isize = 3;

/// Entries of a bucket of a map (`abi.MapBucketCount`), which come behind one word of hashes.
const ENTRIES: isize = 8;

/// `minTopHash` of `runtime/map.go`: lower values mark entries that are empty.
const TOP_HASH_MIN: u8 = 5;

/// Characters of a text that names a slice.
const TEXT: std::ops::RangeInclusive<u64> = 3..=64;

/// Most that the capacity is above the length: allocations are rounded to classes of sizes (`runtime/sizeclasses.go`),
/// and `append` doubles.
const CAPACITY_TIMES: u64 = 4;

/// The named slices whose length is the word at hand; `at` gives the words around it.
pub(super) fn slices(length: u64, at: impl Fn(isize) -> Option<u64>, out: &mut Vec<Hint>) {
    let Some((address, capacity)) = at(-1).zip(at(1)) else { return };
    if !may_point_to_object(address) || capacity < length || capacity > length * CAPACITY_TIMES {
        return;
    }
    let Ok(length) = usize::try_from(length) else { return };
    let texts = [string(&at, -1 - STRING), string(&at, SLICE - 1), key(&at)];
    let hint = |text| Hint { address, length, object: Object::GoSlice, text: Some(text) };
    out.extend(texts.into_iter().flatten().map(hint));
}

/// The string whose header stands `place` words from the length of the slice.
fn string(at: &impl Fn(isize) -> Option<u64>, place: isize) -> Option<Text> {
    let (address, length) = at(place).zip(at(place + 1))?;
    let fits = may_point(address) && TEXT.contains(&length);
    fits.then_some(Text { address, length: usize::try_from(length).ok()?, width: 1 })
}

/// The key of the map's entry whose value the slice is.
fn key(at: &impl Fn(isize) -> Option<u64>) -> Option<Text> {
    (0..ENTRIES).find_map(|entry| {
        let bucket = -1 - (1 + ENTRIES * STRING + entry * SLICE);
        let hashes = at(bucket)?.to_le_bytes();
        let is_full = |entry: isize| {
            usize::try_from(entry)
                .is_ok_and(|entry| hashes.get(entry).is_some_and(|hash| *hash >= TOP_HASH_MIN))
        };
        let place = |entry: isize| bucket + 1 + entry * STRING;
        let is_bucket = is_full(entry)
            && (0..ENTRIES).all(|other| {
                let fields = (at(place(other)), at(place(other) + 1));
                if is_full(other) { string(at, place(other)).is_some() } else { fields == (Some(0), Some(0)) }
            });
        if is_bucket { string(at, place(entry)) } else { None }
    })
}
