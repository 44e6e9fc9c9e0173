//! One suite over every kernel.

use super::{Candidate, Relation, kernels};

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

/// What every kernel must say of a window.
fn check(window: &[u8], expected: &[Candidate]) {
    for (name, kernel) in kernels() {
        let mut found = Vec::new();
        kernel(window, &mut found);
        assert_eq!(expected, found, "kernel {name}, window of {} bytes", window.len());
    }
}

fn xor_words(window: &mut [u8], to: usize, from: [usize; 2]) {
    for byte in 0..4 {
        window[to + byte] = window[from[0] + byte] ^ window[from[1] + byte];
    }
}

/// Rewrites twelve bytes so that the relation holds at `offset`. The words to
/// write are chosen so that none of them is an operand of another.
fn plant(window: &mut [u8], Candidate { offset, relation }: Candidate) {
    let lags: [isize; 3] = match relation {
        Relation::Ascending128 => [-16; 3],
        Relation::Ascending192 => [-24; 3],
        Relation::Ascending256 => [-32; 3],
        Relation::Descending128 => [16; 3],
        Relation::Descending192 => [40, 8, 8],
        Relation::Descending256 => [32; 3],
    };
    for (word, lag) in (1..=3).zip(lags) {
        let newer = offset + 4 * word;
        xor_words(window, newer.strict_add_signed(lag), [newer, newer - 4]);
    }
}

const ALL: [Relation; 6] = [
    Relation::Ascending128,
    Relation::Ascending192,
    Relation::Ascending256,
    Relation::Descending128,
    Relation::Descending192,
    Relation::Descending256,
];

#[test]
fn each_relation_is_found_at_every_alignment() {
    for relation in ALL {
        for offset in 32..180 {
            let mut window = noise(1, 400);
            let candidate = Candidate { offset, relation };
            plant(&mut window, candidate);
            // A neighbouring byte may be equal by chance and make it two.
            let mut expected = Vec::new();
            super::scalar::candidates(&window, &mut expected);
            assert!(expected.contains(&candidate), "{candidate:?}");
            check(&window, &expected);
        }
    }
}

#[test]
fn a_relation_that_fits_exactly_into_the_window_is_found() {
    for relation in ALL {
        for at in 0..70 {
            let mut window = noise(2, 200);
            let candidate = Candidate { offset: 64 + at, relation };
            plant(&mut window, candidate);
            let (begin, end) = match relation {
                Relation::Ascending128 => (12, 16),
                Relation::Ascending192 => (20, 16),
                Relation::Ascending256 => (28, 16),
                Relation::Descending128 => (0, 32),
                Relation::Descending192 | Relation::Descending256 => (0, 48),
            };
            let (begin, end) = (candidate.offset - begin, candidate.offset + end);
            check(&window[begin..end], &[Candidate { offset: candidate.offset - begin, relation }]);
            check(&window[begin + 1..end], &[]);
            check(&window[begin..end - 1], &[]);
        }
    }
}

#[test]
fn blank_and_uniform_memory_holds_no_candidate() {
    for byte in [0, 0xff, 0x20] {
        check(&vec![byte; 4096], &[]);
    }
    let mut edge = vec![0; 512];
    edge[256..].fill(0xcc);
    check(&edge, &[]);
}

#[test]
fn a_run_of_few_bits_counts_unless_four_bytes_of_an_operand_are_zero() {
    let expected = Candidate { offset: 97, relation: Relation::Ascending128 };
    let run = |words: [u32; 4]| {
        let mut window = vec![0; 256];
        for (word, value) in words.into_iter().enumerate() {
            window[97 + 4 * word..][..4].copy_from_slice(&value.to_le_bytes());
        }
        plant(&mut window, expected);
        let mut found = Vec::new();
        super::scalar::candidates(&window, &mut found);
        check(&window, &found);
        found.contains(&expected)
    };
    assert!(run([0, 0x0001_0001, 0x0100_0100, 0x0001_0001]));
    assert!(!run([0, 0x0101_0101, 0x0101_0101, 0x0303_0303]), "a step of zero");
    assert!(!run([1, 0, 0x0101_0101, 0x0202_0202]), "a word of zero");
    assert!(!run([1, 0x0101_0101, 0x0202_0202, 0]), "a word of zero");
    assert!(!run([1, 0x0101_0101, 0x0101_0102, 0x0202_0202]), "zeros across two words of the older operand");
}

#[test]
fn a_pattern_that_obeys_for_ever_is_a_candidate_at_its_end_only() {
    let words = [0x1234_5678u32, 0x9abc_def1];
    let pattern = [words[0], words[1], words[0] ^ words[1]].map(u32::to_le_bytes).concat();
    let window = pattern.repeat(300);
    let mut found = Vec::new();
    super::scalar::candidates(&window, &mut found);
    assert!(found.len() < 60 && found.iter().all(|candidate| candidate.offset > window.len() - 80));
    check(&window, &found);
}

#[test]
fn short_windows_are_no_fault() {
    for length in 0..130 {
        check(&noise(3, length), &[]);
        check(&vec![0; length], &[]);
    }
}

#[test]
fn kernels_agree_on_windows_of_few_values() {
    for seed in 0..40 {
        let mut window = noise(seed, 3000);
        let mask: u8 = [1, 3, 0x81, 0x10][usize::try_from(seed % 4).unwrap()];
        window.iter_mut().for_each(|byte| *byte &= mask);
        let mut expected = Vec::new();
        super::scalar::candidates(&window, &mut expected);
        check(&window, &expected);
    }
}
