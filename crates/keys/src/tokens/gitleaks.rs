//! Rule files in gitleaks' format (its configuration reference, version 8).

use super::check::Check;
use super::error::{RuleError, RuleRemark, toml_reason};
use super::limits::{FOREIGN_AFTER_BYTES, FOREIGN_BEFORE_BYTES, RULE_FILE_BYTES_MAX};
use super::rule::{Allow, Bounded, Derive, Group, Pattern, Reader, Rule, Split, Target, compile};
use crate::material::Kind;

#[derive(serde::Deserialize)]
struct Config {
    #[serde(default)]
    rules: Vec<Entry>,
    extend: Option<Extend>,
    allowlist: Option<AllowEntry>,
    #[serde(default)]
    allowlists: Vec<AllowEntry>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extend {
    #[serde(default)]
    use_default: bool,
    path: Option<String>,
    url: Option<String>,
    #[serde(default)]
    disabled_rules: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: Option<String>,
    #[serde(default)]
    description: String,
    regex: Option<String>,
    #[serde(default)]
    secret_group: usize,
    #[serde(default)]
    keywords: Vec<String>,
    entropy: Option<f64>,
    path: Option<String>,
    allowlist: Option<AllowEntry>,
    #[serde(default)]
    allowlists: Vec<AllowEntry>,
    #[serde(default)]
    required: Vec<toml::Value>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct AllowEntry {
    condition: Option<String>,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    regex_target: Option<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    target_rules: Vec<String>,
}

/// Reads the rules of `text`; what cannot be used is named in the remarks.
pub(super) fn parse(file: &str, text: &str) -> Result<(Vec<Rule>, Vec<RuleRemark>), RuleError> {
    let fault = |reason: String| RuleError { file: file.to_owned(), rule: None, reason };
    if text.len() > RULE_FILE_BYTES_MAX {
        return Err(fault(format!("the file is longer than {RULE_FILE_BYTES_MAX} bytes")));
    }
    let config: Config = toml::from_str(text).map_err(|error| fault(toml_reason(text, &error)))?;
    let mut reader = Translation { file, remarks: Vec::new() };
    if let Some(extend) = &config.extend {
        reader.extend(extend);
    }
    let lists: Vec<&AllowEntry> = config.allowlist.iter().chain(&config.allowlists).collect();
    let mut rules = Vec::new();
    for entry in &config.rules {
        let id = entry.id.clone().unwrap_or_default();
        match reader.rule(&id, entry, &lists) {
            Ok(rule) => rules.push(rule),
            Err(reason) => reader.unused(&id, reason),
        }
    }
    Ok((rules, reader.remarks))
}

struct Translation<'a> {
    file: &'a str,
    remarks: Vec<RuleRemark>,
}

impl Translation<'_> {
    fn remark(&mut self, rule: &str, reason: String) {
        let (file, rule) = (self.file.to_owned(), rule.to_owned());
        self.remarks.push(RuleRemark { file, rule, reason, unused: false });
    }

    fn unused(&mut self, rule: &str, reason: String) {
        let rule = if rule.is_empty() { "(without id)" } else { rule };
        self.remark(rule, format!("not used: {reason}"));
        self.remarks.last_mut().into_iter().for_each(|remark| remark.unused = true);
    }

    fn extend(&mut self, extend: &Extend) {
        if extend.use_default {
            self.remark("", "extend.useDefault: gitleaks' default rules are not part of coredact; its own are used beside this file".to_owned());
        }
        for other in extend.path.iter().chain(&extend.url) {
            self.remark("", format!("extend: {other} is not read; name it on the command line too"));
        }
        if !extend.disabled_rules.is_empty() {
            self.remark("", "extend.disabledRules: has nothing to disable here".to_owned());
        }
    }

