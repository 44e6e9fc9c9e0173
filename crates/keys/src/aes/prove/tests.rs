//! Schedules of every kind, planted and found again.

use super::*;
use crate::aes::material::{is_xts_pair, material, material_for_key};
use crate::aes::planted;
use proptest::prelude::*;

const RELATIONS: [Relation; 6] = [
    Relation::Ascending128,
    Relation::Ascending192,
    Relation::Ascending256,
    Relation::Descending128,
    Relation::Descending192,
    Relation::Descending256,
];

/// Bytes that pass for random; the seed makes each test's own.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[5]
    };
    (0..length).map(|_| byte()).collect()
}

/// Every place that obeys a relation, by the definition and slowly.
fn candidates(window: &[u8]) -> Vec<(usize, Relation)> {
    let word = |at: isize| {
        let at = usize::try_from(at).ok()?;
        window.get(at..)?.first_chunk().map(|word: &[u8; 4]| u32::from_ne_bytes(*word))
    };
    let obeys = |offset: isize, lags: [isize; 3]| {
        (1..=3).zip(lags).all(|(number, lag)| {
            let at = offset + 4 * number;
            let step = word(at).zip(word(at - 4)).map(|(word, before)| word ^ before);
            step.is_some_and(|step| step != 0) && step == word(at + lag)
        })
    };
    let lags = [[-16; 3], [-24; 3], [-32; 3], [16; 3], [40, 8, 8], [32; 3]];
    let mut found = Vec::new();
    for offset in 0..window.len() {
        for (relation, lags) in RELATIONS.into_iter().zip(lags) {
            if obeys(offset.cast_signed(), lags) {
                found.push((offset, relation));
            }
        }
    }
    found
}

fn find(window: &[u8]) -> Vec<Schedule> {
    prove_each(window, candidates(window))
}

/// The one schedule of a window, and its key.
fn find_one(window: &[u8], note: &str) -> (Schedule, Vec<u8>) {
    let mut found = find(window);
    assert_eq!(found.len(), 1, "{note}: {found:?}");
    let schedule = found.remove(0);
    let key = material(&schedule).components[0].value.bytes().to_vec();
    (schedule, key)
}

/// The range of a schedule that lies in one.
fn range(schedule: &Schedule) -> Range<usize> {
    assert_eq!(schedule.ranges.len(), 1, "{schedule:?}");
    schedule.ranges[0].clone()
}

fn schedule(key: &[u8], layout: Layout) -> Vec<u8> {
    layout.bytes(&Expansion::of_key(key).unwrap()).to_vec()
}

fn each_kind(mut check: impl FnMut(&[u8], Layout)) {
    for (seed, layout) in (100..).zip(Layout::ALL) {
        for length in [16, 24, 32] {
            check(&noise(seed, length), layout);
        }
    }
}

#[test]
fn every_form_is_found_in_full_at_every_alignment() {
    each_kind(|key, layout| {
        let bytes = schedule(key, layout);
        for alignment in 0..16 {
            let mut window = noise(7, 512);
            let place = 64 + alignment..64 + alignment + bytes.len();
            window[place.clone()].copy_from_slice(&bytes);
            let (found, found_key) = find_one(&window, layout.name());
            assert_eq!(found_key, key);
            assert_eq!((found.form, found.cut), (layout.name(), false));
            assert_eq!(range(&found), place);
        }
    });
}

/// How many bytes suffice, for a cut at any byte: the words that [`prove`] asks
/// for, the operands of a relation around them, and a word cut in two at either end.
fn sufficient(key: &[u8], layout: Layout) -> usize {
    let rounds = match key.len() {
        16 => 3,
        24 => 5,
        _ => 6,
    };
    // The outer round keys of an inverse schedule are in no relation.
    16 * (rounds + usize::from(layout.inverse))
}

#[test]
fn a_schedule_cut_at_either_end_of_the_window_is_found() {
    each_kind(|key, layout| {
        let bytes = schedule(key, layout);
        for left in (sufficient(key, layout)..bytes.len()).step_by(5) {
            let head = &bytes[..left];
            let (found, found_key) = find_one(head, layout.name());
            assert_eq!((found_key.as_slice(), found.cut, range(&found)), (key, true, 0..left));
            let mut tail = bytes[bytes.len() - left..].to_vec();
            tail.extend(noise(9, 64));
            let (found, found_key) = find_one(&tail, layout.name());
            assert_eq!((found_key.as_slice(), found.cut), (key, true));
            assert!(found.ranges[0].start == 0 && found.ranges[0].end >= left);
        }
    });
}

#[test]
fn two_round_keys_of_aes_128_lead_to_the_key() {
    let key = noise(11, 16);
    let bytes = schedule(&key, Layout::ALL[0]);
    for round in 0..10 {
        let (found, found_key) = find_one(&bytes[16 * round..][..32], "two round keys");
        assert_eq!((found_key, range(&found)), (key.clone(), 0..32));
    }
}

