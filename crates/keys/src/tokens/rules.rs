//! A set of rules, ready to scan with.

use super::error::{RuleError, RuleRemark};
use super::limits::RULES_MAX;
use super::prefilter::Prefilter;
use super::rule::{Reader, Rule};
use super::{builtin, file, gitleaks};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Rules with the tables that find their keywords.
#[derive(Debug)]
pub struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) remarks: Vec<RuleRemark>,
    pub(super) prefilter: Prefilter,
    /// Which rules each keyword of the prefilter belongs to, with the keyword's length.
    pub(super) by_keyword: Vec<(usize, Vec<usize>)>,
    /// Rules without keyword: their regex runs over everything.
    pub(super) unanchored: Vec<usize>,
    /// Rules for texts that stand alone, with the lengths they match.
    pub(super) alone: Vec<(RangeInclusive<usize>, usize)>,
}

impl Rules {
    /// The rules that are compiled in.
    ///
    /// # Errors
    /// If a compiled-in file is not valid, which a test of this crate excludes.
    pub fn builtin() -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        for (name, text) in builtin::FILES {
            rules.extend(file::parse(name, text)?);
        }
        Self::new("built-in", rules, Vec::new())
    }

    /// Reads a rule file in the project's own format. `file` names it in errors.
    ///
    /// # Errors
    /// If it is no TOML, or a rule is not valid: names file, rule and reason.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        Self::new(file, file::parse(file, text)?, Vec::new())
    }

    /// Reads a rule file in gitleaks' format (`[[rules]]` with Go regexes).
    /// Rules that cannot be used are left out and named by [`Self::remarks`].
    ///
    /// # Errors
    /// If it is no TOML of that format.
    pub fn parse_gitleaks(file: &str, text: &str) -> Result<Self, RuleError> {
        let (rules, remarks) = gitleaks::parse(file, text)?;
        Self::new(file, rules, remarks)
    }

    /// Reads a rule file in either format, told apart by its tables:
    /// `[[rule]]` is the project's own, `[[rules]]` is gitleaks'.
    ///
    /// # Errors
    /// As the two readers.
    pub fn parse_any(file: &str, text: &str) -> Result<Self, RuleError> {
        let own = text.lines().any(|line| line.trim_start().starts_with("[[rule]]"));
        if own { Self::parse(file, text) } else { Self::parse_gitleaks(file, text) }
    }

    /// Joins two sets. A rule of `other` replaces one of the same id.
    ///
    /// # Errors
    /// If the set becomes too large.
    pub fn merge(self, other: Self) -> Result<Self, RuleError> {
        let Self { mut rules, mut remarks, .. } = self;
        rules.retain(|rule| !other.rules.iter().any(|new| new.id == rule.id));
        rules.extend(other.rules);
        remarks.extend(other.remarks);
        Self::new("merged", rules, remarks)
    }

    /// The rules, in file order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What was left out of the files, and why.
    #[must_use]
    pub fn remarks(&self) -> &[RuleRemark] {
        &self.remarks
    }

    fn new(file: &str, rules: Vec<Rule>, remarks: Vec<RuleRemark>) -> Result<Self, RuleError> {
        let fault = |rule: Option<String>, reason: String| RuleError { file: file.to_owned(), rule, reason };
        if rules.len() > RULES_MAX {
            return Err(fault(None, format!("more than {RULES_MAX} rules")));
        }
        let mut keywords: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let (mut unanchored, mut alone) = (Vec::new(), Vec::new());
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, rule) in rules.iter().enumerate() {
            if ids.insert(&rule.id, index).is_some() {
                return Err(fault(Some(rule.id.clone()), "two rules have this id".to_owned()));
            }
            match &rule.reader {
                Reader::Alone(pattern) => alone.push((pattern.lengths.clone(), index)),
                _ if rule.keywords.is_empty() => unanchored.push(index),
                _ => {
                    for keyword in &rule.keywords {
                        keywords.entry(keyword.to_ascii_lowercase()).or_default().push(index);
                    }
                }
            }
        }
        for of_keyword in keywords.values_mut() {
            of_keyword.dedup();
        }
        let names: Vec<String> = keywords.keys().cloned().collect();
        let by_keyword = keywords.into_iter().map(|(name, rules)| (name.len(), rules)).collect();
        Ok(Self { prefilter: Prefilter::new(&names), rules, remarks, by_keyword, unanchored, alone })
    }
}