    fn rule(&mut self, id: &str, entry: &Entry, global: &[&AllowEntry]) -> Result<Rule, String> {
        if id.is_empty() {
            return Err("it has no id".to_owned());
        }
        if entry.path.is_some() {
            return Err("it is limited to file paths, which memory does not have".to_owned());
        }
        let regex = entry.regex.as_deref().ok_or("it has no regex")?;
        let source = translate(regex);
        let compiled = compile(&source).map_err(|reason| format!("its regex cannot be read: {reason}"))?;
        let groups = compiled.group_info().group_len(regex_automata::PatternID::ZERO);
        if entry.secret_group >= groups {
            return Err(format!("secretGroup {} is not in its regex", entry.secret_group));
        }
        if !entry.required.is_empty() {
            self.remark(id, "`required` rules are not looked for beside it".to_owned());
        }
        let mut allow = Vec::new();
        let for_this = global
            .iter()
            .copied()
            .filter(|l| l.target_rules.is_empty() || l.target_rules.iter().any(|target| target == id));
        for list in entry.allowlist.iter().chain(&entry.allowlists).chain(for_this) {
            allow.extend(self.allow(id, list));
        }
        let mut keywords: Vec<String> = entry.keywords.clone();
        if keywords.iter().any(|keyword| keyword.len() < 2 || !keyword.is_ascii()) {
            self.remark(
                id,
                "a keyword is shorter than two characters or not ASCII: its regex runs over all text"
                    .to_owned(),
            );
            keywords.clear();
        }
        let group =
            if entry.secret_group == 0 { Group::FirstNonEmpty } else { Group::Index(entry.secret_group) };
        let pattern = Pattern {
            regex: compiled,
            group,
            before: Some(FOREIGN_BEFORE_BYTES),
            after: FOREIGN_AFTER_BYTES,
            split: Split::Whole,
            lengths: 0..=0,
            source,
        };
        Ok(Rule {
            id: id.to_owned(),
            description: entry.description.clone(),
            kind: Kind::Token,
            keywords,
            reader: Reader::Regex(pattern),
            require: entry.entropy.filter(|bits| *bits > 0.0).map(Check::Entropy).into_iter().collect(),
            proof: Vec::new(),
            bounded: Bounded::None,
            generic: true,
            derive: Derive::Nothing,
            public: Vec::new(),
            allow,
            examples: Vec::new(),
            counter_examples: Vec::new(),
        })
    }

    fn allow(&mut self, id: &str, list: &AllowEntry) -> Option<Allow> {
        let all = list
            .condition
            .as_deref()
            .is_some_and(|c| matches!(c.to_ascii_uppercase().as_str(), "AND" | "&&"));
        // Memory has neither paths nor commits: a list that demands them never applies.
        if all && !(list.paths.is_empty() && list.commits.is_empty()) {
            return None;
        }
        let mut regexes = Vec::new();
        for regex in &list.regexes {
            match compile(&translate(regex)) {
                Ok(compiled) => regexes.push(compiled),
                Err(reason) => self.remark(id, format!("a regex of its allowlist is not used: {reason}")),
            }
        }
        let target = match list.regex_target.as_deref() {
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            _ => Target::Secret,
        };
        let stopwords: Vec<String> = list.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect();
        // "Both" asks for one of each kind that the list names.
        let all = all && !regexes.is_empty() && !stopwords.is_empty();
        (!regexes.is_empty() || !stopwords.is_empty()).then_some(Allow { regexes, stopwords, target, all })
    }
}

/// Go's RE2 syntax in that of Rust's regex crate. They differ in few places:
/// `\z` and `\Z`, `\C`, `\Q...\E`, braces that are no repetition, and brackets
/// and `&&`, `--`, `~~` in classes, which Go takes literally.
fn translate(regex: &str) -> String {
    let mut out = String::with_capacity(regex.len());
    let mut characters = regex.chars().peekable();
    // Inside a class: how many characters have been read of it.
    let mut class: Option<usize> = None;
    while let Some(c) = characters.next() {
        let inside = class;
        if let Some(read) = &mut class {
            *read += 1;
        }
        match (c, inside) {
            ('\\', _) => escape(&mut characters, &mut out),
            ('[', None) => {
                class = Some(0);
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // A bracket right behind the opening one is a member.
                if characters.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                    class = Some(1);
                }
            }
            ('[', Some(_)) if characters.peek() == Some(&':') => {
                // A class of POSIX: copied up to its end.
                out.push('[');
                for inner in characters.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            ('[', Some(_)) => out.push_str("\\["),
            (']', Some(_)) => {
                class = None;
                out.push(']');
            }
            ('&' | '~', Some(_)) => out.extend(['\\', c]),
            ('-', Some(_)) if characters.peek() == Some(&'-') => out.push_str("\\-"),
            ('{', None) if !repetition(characters.clone()) => out.push_str("\\{"),
            ('}', None) if !open_brace(&out) => out.push_str("\\}"),
            _ => out.push(c),
        }
    }
    out
}

