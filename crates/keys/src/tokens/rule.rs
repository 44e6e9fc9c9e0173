//! One rule, compiled.

use super::check::Check;
use super::limits::{ALONE_BYTES_MAX, REGEX_BYTES_MAX, REGEX_CACHE_BYTES_MAX};
use crate::material::Kind;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use std::ops::RangeInclusive;

/// A rule: what to look for, and when to believe it.
#[derive(Debug)]
pub struct Rule {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) keywords: Vec<String>,
    pub(super) reader: Reader,
    /// All must pass, or there is no hit.
    pub(super) require: Vec<Check>,
    /// One that passes makes the finding structured.
    pub(super) proof: Vec<Check>,
    pub(super) bounded: Bounded,
    /// Gives way to a hit of another rule that covers its own.
    pub(super) generic: bool,
    pub(super) derive: Derive,
    pub(super) public: Vec<PublicSecret>,
    pub(super) allow: Vec<Allow>,
    pub(super) examples: Vec<String>,
    pub(super) counter_examples: Vec<String>,
}

impl Rule {
    /// Identifier, unique in a set; the detector of its findings.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it finds, in words.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Kind of its findings: [`Kind::Token`] or [`Kind::Credential`].
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many examples prove it; rules in gitleaks' format have none.
    #[must_use]
    pub fn examples(&self) -> usize {
        self.examples.len()
    }
}

/// How a rule finds its secret around a keyword.
#[derive(Debug)]
pub(super) enum Reader {
    /// A regex that matches from the keyword on, or in its neighbourhood.
    Regex(Pattern),
    /// A regex that must match the whole of a short text.
    Alone(Pattern),
    /// A value behind a name that says secret.
    Assignment,
    /// The password of a URL.
    UrlPassword,
    /// A JWT.
    Jwt,
}

/// A regex and where it is tried.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    pub(super) group: Group,
    /// How far before the keyword a match may start; `None`: it starts with the keyword.
    pub(super) before: Option<usize>,
    /// How far behind the keyword's first byte a match may end.
    pub(super) after: usize,
    pub(super) split: Split,
    /// Lengths of texts that the regex matches, for texts that stand alone.
    pub(super) lengths: RangeInclusive<usize>,
    /// The regex as it was compiled, for checks.
    pub(super) source: String,
}

/// On which sides of a match no further character of a token may stand: keeps
/// short prefixes from matching in the middle of base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Bounded {
    #[default]
    None,
    Left,
    Both,
    /// At least one of the two.
    Either,
}

/// Which group of a match is the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Index(usize),
    /// The first group that took part and is not empty, else the whole match (gitleaks).
    FirstNonEmpty,
}

/// Whether the secret group holds several secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Split {
    #[default]
    Whole,
    Cookies,
    SetCookie,
}

/// Further components that follow from the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Derive {
    #[default]
    Nothing,
    /// The password of base64 `user:password`.
    BasicPassword,
    /// The text without percent-encoding.
    PercentDecoded,
}

/// A published secret, by the SHA-256 of the text that a rule takes.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicSecret {
    pub(super) sha256: String,
    pub(super) source: String,
}

/// An allowlist of gitleaks: what is no secret after all.
#[derive(Debug)]
pub(super) struct Allow {
    pub(super) regexes: Vec<Regex>,
    pub(super) stopwords: Vec<String>,
    pub(super) target: Target,
    /// Both a regex and a stop word must apply.
    pub(super) all: bool,
}

/// What the regexes of an allowlist look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Secret,
    Match,
    Line,
}

/// Compiles a regex for bytes: `.`, `\w`, `\b` and case folding are ASCII's, unless
/// the regex asks for a class of Unicode, which ASCII does not have.
pub(super) fn compile(regex: &str) -> Result<Regex, String> {
    compile_with(regex, false).or_else(|reason| compile_with(regex, true).map_err(|_| reason))
}

fn compile_with(regex: &str, unicode: bool) -> Result<Regex, String> {
    let limits = Regex::config()
        .utf8_empty(false)
        .nfa_size_limit(Some(REGEX_BYTES_MAX))
        .hybrid_cache_capacity(REGEX_CACHE_BYTES_MAX);
    Regex::builder()
        .syntax(syntax::Config::new().utf8(false).unicode(unicode))
        .configure(limits)
        .build(regex)
        .map_err(|error| {
            error
                .syntax_error()
                .map_or_else(|| one_line(&error.to_string()), |syntax| one_line(&syntax.to_string()))
        })
}

/// Lengths of the texts that a regex matches, as far as they can be told.
pub(super) fn lengths(regex: &str) -> RangeInclusive<usize> {
    let parsed = syntax::parse_with(regex, &syntax::Config::new().utf8(false).unicode(false));
    let properties = parsed.as_ref().ok().map(|hir| hir.properties());
    let least = properties.and_then(|p| p.minimum_len()).unwrap_or(0);
    let most = properties.and_then(|p| p.maximum_len()).unwrap_or(usize::MAX);
    least..=most.min(ALONE_BYTES_MAX)
}

/// The parser's message without the picture of the regex.
fn one_line(message: &str) -> String {
    message.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(message).replace('\n', " ")
}
