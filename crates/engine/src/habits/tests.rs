//! What habits explain, and that a key is never among it.

use super::*;
use coredact_sweep::random;

/// Bytes of splitmix64, good enough to pass for a key.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

/// Kinds of memory that look random block by block.
const KINDS: usize = 5;

/// A record of one of the kinds, of a length divisible by 8.
fn record(kind: usize, noise: &mut Noise) -> Vec<u8> {
    let mut out: Vec<u8> = match kind {
        // Position tables: an entry starts with the high bit, what follows has none.
        0 => (0..30)
            .flat_map(|_| [0x80 | noise.bytes(1)[0] >> 1, noise.bytes(1)[0] >> 1, noise.bytes(1)[0] >> 2])
            .collect(),
        // Indices of 16 bits below 0x3000 with holes.
        1 => (0..40)
            .flat_map(|_| {
                if noise.below(3) == 0 { [0xff; 2] } else { [noise.bytes(1)[0], noise.bytes(1)[0] % 0x30] }
            })
            .collect(),
        // Two opcodes of few, one argument.
        2 => (0..40)
            .flat_map(|_| [b"\x97\x7c\xa6\xab\x88\x64\xd0\x6a"[noise.below(8)], noise.bytes(1)[0] >> 1])
            .collect(),
        // A hash beside a number in digits.
        3 => {
            let digits = format!("{}.{}", noise.below(1000), noise.below(100_000));
            [noise.bytes(8), vec![0xe4], digits.into_bytes()].concat()
        }
        // Big-endian reals behind a varying head, as in the pages of a database.
        _ => (0..8)
            .flat_map(|_| {
                let real = 1.0 + noise.below(1 << 20) as f64 / 7.0;
                [vec![0x0c, 0x04, noise.bytes(1)[0], 7], real.to_be_bytes().to_vec()].concat()
            })
            .collect(),
    };
    out.resize(out.len().next_multiple_of(8) + 8, 0);
    out
}

fn heap(noise: &mut Noise, records: usize) -> Vec<u8> {
    (0..records)
        .flat_map(|index| {
            let kind = index * KINDS / records;
            record(kind, noise)
        })
        .collect()
}

/// The runs before and after habits have explained what they can.
fn check(heap: &Vec<u8>) -> (Vec<Range<u64>>, Vec<Range<u64>>) {
    let image = coredact_dump::raw(heap);
    let mut found = Vec::new();
    random::runs(heap, &mut found);
    let mut runs: Vec<RandomRun> = found
        .iter()
        .map(|run| run.start as u64..run.end as u64)
        .map(|core| RandomRun { space: 0, cut: core.clone(), core, joined: false, is_text: false })
        .collect();
    let before = runs.iter().map(|run| run.core.clone()).collect();
    Habits::learn(heap, &image, &runs).unwrap().explain(heap, &image, &mut runs).unwrap();
    (before, runs.into_iter().map(|run| run.core).collect())
}

fn covers(runs: &[Range<u64>], wanted: &Range<usize>) -> bool {
    let after = runs.partition_point(|run| run.start <= wanted.start as u64);
    after > 0 && runs[after - 1].end >= wanted.end as u64
}

fn sum(runs: &[Range<u64>]) -> u64 {
    runs.iter().map(|run| run.end - run.start).sum()
}

#[test]
fn tables_and_records_are_explained() {
    let (before, after) = check(&heap(&mut Noise(1), 10_000));
    let (before, after) = (sum(&before), sum(&after));
    assert!(before > 100_000 && after * 4 < before * 3, "{before} bytes looked random, {after} still do");
}

