//! The documents that a list is read from.

use super::{Revocation, Revocations};
use crate::key::Thumbprint;
use coredact_record::seal::SealError;
use serde_json::{Deserializer, Value};

/// Why a list was not read. The list before stays in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// The file could not be read.
    #[error("read the list of revoked keys")]
    Read(#[source] std::io::Error),
    /// Larger than 16 MiB.
    #[error("read a list of revoked keys of at most {max} bytes", max = BYTES_MAX)]
    TooLarge,
    /// It has no byte: somebody is writing it, or has cut it off. A list of no keys has at least a comment.
    #[error("read an empty file as a list of revoked keys; write a comment (# none) if no key is revoked")]
    Empty,
    /// A line holds no thumbprint.
    #[error(
        "read a thumbprint in line {0} of the list of revoked keys: 43 characters of base64url or 64 hexadecimal digits"
    )]
    Line(usize),
    /// It is JSON, and neither a report nor identities nor an envelope.
    #[error(
        "find keys in the JSON document: it is no report, no output of coredact identify --json and no signed list"
    )]
    Document,
    /// A signed list is wanted and this is none, or it is not by the key.
    #[error("accept the list of revoked keys")]
    Signature(#[source] SealError),
    /// The signed list is no list.
    #[error("read the signed list of revoked keys: its payload is damaged or of another version")]
    Payload,
    /// The number of the last list cannot be read or written.
    #[error("remember the number of the last list of revoked keys, in the state folder")]
    Memory(#[source] std::io::Error),
    /// A newer list has been in force already: somebody plays back an old one.
    #[error("accept an older list of revoked keys: number {found} after number {known}")]
    Older {
        /// Number of the list in the file.
        found: u64,
        /// Number of the list in force.
        known: u64,
    },
}

impl Revocations {
    /// Reads a list: a report of coredact (`report.json`), the output of `coredact identify --json`, or lines of a thumbprint
    /// and, after a space, the reason; `#` begins a comment.
    ///
    /// Of a report every key counts whose private half was found; of publicly known keys too, for nobody should trust them.
    ///
    /// # Errors
    /// If anything in it cannot be read: half a list would be a silent hole.
    pub fn from_document(bytes: &[u8]) -> Result<Self, RevocationError> {
        if bytes.len() > BYTES_MAX {
            return Err(RevocationError::TooLarge);
        }
        if bytes.is_empty() {
            return Err(RevocationError::Empty);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RevocationError::Document)?;
        if text.trim_start().starts_with(['{', '[']) { documents(text) } else { lines(text) }
    }
}

fn lines(text: &str) -> Result<Revocations, RevocationError> {
    let mut list = Revocations::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let (name, why) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let thumbprint: Thumbprint = name.parse().map_err(|_| RevocationError::Line(number))?;
        list.insert(thumbprint, Revocation { why: why.trim().to_owned(), since: None });
    }
    Ok(list)
}

fn documents(text: &str) -> Result<Revocations, RevocationError> {
    let mut list = Revocations::new();
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        let document = document.map_err(|_| RevocationError::Document)?;
        match &document {
            Value::Array(items) => items.iter().try_for_each(|item| identity(item, &mut list))?,
            _ if document.get("findings").is_some() => report(&document, &mut list)?,
            _ => identity(&document, &mut list)?,
        }
    }
    Ok(list)
}

/// A report: its findings name their keys in `public_ids`.
fn report(document: &Value, list: &mut Revocations) -> Result<(), RevocationError> {
    let input = document.pointer("/input/name").and_then(Value::as_str).unwrap_or("a dump");
    let findings = document.get("findings").and_then(Value::as_array).ok_or(RevocationError::Document)?;
    for finding in findings {
        let kind = finding.get("kind").and_then(Value::as_str).unwrap_or("key");
        if let Some(ids) = finding.get("public_ids") {
            names(ids, &format!("{kind} found in {input}"), list)?;
        }
    }
    Ok(())
}

/// One key of `identify`; one whose private half was not found is no reason to refuse it.
fn identity(document: &Value, list: &mut Revocations) -> Result<(), RevocationError> {
    let private = document.get("private").and_then(Value::as_bool).ok_or(RevocationError::Document)?;
    let ids = document.get("names").ok_or(RevocationError::Document)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or("unknown");
    if private {
        names(ids, &format!("{} found in {}", text("kind"), text("input")), list)?;
    }
    Ok(())
}

/// The names that are thumbprints of the key.
fn names(ids: &Value, why: &str, list: &mut Revocations) -> Result<(), RevocationError> {
    for id in ids.as_array().ok_or(RevocationError::Document)? {
        let text = |name: &str| id.get(name).and_then(Value::as_str).ok_or(RevocationError::Document);
        if matches!(text("name")?, "jwk-thumbprint" | "spki-sha256") {
            let thumbprint = text("value")?.parse().map_err(|_| RevocationError::Document)?;
            list.insert(thumbprint, Revocation { why: why.to_owned(), since: None });
        }
    }
    Ok(())
}

/// Largest list, in bytes: some hundred thousand keys.
pub(super) const BYTES_MAX: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Thumbprint {
        Thumbprint::of(name.as_bytes())
    }

    #[test]
    fn lines_reports_and_identities_are_read() {
        let text = format!("# leaked\n\n{} found in core.812\n{}\n", of("a"), of("b").hex());
        let list = Revocations::from_document(text.as_bytes()).unwrap();
        assert_eq!(list.iter().map(|(one, _)| *one).collect::<Vec<_>>().len(), 2);
        assert!(list.iter().any(|(one, entry)| *one == of("a") && entry.why == "found in core.812"));

        let id = |name: &str, value: String| format!(r#"{{"name":"{name}","value":"{value}"}}"#);
        let ids =
            format!("[{},{}]", id("jwk-thumbprint", of("a").to_string()), id("modulus-bits", "2048".into()));
        let report = format!(
            r#"{{"input":{{"name":"core"}},"findings":[{{"kind":"rsa-private-key","public_ids":{ids}}}]}}"#
        );
        let list = Revocations::from_document(report.as_bytes()).unwrap();
        assert_eq!(
            list.iter().map(|(one, entry)| (*one, entry.why.as_str())).collect::<Vec<_>>(),
            [(of("a"), "rsa-private-key found in core")]
        );

        let ids = format!("[{}]", id("spki-sha256", of("b").hex()));
        let line = |private| format!(r#"{{"input":"core","kind":"k","private":{private},"names":{ids}}}"#);
        let list =
            Revocations::from_document(format!("{}\n{}\n", line(true), line(false)).as_bytes()).unwrap();
        assert_eq!(list.len(), 1);
        let list = Revocations::from_document(format!("[{}]", line(false)).as_bytes()).unwrap();
        assert!(list.is_empty());
    }

    #[test]
    fn half_a_list_is_no_list() {
        for text in
            [&format!("{}\nnonsense", of("a")), "{\"keys\":[]}", "{", "[{\"names\":[]}]", "{\"findings\":3}"]
        {
            assert!(Revocations::from_document(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Revocations::from_document(b"\xff").is_err());
        assert!(Revocations::from_document(b"").is_err());
        assert!(Revocations::from_document(b"# none\n").unwrap().is_empty());
    }
}
