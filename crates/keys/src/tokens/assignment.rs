//! Values behind names that say secret: `NAME=value`, `"name": "value"`,
//! `name => 'value'`, `<name>value</name>`, `--name value`.

use super::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};
use super::name::claim;
use super::value::{Setting, worthy};
use std::ops::Range;

/// What was read around one keyword.
pub(super) struct Assignment {
    /// The secret value, if there is one worth it.
    pub(super) value: Option<Range<usize>>,
    /// Keywords before this offset belong to the same name or value.
    pub(super) resume: usize,
}

/// The run of characters that ends a value in which the last value was read, so
/// that `password=` repeated without end costs no more than its length.
#[derive(Debug, Default)]
pub(super) struct Run {
    span: Range<usize>,
    line: bool,
}

/// Reads the name that holds the keyword at `keyword`, and the value behind it.
pub(super) fn read(text: &[u8], keyword: Range<usize>, run: &mut Run) -> Assignment {
    let name_end = forward(text, keyword.end, name_byte, NAME_BYTES_MAX);
    let nothing = Assignment { value: None, resume: name_end };
    // Most sightings are prose: see first whether a separator follows.
    let Some(separator) = Separator::read(text, name_end) else { return nothing };
    let name_start = backward(text, keyword.start, name_byte, NAME_BYTES_MAX);
    let name = trim(text.get(name_start..name_end).unwrap_or_default());
    let Some(claim) = claim(name) else { return nothing };
    let before = name_start.checked_sub(1).and_then(|at| text.get(at)).copied();
    if !separator.fits(before, text.get(name_start).copied()) {
        return nothing;
    }
    let Some(value) = Value::read(text, separator.end, before, run) else { return nothing };
    let bytes = text.get(value.range.clone()).unwrap_or_default();
    let setting = value.setting(text, name_start, &separator);
    if value.called || !worthy(bytes, claim, setting) {
        return nothing;
    }
    Assignment { resume: value.range.end, value: Some(value.range) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Equals,
    Colon,
    /// `<name>value`.
    Element,
    /// `--name value`.
    Space,
}

struct Separator {
    joint: Joint,
    end: usize,
    /// No space on either side.
    tight: bool,
    /// A quote closed the name.
    quoted: bool,
}

impl Separator {
    fn read(text: &[u8], name_end: usize) -> Option<Self> {
        let mut at = name_end;
        let quote = forward(text, at, |b| matches!(b, b'"' | b'\'' | b'\\' | b']' | b'`'), 3);
        let quoted = quote > at;
        at = quote;
        let spaced = forward(text, at, |b| matches!(b, b' ' | b'\t'), 16);
        let after = text.get(spaced..)?;
        let (joint, length) = match after {
            [b'=', b'=' | b'~', ..] | [b':', b':' | b'/', ..] => return None,
            [b'=', b'>', ..] | [b':', b'=', ..] => (Joint::Equals, 2),
            [b'%', b'3', b'D' | b'd', ..] => (Joint::Equals, 3),
            [b'=', ..] => (Joint::Equals, 1),
            [b':', ..] => (Joint::Colon, 1),
            [b'>', ..] if spaced == at => (Joint::Element, 1),
            _ if spaced > at && !quoted => (Joint::Space, 0),
            _ => return None,
        };
        let behind = spaced + length;
        let end = forward(text, behind, |b| matches!(b, b' ' | b'\t'), 16);
        Some(Self { joint, end, tight: spaced == at && end == behind, quoted })
    }

    /// Whether what stands before the name fits the separator.
    fn fits(&self, before: Option<u8>, first: Option<u8>) -> bool {
        match self.joint {
            Joint::Element => before == Some(b'<'),
            Joint::Space => {
                first == Some(b'-')
                    && before.is_none_or(|b| b.is_ascii_whitespace() || b == b'\'' || b == b'"')
            }
            // `$password = ...` and `!password` are code, `password?: string` a type.
            Joint::Equals | Joint::Colon => true,
        }
    }
}

struct Value {
    range: Range<usize>,
    quoted: bool,
    /// A parenthesis or bracket follows: code.
    called: bool,
}

impl Value {
    fn read(text: &[u8], start: usize, before: Option<u8>, run: &mut Run) -> Option<Self> {
        let rest = text.get(start..)?;
        let escaped = usize::from(rest.first() == Some(&b'\\'));
        let prefixed =
            usize::from(matches!(rest, [b'b' | b'r' | b'u' | b'B' | b'R' | b'U', b'"' | b'\'', ..]));
        let opening = escaped + prefixed;
        let limit = rest.len().min(VALUE_BYTES_MAX);
        if let Some(&quote @ (b'"' | b'\'' | b'`')) = rest.get(opening) {
            let from = opening + 1;
            let body = rest.get(from..limit)?;
            let length =
                body.iter().position(|&b| b == quote || matches!(b, b'\n' | b'\r')).unwrap_or(body.len());
            let length =
                length - usize::from(escaped == 1 && length > 0 && body.get(length - 1) == Some(&b'\\'));
            return Some(Self { range: start + from..start + from + length, quoted: true, called: false });
        }
        let body = rest.get(..limit)?;
        // A line of its own (.env, properties, a string of the environment) ends at a space only.
        let line = before.is_none_or(|b| matches!(b, b'\n' | b'\r'));
        let ends = |b: u8| {
            b.is_ascii_whitespace()
                || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>')
                || (!line
                    && matches!(b, b';' | b'&' | b',' | b')' | b'}' | b']' | b'|' | b'(' | b'[' | b'\\'))
        };
        if !run.span.contains(&start) || run.line != line {
            let length = body.iter().position(|&b| ends(b)).unwrap_or(body.len());
            *run = Run { span: start..start + length, line };
        }
        let length = body.len().min(run.span.end - start);
        let length = before_next_pair(body.get(..length)?);
        let length = length - usize::from(length > 0 && matches!(body.get(length - 1), Some(b',' | b';')));
        let value = body.get(..length)?;
        let next = body.get(length);
        let called = matches!(next, Some(b'(' | b'['))
            || (matches!(next, Some(b'"' | b'\'')) && value.ends_with(b"("))
            || memchr::memmem::find(value, b"->").is_some()
            || memchr::memmem::find(value, b"::").is_some()
            || (line && value.contains(&b'(') && value.contains(&b')'));
        Some(Self { range: start..start + length, quoted: false, called })
    }

    fn setting(&self, text: &[u8], name_start: usize, separator: &Separator) -> Setting {
        if self.quoted {
            return Setting::Quoted;
        }
        let byte_before = |at: usize| at.checked_sub(1).and_then(|at| text.get(at)).copied();
        let before = byte_before(name_start);
        let after = text.get(self.range.end).copied();
        let is_edge = |byte: Option<u8>| byte.is_none_or(|b| matches!(b, b'\n' | b'\r'));
        let alone = is_edge(before) && is_edge(after);
        let form = matches!(before, Some(b'&' | b'?' | b';')) || matches!(after, Some(b'&' | b';'));
        let element = separator.joint == Joint::Element && after == Some(b'<');
        let option = separator.joint == Joint::Space;
        if element
            || option
            || (separator.tight && !separator.quoted && separator.joint == Joint::Equals && (alone || form))
        {
            return Setting::Field;
        }
        // Documents of YAML indent their names.
        let indented = || is_edge(byte_before(backward(text, name_start, |b| b == b' ', INDENTATION_MAX)));
        let line = match separator.joint {
            Joint::Equals => alone,
            Joint::Colon => is_edge(after) && indented(),
            Joint::Element | Joint::Space => false,
        };
        if line && !separator.quoted { Setting::Line } else { Setting::Open }
    }
}

/// Length of the first value of `a&name=b` or `a;name=b`.
fn before_next_pair(value: &[u8]) -> usize {
    let joints = memchr::memchr2_iter(b'&', b';', value);
    let is_pair = |at: &usize| {
        let name_end = forward(value, at + 1, name_byte, NAME_BYTES_MAX);
        name_end > at + 1 && value.get(name_end) == Some(&b'=')
    };
    joints.take(PAIRS_MAX).find(is_pair).unwrap_or(value.len())
}

fn name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn trim(name: &[u8]) -> &[u8] {
    let start = name.iter().position(|b| !matches!(b, b'-' | b'.')).unwrap_or(name.len());
    name.get(start..).unwrap_or_default()
}

/// First offset from `at` on whose byte is not `wanted`, at most `limit` further.
fn forward(text: &[u8], at: usize, wanted: impl Fn(u8) -> bool, limit: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take(limit).position(|&b| !wanted(b)).unwrap_or(rest.len().min(limit))
}

fn backward(text: &[u8], at: usize, wanted: impl Fn(u8) -> bool, limit: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    at - before.iter().rev().take(limit).position(|&b| !wanted(b)).unwrap_or(before.len().min(limit))
}

/// Spaces before a name that are looked at.
const INDENTATION_MAX: usize = 64;
/// How many joints of a value are looked at.
const PAIRS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, keyword: &str, expected: Option<&str>) {
        let at = text.to_lowercase().find(keyword).unwrap();
        let value = read(text.as_bytes(), at..at + keyword.len(), &mut Run::default()).value;
        assert_eq!(value.map(|range| &text[range]), expected, "{text}");
    }

    #[test]
    fn values_are_read_in_every_style() {
        for text in [
            "DB_PASSWORD=kq8Zp2Xw!m",
            "\"password\": \"kq8Zp2Xw!m\"",
            "'password' => 'kq8Zp2Xw!m'",
            "<password>kq8Zp2Xw!m</password>",
            "tool --password kq8Zp2Xw!m -v",
            "tool --password=kq8Zp2Xw!m",
            "{\\\"password\\\":\\\"kq8Zp2Xw!m\\\"}",
            "user=bob&password=kq8Zp2Xw!m&x=1",
            "spring.datasource.password: kq8Zp2Xw!m",
            "password = b'kq8Zp2Xw!m'",
            "user[password]=kq8Zp2Xw!m",
        ] {
            check(text, "assword", Some("kq8Zp2Xw!m"));
            check(&text.replace("password", "PASSWORD"), "assword", Some("kq8Zp2Xw!m"));
        }
    }

    #[test]
    fn lines_of_settings_may_hold_spaces() {
        for text in [
            "password = Summer2026!",
            "[db]\npassword = Summer2026!\nuser = ann",
            "password: Summer2026!\n",
            "db:\n    password: Summer2026!\r\n",
        ] {
            check(text, "assword", Some("Summer2026!"));
        }
        for text in [
            "password = Summer2026",
            "say password: Summer2026!\n",
            "password = Summer2026! and more",
            "password = old_password + 1",
            "password: don't\n",
        ] {
            check(text, "assword", None);
        }
    }

    #[test]
    fn code_and_prose_are_left_alone() {
        for text in [
            "password = getpass.getpass()",
            "password == other1",
            "password: str = None",
            "password=password",
            "the password is kq8Zp2Xw!m",
            "password_file=/run/secrets/db1",
            "if password: return x1y2z3",
            "std::password::read1",
            "password=$(cat f1)",
            "password = user.password1",
            "<input type=password name=x1>",
            "password=****",
            "password: required",
            "password=self.password2,",
        ] {
            check(text, "password", None);
        }
    }
}
