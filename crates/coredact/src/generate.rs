//! `coredact generate`.

use crate::args::{Cli, Generate, Generated};
use crate::terminal;
use anyhow::{Context, Result};
use clap::CommandFactory;
use coredact_record::seal::{SigningKey, generate_key_pem};
use coredact_record::{ExitCode, schema};
use std::io::Read;

/// Longest key that is read from standard input, in bytes.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Makes something and prints it.
pub(crate) fn run(arguments: &Generate) -> Result<ExitCode> {
    let text = match arguments.what {
        Generated::SigningKey => generate_key_pem()?.to_string(),
        Generated::PublicKey => {
            let mut pem = String::new();
            std::io::stdin().take(KEY_BYTES_MAX).read_to_string(&mut pem).context("read the key")?;
            SigningKey::from_pem(&pem)?.public_key().to_pem()?
        }
        Generated::Completions => {
            let mut out = Vec::new();
            clap_complete::generate(arguments.shell, &mut Cli::command(), "coredact", &mut out);
            String::from_utf8(out).context("make completions")?
        }
        Generated::Manpage => manpage()?,
        Generated::Schema => schema::report(),
    };
    terminal::data(&text)?;
    Ok(ExitCode::Clean)
}

/// One page for the program and all its verbs.
fn manpage() -> Result<String> {
    let mut command = Cli::command();
    command.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out).context("make the manual page")?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        clap_mangen::Man::new(verb.clone()).render(&mut out).context("make the manual page")?;
    }
    String::from_utf8(out).context("make the manual page")
}