#[test]
fn the_last_96_bytes_lead_to_the_key() {
    each_kind(|key, layout| {
        let mut window = noise(12, 300);
        let bytes = schedule(key, layout);
        window[37..133].copy_from_slice(&bytes[bytes.len() - 96..]);
        if layout.inverse && key.len() == 32 {
            return; // Six round keys of which one is in no relation: one may be too few.
        }
        let (found, found_key) = find_one(&window, layout.name());
        assert_eq!((found_key.as_slice(), range(&found)), (key, 37..133));
    });
}

#[test]
fn the_parts_beside_overwritten_bytes_are_found() {
    each_kind(|key, layout| {
        let mut window = noise(13, 600);
        let bytes = schedule(key, layout);
        window[100..100 + bytes.len()].copy_from_slice(&bytes);
        let hole = 100 + 50..100 + 70;
        window[hole.clone()].copy_from_slice(&noise(14, 20));
        let (found, found_key) = find_one(&window, layout.name());
        assert_eq!((found_key.as_slice(), found.cut), (key, true));
        assert_eq!(found.ranges, [100..hole.start, hole.end..100 + bytes.len()]);
    });
}

#[test]
fn flipped_bits_are_removed_with_the_bytes_around_them() {
    each_kind(|key, layout| {
        let mut window = noise(15, 600);
        let bytes = schedule(key, layout);
        let whole = 90..90 + bytes.len();
        window[whole.clone()].copy_from_slice(&bytes);
        for bit in [3 * 8, 41 * 8 + 5, 42 * 8, 60 * 8 + 1] {
            window[whole.start + bit / 8] ^= 1 << (bit % 8);
        }
        let (found, found_key) = find_one(&window, layout.name());
        assert_eq!((found_key.as_slice(), found.cut), (key, true));
        // The three bytes before the first flipped bit are too few to be sure of.
        let first = if found.ranges[0].start == whole.start { whole.start } else { whole.start + 4 };
        assert_eq!(range(&found), first..whole.end);
    });
}

