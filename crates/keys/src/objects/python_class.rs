//! Attributes of objects of classes in CPython, from 3.11 on: a row of values, whose names the class keeps.
//!
//! | version | where the row is |
//! |---|---|
//! | 3.11 | apart; its address stands four words before the object |
//! | 3.12 | apart; its address less one stands three words before the object |
//! | 3.13 | behind the object's count and type, after a word of four counts |
//!
//! The row begins behind bytes that count its values and say in what order they came (`PyDictValues` of
//! `Include/internal/pycore_dict.h`). Names are in the keys that instances share (`ht_cached_keys` of the type).

use super::memory::{Memory, may_point_to_object, whole, word};
use super::python::{hint, text, type_name};
use super::scan::{Array, Runtime};
use super::{Hint, Object};

/// Attributes of a class that are looked at.
const ATTRIBUTES: u8 = 24;

/// Most values of a row (`SHARED_KEYS_MAX_SIZE`).
const VALUES_MAX: u64 = 30;

/// Longest prefix of a row in bytes: two counts and an order.
const PREFIX_MAX: u64 = 40;

/// Bytes before an object where the address of its row stands, and the difference to it.
const BEFORE: u64 = 32;
const BEFORE_TAGGED: u64 = 24;

/// Bytes of a type in which the address of the shared keys stands: behind the tables of slots (`PyHeapTypeObject`).
const CACHED_KEYS: std::ops::Range<u64> = 0x340..0x3b0;

/// `DICT_KEYS_SPLIT`.
const SPLIT: u8 = 2;

/// Bytes of `PyDictKeysObject` before its indices.
const KEYS_HEADER: usize = 32;

/// Largest power of two of the indices' bytes: 32 entries in one byte each, or a few more.
const INDEX_POWER_MAX: u8 = 7;

/// The hint, if the reference at `at` is an attribute in a row inside its object.
pub(super) fn inside(at: u64, array: &Array, memory: &dyn Memory) -> Option<Hint> {
    (0..ATTRIBUTES).find_map(|index| {
        let row = at.checked_sub(8 * u64::from(index))?;
        let counts = word(memory, row.checked_sub(8)?)?;
        let [capacity, size, embedded, valid, ..] = counts.to_le_bytes();
        let is_row = embedded == 1 && valid == 1 && size <= capacity && index < capacity;
        let fits = is_row && u64::from(capacity) <= VALUES_MAX;
        fits.then(|| attribute(row.checked_sub(24)?, index, array, memory)).flatten()
    })
}

/// The rows that the reference at `at` may stand in, to be looked for in their turn.
pub(super) fn rows(at: u64, array: &Array, memory: &dyn Memory, out: &mut Vec<Array>) {
    for index in 0..ATTRIBUTES {
        let Some(row) = at.checked_sub(8 * u64::from(index)) else { return };
        let Some(prefix) = row.checked_sub(8).and_then(|at| word(memory, at)) else { return };
        let (bytes, used) = (prefix >> 56, prefix >> 48 & 0xff);
        let is_row = bytes.is_multiple_of(8) && (8..=PREFIX_MAX).contains(&bytes);
        if is_row && (1..=VALUES_MAX).contains(&used) && u64::from(index) < bytes {
            for object in [row, row - 1] {
                out.push(Array { object, runtime: Runtime::PythonRow(index), ..*array });
            }
        }
    }
}

/// The hint, if the word at `at`, which is the address of a row, belongs to an object.
pub(super) fn apart(at: u64, index: u8, array: &Array, memory: &dyn Memory) -> Option<Hint> {
    let before = if array.object.is_multiple_of(8) { BEFORE } else { BEFORE_TAGGED };
    attribute(at.checked_add(before)?, index, array, memory)
}

/// What the name of an object's attribute says of its value; a plain `key` says what the type does.
fn attribute(object: u64, index: u8, array: &Array, memory: &dyn Memory) -> Option<Hint> {
    let kind = word(memory, object.checked_add(8)?).filter(|kind| may_point_to_object(*kind))?;
    let tables = memory.read(kind.checked_add(CACHED_KEYS.start)?, length(&CACHED_KEYS)?)?;
    let (words, _) = tables.as_chunks::<8>();
    let keys = words.iter().map(|word| u64::from_le_bytes(*word)).filter(|word| may_point_to_object(*word));
    let name = keys.into_iter().find_map(|keys| shared_name(keys, index, memory))?;
    let name = text(name, memory)?;
    let characters = memory.read(name.address, name.length)?;
    if characters.strip_prefix(b"_").unwrap_or(&characters) == b"key" {
        return Some(hint(array, Object::PythonObject, type_name(object, memory)?));
    }
    Some(hint(array, Object::PythonEntry, name))
}

fn length(range: &std::ops::Range<u64>) -> Option<usize> {
    usize::try_from(range.end - range.start).ok()
}

/// The address of the name of an attribute, if these are keys that instances share.
fn shared_name(keys: u64, index: u8, memory: &dyn Memory) -> Option<u64> {
    let header = memory.read(keys, KEYS_HEADER)?;
    let [size_power, index_power, kind] = *header.get(8..11)? else { return None };
    let entries = whole(&header, 24)?;
    let is_shared = kind == SPLIT && index_power <= INDEX_POWER_MAX && size_power <= index_power;
    if !is_shared || u64::from(index) >= entries || entries > VALUES_MAX {
        return None;
    }
    let first = keys.checked_add(KEYS_HEADER as u64 + (1 << index_power))?;
    word(memory, first.checked_add(16 * u64::from(index))?)
}
