//! The command line of coredact: arguments, printing, exit codes. What it does
//! is the engine's and the verifier's; what it says is the record's.
#![forbid(unsafe_code)]

mod args;
mod demo;
mod documents;
mod failure;
mod formats;
mod generate;
mod guard;
mod identify;
mod judge;
mod known;
mod lockdown;
mod objects;
mod outputs;
mod program;
mod release;
mod rules;
mod scan;
mod scrub;
mod session;
mod size;
mod terminal;
mod threads;
mod verify;

use anyhow::Result;
use args::{Cli, Command};
use clap::Parser;
use coredact_record::ExitCode;
use session::Session;
use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

/// Every block of memory is wiped when it is freed: copies of secrets in buffers,
/// numbers and texts do not outlive their use.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Clean };
            terminal::usage(&error);
            return code.into();
        }
    };
    match run(&cli) {
        Ok(code) => code.into(),
        Err(error) => {
            terminal::error(&error);
            failure::exit_code(&error).into()
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    if let Command::Fetch(arguments) = &cli.command {
        // Has neither a session nor a dump.
        return objects::fetch(arguments);
    }
    // Before all else: this process may be replaced.
    let store = objects::arrange(&cli.command)?;
    let session = Session::start(cli, store)?;
    match &cli.command {
        Command::Scrub(arguments) => scrub::run(&session, arguments),
        Command::Scan(arguments) => scan::run(&session, arguments),
        Command::Identify(arguments) => identify::run(&session, arguments),
        Command::Verify(arguments) => verify::run(&session, arguments),
        Command::Demo(arguments) => demo::run(&session, arguments),
        Command::Known(arguments) => known::run(&session, arguments),
        Command::Rules(arguments) => rules::run(&session, arguments),
        Command::Formats => formats::run(&session),
        Command::Fetch(arguments) => objects::fetch(arguments),
        Command::Generate(arguments) => generate::run(arguments),
    }
}
