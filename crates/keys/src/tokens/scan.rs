//! From text to hits: prefilter, readers, checks, and which of two hits stays.

use super::assignment;
use super::check::basic_password;
use super::jwt;
use super::limits::MATCHES_PER_WINDOW_MAX;
use super::prefilter::Sighting;
use super::rule::{Bounded, Derive, Group, Pattern, Reader, Rule, Split};
use super::rules::Rules;
use super::{allow, cookies, url};
use crate::material::{Certainty, Component, Hit, Material, Notation, Role};
use regex_automata::{Anchored, Input};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// A secret that a rule has found.
#[derive(Debug)]
struct Found {
    rule: usize,
    /// The bytes to remove.
    secret: Range<usize>,
    /// With the public prefix that belongs to it.
    whole: Range<usize>,
    structured: bool,
}

/// What a scan of one text remembers, by rule.
struct State {
    /// Keywords before this offset have been dealt with.
    resume: Vec<usize>,
    /// Text in which the regex is still to be tried.
    window: Vec<Range<usize>>,
    jwt: jwt::Run,
    value: assignment::Run,
}

impl Rules {
    /// Finds tokens and credentials in `text`, a run of printable ASCII with
    /// tabs and line breaks, and appends them to `out` in order of their start.
    ///
    /// The ends of the text are ends of strings: no rule needs a character on
    /// either side of its token.
    pub fn scan(&self, text: &[u8], out: &mut Vec<Hit>) {
        let found = self.find(text);
        if !found.is_empty() {
            out.extend(self.settle(found).into_iter().filter_map(|found| self.hit(text, &found)));
        }
    }

    fn find(&self, text: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut state: Option<State> = None;
        self.prefilter.each(text, |sighting| {
            let state = state.get_or_insert_with(|| State {
                resume: vec![0; self.rules.len()],
                window: vec![0..0; self.rules.len()],
                jwt: jwt::Run::default(),
                value: assignment::Run::default(),
            });
            self.consider(text, sighting, state, &mut found);
        });
        if let Some(state) = state {
            for (index, window) in
                state.window.into_iter().enumerate().filter(|(_, window)| window.start < window.end)
            {
                self.search(text, index, window, Anchored::No, &mut found);
            }
        }
        for &index in &self.unanchored {
            self.search(text, index, 0..text.len(), Anchored::No, &mut found);
        }
        for (lengths, index) in &self.alone {
            if lengths.contains(&text.len()) {
                self.search(text, *index, 0..text.len(), Anchored::Yes, &mut found);
            }
        }
        found
    }