fn escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    match characters.next() {
        Some('Z') => out.push_str("\\z"),
        Some('C') => out.push_str("(?s:.)"),
        Some('Q') => {
            let rest: String = characters.clone().collect();
            let literal = rest.split("\\E").next().unwrap_or_default();
            out.push_str(&regex_escape(literal));
            let skip = literal.chars().count() + if rest.contains("\\E") { 2 } else { 0 };
            for _ in 0..skip {
                characters.next();
            }
        }
        // An escaped character that needs no escape is an error in Rust if it is a letter or digit only.
        Some(c) => out.extend(['\\', c]),
        None => out.push('\\'),
    }
}

/// Whether what follows an opening brace makes it a repetition: `{2}`, `{2,}`, `{2,5}`.
fn repetition(characters: std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let inside: String = characters.take_while(|c| *c != '}').take(12).collect();
    let (low, high) = inside.split_once(',').unwrap_or((&inside, ""));
    !low.is_empty() && low.chars().chain(high.chars()).all(|c| c.is_ascii_digit())
}

/// Whether the last brace in `out` is an open repetition.
fn open_brace(out: &str) -> bool {
    let mut escaped = false;
    let mut open = false;
    for c in out.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => open = true,
            '}' => open = false,
            _ => {}
        }
    }
    // `\x{...}` and `\p{...}` are escapes whose brace is not.
    open
}

fn regex_escape(literal: &str) -> String {
    literal.chars().flat_map(|c| if c.is_ascii_punctuation() { vec!['\\', c] } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Rules;

    fn check(regex: &str, expected: &str) {
        assert_eq!(translate(regex), expected);
        compile(&translate(regex)).unwrap();
    }

    #[test]
    fn go_syntax_is_translated() {
        check(r"\bkey([a-z]{3,5})(?:['|\x22\s\x60;]|$)", r"\bkey([a-z]{3,5})(?:['|\x22\s\x60;]|$)");
        check(r"a{x}[[&]b\z", r"a\{x\}[\[\&]b\z");
        check(r"[]a]\Qa.b\E\x{41}", r"[\]a]a\.b\x{41}");
        check(r"\pL{2}[[:alpha:]-]", r"\pL{2}[[:alpha:]-]");
    }

    const FILE: &str = r#"
title = "mine"
[extend]
useDefault = true
[allowlist]
regexes = ['''.*EXAMPLE$''']
stopwords = ["nothing"]
[[rules]]
id = "mine"
description = "mine"
regex = '''(?i)mine[\s:=]{1,3}([a-z0-9]{16})(?:['|\"|\n|\r|\s|\x60|;]|$)'''
secretGroup = 1
entropy = 2.5
keywords = ["mine"]
[[rules]]
id = "by-path"
path = '''\.p12$'''
[[rules]]
id = "broken"
regex = '''a(?<!b)c'''
"#;

    #[test]
    fn rules_are_used_and_what_is_left_out_is_named() {
        let rules = Rules::parse_gitleaks("mine.toml", FILE).unwrap();
        let mut hits = Vec::new();
        rules.scan(b"x mine=abcdefgh12345678", &mut hits);
        assert_eq!(hits.iter().map(|hit| (hit.range.start, hit.range.end)).collect::<Vec<_>>(), [(7, 23)]);
        let named: Vec<&str> = rules.remarks().iter().map(|remark| remark.rule.as_str()).collect();
        assert_eq!(named, ["", "by-path", "broken"]);
        assert!(rules.remarks()[2].reason.contains("look-around"), "{}", rules.remarks()[2].reason);
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_by_name() {
        let error = Rules::parse_gitleaks("mine.toml", "[[rules").unwrap_err();
        assert!(error.to_string().contains("mine.toml"), "{error}");
    }
}
