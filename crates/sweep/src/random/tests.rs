//! One body over every kernel: the definition, alignments, tails, content.

#![expect(clippy::cast_possible_truncation, reason = "small test data")]

use super::*;
use proptest::prelude::*;

/// The runs by the definition, block by block.
fn defined(window: &[u8]) -> Vec<Range<usize>> {
    let mut blocks = vec![false; window.len()];
    for at in 0..(window.len() + 1).saturating_sub(BLOCK) {
        if rule::looks_random(window, at) {
            blocks[at..at + BLOCK].fill(true);
        }
    }
    let mut covered = blocks.clone();
    for run in ranges(&blocks) {
        for at in 0..(window.len() + 1).saturating_sub(rule::LONG) {
            let shared = run.end.min(at + rule::LONG).saturating_sub(run.start.max(at));
            if shared >= BLOCK && rule::may_be_random(window, at) {
                covered[at..at + rule::LONG].fill(true);
            }
        }
    }
    ranges(&covered)
}

fn ranges(covered: &[bool]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for at in (0..covered.len()).filter(|at| covered[*at]) {
        match out.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => out.push(at..at + 1),
        }
    }
    out
}

fn check(window: &[u8]) -> Vec<Range<usize>> {
    let expected = defined(window);
    for (name, kernel) in kernels() {
        let mut found = Vec::new();
        found.push(7..9);
        kernel(window, &mut found);
        assert_eq!(found, expected, "kernel {name}, window of {} bytes: {window:02x?}", window.len());
    }
    expected
}

/// Bytes of splitmix64, good enough to pass for a key.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()
    });
    let mut bytes: Vec<u8> = words.by_ref().take(len.div_ceil(8)).flatten().collect();
    bytes.truncate(len);
    bytes
}

/// The share of a window that looks random.
fn share(window: &[u8]) -> f64 {
    let covered: usize = check(window).iter().map(Range::len).sum();
    covered as f64 / window.len() as f64
}

fn repeat(parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    parts.flatten().take(6000).collect()
}

#[test]
fn a_key_is_found_at_every_alignment_and_window_length() {
    let key = noise(1, 16);
    for before in 0..130 {
        for after in [0, 1, 7, 15, 16, 47, 48, 63, 64, 65, 80, 200] {
            let window = [vec![0; before], key.clone(), vec![0; after]].concat();
            let runs = check(&window);
            assert_eq!(runs.len(), 1);
            assert!(runs[0].start <= before && before + 16 <= runs[0].end, "{before} {after} {runs:?}");
        }
    }
}

#[test]
fn a_key_after_pages_of_zeros_is_found() {
    for before in [4095, 4096, 4097, 9000, 12345] {
        let window = [vec![0; before], noise(2, 32), vec![0; 9000], noise(3, 32), vec![0; 100]].concat();
        assert_eq!(check(&window).len(), 2);
    }
}

#[test]
fn windows_shorter_than_a_block_hold_nothing() {
    for len in 0..BLOCK {
        assert!(check(&noise(4, len)).is_empty());
    }
}

#[test]
fn lone_keys_are_missed_less_than_once_in_two_thousand() {
    let (mut missed, total) = (0, 40_000);
    for seed in 0..total {
        let mut window = vec![0; 64];
        let at = 16 + (seed % 17) as usize;
        window[at..at + 16].copy_from_slice(&noise(seed << 8, 16));
        missed += u32::from(!rule::looks_random(&window, at));
    }
    assert!(missed <= 30, "{missed} of {total}; 20 are expected at most");
}

#[test]
fn long_keys_lose_at_most_seven_bytes_at_an_edge() {
    for seed in 0..20_000 {
        let window = [vec![0; 40], noise(seed << 8 | 1, 32), vec![0; 40]].concat();
        let mut found = Vec::new();
        runs(&window, &mut found);
        assert!(found.iter().any(|run| run.start <= 47 && run.end >= 65), "seed {seed}: {found:?}");
    }
}

#[test]
fn random_bytes_are_covered_whole() {
    assert!(share(&noise(5, 20_000)) > 0.9995);
}

#[test]
fn keys_between_numbers_are_found() {
    let numbers = |from: u32| repeat((from..from + 40).map(|i| f64::from(i).sqrt().to_le_bytes().to_vec()));
    let window = [numbers(2), noise(6, 16), numbers(90)].concat();
    assert!(check(&window).iter().any(|run| run.start <= 320 && run.end >= 336));
}

