//! Objects of HotSpot's heap (`src/hotspot/share/oops` of OpenJDK): a mark word, a class, the fields.
//!
//! `javax.crypto.spec.SecretKeySpec` has the fields `byte[] key` and `String algorithm`, side by side. References are
//! addresses, or 32 bits of them: as they are, or shifted by three bits (`-XX:+UseCompressedOops`, heaps below 32 GiB that
//! lie below 32 GiB). Classes are 32 bits of their address, or all of it.

use super::memory::{Memory, half, whole};
use super::scan::{Array, KEY_BYTES, Runtime};
use super::{Hint, Object, Text};
use crate::symmetric::looks_random;

/// The age of an object in its mark word (`markWord.hpp`), which the collector counts.
const AGE: u64 = 0x78;

/// An object that no thread has locked.
const UNLOCKED: u64 = 1;

/// A lock's state and the hash in a mark word: what is above is zero.
const HASH_END: u32 = 39;

/// Where the bytes of an array begin, with classes in 32 bits and in 64.
const HEADERS: [usize; 2] = [16, 24];

/// Where the reference to the array of a `String` may stand: after `hash` and `coder`, or before them.
const VALUES_NARROW: [usize; 3] = [20, 12, 16];
const VALUES_WIDE: [usize; 3] = [24, 16, 32];

/// Bytes of a `String`.
const STRING_BYTES: usize = 40;

/// Characters of the name of a cipher.
const NAME: std::ops::RangeInclusive<usize> = 2..=40;

/// True for the mark word of an array: arrays are hashed and locked by nobody.
pub(super) fn may_begin(word: u64) -> bool {
    word & !AGE == UNLOCKED
}

/// True for the mark word of any object at rest.
fn is_mark(word: u64) -> bool {
    word & 7 == UNLOCKED && word >> HASH_END == 0
}

/// The array of random bytes whose mark word stands at `at`.
pub(super) fn array(bytes: &[u8], at: usize, object: u64) -> Option<Array> {
    let header = bytes.get(at..)?;
    let (start, length) = extent(header)?;
    let is_key = KEY_BYTES.contains(&length) && looks_random(header.get(start..start.checked_add(length)?)?);
    let address = object.wrapping_add(start as u64);
    is_key.then_some(Array { object, address, length, runtime: Runtime::Java })
}

/// Where in an object its elements begin, and how many there are, if it is an array.
fn extent(object: &[u8]) -> Option<(usize, usize)> {
    let class = half(object, 8).filter(|class| *class != 0)?;
    // The upper half of an address of 47 bits is no length of a short array.
    let next = half(object, 12)?;
    let is_wide = class.is_multiple_of(8) && (0x5000..0x8000).contains(&next);
    let [narrow, wide] = HEADERS;
    let (start, length) = if is_wide { (wide, half(object, 16)?) } else { (narrow, next) };
    Some((start, usize::try_from(length).ok()?))
}

/// The text that names the key, if the reference to its array at `at` is a field of an object as described above.
/// `shift` is that of a reference of 32 bits; `None` stands for 64 bits.
pub(super) fn held(at: u64, shift: Option<u32>, array: &Array, memory: &dyn Memory) -> Option<Hint> {
    let width: u64 = if shift.is_some() { 4 } else { 8 };
    // The object may begin 12 bytes before its first field, or 16; the name may come first.
    let fields = [(at.checked_add(width)?, at), (at.checked_sub(width)?, at.checked_sub(width)?)];
    fields.into_iter().find_map(|(name, first)| {
        let begins = |header: u64| {
            let mark = first.checked_sub(header).filter(|object| object.is_multiple_of(8))?;
            super::memory::word(memory, mark).filter(|word| is_mark(*word))
        };
        begins(12).or_else(|| begins(16))?;
        let text = string(reference(name, shift, memory)?, shift, memory)?;
        Some(Hint { address: array.address, length: array.length, object: Object::JavaKey, text: Some(text) })
    })
}

/// The address that a reference stands for.
fn reference(at: u64, shift: Option<u32>, memory: &dyn Memory) -> Option<u64> {
    let address = match shift {
        Some(shift) => u64::from(half(&memory.read(at, 4)?, 0)?) << shift,
        None => super::memory::word(memory, at)?,
    };
    (address != 0 && address.is_multiple_of(8)).then_some(address)
}

/// The characters of a `String`.
fn string(object: u64, shift: Option<u32>, memory: &dyn Memory) -> Option<Text> {
    let fields = memory.read(object, STRING_BYTES)?;
    whole(&fields, 0).filter(|word| is_mark(*word))?;
    let values = if shift.is_some() { VALUES_NARROW } else { VALUES_WIDE };
    values.into_iter().find_map(|at| {
        let array = match shift {
            Some(shift) => u64::from(half(&fields, at)?) << shift,
            None => whole(&fields, at)?,
        };
        if array == 0 || !array.is_multiple_of(8) {
            return None;
        }
        let header = memory.read(array, STRING_BYTES)?;
        whole(&header, 0).filter(|word| is_mark(*word))?;
        let (start, length) = extent(&header)?;
        // Characters have two bytes before Java 9.
        let width = if header.get(start + 1) == Some(&0) { 2 } else { 1 };
        let text = Text { address: array.checked_add(start as u64)?, length, width };
        NAME.contains(&length).then_some(text)
    })
}
