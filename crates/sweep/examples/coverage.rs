//! Prints how much of each file looks random: `coverage FILE...`.
//!
//! Of an ELF core (64-bit, little-endian) each kind of segment is a line; any
//! other file is taken as raw bytes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use coredact_sweep::random;
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("failed to read {path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        let name = path.rsplit('/').next().unwrap_or(&path);
        for (kind, parts) in parts(&bytes) {
            let mut runs = Vec::new();
            let (mut size, mut covered, mut count) = (0, 0, 0);
            for part in parts {
                random::runs(part, &mut runs);
                size += part.len();
                count += runs.len();
                covered += runs.iter().map(|run| run.len()).sum::<usize>();
            }
            let share = 100.0 * covered as f64 / size.max(1) as f64;
            println!("{name:32} {kind:4} {size:12} bytes {share:9.4} % in {count} runs");
        }
    }
    ExitCode::SUCCESS
}

/// The bytes of a file by kind.
fn parts(bytes: &[u8]) -> BTreeMap<&'static str, Vec<&[u8]>> {
    let mut parts = BTreeMap::new();
    let number = |at: usize, size: usize| {
        let field = bytes.get(at..at + size).unwrap_or_default();
        field.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    if !bytes.starts_with(b"\x7fELF\x02\x01") || number(16, 2) != 4 {
        parts.insert("raw", Vec::from([bytes]));
        return parts;
    }
    // e_phoff, e_phnum; p_type PT_LOAD, p_flags, p_offset, p_filesz (ELF-64).
    for header in (0..number(56, 2)).map(|index| number(32, 8) + 56 * index) {
        let kind = match number(header + 4, 4) & 3 {
            0 => "r",
            1 => "rx",
            2 => "rw",
            _ => "rwx",
        };
        let (start, size) = (number(header + 8, 8), number(header + 32, 8));
        if number(header, 4) == 1
            && let Some(part) = bytes.get(start..start + size)
        {
            parts.entry(kind).or_insert_with(Vec::new).push(part);
        }
    }
    parts
}
