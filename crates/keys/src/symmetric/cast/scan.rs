//! Masking keys beside rotations, in the layouts of libraries.

use super::schedule::ROUNDS;
use super::solve;
use crate::Hit;
use crate::symmetric::evidence::{Evidence, bits};
use crate::symmetric::limits::{EDGE_BYTES, MARGIN_BYTES};
use std::ops::{Range, RangeInclusive};

/// Bytes of the masking keys.
const MASKING_KEYS: usize = 4 * ROUNDS;

/// Bytes of a masking key and a rotation side by side, in words of 32 bits (OpenSSL).
const PAIR: usize = 8;

/// From the start of the masking keys to that of rotations in bytes: behind them (libgcrypt, PyCryptodome, Linux, Go, RustCrypto),
/// before them (nettle), and behind them in a block of its own from the C library's heap (Botan).
const ROTATIONS_AT: [isize; 3] = [64, -16, 80];

/// What the C library's heap has before a block of 16 bytes.
const BLOCK_OF_16: [u8; 8] = 0x21_u64.to_le_bytes();

/// Most words in a row, more than the rounds are, that look like masking keys beside rotations: what stands before a schedule
/// or behind it may look so once. Tables of hashes and lengths are longer.
const BEYOND_MAX: usize = 3;

/// Fewest rotations that differ. With the limits below, one schedule in 10,000 fails that is one.
const DISTINCT_ROTATIONS_MIN: u32 = 8;

/// Most rotations that are followed by one more: numbers that count are no rotations.
const COUNTED_MAX: usize = 5;

/// Fewest and most rotations that are followed by a greater one, and by a smaller one: tables rise or fall.
const STEPS: RangeInclusive<usize> = 2..=12;

/// Most rotations that are the same.
const EQUAL_MAX: usize = 6;

/// Most rotations that differ from the next but one as the first does: those of CAST-256, which are constants, all do.
const ALIKE_MAX: usize = 7;

/// Fewest and most bytes of the masking keys with the high bit: four deviations on either side of half of them.
const HIGH_BYTES: RangeInclusive<usize> = 16..=48;

/// Fewest different bytes of the masking keys: of random ones one schedule in a million has fewer.
const DISTINCT_BYTES_MIN: usize = 42;

/// Below this no masking key of a schedule is thought to be: one schedule in 65,000 has one.
const MASKING_KEY_MIN: u64 = 1 << 12;

/// Bytes that must all look like symbols: random ones do once in 160,000 times.
const SYMBOLS: usize = 32;

/// Proofs that may be tried, of a tenth of a second each, and those that had no try.
#[derive(Debug)]
pub(in crate::symmetric) struct Budget {
    pub(in crate::symmetric) left: usize,
    pub(in crate::symmetric) skipped: u64,
}

/// Appends the keys whose masking keys stand in a random stretch, with the rotations beside it or in it: bytes below 32 of
/// which few come twice look random too.
pub(in crate::symmetric) fn beside(
    bytes: &[u8],
    run: &Range<usize>,
    budget: &mut Budget,
    out: &mut Vec<Hit>,
) {
    if run.len() + 2 * MARGIN_BYTES < MASKING_KEYS {
        return;
    }
    let first = run.start.saturating_sub(MARGIN_BYTES).next_multiple_of(4);
    let last = run.end + MARGIN_BYTES;
    let (near_start, near_end) = (first + EDGE_BYTES, last.saturating_sub(EDGE_BYTES));
    let mut place = first;
    while place <= last {
        if place > near_start && place < near_end {
            place = near_end.next_multiple_of(4);
            continue;
        }
        let hit = in_bytes(bytes, place, run, budget).or_else(|| in_words(bytes, place, budget));
        place = hit.as_ref().map_or(place + 4, |hit| hit.range.end.next_multiple_of(4));
        out.extend(hit);
    }
}

