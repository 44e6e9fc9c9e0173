//! `coredact rules check`: every rule over its examples and counter-examples.

use super::rule::{Reader, Rule};
use super::rules::Rules;
use super::template::{Expanded, expand};

/// A rule that does not do what its examples say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// Identifier of the rule.
    pub rule: String,
    /// The template of the example, or the name of the rule's part.
    pub case: String,
    /// What went wrong.
    pub reason: String,
}

impl Rules {
    /// Looks for rules that can find nothing or find everything, and runs every rule over its examples and counter-examples, each made anew
    /// from several seeds, alone (the text ends right before and right after
    /// the token, as strings in memory do) and in the middle of other text.
    ///
    /// Returns the faults; none means that every rule keeps its word.
    #[must_use]
    pub fn check(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        for rule in &self.rules {
            faults.extend(rule.sense());
            for template in &rule.examples {
                self.check_cases(rule, template, true, &mut faults);
            }
            for template in &rule.counter_examples {
                self.check_cases(rule, template, false, &mut faults);
            }
        }
        faults
    }

    fn check_cases(&self, rule: &Rule, template: &str, wanted: bool, faults: &mut Vec<RuleFault>) {
        let alone = matches!(rule.reader, Reader::Alone(_));
        for seed in 0..SEEDS {
            let seed =
                rule.id.bytes().fold(seed, |seed, byte| seed.wrapping_mul(0x100_0000_01B3) ^ u64::from(byte));
            let expanded = expand(template, seed);
            for (setting, before, after) in SETTINGS {
                if alone && !(before.is_empty() && after.is_empty()) {
                    continue;
                }
                let text = [before.as_bytes(), &expanded.text, after.as_bytes()].concat();
                if let Some(reason) = self.check_one(rule, &text, &expanded, before.len(), wanted) {
                    let reason = format!("{setting}: {reason}");
                    faults.push(RuleFault { rule: rule.id.clone(), case: template.to_owned(), reason });
                    return;
                }
            }
        }
    }

    fn check_one(
        &self,
        rule: &Rule,
        text: &[u8],
        expanded: &Expanded,
        shift: usize,
        wanted: bool,
    ) -> Option<String> {
        let hits = self.scan_with(text, rule);
        if !wanted {
            return (!hits.is_empty()).then(|| format!("{} hits in a counter-example", hits.len()));
        }
        let expected: Vec<_> =
            expanded.secrets.iter().map(|range| range.start + shift..range.end + shift).collect();
        if hits.is_empty() {
            return Some("no hit".to_owned());
        }
        (!expected.is_empty() && hits != expected)
            .then(|| format!("took {hits:?}, expected {expected:?} of {} bytes", text.len()))
    }
}

/// Samples of each template.
const SEEDS: u64 = 24;
/// What stands around an example.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("alone", "", ""),
    ("at the end of a text", "some words before\n", ""),
    ("at the start of a text", "", "\nsome words behind"),
    ("in the middle of a line", "some words ", " and others"),
    ("between lines", "a line\r\n", "\r\nanother line"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_rules_keep_their_word() {
        let rules = Rules::builtin().unwrap();
        let faults = rules.check();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// Of a thousand tokens of every kind, one or two may look like words or numbers.
    #[test]
    fn built_in_rules_find_nearly_every_token() {
        const SAMPLES: u64 = 2000;
        let rules = Rules::builtin().unwrap();
        let mut weak = Vec::new();
        for rule in &rules.rules {
            for template in &rule.examples {
                let is_missed = |seed: &u64| {
                    let expanded = expand(template, *seed);
                    rules.check_one(rule, &expanded.text, &expanded, 0, true).is_some()
                };
                let missed = (0..SAMPLES).filter(is_missed).count();
                if missed > 4 {
                    weak.push(format!("{}: {missed} of {SAMPLES} like {template}", rule.id));
                }
            }
        }
        assert!(weak.is_empty(), "{weak:#?}");
    }
}
