//! AES schedules, against the independent expansion of `synth`.

use coredact_keys::aes::{self, Relation, Schedule};
use coredact_sweep::schedule::candidates;
use coredact_synth::{AesLayout, schedule};

/// Schedules may be damaged: of so many bytes one at least is that of the expansion of the key.
const DAMAGE: usize = 3;

/// Bytes of a schedule that prove it: two round keys.
const LEAST: usize = 32;

const RELATIONS: [Relation; 6] = [
    Relation::Ascending128,
    Relation::Ascending192,
    Relation::Ascending256,
    Relation::Descending128,
    Relation::Descending192,
    Relation::Descending256,
];

/// Tries to prove a schedule at every offset of a short window: whatever is proven is a schedule.
pub fn aes_prove(window: &[u8]) {
    let window = &window[..window.len().min(1024)];
    for offset in 0..window.len() {
        for relation in RELATIONS {
            if let Some(proven) = aes::prove(window, offset, relation) {
                check(window, &proven);
            }
        }
    }
}

/// Plants a schedule of a key and a layout that the input chooses, between bytes that it chooses:
/// it is found.
///
/// # Panics
/// If not.
pub fn aes_planted(input: &[u8]) {
    let Some(([choice, place], rest)) = input.split_first_chunk::<2>() else { return };
    let length = [16, 24, 32][usize::from(choice >> 3) % 3];
    let Some((key, noise)) = rest.split_at_checked(length) else { return };
    // A key of one repeated byte is passed over with the patterns that obey the relation for ever.
    let distinct = key.iter().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < 8 {
        return;
    }
    let planted = schedule(key, AesLayout::ALL[usize::from(choice % 8)]);
    let at = usize::from(*place) % (noise.len() + 1);
    let window = [&noise[..at], &planted, &noise[at..]].concat();

    let mut found = Vec::new();
    candidates(&window, &mut found);
    let candidates = found.iter().map(|candidate| (candidate.offset, relation(candidate.relation)));
    let proven = aes::prove_each(&window, candidates);
    proven.iter().for_each(|proven| check(&window, proven));
    let is_it = |proven: &Schedule| key_of(proven).as_deref() == Some(key);
    assert!(proven.iter().any(is_it), "a planted schedule was not found");
}

/// The key, expanded by other code, gives the bytes that were proven: all from one place on, but for damage.
fn check(window: &[u8], proven: &Schedule) {
    let key = key_of(proven).unwrap_or_default();
    assert!(matches!(key.len(), 16 | 24 | 32), "a schedule without a key");
    let places: Vec<usize> = proven.ranges.iter().cloned().flatten().collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        panic!("{proven:?} has no range")
    };
    assert!(*last < window.len(), "{proven:?} leaves the window");
    let agrees = |layout: &AesLayout| {
        let expected = schedule(&key, *layout);
        // Where in the schedule the first range begins.
        (0..expected.len().saturating_sub(last - first)).any(|start| {
            let same = places.iter().filter(|place| expected[start + **place - first] == window[**place]);
            let same = same.count();
            same >= LEAST && same * DAMAGE >= places.len()
        })
    };
    assert!(AesLayout::ALL.iter().any(agrees), "{proven:?} is no part of the schedule of its key");
}

fn key_of(proven: &Schedule) -> Option<Vec<u8>> {
    let material = aes::material(proven);
    let key = material.components.iter().find(|component| component.name == "key")?;
    Some(key.value.bytes().to_vec())
}

fn relation(relation: coredact_sweep::schedule::Relation) -> Relation {
    use coredact_sweep::schedule::Relation as Seen;
    match relation {
        Seen::Ascending128 => Relation::Ascending128,
        Seen::Ascending192 => Relation::Ascending192,
        Seen::Ascending256 => Relation::Ascending256,
        Seen::Descending128 => Relation::Descending128,
        Seen::Descending192 => Relation::Descending192,
        Seen::Descending256 => Relation::Descending256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn planted_schedules_are_found(input in proptest::collection::vec(any::<u8>(), 40..600)) {
            aes_planted(&input);
        }

        #[test]
        fn damaged_schedules_prove_nothing_false(
            key in proptest::collection::vec(any::<u8>(), 32),
            choice in 0_usize..24,
            damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12),
        ) {
            let mut window = schedule(&key[..[16, 24, 32][choice / 8]], AesLayout::ALL[choice % 8]);
            for (place, byte) in damage {
                let place = place.index(window.len());
                window[place] = byte;
            }
            aes_prove(&window);
        }
    }
}
