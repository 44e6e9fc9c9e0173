//! Objects that point to keys.

use coredact_keys::objects::{self, Answer, Held, Hint, Holders, Memory, Seen};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Where the memory of the oracle begins: references of 32 bits reach it.
const BASE: u64 = 0x7_0000_0000;

/// Bytes of which a part may be left out.
const LONG: usize = 16 << 10;

struct Window<'a>(&'a [u8]);

impl Memory for Window<'_> {
    fn read(&self, address: u64, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let at = usize::try_from(address.checked_sub(BASE)?).ok()?;
        Some(Zeroizing::new(self.0.get(at..at.checked_add(length)?)?.to_vec()))
    }
}

/// Follows every object of a memory that is the input: what it names as a key stands there.
///
/// # Panics
/// If a promise is broken.
pub fn objects(bytes: &[u8]) {
    let memory = Window(bytes);
    let mut seen = Seen::default();
    objects::scan(bytes, BASE, &mut seen);
    for array in &seen.arrays {
        assert!(memory.read(array.address, array.length).is_some(), "{array:x?} leaves the memory");
    }
    let (mut hints, mut arrays) = (seen.hints, seen.arrays);
    while !arrays.is_empty() {
        let holders = Holders::new(arrays);
        let mut held: Vec<Held> = Vec::new();
        let skipped = holders.scan(bytes, BASE, &mut held);
        assert!(skipped == 0 || bytes.len() > LONG, "a short memory is looked through whole");
        let mut answer = Answer::default();
        held.iter().for_each(|one| holders.ask(one, &memory, &mut answer));
        hints.extend(answer.hints);
        arrays = answer.arrays;
    }
    let hints: BTreeSet<Hint> = hints.into_iter().collect();
    for verdict in hints.iter().filter_map(|hint| objects::judge(hint, &memory)) {
        assert!(!verdict.material.detector.is_empty() && !verdict.places.is_empty());
        for component in &verdict.material.components {
            assert!(!component.value.is_empty(), "{} is empty", component.name);
        }
        for place in &verdict.places {
            assert!(memory.read(place.address, place.length).is_some(), "{place:x?} leaves the memory");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_memory_names_only_what_stands_there(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..1024),
            words in proptest::collection::vec((any::<prop::sample::Index>(), 0_u64..1024, 0_usize..9), 0..32),
        ) {
            // Lengths, marks and addresses make objects likely.
            for (place, at, kind) in words {
                let reference = BASE + (at & !7);
                let word = [32, 1, reference, reference >> 3, 0x20_0000_6848, 3, at, 64, 0x0d << 32][kind];
                let place = place.index(bytes.len().max(1)) & !7;
                if let Some(bytes) = bytes.get_mut(place..place + 8) {
                    bytes.copy_from_slice(&word.to_le_bytes());
                }
            }
            objects(&bytes);
        }
    }
}
