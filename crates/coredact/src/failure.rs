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
    } else if cause.is::<source::Error>() {
        Some(ExitCode::NotUnderstood)
    } else if let Some(error) = cause.downcast_ref::<writer::Error>() {
        Some(of_writer(error))
    } else if let Some(error) = cause.downcast_ref::<SealError>() {
        Some(of_seal(error))
    } else {
        cause.is::<Unprinted>().then_some(ExitCode::Internal)
    }
}

fn of_engine(error: &Error) -> ExitCode {
    match error {
        Error::Truncated { .. } | Error::NothingLeft { .. } => ExitCode::Incomplete,
        Error::SelfTest(_) | Error::Plan(_) | Error::Randomness(_) | Error::Compressed => ExitCode::Internal,
        Error::Writer(error) => of_writer(error),
        _ => ExitCode::NotUnderstood,
    }
}

fn of_writer(error: &writer::Error) -> ExitCode {
    match error {
        writer::Error::Stream { .. } => ExitCode::Internal,
        _ => ExitCode::Usage,
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
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let stream = Err::<(), _>(writer::Error::Stream { source: full }).context("publish");
        check(stream.unwrap_err(), ExitCode::Internal);
        check(
            Error::new(coredact_engine::Error::Truncated { missing: 1, what: "segment 1".to_owned() }),
            ExitCode::Incomplete,
        );
    }
}
