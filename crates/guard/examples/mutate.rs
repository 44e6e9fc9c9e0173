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
    let start = std::time::Instant::now();
    let tally = mutate::run(count, seed);
    println!("{tally:#?}\n{count} tokens, seed {seed}, {:.0} s", start.elapsed().as_secs_f64());
}
