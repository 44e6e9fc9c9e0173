//! Does a rule make sense at all? Some can never find anything, and some find everything.

use super::check::Check;
use super::examine::RuleFault;
use super::rule::{Allow, Reader, Rule};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Most bits a character that text can have: printable ASCII has 95 characters, and log2(95) is 6.57.
const ENTROPY_MAX: f64 = 6.6;

/// Texts that have nothing in common. A regex that finds something in each of them finds it anywhere.
const DULL: &[&[u8]] = &[
    b"the quick brown fox jumps over the lazy dog while nobody is looking at it",
    b"31415926535897932384626433832795028841971693993751058209749445923078164",
    b"!?;:,.-_+*/~^<>()[]{}|&%$#@!?;:,.-_+*/~^<>()[]{}|&%$#@!?;:,.-_+*/~^<>()",
    b"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
];

impl Rule {
    /// What is wrong with a rule, whatever its examples say.
    pub(super) fn sense(&self) -> Vec<RuleFault> {
        let mut faults = Vec::new();
        let mut fault = |case: &str, reason: String| {
            faults.push(RuleFault { rule: self.id.clone(), case: case.to_owned(), reason });
        };
        if let Reader::Regex(pattern) | Reader::Alone(pattern) = &self.reader {
            let reach = pattern.before.unwrap_or(0).saturating_add(pattern.after);
            if let Some(reason) = of_regex(&pattern.source, &pattern.regex, reach) {
                fault("regex", reason);
            }
        }
        for check in self.require.iter() {
            match check {
                Check::Entropy(bits) if *bits > ENTROPY_MAX => fault(
                    "entropy",
                    format!(
                        "never finds anything: text has at most {ENTROPY_MAX} bits a character, not {bits}"
                    ),
                ),
                _ => {}
            }
        }
        if self.allow.iter().any(lets_everything_pass) {
            fault("allowlist", "never finds anything: the allowlist lets everything pass".to_owned());
        }
        faults
    }
}

fn of_regex(source: &str, regex: &Regex, reach: usize) -> Option<String> {
    let parse =
        |unicode| syntax::parse_with(source, &syntax::Config::new().utf8(false).unicode(unicode)).ok();
    let parsed = parse(false).or_else(|| parse(true))?;
    match parsed.properties().minimum_len() {
        None => Some("never finds anything: no text matches it".to_owned()),
        Some(0) => Some("matches the empty text, and so everywhere".to_owned()),
        Some(least) if least > reach => {
            Some(format!("never finds anything: it needs {least} bytes, and {reach} are looked at"))
        }
        Some(_) => finds_all(regex).then(|| "matches any text".to_owned()),
    }
}

fn finds_all(regex: &Regex) -> bool {
    DULL.iter().all(|text| regex.is_match(*text))
}

/// An allowlist one of whose conditions always holds.
fn lets_everything_pass(allow: &Allow) -> bool {
    let words = allow.stopwords.iter().any(String::is_empty);
    let regexes = allow.regexes.iter().any(|regex| regex.is_match(b"") || finds_all(regex));
    if allow.all { words && regexes } else { words || regexes }
}

#[cfg(test)]
mod tests {
    use crate::tokens::Rules;

    /// The faults of a rule in gitleaks' format with this regex and these further lines.
    fn faults(regex: &str, more: &str) -> Vec<String> {
        let text = format!("[[rules]]\nid = \"it\"\nregex = '''{regex}'''\nkeywords = [\"key\"]\n{more}");
        let rules = Rules::parse_gitleaks("mine.toml", &text).unwrap();
        assert!(rules.remarks().is_empty(), "{:?}", rules.remarks());
        rules
            .check()
            .into_iter()
            .map(|fault| format!("{} {}: {}", fault.rule, fault.case, fault.reason))
            .collect()
    }

    #[test]
    fn rules_that_find_everything_or_nothing_are_named() {
        let check = |regex: &str, more: &str, expected: &str| {
            let found = faults(regex, more);
            assert!(found.len() == 1 && found[0].contains(expected), "{regex}: {found:?}");
        };
        for regex in ["", ".*", "(a|b)?", "(?i)key.*|x*"] {
            check(regex, "", "it regex: matches the empty text");
        }
        for regex in [".+", r"\S+", r"(.{1,9})", r"[^\n]{8,}", r"[\s\S]", r"\w|\W"] {
            check(regex, "", "it regex: matches any text");
        }
        check(r"[^\s\S]key", "", "no text matches");
        check("a{5000}", "", "it needs 5000 bytes");
        check("key-([a-z]{9})", "entropy = 7.5", "it entropy: never finds anything");
        for list in ["regexes = ['.*']", "stopwords = [\"\"]", "regexes = ['.+', 'x']"] {
            check("key-([a-z]{9})", &format!("[rules.allowlist]\n{list}"), "allowlist lets everything");
        }
    }

    #[test]
    fn rules_that_make_sense_are_left_alone() {
        let check =
            |regex: &str, more: &str| assert_eq!(faults(regex, more), Vec::<String>::new(), "{regex}");
        check("key-([a-z]{9})", "entropy = 3.5");
        check("[A-Za-z0-9/+]{40}", "");
        check(
            "(?i)key[\\s:=]{1,3}([a-z0-9]{16})(?:['\"\\s;]|$)",
            "[rules.allowlist]\nregexes = ['EXAMPLE$']",
        );
    }
}