    /// Ranges that `only` takes in `text`, before other rules have a say.
    pub(super) fn scan_with(&self, text: &[u8], only: &Rule) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = self
            .find(text)
            .into_iter()
            .filter(|f| self.rules.get(f.rule).is_some_and(|rule| rule.id == only.id))
            .map(|f| f.secret)
            .collect();
        found.sort_by_key(|range| (range.start, range.end));
        found.dedup();
        found
    }

    fn consider(&self, text: &[u8], sighting: Sighting, state: &mut State, found: &mut Vec<Found>) {
        let Some((length, rules)) = self.by_keyword.get(sighting.keyword) else { return };
        for &index in rules {
            let (Some(rule), Some(resume)) = (self.rules.get(index), state.resume.get_mut(index)) else {
                continue;
            };
            if sighting.at < *resume {
                continue;
            }
            match &rule.reader {
                Reader::Regex(pattern) => match pattern.before {
                    None => {
                        let window = sighting.at..text.len().min(sighting.at.saturating_add(pattern.after));
                        if let Some(end) = self.search(text, index, window, Anchored::Yes, found) {
                            *resume = end;
                        }
                    }
                    Some(before) => {
                        let new = sighting.at.saturating_sub(before)
                            ..text.len().min(sighting.at.saturating_add(pattern.after));
                        // Overlapping neighbourhoods are searched once, together.
                        let due = state.window.get_mut(index).and_then(|window| extend(window, new));
                        if let Some(window) = due {
                            self.search(text, index, window, Anchored::No, found);
                        }
                    }
                },
                Reader::Assignment => {
                    let read = assignment::read(text, sighting.at..sighting.at + length, &mut state.value);
                    *resume = read.resume;
                    if let Some(value) = read.value {
                        self.accept(text, index, value.clone(), value, found);
                    }
                }
                Reader::UrlPassword => {
                    if let Some(password) = url::password(text, sighting.at) {
                        self.accept(text, index, password.clone(), password, found);
                    }
                }
                Reader::Jwt => {
                    if let Some(jwt) = jwt::read(text, sighting.at, &mut state.jwt) {
                        *resume = jwt.whole.end;
                        self.accept(text, index, jwt.secret, jwt.whole, found);
                    }
                }
                Reader::Alone(_) => {}
            }
        }
    }

    /// Tries the regex of a rule in `window`; returns the end of the last match.
    fn search(
        &self,
        text: &[u8],
        index: usize,
        window: Range<usize>,
        anchored: Anchored,
        found: &mut Vec<Found>,
    ) -> Option<usize> {
        let rule = self.rules.get(index)?;
        let (Reader::Regex(pattern) | Reader::Alone(pattern)) = &rule.reader else { return None };
        // Most places do not match, and that is cheaper to learn without groups.
        if !pattern.regex.is_match(Input::new(text).range(window.clone()).anchored(anchored)) {
            return None;
        }
        let mut captures = pattern.regex.create_captures();
        let mut at = window.start;
        let mut last = None;
        // What a keyword's neighbourhood may hold, so that a joined window may hold more.
        let matches_max = MATCHES_PER_WINDOW_MAX.max(window.len() / 16);
        for _ in 0..matches_max {
            if at > window.end {
                break;
            }
            let input = Input::new(text).range(at..window.end).anchored(anchored);
            pattern.regex.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match().map(|m| m.range()) else { break };
            at = whole.end.max(at + 1);
            last = Some(at);
            if let Some(secret) = group(&captures, pattern.group) {
                for part in split(text, secret, pattern) {
                    self.accept(text, index, part, whole.clone(), found);
                }
            }
            if anchored == Anchored::Yes {
                break;
            }
        }
        last
    }

    fn accept(
        &self,
        text: &[u8],
        index: usize,
        secret: Range<usize>,
        whole: Range<usize>,
        found: &mut Vec<Found>,
    ) {
        let (Some(rule), Some(bytes)) = (self.rules.get(index), text.get(secret.clone())) else { return };
        if bytes.is_empty()
            || !bounded(text, &whole, rule.bounded)
            || !rule.require.iter().all(|check| check.passes(bytes))
        {
            return;
        }
        if rule.allow.iter().any(|list| allow::allows(list, text, &secret, &whole)) {
            return;
        }
        let structured =
            matches!(rule.reader, Reader::Jwt) || rule.proof.iter().any(|check| check.passes(bytes));
        found.push(Found {
            rule: index,
            whole: whole.start.min(secret.start)..whole.end.max(secret.end),
            secret,
            structured,
        });
    }

    /// Drops every hit that another, surer or more specific, covers.
    fn settle(&self, mut found: Vec<Found>) -> Vec<Found> {
        let rank = |f: &Found| (!f.structured, self.rules.get(f.rule).is_none_or(|rule| rule.generic));
        found.sort_by_key(|f| (f.whole.start, std::cmp::Reverse(f.whole.end), rank(f), f.rule));
        let mut stay = vec![true; found.len()];
        for (i, one) in found.iter().enumerate() {
            // Only a hit that starts before this one's end can cover it, or be covered.
            for (j, other) in found.iter().enumerate().skip(i + 1).take(NEIGHBOURS_MAX) {
                if other.whole.start >= one.whole.end {
                    break;
                }
                let (one_rank, other_rank) = (rank(one), rank(other));
                let dropped = if one_rank <= other_rank && self.covers(one, other) {
                    stay.get_mut(j)
                } else if other_rank <= one_rank && self.covers(other, one) {
                    stay.get_mut(i)
                } else {
                    None
                };
                if let Some(stays) = dropped {
                    *stays = false;
                }
            }
        }
        let mut kept: Vec<Found> =
            found.into_iter().zip(stay).filter_map(|(f, stays)| stays.then_some(f)).collect();
        kept.sort_by_key(|f| (f.secret.start, f.secret.end, f.rule));
        kept
    }

    /// True if `other` adds nothing to `one`. A generic rule does not know the
    /// public prefix of a token, and counts as covered with it.
    fn covers(&self, one: &Found, other: &Found) -> bool {
        let generic = self.rules.get(other.rule).is_some_and(|rule| rule.generic);
        contains(if generic { &one.whole } else { &one.secret }, &other.secret)
    }

    fn hit(&self, text: &[u8], found: &Found) -> Option<Hit> {
        let rule = self.rules.get(found.rule)?;
        let secret = text.get(found.secret.clone())?;
        let mut components = vec![Component::new("text", Role::Secret, Notation::Text, secret.to_vec())];
        components.extend(derived(rule, secret));
        let bits = u32::try_from(secret.len()).unwrap_or(u32::MAX).saturating_mul(8);
        let certainty = if found.structured { Certainty::Structured } else { Certainty::Matched };
        let material = Material {
            kind: rule.kind,
            bits,
            certainty,
            detector: rule.id.clone(),
            components,
            public_ids: Vec::new(),
            publicly_known: published(rule, secret),
        };
        Some(Hit { range: found.secret.clone(), component: "text", form: "ascii", material })
    }
}

