//! Files from which an owner takes secrets into an index.

use super::limits::{LABEL_BYTES_MAX, SECRETS_MAX};
use crate::material::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// How a file holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One on each line.
    Lines,
    /// The whole file is one.
    Raw,
    /// `NAME=value` lines, as `docker` and `systemd` read them.
    Env,
    /// Every text in a JSON document, labelled by its path; of a Kubernetes Secret the decoded values.
    Json,
}

/// Why a file of secrets is not read. Says nothing of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// No JSON.
    #[error("read the secrets: they are not JSON")]
    Json,
    /// A value of a Kubernetes Secret is no base64.
    #[error("read the secrets: a value under `data` of a Kubernetes Secret is not base64")]
    Base64,
    /// More than an index takes.
    #[error("read the secrets: there are more than {SECRETS_MAX}")]
    TooMany,
    /// Nothing in it.
    #[error("read the secrets: there is none")]
    None,
}

/// A secret with its label.
pub type Labelled = (String, Secret);

/// Reads secrets. `label` names the only one, and begins the labels of several.
///
/// # Errors
/// If `bytes` are not in the format, or hold no secret or too many.
pub fn secrets(bytes: &[u8], format: Format, label: &str) -> Result<Vec<Labelled>, ListError> {
    let mut out = Vec::new();
    match format {
        Format::Raw => out.push((label.to_owned(), Secret::new(bytes.to_vec()))),
        Format::Lines => {
            let lines =
                bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            let some: Vec<(usize, &[u8])> = (1..).zip(lines).filter(|(_, line)| !line.is_empty()).collect();
            let is_one = some.len() == 1;
            let name = |number: usize| if is_one { label.to_owned() } else { format!("{label}:{number}") };
            out.extend(some.iter().map(|(number, line)| (name(*number), Secret::new(line.to_vec()))));
        }
        Format::Env => out.extend(bytes.split(|byte| *byte == b'\n').filter_map(|line| setting(line, label))),
        Format::Json => {
            let document = serde_json::from_slice(bytes).map_err(|_| ListError::Json)?;
            json(&document, label, &mut out)?;
        }
    }
    out.retain(|(_, secret)| !secret.is_empty());
    for (label, _) in &mut out {
        let end = label.floor_char_boundary(LABEL_BYTES_MAX);
        label.truncate(end);
    }
    match out.len() {
        0 => Err(ListError::None),
        count if count > SECRETS_MAX => Err(ListError::TooMany),
        _ => Ok(out),
    }
}

/// `NAME=value`, with or without `export` and quotes; not a comment.
fn setting(line: &[u8], label: &str) -> Option<Labelled> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let equals = line.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (line.get(..equals)?.trim_ascii(), line.get(equals + 1..)?.trim_ascii());
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    if name.is_empty() || !name.iter().all(is_name) {
        return None;
    }
    let quoted = |quote: u8| value.strip_prefix(&[quote])?.strip_suffix(&[quote]);
    let value = quoted(b'"').or_else(|| quoted(b'\'')).unwrap_or(value);
    Some((join(label, &String::from_utf8_lossy(name)), Secret::new(value.to_vec())))
}

fn json(value: &Value, path: &str, out: &mut Vec<Labelled>) -> Result<(), ListError> {
    match value {
        Value::String(text) => out.push((path.to_owned(), Secret::new(text.clone().into_bytes()))),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                json(value, &join(path, &index.to_string()), out)?;
            }
        }
        Value::Object(members) if members.get("kind").is_some_and(|kind| kind == "Secret") => {
            let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let path = join(path, name);
            let member = |name: &str| members.get(name).and_then(Value::as_object).into_iter().flatten();
            for (key, value) in member("data") {
                let text = value.as_str().ok_or(ListError::Base64)?;
                let bytes = STANDARD.decode(text).map_err(|_| ListError::Base64)?;
                out.push((join(&path, key), Secret::new(bytes)));
            }
            for (key, value) in member("stringData") {
                json(value, &join(&path, key), out)?;
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                json(value, &join(path, key), out)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() || name.is_empty() { format!("{path}{name}") } else { format!("{path}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, format: Format, label: &str, expected: &[(&str, &str)]) {
        let found = secrets(text.as_bytes(), format, label).unwrap();
        let found: Vec<(&str, &[u8])> =
            found.iter().map(|(label, secret)| (label.as_str(), secret.bytes())).collect();
        let expected: Vec<(&str, &[u8])> =
            expected.iter().map(|(label, secret)| (*label, secret.as_bytes())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_format_gives_its_secrets_with_labels() {
        check("one\r\n", Format::Lines, "mail", &[("mail", "one")]);
        check("one\n\ntwo three", Format::Lines, "mail", &[("mail:1", "one"), ("mail:3", "two three")]);
        check("one\n", Format::Raw, "mail", &[("mail", "one\n")]);
        let env = "# a=b\nA=1\nexport B_C = 'x y' \nnothing\nD=\"q\"\r\nE=\n";
        check(env, Format::Env, "", &[("A", "1"), ("B_C", "x y"), ("D", "q")]);
        check(
            r#"{"a":{"b":["x",7,"y"]},"c":true}"#,
            Format::Json,
            "app",
            &[("app/a/b/0", "x"), ("app/a/b/2", "y")],
        );
        let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"type":"Opaque",
            "data":{"password":"aHVudGVyMg=="},"stringData":{"user":"ann"}}"#;
        check(secret, Format::Json, "", &[("db/password", "hunter2"), ("db/user", "ann")]);
    }

    #[test]
    fn what_holds_no_secret_is_an_error() {
        let check = |text: &str, format: Format, expected: ListError| {
            assert_eq!(secrets(text.as_bytes(), format, "x").unwrap_err(), expected, "{text}");
        };
        check("\n\n", Format::Lines, ListError::None);
        check("", Format::Raw, ListError::None);
        check("plain", Format::Env, ListError::None);
        check("not json", Format::Json, ListError::Json);
        check(r#"{"kind":"Secret","data":{"a":"?"}}"#, Format::Json, ListError::Base64);
        check(&"a\n".repeat(SECRETS_MAX + 1), Format::Lines, ListError::TooMany);
    }
}
