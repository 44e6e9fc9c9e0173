//! Answers and how they are put together.

use crate::fault::Fault;
use coredact_record::{Answer, Verdict};

/// The name of every question, as the verdict carries it.
pub(crate) mod question {
    pub(crate) const BELONG: &str = "plan, report and files belong together";
    pub(crate) const OUTSIDE: &str = "bytes outside the plan unchanged";
    pub(crate) const INSIDE: &str = "bytes inside the plan are fill";
    pub(crate) const NOTICE: &str = "notice in the dump is of this plan";
    pub(crate) const SURVIVORS: &str = "no survivor of a removed secret";
    pub(crate) const STRUCTURE: &str = "structure of the dump unchanged";
    pub(crate) const STACKS: &str = "stacks unchanged";
    pub(crate) const DEBUGGER: &str = "debugger shows the same";
    pub(crate) const COVERAGE: &str = "coverage is stated";
    pub(crate) const SECRETS: &str = "no obvious secret in the clean dump";
}

/// An answer with its numbers still to come.
pub(crate) fn answer(name: &str, passed: bool, detail: impl Into<String>) -> Answer {
    Answer {
        name: name.to_owned(),
        passed,
        not_applicable: false,
        detail: detail.into(),
        numbers: Default::default(),
    }
}

/// The answer to a question that there is nothing to ask of: nothing speaks against the dump.
pub(crate) fn not_applicable(name: &str, why: impl Into<String>) -> Answer {
    Answer { not_applicable: true, ..answer(name, true, why) }
}

/// The answer to a question that met a fault: not the one wanted.
pub(crate) fn failed(name: &str, fault: &Fault) -> Answer {
    answer(name, false, format!("not answered: {fault}"))
}

/// Adds numbers to an answer.
pub(crate) trait Numbers {
    fn with(self, name: &str, number: u64) -> Self;
}

impl Numbers for Answer {
    fn with(mut self, name: &str, number: u64) -> Self {
        self.numbers.insert(name.to_owned(), number);
        self
    }
}

/// The verdict that the answers come to.
pub(crate) fn verdict(answers: Vec<Answer>) -> Verdict {
    let passed = !answers.is_empty() && answers.iter().all(|answer| answer.passed);
    Verdict { passed, answers, ..Verdict::default() }
}

/// Lower-case hexadecimal text of a digest.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
