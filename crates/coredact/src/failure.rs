//! Which exit code an error means.

use crate::terminal::Unprinted;
use coredact_engine::{Error, source, writer};
use coredact_record::ExitCode;
use coredact_record::seal::SealError;

/// The exit code of an error that ended the program: that of the first cause that has one. What has none is
/// a fault of the command line or of a file that it names.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    error.chain().find_map(of_cause).unwrap_or(ExitCode::Usage)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<ExitCode> {
    if let Some(error) = cause.downcast_ref::<Error>() {
        Some(of_engine(error))
    } else if let Some(error) = cause.downcast_ref::<source::Error>() {
        Some(of_source(error))
    } else if let Some(error) = cause.downcast_ref::<writer::Error>() {
        Some(of_writer(error))
    } else if let Some(error) = cause.downcast_ref::<SealError>() {
        Some(of_seal(error))
    } else if let Some(error) = cause.downcast_ref::<coredact_store::Error>() {
        Some(of_store(error))
    } else {
        cause.is::<Unprinted>().then_some(ExitCode::Internal)
    }
}

fn of_engine(error: &Error) -> ExitCode {
    match error {
        Error::Truncated { .. } | Error::NothingLeft { .. } => ExitCode::Incomplete,
        Error::SelfTest(_)
        | Error::Plan(_)
        | Error::Randomness(_)
        | Error::Compressed
        | Error::Undigested
        | Error::ReadBack(_) => ExitCode::Internal,
        Error::Writer(error) => of_writer(error),
        Error::Source(error) => of_source(error),
        _ => ExitCode::NotUnderstood,
    }
}

/// A spool is an output of ours, whatever the input is.
fn of_source(error: &source::Error) -> ExitCode {
    match error {
        source::Error::Spool { .. } => ExitCode::Internal,
        _ => ExitCode::NotUnderstood,
    }
}

/// What another name or folder would mend is a wrong command line; a medium that fails is not.
fn of_writer(error: &writer::Error) -> ExitCode {
    use writer::Error as Fault;
    match error {
        Fault::Stream { .. }
        | Fault::Full { .. }
        | Fault::NotNamed { .. }
        | Fault::OtherFileSystem { .. }
        | Fault::NotDurable { .. }
        | Fault::Io { .. } => ExitCode::Internal,
        _ => ExitCode::Usage,
    }
}

/// What other names or variables would mend is a wrong command line; an object that cannot be read is an input.
fn of_store(error: &coredact_store::Error) -> ExitCode {
    use coredact_store::{Action, Error as Fault};
    match error {
        Fault::Server { kind, .. } if kind.is_usage() => ExitCode::Usage,
        Fault::Server { action: Action::Read | Action::List, .. } => ExitCode::NotUnderstood,
        _ => ExitCode::Internal,
    }
}

/// A key that cannot be used is a wrong argument; a seal that is not accepted is a failed verification.
fn of_seal(error: &SealError) -> ExitCode {
    match error {
        SealError::SigningKey | SealError::EncryptedKey | SealError::PublicKey => ExitCode::Usage,
        SealError::NoRandomness(_) | SealError::Sign | SealError::NotSealable(_) => ExitCode::Internal,
        _ => ExitCode::VerificationFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, Error};

    #[test]
    fn every_kind_of_fault_has_its_exit_code() {
        let check = |error: Error, code: ExitCode| assert_eq!(exit_code(&error), code, "{error:#}");
        check(Error::new(SealError::SigningKey).context("use the key"), ExitCode::Usage);
        check(Error::new(SealError::OtherFile), ExitCode::VerificationFailed);
        check(Error::msg("anything else"), ExitCode::Usage);
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let (path, folder) = (std::path::PathBuf::from("clean"), std::path::PathBuf::from("."));
        let stream = Err::<(), _>(writer::Error::Stream { source: full() }).context("publish");
        check(stream.unwrap_err(), ExitCode::Internal);
        for error in [
            writer::Error::Full { path: path.clone(), source: full() },
            writer::Error::NotNamed { path: path.clone(), source: full() },
            writer::Error::Io { action: "sync", path: path.clone(), source: full() },
        ] {
            check(Error::new(coredact_engine::Error::Writer(error)), ExitCode::Internal);
        }
        for error in [
            writer::Error::Exists { path: path.clone() },
            writer::Error::Permission { path: path.clone(), source: full() },
            writer::Error::Closed,
        ] {
            check(Error::new(error), ExitCode::Usage);
        }
        check(Error::new(source::Error::Spool { folder, source: full() }), ExitCode::Internal);
        check(Error::new(source::Error::Empty { path }), ExitCode::NotUnderstood);
        check(
            Error::new(coredact_engine::Error::Truncated { missing: 1, what: "segment 1".to_owned() }),
            ExitCode::Incomplete,
        );
    }
}
