//! Speed of every schedule kernel over a file, and how many candidates it holds:
//! `cargo run --release -p coredact-sweep --example schedule_rate -- FILE [KERNEL]`.
#![expect(clippy::print_stdout, reason = "prints its measurement")]

use coredact_sweep::schedule::{self, Candidate};
use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// Bytes handed to a kernel at a time.
const WINDOW_BYTES: u64 = 4 << 20;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "usage: schedule_rate FILE [KERNEL]");
    let path = arguments.next().ok_or_else(usage)?;
    let only = arguments.next();
    for (name, kernel) in schedule::kernels() {
        if only.as_ref().is_some_and(|only| only.as_os_str() != *name) {
            continue;
        }
        let (mut file, mut window, mut found) = (File::open(&path)?, Vec::new(), Vec::<Candidate>::new());
        let (mut bytes, mut candidates, mut spent) = (0u64, 0, Duration::ZERO);
        loop {
            window.clear();
            let read = (&mut file).take(WINDOW_BYTES).read_to_end(&mut window)?;
            if read == 0 {
                break;
            }
            let start = Instant::now();
            kernel(&window, &mut found);
            spent += start.elapsed();
            bytes += u64::try_from(read).map_err(io::Error::other)?;
            candidates += found.len();
            found.clear();
        }
        let mebibytes_per_second = u128::from(bytes) * 1_000_000 / spent.as_micros().max(1) / (1 << 20);
        println!("{name}: {bytes} bytes, {candidates} candidates, {mebibytes_per_second} MiB/s");
    }
    Ok(())
}
