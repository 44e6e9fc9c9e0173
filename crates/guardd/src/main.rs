//! The guard as a service and a tool: forward authentication where a key is good for its own issuer only.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod args;
mod audit;
mod check;
mod config;
mod events;
mod explain;
mod files;
mod generate;
mod keys;
mod ledger;
mod limit;
mod metrics;
mod record;
mod revoke;
mod serve;
mod service;
mod terminal;

use anyhow::Result;
use args::{Cli, Command};
use clap::Parser as _;
use coredact_guard::Thumbprint;
use coredact_record::ExitCode;
use std::ffi::OsString;

fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse_from(std::env::args_os().map(no_option)) {
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
            exit_code(&error).into()
        }
    }
}

/// One thumbprint in 64 begins with a hyphen, as options do; in hexadecimal it does not.
fn no_option(word: OsString) -> OsString {
    let thumbprint = word.to_str().filter(|text| text.starts_with('-')).map(str::parse::<Thumbprint>);
    match thumbprint {
        Some(Ok(thumbprint)) => thumbprint.hex().into(),
        _ => word,
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    match &cli.command {
        Command::Serve(arguments) => serve::run(&arguments.config).map(|()| ExitCode::Clean),
        Command::Check(arguments) => check::run(arguments, cli.json),
        Command::Audit(arguments) => audit::run(arguments, cli.json),
        Command::Explain(arguments) => explain::run(arguments, cli.json),
        Command::Revoke(arguments) => revoke::run(arguments, cli.json),
        Command::Record(arguments) => record::run(arguments, cli.json),
        Command::Generate(arguments) => generate::run(arguments),
    }
}

/// What is no fault of the command line or of a file that it names is a fault of the system.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    use coredact_guard::revoke::RevocationError;
    let of_list = |error: &RevocationError| match error {
        RevocationError::Signature(_) | RevocationError::Older { .. } => ExitCode::VerificationFailed,
        RevocationError::Read(_) => ExitCode::Usage,
        _ => ExitCode::NotUnderstood,
    };
    let of_record = |error: &record::Unrecorded| match error {
        record::Unrecorded::NoLedger => ExitCode::Usage,
        record::Unrecorded::Line(_) => ExitCode::NotUnderstood,
        record::Unrecorded::Ledger(..) | record::Unrecorded::Forget(_) => ExitCode::Incomplete,
    };
    let of_cause = |cause: &(dyn std::error::Error + 'static)| {
        if let Some(error) = cause.downcast_ref::<RevocationError>() {
            Some(of_list(error))
        } else if cause.is::<explain::Unread>() {
            Some(ExitCode::NotUnderstood)
        } else if let Some(error) = cause.downcast_ref::<record::Unrecorded>() {
            Some(of_record(error))
        } else {
            cause.is::<revoke::Unwritten>().then_some(ExitCode::Internal)
        }
    };
    error.chain().find_map(of_cause).unwrap_or(ExitCode::Usage)
}