#[test]
fn keys_of_little_entropy_are_found() {
    for length in [16, 24, 32] {
        let mut keys = vec![vec![0; length], vec![0xff; length], vec![b'a'; length]];
        keys.push((0..length).map(|at| u8::from(at == length - 1)).collect());
        keys.push(b"password\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..length].to_vec());
        for key in keys {
            for layout in Layout::ALL {
                let mut window = vec![0; 400];
                let bytes = schedule(&key, layout);
                window[77..77 + bytes.len()].copy_from_slice(&bytes);
                let (found, found_key) = find_one(&window, layout.name());
                assert_eq!((found_key, found.cut, range(&found)), (key.clone(), false, 77..77 + bytes.len()));
            }
        }
    }
}

#[test]
fn both_schedules_of_an_xts_context_are_found_and_known_as_a_pair() {
    // Two AES_KEY of OpenSSL: 60 words and the number of rounds, aligned to 8 bytes.
    let (data_key, tweak_key) = (noise(21, 32), noise(22, 32));
    let mut window = noise(23, 700);
    window[40..280].copy_from_slice(&schedule(&data_key, Layout::ALL[6]));
    window[288..528].copy_from_slice(&schedule(&tweak_key, Layout::ALL[0]));
    let found = find(&window);
    assert_eq!(found.len(), 2);
    assert_eq!([found[0].form, found[1].form], ["decrypt", "encrypt"]);
    assert!(is_xts_pair(&found[0], &found[1]));
    assert!(!is_xts_pair(&found[0], &found[0]));
}

#[test]
fn the_planted_window_passes_the_self_test_and_silence_fails_it() {
    assert_eq!(planted::self_test(candidates), Ok(()));
    let missed = planted::self_test(|_| Vec::new());
    assert_eq!(missed, Err(planted::Missed { bits: 128, form: "encrypt" }));
}

#[test]
fn no_place_of_noise_or_of_the_s_box_itself_is_proven() {
    let mut window = noise(31, 3000);
    window.extend((0..=u8::MAX).flat_map(|byte| super::super::sbox::sub_word(u32::from(byte)).to_le_bytes()));
    window.extend(vec![0; 500]);
    window.extend((0..500u32).flat_map(u32::to_le_bytes));
    for offset in 0..window.len() {
        for relation in RELATIONS {
            assert!(prove(&window, offset, relation).is_none(), "{offset}");
        }
    }
    assert!(prove(&window, usize::MAX, Relation::Ascending128).is_none());
}

#[test]
fn one_bit_more_than_proof_allows_is_refused() {
    // Three round keys of AES-256 without a round constant fit seven keys.
    let bytes = schedule(&noise(41, 32), Layout::ALL[0]);
    assert!(find(&bytes[16..64]).is_empty());
    assert_eq!(find(&bytes[16..68]).len(), 1);
    // One round key and a half of AES-128 has 64 bits of proof.
    let bytes = schedule(&noise(42, 16), Layout::ALL[0]);
    assert!(find(&bytes[16..44]).is_empty());
}

#[test]
fn schedules_encrypt_and_decrypt_like_an_independent_cipher() {
    use ::aes::cipher::{BlockCipherEncrypt, KeyInit};
    for seed in 0..20 {
        let block = noise(seed + 50, 16);
        let mut expected = <[u8; 16]>::try_from(block.as_slice()).unwrap();
        let key = noise(seed, [16, 24, 32][usize::try_from(seed % 3).unwrap()]);
        match key.len() {
            16 => ::aes::Aes128::new_from_slice(&key).unwrap().encrypt_block((&mut expected).into()),
            24 => ::aes::Aes192::new_from_slice(&key).unwrap().encrypt_block((&mut expected).into()),
            _ => ::aes::Aes256::new_from_slice(&key).unwrap().encrypt_block((&mut expected).into()),
        }
        let material = material_for_key(&key).unwrap();
        let component = |name| material.components.iter().find(|c| c.name == name).unwrap().value.bytes();
        assert_eq!(cipher(component("schedule"), &block, false), expected);
        assert_eq!(cipher(component("schedule_inv"), &expected, true), *block);
    }
}

/// The cipher of FIPS 197 section 5.1, or the equivalent inverse of 5.3.5, with
/// a given schedule.
fn cipher(schedule: &[u8], block: &[u8], inverse: bool) -> Vec<u8> {
    use crate::aes::sbox::{inverse_mix_column, mix_column, sub_word};
    let substitute = |byte: u8| {
        if inverse {
            (0..=u8::MAX).find(|other| sub_word(u32::from(*other)) & 0xff == u32::from(byte)).unwrap()
        } else {
            sub_word(u32::from(byte)).to_be_bytes()[3]
        }
    };
    let add = |state: &[u8], key: &[u8]| -> Vec<u8> { state.iter().zip(key).map(|(s, k)| s ^ k).collect() };
    let rounds: Vec<_> = schedule.chunks(16).collect();
    let mut state = add(block, rounds[0]);
    for (number, key) in rounds.iter().enumerate().skip(1) {
        let moved = |at: usize| {
            let (row, column) = (at % 4, at / 4);
            row + 4 * ((if inverse { column + 4 - row } else { column + row }) % 4)
        };
        state = (0..16).map(|at| substitute(state[moved(at)])).collect();
        if number + 1 < rounds.len() {
            let mix = if inverse { inverse_mix_column } else { mix_column };
            let columns = state.chunks(4).map(|column| u32::from_be_bytes(column.try_into().unwrap()));
            state = columns.flat_map(|column| mix(column).to_be_bytes()).collect();
        }
        state = add(&state, key);
    }
    state
}

#[test]
fn the_debug_text_of_a_schedule_tells_nothing_of_the_key() {
    let (found, _) = find_one(&schedule(&[1; 16], Layout::ALL[0]), "");
    assert_eq!(
        format!("{found:?}"),
        r#"Schedule { bits: 128, form: "encrypt", ranges: [0..176], cut: false, .. }"#
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_key_in_any_form_in_any_place_is_found(
        key in prop_oneof![
            prop::collection::vec(any::<u8>(), 16),
            prop::collection::vec(any::<u8>(), 24),
            prop::collection::vec(any::<u8>(), 32),
        ],
        layout in prop::sample::select(&Layout::ALL),
        before in prop::collection::vec(any::<u8>(), 0..70),
        after in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let bytes = schedule(&key, layout);
        let window = [before.as_slice(), bytes.as_slice(), &after].concat();
        let (found, found_key) = find_one(&window, layout.name());
        prop_assert_eq!(found_key, key);
        prop_assert_eq!(range(&found), before.len()..before.len() + bytes.len());
        prop_assert_eq!(found.form, layout.name());
    }

    #[test]
    fn no_bytes_are_a_fault(window in prop::collection::vec(any::<u8>(), 0..400), offset in 0usize..500) {
        for relation in RELATIONS {
            prop_assert!(prove(&window, offset, relation).is_none());
        }
    }
}

#[test]
fn schedule_with_flipped_bits_all_over_is_found() {
    each_kind(|key, layout| {
        let whole = schedule(key, layout);
        let mut bytes = noise(7, whole.len());
        // One bit in a hundred.
        let flipped = noise(u64::from(key[0]) + 1, 24);
        let places = flipped.chunks_exact(2).map(|place| usize::from(place[0]) << 8 | usize::from(place[1]));
        bytes.copy_from_slice(&whole);
        places.for_each(|place| bytes[place / 8 % whole.len()] ^= 1 << (place % 8));
        let window = [&[0; 64][..], &bytes, &[0; 64]].concat();
        let run = 64..64 + bytes.len();
        let found = damaged(&window, std::slice::from_ref(&run), &[]);
        assert_eq!(found.len(), 1, "{layout:?}");
        assert_eq!((range(&found[0]), material(&found[0]).components[0].value.bytes()), (run.clone(), key));
        assert!(damaged(&window, std::slice::from_ref(&run), std::slice::from_ref(&run)).is_empty());
    });
    let random = noise(99, 400);
    let whole = 0..random.len();
    assert!(damaged(&random, std::slice::from_ref(&whole), &[]).is_empty());
}
