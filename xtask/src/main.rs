//! House work: `cargo xtask tidy`, `test`, `bench`.
#![forbid(unsafe_code)]

mod bench;
mod bench_guard;
mod direction;
mod keyfree;
mod matrix;
mod replay;
mod representations;
mod run;
mod size;
mod source;
mod test;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask tidy          format, clippy, crate direction, sizes, forbidden calls, docs
cargo xtask test          install what the tests need, then run all of them
cargo xtask test --fast   the same without the trials on real processes
cargo xtask bench [FILE]  speed and recall beside other tools, as ratios, and each format
cargo xtask bench-guard [--quick]
                          verifications a second, and the time of an answer behind a proxy, beside others
cargo xtask replay [--json]
                          the incident from end to end, and what each control alone does to it
cargo xtask representations
                          which tool finds which of 101 ways of keeping a key
cargo xtask matrix [--install] [OPTIONS]
                          every library and kind of key under every policy, as docs/matrix.md
cargo xtask keyfree [--install] [MATERIAL...]
                          20 GB without keys: nothing may be proven there; as docs/keyfree.md";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy::tidy(),
        ["test"] => test::test(false),
        ["test", "--fast"] => test::test(true),
        ["matrix", rest @ ..] => matrix::matrix(rest),
        ["keyfree", rest @ ..] => keyfree::keyfree(rest),
        ["bench", rest @ ..] => bench::bench(rest),
        ["bench-guard", rest @ ..] => bench_guard::bench(rest),
        ["replay", rest @ ..] => replay::replay(rest),
        ["representations", rest @ ..] => representations::representations(rest),
        ["--help" | "help"] => {
            run::say(HELP);
            Ok(())
        }
        _ => bail!("unknown words {arguments:?}\n{HELP}"),
    }
}
