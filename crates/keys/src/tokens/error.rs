//! What is wrong with a rule file, and what could not be taken from one.

use std::fmt;

/// A rule file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RuleError {
    /// Name of the file, as the caller gave it.
    pub file: String,
    /// Identifier of the rule, if the fault is in one.
    pub rule: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "read rule {rule} of {}: {}", self.file, self.reason),
            None => write!(f, "read rules of {}: {}", self.file, self.reason),
        }
    }
}

/// A rule, or a part of one, that was left out: never silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRemark {
    /// Name of the file.
    pub file: String,
    /// Identifier of the rule; empty for the file as a whole.
    pub rule: String,
    /// What was left out and why.
    pub reason: String,
    /// True if the whole rule is not used: it will never find anything.
    pub unused: bool,
}

/// What a TOML parser complains of, in one line.
pub(super) fn toml_reason(text: &str, error: &toml::de::Error) -> String {
    let reason = error.message().trim_end().replace('\n', ", ");
    let line =
        error.span().and_then(|span| text.get(..span.start)).map(|before| before.lines().count().max(1));
    line.map_or_else(|| reason.clone(), |line| format!("line {line}: {reason}"))
}
