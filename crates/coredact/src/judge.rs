//! The verifier as the engine's judge.

use coredact_engine::ReadAt;
use coredact_engine::scrub::{Evidence, Judge};
use coredact_engine::source::Source;
use coredact_engine::writer::{ChildFile, Draft};
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
        let children = original.map(|original| Ok((ChildFile::open(original)?, clean.for_child()?)));
        let children: io::Result<_> = children.transpose();
        let children = match children {
            Ok(children) => children,
            Err(error) => {
                return refused(&format!(
                    "a dump could not be handed to a debugger: {error}; run again with --no-debugger to do without it"
                ));
            }
        };
        let debugging = children.as_ref().map(|(original, clean)| Debugging {
            original: original.path(),
            clean: clean.path(),
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
