//! Against a naive search, at every alignment, with every kind of pattern.

use super::*;
use proptest::prelude::*;

fn pattern(bytes: &[u8], min: usize, over_breaks: bool) -> Pattern {
    Pattern { bytes: Zeroizing::new(bytes.to_vec()), min, over_breaks, may_be_seed: any_seed }
}

fn find(patterns: &[(&[u8], usize, bool)], window: &[u8]) -> Vec<Match> {
    let patterns = patterns.iter().map(|(bytes, min, breaks)| pattern(bytes, *min, *breaks)).collect();
    let mut out = Vec::from([Match { pattern: 9, range: 0..1, part: 0..1 }]);
    Needles::build(patterns).find(window, &mut out);
    out
}

/// Every maximal fragment, by comparing every place with every place.
fn naive(patterns: &[Vec<u8>], min: usize, window: &[u8]) -> Vec<Match> {
    let mut out = Vec::new();
    for (index, bytes) in patterns.iter().enumerate() {
        for at in 0..window.len() {
            for from in 0..bytes.len() {
                if at > 0 && from > 0 && window[at - 1] == bytes[from - 1] {
                    continue;
                }
                let pairs = window[at..].iter().zip(&bytes[from..]);
                let len = pairs.take_while(|(a, b)| a == b).count();
                if len >= min.max(8).min(bytes.len()) {
                    out.push(Match { pattern: index, range: at..at + len, part: from..from + len });
                }
            }
        }
    }
    out
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let step = |i: u64| {
        (seed + i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    };
    (0..len as u64).map(|i| (step(i) >> 56) as u8 | 1).collect()
}

#[test]
fn fragments_are_found_at_every_alignment_and_tail() {
    let key = noise(1, 64);
    for at in 0..140 {
        for part in [0..64, 0..8, 56..64, 20..37] {
            for after in [0, 1, 7, 8, 64, 2000] {
                let window = [vec![0xaa; at], key[part.clone()].to_vec(), vec![0; after]].concat();
                let range = at..at + part.len();
                let expected = [Match { pattern: 0, range, part: part.clone() }];
                assert_eq!(find(&[(&key, 8, false)], &window), expected, "{at} {part:?} {after}");
            }
        }
    }
}

#[test]
fn only_fragments_with_a_wanted_seed_are_found_and_they_are_found_whole() {
    let bytes = [noise(1, 16), b"ordinary text about it".to_vec()].concat();
    let high = |window: [u8; 8]| window.iter().any(|byte| *byte >= 0x80);
    let needles = Needles::build(vec![Pattern { may_be_seed: high, ..pattern(&bytes, 8, false) }]);
    let mut out = Vec::new();
    needles.find(&bytes[16..], &mut out);
    assert_eq!(out, []);
    needles.find(&bytes, &mut out);
    assert_eq!(out, [Match { pattern: 0, range: 0..bytes.len(), part: 0..bytes.len() }]);
}

#[test]
fn fragments_below_the_minimum_are_left_out() {
    let key = noise(2, 40);
    for len in 0..=40 {
        for min in [0, 8, 11, 22, 40, 99] {
            let window = [vec![0; 100], key[..len].to_vec(), vec![0; 100]].concat();
            let found = find(&[(&key, min, false)], &window).len();
            assert_eq!(found, usize::from(len >= min.clamp(8, 40)), "{len} bytes, minimum {min}");
        }
    }
}

#[test]
fn line_breaks_of_every_kind_are_passed_over() {
    let text = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    for line_break in ["\n", "\r\n", "\\n", "\\r\\n"] {
        for first in 8..text.len() {
            let (head, tail) = text.split_at(first);
            let window = [b"key: ", head, line_break.as_bytes(), tail, b"\n"].concat();
            let range = 5..5 + text.len() + line_break.len();
            let whole = Match { pattern: 0, range, part: 0..text.len() };
            assert_eq!(find(&[(text, 11, true)], &window), [whole], "{line_break:?} after {first}");
            let apart = find(&[(text, 8, false)], &window);
            assert_eq!(apart.len(), 1 + usize::from(tail.len() >= 8));
        }
    }
}

#[test]
fn short_patterns_are_matched_whole() {
    let window = b"user=root pass=abab1 abababa";
    let found = find(&[(b"aba", 1, false), (b"root", 8, true), (b"", 8, false)], window);
    let starts: Vec<_> = found.iter().map(|found| (found.pattern, found.range.start)).collect();
    assert_eq!(starts, [(1, 5), (0, 15), (0, 21), (0, 23), (0, 25)]);
}

#[test]
fn patterns_without_seeds_are_matched_whole_unless_zero() {
    let (same, wide, zero) = ([b'a'; 12], [0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0], [0; 20]);
    let patterns: [(&[u8], usize, bool); 3] = [(&same, 8, false), (&wide, 8, false), (&zero, 8, false)];
    let window = [vec![0; 40], same.to_vec(), vec![1], wide.to_vec(), vec![0; 40]].concat();
    let found = find(&patterns, &window);
    assert_eq!(found.iter().map(|found| found.pattern).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn words_shared_by_many_patterns_are_covered() {
    let heads: Vec<Vec<u8>> = (0..200).map(|i| [noise(3, 16), noise(100 + i, 24)].concat()).collect();
    let patterns: Vec<(&[u8], usize, bool)> = heads.iter().map(|head| (head.as_slice(), 20, false)).collect();
    for (index, head) in heads.iter().enumerate() {
        let window = [vec![7; 50], head.clone(), vec![7; 50]].concat();
        let found = find(&patterns, &window);
        let covered = |at: usize| found.iter().any(|found| found.range.contains(&at));
        assert!((50..90).all(covered), "pattern {index}");
        assert!(found.len() < 50);
        assert!(found.iter().any(|found| found.pattern == index && found.part.end == 40));
    }
}

#[test]
fn no_patterns_find_nothing() {
    assert!(find(&[], &noise(5, 500)).is_empty());
    assert!(find(&[(b"", 0, true)], &noise(5, 500)).is_empty());
}

#[test]
fn memory_stays_within_the_stated_bytes_a_seed() {
    for seeds in [5_000, 100_000, 131_073] {
        let needles = Needles::build(vec![pattern(&noise(6, seeds + 7), 8, false)]);
        assert!(needles.seeds() > seeds * 9 / 10, "{} of {seeds}", needles.seeds());
        assert!(needles.memory_bytes() <= seeds * 25 + 100, "{} for {seeds}", needles.memory_bytes());
    }
}

#[test]
fn debug_shows_no_bytes() {
    let secret = pattern(b"hunter2hunter2", 8, false);
    assert_eq!(format!("{secret:?}"), "Pattern(14 bytes, min 8, over_breaks false)");
    assert_eq!(format!("{:?}", Needles::build(vec![secret])), "Needles(1 patterns, 7 seeds)");
    assert_eq!(format!("{:?}", Words::build(&[([1; 8], 1)])), "Words(1)");
}

#[test]
fn words_are_found_with_every_number_at_every_place() {
    let list: Vec<([u8; 8], u32)> =
        (0..3000).map(|i| (*noise(u64::from(i / 2) << 20, 8).first_chunk().unwrap(), i)).collect();
    let words = Words::build(&list);
    assert!(words.memory_bytes() <= list.len() * 36 + 100);
    for (index, (word, _)) in list.iter().enumerate().step_by(97) {
        for at in [0, 1, 55, 56, 57, 63, 64, 1023, 1024, 5000] {
            let window = [vec![0; at], word.to_vec(), vec![0; at % 70]].concat();
            let mut found = Vec::new();
            words.find(&window, |at, id| found.push((at, id as usize)));
            assert_eq!(found, [(at, index / 2 * 2), (at, index / 2 * 2 + 1)]);
        }
    }
    Words::build(&[]).find(&noise(8, 300), |_, _| panic!("nothing to find"));
}

proptest! {
    #[test]
    fn needles_agree_with_a_naive_search(
        seeds in prop::collection::vec((0_u64..40, 0_usize..40), 1..6),
        parts in prop::collection::vec((0_usize..6, 0_usize..30, 1_usize..40, 0_usize..20), 1..8),
        min in 0_usize..24,
    ) {
        // Few values of few bytes: overlaps, repetition, shared words.
        let patterns: Vec<Vec<u8>> =
            seeds.iter().map(|(seed, len)| noise(*seed, *len).iter().map(|byte| byte % 3 + 1).collect()).collect();
        let mut window = Vec::new();
        for (which, from, len, gap) in parts {
            let source = &patterns[which % patterns.len()];
            window.extend(source.iter().skip(from).take(len));
            window.extend(vec![9; gap]);
        }
        let expected = naive(&patterns, min, &window);
        let asked: Vec<(&[u8], usize, bool)> = patterns.iter().map(|bytes| (bytes.as_slice(), min, false)).collect();
        let found = find(&asked, &window);
        for one in &found {
            prop_assert_eq!(&window[one.range.clone()], &patterns[one.pattern][one.part.clone()]);
        }
        for one in &expected {
            let seeded = patterns[one.pattern].len() < 8
                || patterns[one.pattern][one.part.clone()].windows(8).any(|word| word.iter().any(|byte| *byte != word[0]));
            let covered = found.iter().any(|found| {
                found.pattern == one.pattern && found.range.start <= one.range.start && one.range.end <= found.range.end
            });
            prop_assert!(covered || !seeded, "{:?} not in {:?}", one, found);
        }
    }
}

#[test]
fn word_of_a_hundred_patterns_is_a_match_where_eight_bytes_are_enough() {
    let patterns = |min: usize| -> Vec<Pattern> {
        (0..100_u8)
            .map(|at| pattern(&[&[at; 4][..], b", 0x01, ", &[at ^ 0xff; 36]].concat(), min, false))
            .collect()
    };
    let window = [&[1; 20][..], b"[0xca, 0x01, 0x23]", &[2; 20]].concat();
    let places = |min| {
        let mut out = Vec::new();
        Needles::build(patterns(min)).find(&window, &mut out);
        out.into_iter().map(|found| found.range).collect::<Vec<_>>()
    };
    let found = places(8);
    assert!(!found.is_empty() && found.iter().all(|place| place.end == 33), "{found:?}");
    assert!(places(40).is_empty());
}