#[test]
fn keys_planted_in_such_memory_stay_found() {
    let (mut planted, mut lost) = ([0; 5], [0; 5]);
    let mut noise = Noise(2);
    for _ in 0..4 {
        let mut heap = heap(&mut noise, 20_000);
        let mut keys = Vec::new();
        let mut at = 64;
        while at + 200 < heap.len() {
            let size = noise.below(5);
            let length = [16, 24, 32, 48, 64][size];
            let key = noise.bytes(length);
            heap[at..at + length].copy_from_slice(&key);
            keys.push((size, at..at + length));
            at += 200 + noise.below(300);
        }
        let (before, after) = check(&heap);
        for (size, key) in keys.iter().filter(|(_, key)| covers(&before, key)) {
            planted[*size] += 1;
            lost[*size] += u32::from(!covers(&after, key));
        }
    }
    assert!(planted.iter().all(|count| *count > 1000), "{planted:?}");
    // 2^-12 of 16 bytes would be less than one in a thousand.
    assert!(
        lost[0] * 4096 <= planted[0] && lost[1..].iter().all(|count| *count == 0),
        "{lost:?} of {planted:?}"
    );
}

#[test]
fn copies_of_a_key_in_other_byte_orders_do_not_explain_it() {
    let mut noise = Noise(4);
    for round in 0..200 {
        let key = noise.bytes(32);
        let turned = |word: usize| key.chunks(word).flat_map(|word| word.iter().rev().copied()).collect();
        let orders: [Vec<u8>; 3] = [[1, 4, 32], [1, 8, 32], [1, 4, 8]][round % 3].map(turned);
        let mut heap = heap(&mut noise, 5 * (round % 4));
        for order in &orders {
            heap.resize(heap.len().next_multiple_of(8) + 64, 0);
            heap.extend(order);
        }
        heap.resize(heap.len() + 64, 0);
        let (before, after) = check(&heap);
        for order in &orders {
            let at = heap.windows(32).position(|window| window == order).unwrap();
            let place = at..at + 32;
            assert!(covers(&after, &place) || !covers(&before, &place), "round {round}, {at}");
        }
    }
}

#[test]
fn copies_of_a_key_do_not_explain_it() {
    let mut noise = Noise(3);
    let key = noise.bytes(32);
    let mut heap = heap(&mut noise, 2000);
    for copy in 0..5000_u64 {
        // Other neighbours and another alignment each time.
        heap.extend((copy + 1).to_le_bytes().repeat(3));
        heap.extend(noise.bytes(usize::try_from(copy % 3).unwrap()));
        heap.extend(&key);
    }
    heap.extend([0; 64]);
    let (_, after) = check(&heap);
    let places: Vec<usize> = (0..heap.len() - 32).filter(|at| heap[*at..*at + 32] == key).collect();
    assert!(places.len() >= 5000);
    for place in places {
        assert!(covers(&after, &(place..place + 32)), "the copy at {place} is lost");
    }
}

#[test]
fn digits_that_fill_their_words_in_part_stay_found() {
    let mut noise = Noise(4);
    for (bits, word) in [(52, 8), (56, 8), (28, 4), (30, 4)] {
        let mut heap = Vec::new();
        for _ in 0..2000 {
            heap.extend([0; 32]);
            heap.extend(
                (0..8).flat_map(|_| (noise.next() & ((1 << bits) - 1)).to_le_bytes()[..word].to_vec()),
            );
        }
        heap.extend([0; 32]);
        let (before, after) = check(&heap);
        let (before, after) = (sum(&before), sum(&after));
        assert!(after * 100 > before * 99, "{bits} in {word}: {after} of {before} bytes are left");
    }
}

#[test]
fn words_of_text_are_not_judged() {
    let heap = b"0123456789abcdef".repeat(2000);
    let image = coredact_dump::raw(&heap);
    let run = RandomRun { space: 0, core: 32..64, cut: 32..64, joined: false, is_text: true };
    let mut runs = vec![run; 100];
    let expected = runs.clone();
    Habits::learn(&heap, &image, &runs).unwrap().explain(&heap, &image, &mut runs).unwrap();
    assert_eq!(runs, expected);
}

#[test]
fn gains_are_never_more_than_in_truth() {
    let mut noise = Noise(5);
    for shift in 0..33 {
        for chance in (0..100).map(|_| (noise.next() >> 32) >> shift) {
            let truth =
                ((chance as f64 / CERTAIN as f64) * 192.0 + 0.25).log2().min(f64::from(BYTE_GAIN_BITS));
            let counted = f64::from(gain(chance)) / f64::from(BIT);
            assert!(counted <= truth + 1e-9 && counted > truth - 0.1, "{chance}: {counted}, {truth}");
        }
    }
}