/// Rotations in bytes, with masking keys at one of the distances.
fn in_bytes(bytes: &[u8], start: usize, run: &Range<usize>, budget: &mut Budget) -> Option<Hit> {
    let rotations = bytes.get(start..).and_then(|rest| rest.first_chunk::<ROUNDS>())?;
    if u128::from_le_bytes(*rotations) & u128::from_le_bytes([0xe0; 16]) != 0 || !are_varied(rotations) {
        return None;
    }
    ROTATIONS_AT.into_iter().find_map(|distance| {
        let at = start.checked_add_signed(-distance)?;
        if distance < 0 && are_symbols(bytes.get(at..)?) {
            return None;
        }
        let is_random = at + MARGIN_BYTES >= run.start && at + MASKING_KEYS <= run.end + MARGIN_BYTES;
        if !is_random || !begins_or_ends(bytes, start, distance) {
            return None;
        }
        let keys = masking_keys(bytes, at)?;
        let range = at.min(start)..(at + MASKING_KEYS).max(start + ROUNDS);
        prove(bytes, range, &keys, rotations, budget)
    })
}

/// Whether bytes are symbols of a Huffman table of JPEG, which stand behind the numbers of code words of each length, as
/// masking keys may behind rotations: four bits of zeros to skip, and a length of 10 at most (ITU-T T.81, section F.1.2.2.1).
fn are_symbols(bytes: &[u8]) -> bool {
    bytes.iter().take(SYMBOLS).all(|byte| byte & 15 <= 10)
}

/// Whether rotations begin or end where the masking keys are at that distance: there no small bytes go on.
fn begins_or_ends(bytes: &[u8], start: usize, distance: isize) -> bool {
    let word = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at..at + 4)).is_some_and(|word| word.iter().any(|byte| *byte >= 32))
    };
    match distance {
        64 => word(start.checked_sub(4)),
        -16 => word(start.checked_add(ROUNDS)),
        _ => start.checked_sub(8).is_some_and(|at| bytes.get(at..start) == Some(&BLOCK_OF_16)),
    }
}

/// Rotations in words behind masking keys (Crypto++).
fn in_words(bytes: &[u8], start: usize, budget: &mut Budget) -> Option<Hit> {
    let words = bytes.get(start..)?.as_chunks::<4>().0.first_chunk::<ROUNDS>()?;
    let rotations = small(words.iter().map(|word| u64::from(u32::from_le_bytes(*word))))?;
    let at = start.checked_sub(MASKING_KEYS)?;
    let keys = masking_keys(bytes, at).filter(|_| are_varied(&rotations))?;
    prove(bytes, at..at + 2 * MASKING_KEYS, &keys, &rotations, budget)
}

/// Appends the keys whose masking keys and rotations stand by turns, which do not look random.
pub(in crate::symmetric) fn interleaved(bytes: &[u8], budget: &mut Budget, out: &mut Vec<Hit>) {
    let words = bytes.as_chunks::<PAIR>().0;
    let word = |index: usize| words.get(index).map_or(0, |word| u64::from_le_bytes(*word));
    let fits = |index: &usize| word(*index) >> 37 == 0 && word(*index) & 0xffff_ffff >= MASKING_KEY_MIN;
    let mut done = 0;
    for index in (0..words.len()).step_by(ROUNDS) {
        if index < done || !fits(&index) {
            continue;
        }
        let most = ROUNDS + BEYOND_MAX;
        let first = index - (0..index).rev().take(most).take_while(fits).count();
        let end = first + (first..words.len()).take(most + 1).take_while(fits).count();
        done = end;
        if !(ROUNDS..=most).contains(&(end - first)) {
            continue;
        }
        for start in first..=end - ROUNDS {
            let Some(pairs) = words.get(start..start + ROUNDS) else { continue };
            let pairs = pairs.iter().map(|pair| u64::from_le_bytes(*pair));
            let Some(rotations) = small(pairs.clone().map(|pair| pair >> 32)) else { continue };
            let keys: Vec<u8> = pairs.flat_map(|pair| pair.to_le_bytes().into_iter().take(4)).collect();
            let Some(keys) = masking_keys(&keys, 0).filter(|_| are_varied(&rotations)) else { continue };
            let range = PAIR * start..PAIR * (start + ROUNDS);
            out.extend(prove(bytes, range, &keys, &rotations, budget));
        }
    }
}

