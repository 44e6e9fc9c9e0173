//! The project's own rule format; `docs/rules.md` describes it.

use super::check::Check;
use super::error::{RuleError, toml_reason};
use super::limits::{AFTER_BYTES, REACH_BYTES_MAX, RULE_FILE_BYTES_MAX};
use super::rule::{Bounded, Derive, Group, Pattern, PublicSecret, Reader, Rule, Split, compile, lengths};
use crate::material::Kind;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<Entry>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    id: String,
    description: String,
    kind: KindName,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    reader: ReaderName,
    regex: Option<String>,
    before: Option<usize>,
    after: Option<usize>,
    #[serde(default)]
    split: Split,
    #[serde(default)]
    require: Vec<String>,
    #[serde(default)]
    proof: Vec<String>,
    #[serde(default)]
    bounded: Bounded,
    #[serde(default)]
    generic: bool,
    #[serde(default)]
    derive: Derive,
    #[serde(default)]
    public: Vec<PublicSecret>,
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Token,
    Credential,
}

#[derive(Clone, Copy, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReaderName {
    #[default]
    Regex,
    Alone,
    Assignment,
    UrlPassword,
    Jwt,
}

/// Reads the rules of one file.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Rule>, RuleError> {
    let fault = |rule: Option<&str>, reason: String| RuleError {
        file: file.to_owned(),
        rule: rule.map(str::to_owned),
        reason,
    };
    if text.len() > RULE_FILE_BYTES_MAX {
        return Err(fault(None, format!("the file is longer than {RULE_FILE_BYTES_MAX} bytes")));
    }
    let parsed: RuleFile = toml::from_str(text).map_err(|error| fault(None, toml_reason(text, &error)))?;
    parsed
        .rule
        .into_iter()
        .map(|entry| {
            let id = entry.id.clone();
            build(entry).map_err(|reason| fault(Some(&id), reason))
        })
        .collect()
}

fn build(entry: Entry) -> Result<Rule, String> {
    if entry.id.is_empty()
        || !entry.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err("an id is made of lower-case letters, digits and hyphens".to_owned());
    }
    let reader = reader(&entry)?;
    if matches!(reader, Reader::Alone(_)) != entry.keywords.is_empty() {
        return Err("every rule needs keywords, but for those with reader `alone`".to_owned());
    }
    if let Some(keyword) = entry.keywords.iter().find(|k| k.len() < 3 || !k.is_ascii()) {
        return Err(format!("a keyword needs three ASCII characters or more: `{keyword}`"));
    }
    if entry.examples.is_empty() {
        return Err("a rule needs an example".to_owned());
    }
    let checks = |names: &[String]| -> Result<Vec<Check>, String> {
        names
            .iter()
            .map(|name| Check::parse(name).ok_or_else(|| format!("there is no check `{name}`")))
            .collect()
    };
    Ok(Rule {
        require: checks(&entry.require)?,
        proof: checks(&entry.proof)?,
        kind: match entry.kind {
            KindName::Token => Kind::Token,
            KindName::Credential => Kind::Credential,
        },
        id: entry.id,
        description: entry.description,
        keywords: entry.keywords,
        reader,
        bounded: entry.bounded,
        generic: entry.generic,
        derive: entry.derive,
        public: entry.public,
        allow: Vec::new(),
        examples: entry.examples,
        counter_examples: entry.counter_examples,
    })
}

fn reader(entry: &Entry) -> Result<Reader, String> {
    let by_code = match entry.reader {
        ReaderName::Regex | ReaderName::Alone => None,
        ReaderName::Assignment => Some(Reader::Assignment),
        ReaderName::UrlPassword => Some(Reader::UrlPassword),
        ReaderName::Jwt => Some(Reader::Jwt),
    };
    let regex = match (by_code, &entry.regex) {
        (Some(reader), None) => return Ok(reader),
        (Some(_), Some(_)) => return Err("this reader takes no regex".to_owned()),
        (None, None) => return Err("the regex is missing".to_owned()),
        (None, Some(regex)) => regex,
    };
    let after = entry.after.unwrap_or(AFTER_BYTES);
    if after > REACH_BYTES_MAX || entry.before.is_some_and(|before| before > REACH_BYTES_MAX) {
        return Err(format!("a rule may look at most {REACH_BYTES_MAX} bytes around its keyword"));
    }
    let alone = matches!(entry.reader, ReaderName::Alone);
    // A text standing alone is matched as a whole.
    let compiled = if alone { compile(&format!("^(?:{regex})$"))? } else { compile(regex)? };
    let named = compiled.group_info().to_index(regex_automata::PatternID::ZERO, "secret");
    let group = named
        .unwrap_or_else(|| usize::from(compiled.group_info().group_len(regex_automata::PatternID::ZERO) > 1));
    let pattern = Pattern {
        regex: compiled,
        group: Group::Index(group),
        before: entry.before,
        after,
        split: entry.split,
        lengths: lengths(regex),
        source: regex.clone(),
    };
    Ok(if alone { Reader::Alone(pattern) } else { Reader::Regex(pattern) })
}
