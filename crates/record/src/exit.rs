//! What the process's exit status means.

use std::process::Termination;

/// Exit status of every command: a public interface, never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Nothing found, or everything removed and verified.
    Clean = 0,
    /// `scan` found secrets.
    SecretsFound = 1,
    /// The command line was wrong.
    Usage = 2,
    /// The input is of no format that coredact reads, or contradicts itself.
    NotUnderstood = 3,
    /// Some bytes were not read: no claim is made about them.
    Incomplete = 4,
    /// The verifier refused the result; nothing was released.
    VerificationFailed = 5,
    /// A fault of coredact itself (`EX_SOFTWARE` of `sysexits.h`), or an output that could not be written to its end.
    Internal = 70,
}

impl ExitCode {
    /// The status as the shell sees it.
    #[must_use]
    pub fn status(self) -> u8 {
        self as u8
    }

    /// The meaning in a few words, for help texts and man pages.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Clean => "clean, or removed and verified",
            Self::SecretsFound => "secrets found",
            Self::Usage => "wrong command line",
            Self::NotUnderstood => "input not understood",
            Self::Incomplete => "incomplete: some bytes were not read",
            Self::VerificationFailed => "verification failed, nothing released",
            Self::Internal => "internal fault, or an output takes no more",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.status())
    }
}

impl Termination for ExitCode {
    fn report(self) -> std::process::ExitCode {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_the_published_ones() {
        let all = [
            (ExitCode::Clean, 0),
            (ExitCode::SecretsFound, 1),
            (ExitCode::Usage, 2),
            (ExitCode::NotUnderstood, 3),
            (ExitCode::Incomplete, 4),
            (ExitCode::VerificationFailed, 5),
            (ExitCode::Internal, 70),
        ];
        for (code, status) in all {
            assert_eq!(code.status(), status);
            assert!(!code.meaning().is_empty());
        }
    }
}
