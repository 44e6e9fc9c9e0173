//! Measures every pass over a file, in GB/s and as a share of memcpy, and
//! checks that all kernels agree: `throughput FILE [MEGABYTES]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use coredact_sweep::random;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

/// Bytes that a pass sees at once, as in the engine.
const WINDOW: usize = 8 << 20;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: throughput FILE [MEGABYTES]");
        return ExitCode::from(2);
    };
    let limit = arguments.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(1024);
    let mut bytes = Vec::new();
    if let Err(error) = File::open(&path).and_then(|file| file.take(limit << 20).read_to_end(&mut bytes)) {
        eprintln!("failed to read {path}: {error}");
        return ExitCode::FAILURE;
    }
    let mut copy = vec![0_u8; WINDOW];
    let memcpy = measure("memcpy", &bytes, f64::NAN, |window| {
        copy[..window.len()].copy_from_slice(window);
        black_box(copy.last().copied()).map_or(0, |_| 0)
    });
    measure("zero", &bytes, memcpy.rate, |window| {
        window.chunks(4096).filter(|page| coredact_sweep::zero::is_zero(page)).count()
    });
    let mut ranges = Vec::new();
    let counts = random::kernels().iter().map(|(name, kernel)| {
        measure(&format!("random/{name}"), &bytes, memcpy.rate, |window| {
            kernel(window, &mut ranges);
            ranges.iter().map(|range| range.len() + 1).sum()
        })
        .count
    });
    agree(counts);
    ExitCode::SUCCESS
}

/// What a measurement found and how fast.
struct Measured {
    count: usize,
    rate: f64,
}

/// Runs a pass twice over all windows and prints the faster run.
fn measure(name: &str, bytes: &[u8], memcpy: f64, mut pass: impl FnMut(&[u8]) -> usize) -> Measured {
    let mut best = f64::INFINITY;
    let mut count = 0;
    for _ in 0..2 {
        let start = Instant::now();
        count = bytes.chunks(WINDOW).map(&mut pass).sum();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let rate = bytes.len() as f64 / best / 1e9;
    println!("{name:16} {rate:8.2} GB/s {:6.2} of memcpy, {count}", rate / memcpy);
    Measured { count, rate }
}

/// Every kernel must find the same.
fn agree(mut counts: impl Iterator<Item = usize>) {
    if let Some(first) = counts.next() {
        assert!(counts.all(|count| count == first), "kernels disagree");
    }
}
