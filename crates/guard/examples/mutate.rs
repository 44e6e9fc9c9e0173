//! Forged and damaged tokens against the guard and two other libraries.
//!
//!     cargo run --release -p coredact-guard --example mutate -- 10000000 [SEED]
#![expect(clippy::print_stdout, reason = "a program")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/mutate.rs"]
mod mutate;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let (count, seed) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(1));
    let mut total = mutate::Tally::default();
    // Each round has fresh keys and a seed of its own, which is in the message if a promise is broken.
    for round in 0..count.div_ceil(ROUND) {
        let left = count - round * ROUND;
        total.add(mutate::run(left.min(ROUND), seed.wrapping_add(round)));
        println!("{} genuine, {} forged, others accepted {:?}", total.genuine, total.forged, total.lenient);
    }
    println!("{total:#?}");
}

/// Tokens between two lines of progress.
const ROUND: u64 = 50_000;