/// Numbers that are rotations.
fn small(numbers: impl Iterator<Item = u64>) -> Option<[u8; ROUNDS]> {
    let mut out = [0; ROUNDS];
    for (to, number) in out.iter_mut().zip(numbers) {
        *to = u8::try_from(number).ok().filter(|number| *number < 32)?;
    }
    Some(out)
}

/// Whether rotations may be random: masks of vector code that put bytes in another order are below 16, all of them, or count.
fn are_varied(rotations: &[u8; ROUNDS]) -> bool {
    let seen = rotations.iter().fold(0_u32, |seen, rotation| seen | 1 << (rotation & 31));
    let [low, high] = [seen & 0xffff, seen >> 16].map(u32::count_ones);
    let pairs = |holds: fn(&&[u8; 2]) -> bool| rotations.array_windows().filter(holds).count();
    let mut sorted = *rotations;
    sorted.sort_unstable();
    let most = sorted.chunk_by(|one, next| one == next).map(<[u8]>::len).max().unwrap_or(0);
    let [first, _, third, ..] = *rotations;
    let alike = |[one, _, next]: &&[u8; 3]| next.wrapping_sub(*one) & 31 == third.wrapping_sub(first) & 31;
    low > 0
        && high > 0
        && low + high >= DISTINCT_ROTATIONS_MIN
        && most <= EQUAL_MAX
        && rotations.array_windows().filter(alike).count() <= ALIKE_MAX
        && pairs(|[one, next]| one + 1 == *next) <= COUNTED_MAX
        && STEPS.contains(&pairs(|[one, next]| one < next))
        && STEPS.contains(&pairs(|[one, next]| one > next))
}

/// The masking keys at an offset, if they may be random.
fn masking_keys(bytes: &[u8], at: usize) -> Option<[u32; ROUNDS]> {
    let stored = bytes.get(at..)?.first_chunk::<MASKING_KEYS>()?;
    let mut sorted = *stored;
    sorted.sort_unstable();
    let distinct = sorted.chunk_by(|one, next| one == next).count();
    let words = stored.as_chunks::<4>().0.first_chunk::<ROUNDS>()?;
    let high = stored.iter().filter(|byte| **byte >= 0x80).count();
    (distinct >= DISTINCT_BYTES_MIN && HIGH_BYTES.contains(&high)).then(|| words.map(u32::from_le_bytes))
}

/// The key, if there is one: what stands at the range is its schedule.
fn prove(
    bytes: &[u8],
    range: Range<usize>,
    keys: &[u32; ROUNDS],
    rotations: &[u8; ROUNDS],
    budget: &mut Budget,
) -> Option<Hit> {
    if budget.left == 0 {
        budget.skipped += 1;
        return None;
    }
    budget.left -= 1;
    let mut found = solve::keys(keys, rotations);
    // A key of 40 to 80 bits is followed by zeros.
    found.sort_by_key(|key| std::cmp::Reverse(zeros_behind(key)));
    let (first, others) = found.split_first()?;
    // A proof that succeeds was worth its time.
    budget.left += 1;
    let zeros = Some(zeros_behind(first)).filter(|zeros| *zeros >= SHORT_BY_MIN).unwrap_or(0);
    let key = first.iter().take((first.len() - zeros).max(KEY_BYTES_MIN)).copied().collect::<Vec<u8>>();
    let written = |pair: (&u32, &u8)| [pair.0.to_le_bytes(), u32::from(*pair.1).to_le_bytes()];
    let pairs: Vec<u8> = keys.iter().zip(rotations).flat_map(written).flatten().collect();
    let mut derived = vec![
        ("schedule", bytes.get(range.clone()).unwrap_or_default().to_vec()),
        ("masking_keys", keys.iter().flat_map(|key| key.to_le_bytes()).collect()),
        ("pairs", pairs),
    ];
    derived.extend(others.iter().map(|key| ("possible_key", key.to_vec())));
    let evidence = Evidence { detector: "cast-schedule", bits: bits(&key), key, derived };
    Some(evidence.hit(range, "schedule", "encrypt"))
}

