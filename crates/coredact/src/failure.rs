//! Which exit code an error means.

use coredact_engine::Error;
use coredact_record::ExitCode;

/// The exit code of an error that ended the program.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if let Some(engine) = error.chain().find_map(|cause| cause.downcast_ref::<Error>()) {
        return of_engine(engine);
    }
    if error.chain().any(|cause| cause.is::<coredact_engine::source::Error>()) {
        return ExitCode::NotUnderstood;
    }
    if error.chain().any(|cause| cause.is::<coredact_engine::writer::Error>()) {
        return ExitCode::Usage;
    }
    if error.chain().any(|cause| cause.is::<coredact_record::seal::SealError>()) {
        return ExitCode::VerificationFailed;
    }
    ExitCode::Usage
}

fn of_engine(error: &Error) -> ExitCode {
    match error {
        Error::Truncated { .. } | Error::NothingLeft { .. } => ExitCode::Incomplete,
        Error::SelfTest(_) | Error::Plan(_) | Error::Randomness(_) | Error::Compressed => ExitCode::Internal,
        Error::Writer(_) => ExitCode::Usage,
        _ => ExitCode::NotUnderstood,
    }
}
