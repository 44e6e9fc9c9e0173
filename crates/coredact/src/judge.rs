//! The verifier as the engine's judge.

use coredact_engine::scrub::{Evidence, Judge};
use coredact_engine::source::Source;
use coredact_engine::{ReadAt, writer::Draft};
use coredact_record::{Answer, Report, Verdict};
use coredact_verify::{Bytes, Case, Debugging, against_original};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// How a clean dump is judged.
#[derive(Debug)]
pub(crate) struct Verifier<'a> {
    /// Whether debuggers are run.
    pub(crate) debuggers: bool,
    /// The input as a debugger can open it.
    pub(crate) original: Option<&'a Path>,
    /// The program that crashed.
    pub(crate) executable: Option<&'a Path>,
}

/// A source or draft as the verifier reads it.
pub(crate) struct Readable<'a>(pub(crate) &'a dyn ReadAt);

impl Bytes for Readable<'_> {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(offset, buffer)
    }
}

impl Judge for Verifier<'_> {
    fn judge(&self, evidence: Evidence<'_>) -> Verdict {
        self.decide(evidence.source, evidence.clean, evidence.report)
    }
}

impl Verifier<'_> {
    fn decide(&self, source: &Source, clean: &Draft, report: &Report) -> Verdict {
        // A compressed input has no plain file that a debugger could open, and
        // none is made: plaintext never reaches the disk.
        let original = self.original.filter(|_| self.debuggers && source.container().is_none());
        let child = original.map(|_| clean.for_child()).transpose();
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                return refused(&format!(
                    "the clean dump could not be handed to a debugger: {error}; run again with --no-debugger to \
                     do without it"
                ));
            }
        };
        let debugging = original.zip(child.as_ref()).map(|(original, child)| Debugging {
            original,
            clean: child.path(),
            executable: self.executable,
        });
        let case = Case { original: &Readable(source), clean: &Readable(clean), report, debugging };
        against_original(&case, &|_| {})
    }
}

fn refused(detail: &str) -> Verdict {
    let answer = Answer {
        name: "judge".to_owned(),
        passed: false,
        not_applicable: false,
        detail: detail.to_owned(),
        numbers: BTreeMap::new(),
    };
    Verdict { passed: false, answers: vec![answer], ..Verdict::default() }
}