fn bounded(text: &[u8], whole: &Range<usize>, bounded: Bounded) -> bool {
    let of_token = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    let (left, right) = (!of_token(whole.start.checked_sub(1)), !of_token(Some(whole.end)));
    match bounded {
        Bounded::None => true,
        Bounded::Left => left,
        Bounded::Both => left && right,
        Bounded::Either => left || right,
    }
}

/// Adds `new` to the pending window if they touch; else returns the pending one and starts anew.
fn extend(pending: &mut Range<usize>, new: Range<usize>) -> Option<Range<usize>> {
    if pending.start >= pending.end {
        *pending = new;
        return None;
    }
    if new.start <= pending.end {
        pending.end = pending.end.max(new.end);
        return None;
    }
    Some(std::mem::replace(pending, new))
}

fn group(captures: &regex_automata::util::captures::Captures, group: Group) -> Option<Range<usize>> {
    match group {
        Group::Index(index) => captures.get_group(index).map(|span| span.range()),
        Group::FirstNonEmpty => {
            let first = captures.iter().skip(1).flatten().find(|span| !span.is_empty());
            first.or_else(|| captures.get_group(0)).map(|span| span.range())
        }
    }
}

fn split(text: &[u8], secret: Range<usize>, pattern: &Pattern) -> Vec<Range<usize>> {
    match pattern.split {
        Split::Whole => vec![secret],
        Split::Cookies => cookies::values(text, secret, false),
        Split::SetCookie => cookies::values(text, secret, true),
    }
}

fn derived(rule: &Rule, secret: &[u8]) -> Option<Component> {
    let value = match rule.derive {
        Derive::Nothing => None,
        Derive::BasicPassword => basic_password(secret),
        Derive::PercentDecoded => url::percent_decoded(secret),
    };
    value
        .filter(|value| !value.is_empty())
        .map(|value| Component::new("password", Role::Secret, Notation::Text, value))
}

fn published(rule: &Rule, secret: &[u8]) -> Option<String> {
    if rule.public.is_empty() {
        return None;
    }
    let digest: String = Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    rule.public.iter().find(|known| known.sha256 == digest).map(|known| known.source.clone())
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// How many later hits are compared with each; more than ever overlap.
const NEIGHBOURS_MAX: usize = 64;