#[test]
fn text_is_not_random() {
    for text in [
        "The quick brown fox jumps over the lazy dog; 0123456789 times. ",
        "Съешь же ещё этих мягких французских булок, да выпей чаю. ",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ",
        "いろはにほへとちりぬるをわかよたれそつねならむ。漢字仮名交じり文。",
        "天地玄黃，宇宙洪荒。日月盈昃，辰宿列張。",
        "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر",
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ",
    ] {
        let utf8 = text.as_bytes().repeat(200);
        assert!(share(&utf8) < 0.005, "{text}: {}", share(&utf8));
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(share(&utf16.repeat(200)) < 0.02, "UTF-16 {text}: {}", share(&utf16.repeat(200)));
    }
}

#[test]
fn numbers_and_pointers_are_not_random() {
    let word = |of: &dyn Fn(u64) -> Vec<u8>| repeat((0..900).map(of));
    let odd = 0x9e37_79b9_7f4a_7c15_u64;
    let contents: [(&str, f64, Vec<u8>); 9] = [
        ("pointers", 0.0, word(&|i| (0x7f3a_9c00_0000 + (i.wrapping_mul(odd) >> 36)).to_le_bytes().to_vec())),
        (
            "big pointers",
            0.0,
            word(&|i| (0xffff_8000_0000 + (i.wrapping_mul(odd) >> 34)).to_le_bytes().to_vec()),
        ),
        ("small integers", 0.0, word(&|i| (i as u32 * 77).to_le_bytes().to_vec())),
        ("doubles", 0.02, word(&|i| (i as f64).sin().mul_add(40.0, 50.0).to_le_bytes().to_vec())),
        ("floats", 0.03, word(&|i| (i as f32).sin().mul_add(40.0, 50.0).to_le_bytes().to_vec())),
        ("references", 0.01, word(&|i| (0xf05c_0000 + (i as u32 % 97) * 24).to_le_bytes().to_vec())),
        ("bitmaps", 0.0, word(&|i| vec![[0, 0xff, 0xf0, 0x0f][i as usize / 5 % 4]; 3])),
        ("counting bytes", 0.0, (0_u32..6000).map(|i| (i / 3) as u8).collect()),
        (
            "hash beside pointer",
            0.0,
            word(&|i| {
                let pointer = 0x5570_0000_1000 + i * 48;
                [pointer.to_le_bytes(), i.wrapping_add(1).wrapping_mul(odd).to_le_bytes()].concat()
            }),
        ),
    ];
    for (name, limit, window) in contents {
        assert!(share(&window) <= limit, "{name}: {}", share(&window));
    }
}

proptest! {
    #[test]
    fn windows_that_overlap_find_what_the_whole_has(
        seeds in prop::collection::vec((any::<u64>(), 0_u8..4, 1_usize..60), 1..30),
        cut in 0_usize..400,
    ) {
        let mut whole = Vec::new();
        for (seed, kind, len) in seeds {
            let kept = [0x00, 0xff, 0x3f, 0xfe][usize::from(kind)];
            whole.extend(noise(seed, len).into_iter().map(|byte| byte & kept));
        }
        let cut = cut.min(whole.len());
        let start = cut.saturating_sub(OVERLAP);
        let (mut all, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
        runs(&whole, &mut all);
        runs(&whole[..cut], &mut left);
        runs(&whole[start..], &mut right);
        let found = |at: usize| {
            left.iter().any(|run| run.contains(&at))
                || right.iter().any(|run| run.start + start <= at && at < run.end + start)
        };
        prop_assert!(all.into_iter().flatten().all(found));
    }

    #[test]
    fn kernels_meet_the_definition(
        parts in prop::collection::vec((0_u8..8, any::<u64>(), 1_usize..70), 1..12),
    ) {
        let mut window = Vec::new();
        for (kind, seed, len) in parts {
            let noise = noise(seed, len);
            window.extend(noise.iter().enumerate().map(|(i, byte)| match kind {
                0 => 0,
                1 => *byte,
                2 => byte & 0x7f,
                3 => byte | 0x80,
                4 => if i % 8 > 5 { 0 } else { *byte },
                5 => if i % 4 == 3 { 0xf0 } else { *byte },
                6 => if byte % 5 == 0 { 0 } else { *byte },
                _ => b'a' + byte % 26,
            }));
        }
        check(&window);
    }
}
