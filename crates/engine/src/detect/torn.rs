//! Keys whose encoding was freed and written over in part: what was written over it is none of the key.

use crate::words::{WORD, Words};
use coredact_keys::{Component, Material, Role};
use std::ops::Range;

/// Shortest part of a pointer that is looked for, in bytes: shorter ones stand in numbers by chance.
const PART_BYTES_MIN: usize = 4;

/// Puts zeros in the place of the pointers, or parts of them, that stand in a range of the space. The bookkeeping of the
/// heap in a freed key would otherwise be swept for as a part of it, and met at every other place that points there.
pub(super) fn without_pointers(material: &mut Material, words: Words<'_>, range: &Range<u64>) {
    let pointers = pointers(words, range);
    if pointers.is_empty() {
        return;
    }
    for component in material.components.iter_mut().filter(|component| component.role != Role::Public) {
        let mut kept = component.value.bytes().to_vec();
        for pointer in &pointers {
            let found = kept.windows(pointer.len()).position(|window| window == pointer.as_slice());
            let part = found.and_then(|at| kept.get_mut(at..at + pointer.len()));
            part.into_iter().for_each(|part| part.fill(0));
        }
        if kept != component.value.bytes() {
            *component = Component::new(component.name, component.role, component.notation, kept);
        }
    }
}

/// What of each pointer stands in a range.
fn pointers(words: Words<'_>, range: &Range<u64>) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = words.align_down(range.start);
    while at < range.end {
        if let Some(word) = words.word(at).filter(|_| words.is_pointer(at)) {
            let position = |end: u64| usize::try_from(end.clamp(at, at + WORD) - at).unwrap_or(0);
            let part = word.get(position(range.start)..position(range.end)).unwrap_or_default();
            if part.len() >= PART_BYTES_MIN {
                out.push(part.to_vec());
            }
        }
        at += WORD;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_dump::{Origin, Space};
    use coredact_keys::{Certainty, Kind, Notation};

    #[test]
    fn pointers_in_a_freed_number_and_at_its_end_are_no_part_of_it() {
        let mut image = coredact_dump::raw(&vec![0]);
        image.mapped = std::iter::once(0x5631_a53c_0000..0x5631_a53e_0000).collect();
        let space = Space { origin: Origin::Memory, address: Some(0x8000), pieces: Vec::new(), length: 96 };
        let mut bytes: Vec<u8> = (1..=96).map(|at: u8| at.wrapping_mul(89)).collect();
        bytes[24..32].copy_from_slice(&0x5631_a53d_5e90_u64.to_le_bytes());
        bytes[64..72].copy_from_slice(&0x5631_a53d_1230_u64.to_le_bytes());
        let words = Words { image: &image, space: &space, start: 0, bytes: &bytes };
        let component = |value: &[u8]| Component::new("q", Role::Secret, Notation::Number, value.to_vec());
        let mut material = Material {
            kind: Kind::PrivateKeyFragment,
            bits: 512,
            certainty: Certainty::Structured,
            detector: "der-pkcs1".to_owned(),
            components: vec![component(&bytes[8..24]), component(&bytes[10..71])],
            public_ids: Vec::new(),
            publicly_known: None,
        };
        without_pointers(&mut material, words, &(4..71));
        assert_eq!(material.components[0].value.bytes(), &bytes[8..24]);
        let mut expected = bytes.clone();
        expected[24..32].fill(0);
        expected[64..71].fill(0);
        assert_eq!(material.components[1].value.bytes(), &expected[10..71]);
    }
}