fn zeros_behind(key: &[u8; 16]) -> usize {
    key.iter().rev().take_while(|byte| **byte == 0).count()
}

/// Zeros at the end of a key that are no chance, and bytes of the shortest key.
const SHORT_BY_MIN: usize = 3;
/// See above.
const KEY_BYTES_MIN: usize = 5;

#[cfg(test)]
mod tests {
    use super::super::schedule::expand;
    use super::*;

    fn found(memory: &[u8], run: Range<usize>) -> Vec<(Vec<Vec<u8>>, Range<usize>)> {
        let (mut hits, mut budget) = (Vec::new(), Budget { left: 8, skipped: 0 });
        beside(memory, &run, &mut budget, &mut hits);
        interleaved(memory, &mut budget, &mut hits);
        assert_eq!(budget.skipped, 0);
        let values = |hit: &Hit| {
            hit.material.components.iter().map(|one| one.value.bytes().to_vec()).collect::<Vec<_>>()
        };
        hits.iter().map(|hit| (values(hit), hit.range.clone())).collect()
    }

    #[test]
    fn key_is_found_in_every_layout() {
        for (length, layouts) in [(5, 1), (16, 5)] {
            let mut key: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(113) ^ 0xc6).collect();
            let given = key.clone();
            key.resize(16, 0);
            let [keys, words] = expand(&key.try_into().unwrap());
            let masking: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            let small: Vec<u8> = words.iter().map(|word| word.to_le_bytes()[0] & 31).collect();
            let wide: Vec<u8> = small.iter().flat_map(|byte| [*byte, 0, 0, 0]).collect();
            let turns: Vec<u8> =
                masking.chunks(4).zip(wide.chunks(4)).flat_map(|(a, b)| [a, b].concat()).collect();
            let heap = [[0; 8], BLOCK_OF_16].concat();
            let check = |layout: &[u8], at: usize| {
                let memory = [&[0; 48][..], layout, &[0; 80]].concat();
                let run = 48 + at..48 + at + MASKING_KEYS;
                let [(keys, range)] = found(&memory, run).try_into().unwrap();
                assert!(keys.contains(&given), "{}", keys.len());
                assert_eq!(range, 48..48 + layout.len());
            };
            let all: [(&[u8], usize); 5] = [
                (&[&masking[..], &small].concat(), 0),
                (&[&masking[..], &heap, &small].concat(), 0),
                (&[&small[..], &masking].concat(), 16),
                (&[&masking[..], &wide].concat(), 0),
                (&turns, 0),
            ];
            all.into_iter().take(layouts).for_each(|(layout, at)| check(layout, at));
        }
    }

    #[test]
    fn symbols_behind_numbers_of_code_words_are_not_tried() {
        let rotations = [0, 1, 2, 2, 3, 3, 4, 6, 6, 8, 10, 12, 17, 20, 9, 7];
        let tried = |symbols: &[u8]| {
            let memory = [&[0; 48][..], &rotations, symbols, &[0; 80]].concat();
            let (mut hits, mut budget) = (Vec::new(), Budget { left: 0, skipped: 0 });
            beside(&memory, &(64..128), &mut budget, &mut hits);
            budget.skipped > 0
        };
        let mut symbols: Vec<u8> = (0..64_u8).map(|at| at.wrapping_mul(113) ^ 0xc6).collect();
        assert!(tried(&symbols));
        symbols.iter_mut().filter(|byte| **byte & 15 > 10).for_each(|byte| *byte ^= 8);
        assert!(!tried(&symbols));
    }

    #[test]
    fn proofs_without_room_are_counted() {
        let keys: Vec<u8> = (0..64_u8).map(|at| at.wrapping_mul(113) ^ 0xc6).collect();
        let rotations = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 31, 0];
        let memory = [&[0; 48][..], &keys, &rotations, &[0; 80]].concat();
        let (mut hits, mut budget) = (Vec::new(), Budget { left: 0, skipped: 0 });
        beside(&memory, &(48..112), &mut budget, &mut hits);
        assert!(hits.is_empty() && budget.skipped > 0);
    }
}
