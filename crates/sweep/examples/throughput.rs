//! Measures every pass over a file, in GB/s and as a share of memcpy, and
//! checks that all kernels agree: `throughput FILE [MEGABYTES] [SEEDS]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use coredact_sweep::needle::{Needles, Pattern, Words, any_seed};
use coredact_sweep::{random, text, zero};
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

/// Bytes that a pass sees at once.
const WINDOW: usize = 1 << 20;
/// Fewest characters of text that the engine asks for.
const MIN_CHARS: usize = 8;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: throughput FILE [MEGABYTES] [SEEDS]");
        return ExitCode::from(2);
    };
    let megabytes = arguments.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(1024);
    let seeds = arguments.next().and_then(|text| text.parse::<usize>().ok()).unwrap_or(300_000);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(megabytes << 20).read_to_end(&mut bytes));
    if let Err(error) = read {
        eprintln!("failed to read {path}: {error}");
        return ExitCode::FAILURE;
    }
    let mut copy = vec![0_u8; WINDOW];
    let memcpy = measure("memcpy", &bytes, f64::NAN, |window| {
        copy[..window.len()].copy_from_slice(window);
        black_box(copy.last().copied()).map_or(0, |_| 0)
    });
    let pages = |window: &[u8]| window.chunks(4096).filter(|page| zero::is_zero(page)).count();
    measure("zero", &bytes, memcpy.rate, pages);
    let mut ranges = Vec::new();
    agree(random::kernels().iter().map(|(name, kernel)| {
        measure(&format!("random/{name}"), &bytes, memcpy.rate, |window| {
            kernel(window, &mut ranges);
            ranges.iter().map(|range| range.len()).sum()
        })
    }));
    let mut runs = Vec::new();
    agree(text::kernels().iter().map(|(name, kernel)| {
        measure(&format!("text/{name}"), &bytes, memcpy.rate, |window| {
            kernel(window, MIN_CHARS, &mut runs);
            runs.iter().map(|run| run.range.len()).sum()
        })
    }));
    search(&bytes, memcpy.rate, seeds);
    ExitCode::SUCCESS
}

/// Looks for needles of random bytes, of which the file has next to none.
fn search(bytes: &[u8], memcpy: f64, seeds: usize) {
    let start = Instant::now();
    let patterns = (0..seeds / 250).map(|index| Pattern {
        bytes: noise(index, 257).into(),
        min: 8,
        over_breaks: index % 4 == 0,
        may_be_seed: any_seed,
    });
    let needles = Needles::build(patterns.collect());
    println!(
        "{} seeds, {} bytes each, built in {:.3} s",
        needles.seeds(),
        needles.memory_bytes() / needles.seeds().max(1),
        start.elapsed().as_secs_f64()
    );
    let mut matches = Vec::new();
    measure("needles", bytes, memcpy, |window| {
        needles.find(window, &mut matches);
        matches.len()
    });
    let list: Vec<([u8; 8], u32)> =
        noise(1 << 40, 8 * seeds).as_chunks().0.iter().copied().zip(0..).collect();
    let words = Words::build(&list);
    measure("words", bytes, memcpy, |window| {
        let mut count = 0;
        words.find(window, |_, _| count += 1);
        count
    });
}

/// Bytes of splitmix64.
fn noise(seed: usize, len: usize) -> Vec<u8> {
    let mut state = (seed as u64) << 20;
    let mut words = std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()
    });
    let mut bytes: Vec<u8> = words.by_ref().take(len.div_ceil(8)).flatten().collect();
    bytes.truncate(len);
    bytes
}

/// What a measurement found and how fast.
struct Measured {
    count: usize,
    rate: f64,
}

/// Runs a pass five times over every window and sums the fastest times, so
/// that a busy machine disturbs little.
fn measure(name: &str, bytes: &[u8], memcpy: f64, mut pass: impl FnMut(&[u8]) -> usize) -> Measured {
    let (mut seconds, mut count) = (0.0, 0);
    for window in bytes.chunks(WINDOW) {
        let mut best = f64::INFINITY;
        let mut found = 0;
        for _ in 0..5 {
            let start = Instant::now();
            found = pass(window);
            best = best.min(start.elapsed().as_secs_f64());
        }
        seconds += best;
        count += found;
    }
    let rate = bytes.len() as f64 / seconds / 1e9;
    println!("{name:16} {rate:8.2} GB/s {:6.2} of memcpy, {count}", rate / memcpy);
    Measured { count, rate }
}

/// Every kernel must find the same.
fn agree(mut measured: impl Iterator<Item = Measured>) {
    if let Some(first) = measured.next() {
        assert!(measured.all(|other| other.count == first.count), "kernels disagree");
    }
}
