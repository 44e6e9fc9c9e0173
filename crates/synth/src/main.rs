//! Writes a core with planted secrets, or looks for what is left of them in a file.
#![forbid(unsafe_code)]

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use coredact_synth::{Keyring, Layout, Machine, Recipe, Truth};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Cores with planted secrets, from a seed.
#[derive(Debug, Parser)]
#[command(name = "coredact-synth")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a core, and what is in it to OUT.truth.json.
    Make {
        /// Decides everything.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Heap memory: bytes, or a number with KiB, MiB or GiB.
        #[arg(long, value_parser = bytes, default_value = "64MiB")]
        size: u64,
        /// Processor.
        #[arg(long, value_enum, default_value_t = MachineName::X8664)]
        machine: MachineName,
        /// Threads.
        #[arg(long, default_value_t = 8)]
        threads: u32,
        /// Sizes of the RSA keys, used in turn.
        #[arg(long, value_delimiter = ',', default_value = "2048,3072,1024,4096")]
        rsa: Vec<usize>,
        /// Write the program that "crashed" too, for debuggers.
        #[arg(long)]
        program: Option<PathBuf>,
        /// The core.
        out: PathBuf,
    },
    /// Search a file for every 8-byte fragment of what was planted; exit code 1 if there is one.
    Survivors {
        /// What `make` wrote.
        truth: PathBuf,
        /// The file.
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MachineName {
    #[value(name = "x86-64")]
    X8664,
    Aarch64,
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::Make { seed, size, machine, threads, rsa, program, out } => {
            let machine = match machine {
                MachineName::X8664 => Machine::X86_64,
                MachineName::Aarch64 => Machine::Aarch64,
            };
            let recipe = Recipe { seed, machine, threads, memory_bytes: size, layout: Layout::default() };
            if let Some(path) = program {
                create(&path)?.write_all(&recipe.program())?;
            }
            make(&recipe, &rsa, &out)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Survivors { truth, file } => survivors(&truth, &file),
    }
}

fn make(recipe: &Recipe, rsa: &[usize], out: &Path) -> Result<()> {
    let keyring = Keyring::new(recipe.seed, rsa);
    let mut writer = BufWriter::with_capacity(1 << 20, create(out)?);
    let truth = recipe.write(&keyring, &mut writer).with_context(|| format!("write {}", out.display()))?;
    let mut name = out.as_os_str().to_owned();
    name.push(".truth.json");
    serde_json::to_writer(BufWriter::new(create(Path::new(&name))?), &truth)?;
    Ok(())
}

fn survivors(truth: &Path, file: &Path) -> Result<ExitCode> {
    let truth: Truth = serde_json::from_reader(std::io::BufReader::new(open(truth)?))?;
    let survivors = truth.survivors(&mut open(file)?)?;
    let mut out = std::io::stdout().lock();
    for survivor in &survivors {
        serde_json::to_writer(&mut out, survivor)?;
        out.write_all(b"\n")?;
    }
    Ok(if survivors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("open {}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "writes test files")]
fn create(path: &Path) -> Result<File> {
    File::create(path).with_context(|| format!("create {}", path.display()))
}

fn bytes(text: &str) -> Result<u64> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    for (unit, factor) in units {
        if let Some(Ok(number)) = text.strip_suffix(unit).map(str::parse::<u64>) {
            return number.checked_mul(factor).context("too many bytes");
        }
    }
    bail!("no number of bytes: {text}")
}
