//! Objects of CPython (`Include/cpython` of its source): a count of references, a type, the fields.
//!
//! | holder | layout |
//! |---|---|
//! | entry of a dictionary | hash, key, value; without the hash where all keys are text (from 3.11) |
//! | object of an extension type | fields behind count and type; `tp_name` is the fourth word of the type |
//! | object of a class | [`python_class`] |

use super::memory::{Memory, may_point, may_point_to_object, whole, word};
use super::scan::{Array, KEY_BYTES, Runtime};
use super::{Hint, Object, Text, python_class};
use crate::symmetric::looks_random;
use std::ops::RangeInclusive;

/// Where the bytes of a `bytes` object begin: behind count, type, size and hash.
const BYTES_AT: usize = 32;

/// Where its size stands.
const SIZE_AT: usize = 16;

/// Where the characters of text in ASCII begin: from 3.12, and before (`PyASCIIObject`).
const TEXT_AT: [usize; 2] = [40, 48];

/// Characters of a name.
const NAME: RangeInclusive<usize> = 3..=64;

/// Characters of the text before a name: the path of a file may be long.
const STRING: RangeInclusive<usize> = 1..=1024;

/// Where the address of `tp_name` stands in a type (`PyTypeObject`).
const TYPE_NAME_AT: u64 = 24;

/// Bytes in which the name of a type with its module ends: fewer at the end of a segment.
const TYPE_NAME_BYTES: [usize; 3] = [160, 80, 40];

/// Fields of an object before the key.
const FIELDS: RangeInclusive<u64> = 2..=6;

/// Most references that an object has; objects that live for ever have more (from 3.12).
const REFERENCES_MAX: u64 = 1 << 40;

/// The `bytes` object of random bytes whose size stands at `at`, at the address `here`.
pub(super) fn array(bytes: &[u8], at: usize, here: u64) -> Option<Array> {
    let object = bytes.get(at.checked_sub(SIZE_AT)?..)?;
    let length = usize::try_from(whole(object, SIZE_AT)?).ok().filter(|length| KEY_BYTES.contains(length))?;
    if !is_header(object) || object.get(BYTES_AT + length) != Some(&0) {
        return None;
    }
    let is_key = looks_random(object.get(BYTES_AT..BYTES_AT + length)?);
    let object = here.wrapping_sub(SIZE_AT as u64);
    let address = object.wrapping_add(BYTES_AT as u64);
    is_key.then_some(Array { object, address, length, runtime: Runtime::Python })
}

/// Whether bytes may begin an object.
fn is_header(object: &[u8]) -> bool {
    whole(object, 0).is_some_and(|count| (1..REFERENCES_MAX).contains(&count))
        && whole(object, 8).is_some_and(may_point_to_object)
}

/// The hint, if the reference at `at` to the array is held as described above.
pub(super) fn held(at: u64, array: &Array, memory: &dyn Memory) -> Option<Hint> {
    entry(at, memory)
        .map(|name| hint(array, Object::PythonEntry, name))
        .or_else(|| python_class::inside(at, array, memory))
        .or_else(|| holder(at, memory).map(|text| hint(array, Object::PythonObject, text)))
}

pub(super) fn hint(array: &Array, object: Object, text: Text) -> Hint {
    Hint { address: array.address, length: array.length, object, text: Some(text) }
}

/// The name under which a dictionary keeps the value at `at`.
fn entry(at: u64, memory: &dyn Memory) -> Option<Text> {
    let name = text(word(memory, at.checked_sub(8)?)?, memory)?;
    let before = word(memory, at.checked_sub(16)?).and_then(|object| string(object, &STRING, memory));
    let is_code = before.is_some_and(|before| may_be_code(&before, &name, memory));
    (!is_code).then_some(name)
}

/// Whether texts side by side are those of a function's code, which has a table of lines behind them: its file and its
/// name, or from 3.11 its name and its name with the class.
fn may_be_code(first: &Text, second: &Text, memory: &dyn Memory) -> bool {
    let characters = |text: &Text| memory.read(text.address, text.length);
    let Some((first, second)) = characters(first).zip(characters(second)) else { return false };
    let is_file = first.ends_with(b".py") || first.starts_with(b"<");
    is_file || second.rsplit(|byte| *byte == b'.').next() == Some(&first)
}

/// The characters of a `str` object that is a name.
pub(super) fn text(object: u64, memory: &dyn Memory) -> Option<Text> {
    string(object, &NAME, memory)
}

/// The characters of a `str` object of such a length.
fn string(object: u64, lengths: &RangeInclusive<usize>, memory: &dyn Memory) -> Option<Text> {
    if !may_point_to_object(object) {
        return None;
    }
    let [new, old] = TEXT_AT;
    let header = memory.read(object, new)?;
    let length = usize::try_from(whole(&header, SIZE_AT)?).ok().filter(|length| lengths.contains(length))?;
    if !is_header(&header) {
        return None;
    }
    TEXT_AT.into_iter().find_map(|at| {
        let address = object.checked_add(at as u64)?;
        let characters = memory.read(address, length + 1)?;
        let (end, characters) = characters.split_last()?;
        let is_text = *end == 0 && characters.iter().all(u8::is_ascii_graphic) && at <= old;
        is_text.then_some(Text { address, length, width: 1 })
    })
}

/// The name of the type of the object that has a field at `at`: the nearest one that begins before it.
fn holder(at: u64, memory: &dyn Memory) -> Option<Text> {
    let is_object = |object: &u64| {
        let header = memory.read(*object, 16).filter(|header| is_header(header));
        let kind = header.and_then(|header| memory.read(whole(&header, 8)?, 16));
        kind.is_some_and(|kind| is_header(&kind))
    };
    let object = FIELDS.filter_map(|fields| at.checked_sub(8 * fields)).find(is_object)?;
    type_name(object, memory)
}

/// The name of an object's type.
pub(super) fn type_name(object: u64, memory: &dyn Memory) -> Option<Text> {
    let header = memory.read(object, 16)?;
    if !is_header(&header) {
        return None;
    }
    let name = word(memory, whole(&header, 8)?.checked_add(TYPE_NAME_AT)?).filter(|name| may_point(*name))?;
    let shown = TYPE_NAME_BYTES.into_iter().find_map(|length| memory.read(name, length))?;
    let length = shown.iter().position(|byte| *byte == 0)?;
    (length >= *NAME.start()).then_some(Text { address: name, length, width: 1 })
}
