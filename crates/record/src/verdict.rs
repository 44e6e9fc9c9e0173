//! What the independent verifier answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One question the verifier asked, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The question, in a few words: `bytes outside the plan unchanged`.
    pub name: String,
    /// True if the answer is the one wanted.
    pub passed: bool,
    /// True if there was nothing to ask the question of: `passed` then says only that nothing speaks
    /// against the dump, never that something was compared.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_applicable: bool,
    /// One sentence: what was looked at, what was seen.
    pub detail: String,
    /// Measured numbers by name; names carry their unit: `bytes_compared`, `survivors`.
    #[serde(default)]
    pub numbers: BTreeMap<String, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A line of a debugger's text that differs between input and output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferingLine {
    /// The line for the input, secrets masked.
    pub before: String,
    /// The line for the output.
    pub after: String,
    /// Number of the finding whose removal explains the difference; null if nothing does.
    #[serde(default)]
    pub explained_by: Option<u32>,
}

/// What one debugger shows of the input and of the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DebuggerComparison {
    /// Name and version: `gdb 13.1`.
    pub debugger: String,
    /// True if threads, frames and modules are the same in both; never true if nothing was compared.
    pub same: bool,
    /// Threads shown for the input.
    pub threads: u32,
    /// Frames shown for the input, all threads together.
    pub frames: u32,
    /// Modules shown for the input.
    pub modules: u32,
    /// Lines of text compared.
    pub lines: u64,
    /// Lines that differ.
    #[serde(default)]
    pub differing: Vec<DifferingLine>,
    /// Set if the debugger was not run: why.
    #[serde(default)]
    pub not_run: Option<String>,
    /// Set if the debugger was run but what it showed of the input cannot be compared: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<String>,
}

impl DebuggerComparison {
    /// True if the debugger ran and what it showed of the input could be compared.
    #[must_use]
    pub fn compared(&self) -> bool {
        self.not_run.is_none() && self.not_comparable.is_none()
    }
}

/// Everything the verifier answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// True if every answer is the one wanted: only then an output exists.
    pub passed: bool,
    /// The questions, in the order asked.
    pub answers: Vec<Answer>,
    /// Debuggers, one entry each.
    #[serde(default)]
    pub debugger: Vec<DebuggerComparison>,
    /// SHA-256 of the dump before, hexadecimal, as the verifier read it; absent if it was not read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_sha256: Option<String>,
    /// SHA-256 of the dump after, likewise. Of the dump itself, not of a file that it is compressed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean_sha256: Option<String>,
}
