//! `coredact-guard generate`.

use crate::args::{Cli, Generate, Generated};
use crate::terminal;
use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use coredact_record::ExitCode;

/// A configuration with every table.
pub(crate) const EXAMPLE: &str = include_str!("../example.toml");

/// Makes something and prints it.
pub(crate) fn run(arguments: &Generate) -> Result<ExitCode> {
    let text = match arguments.what {
        Generated::Completions => {
            let mut out = Vec::new();
            clap_complete::generate(arguments.shell, &mut Cli::command(), "coredact-guard", &mut out);
            String::from_utf8(out).context("make completions")?
        }
        Generated::Manpage => manpage()?,
        Generated::Config => EXAMPLE.to_owned(),
    };
    terminal::data(&text).context("print on standard output")?;
    Ok(ExitCode::Clean)
}

/// One page for the program and all its verbs.
fn manpage() -> Result<String> {
    let mut command = Cli::command();
    command.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out).context("make the manual page")?;
    for verb in command.get_subcommands() {
        clap_mangen::Man::new(verb.clone()).render(&mut out).context("make the manual page")?;
    }
    String::from_utf8(out).context("make the manual page")
}
