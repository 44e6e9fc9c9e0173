//! Keys in text: PEM, lines of OpenSSH, and base64 in any other document (SAML metadata, Kubernetes manifests).

use super::entry::Entry;
use super::limits::{BASE64_MIN, ENTRIES_MAX};
use super::{certificate, nested, openpgp, ssh};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Reads base64 whether padding is there or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads a document of text.
pub(super) fn read(text: &str, depth: usize, out: &mut Vec<Entry>) {
    let mut rest = text;
    while let Some((before, label, body, behind)) = block(rest) {
        plain(before, depth, out);
        enclosed(label, body, out);
        rest = behind;
    }
    plain(rest, depth, out);
}

/// The first PEM block (RFC 7468): text before, label, body, text behind. A block without an end is the rest.
fn block(text: &str) -> Option<(&str, &str, &str, &str)> {
    let start = text.find("-----BEGIN ")?;
    let (before, begun) = text.split_at(start);
    let (label, inside) = begun.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let end = format!("-----END {label}-----");
    let (body, behind) = inside.split_once(end.as_str()).unwrap_or((inside, ""));
    Some((before, label, body, behind))
}

fn enclosed(label: &str, body: &str, out: &mut Vec<Entry>) {
    // Private keys are no publication; their public halves are named where they are found.
    if label.contains("PRIVATE") || out.len() >= ENTRIES_MAX {
        return;
    }
    // Headers of OpenPGP and of RFC 1421 end at an empty line, the checksum of OpenPGP begins with `=`.
    let lines = || body.lines().map(str::trim);
    let is_header = |line: &&str| line.contains(':');
    let base64: String = lines().filter(|line| !line.starts_with('=') && !is_header(line)).collect();
    let Ok(bytes) = LENIENT.decode(&base64) else { return };
    if label.contains("PGP") {
        openpgp::read(&bytes, out);
        return;
    }
    let before = out.len();
    certificate::read_all(&bytes, out);
    if out.len() == before {
        out.extend(Entry::bare(&bytes));
    }
}

/// Text outside of PEM.
fn plain(text: &str, depth: usize, out: &mut Vec<Entry>) {
    for line in text.lines() {
        if out.len() >= ENTRIES_MAX {
            return;
        }
        if let Some(entry) = ssh::read(line) {
            out.push(entry);
        }
    }
    for run in runs(text) {
        if out.len() >= ENTRIES_MAX {
            return;
        }
        let Ok(bytes) = LENIENT.decode(&run) else { continue };
        // A SEQUENCE, a document of text, or packets of OpenPGP: nothing else is a key.
        let is_document =
            bytes.starts_with(&[0x30]) || bytes.starts_with(b"-----BEGIN ") || bytes.starts_with(b"{");
        if is_document {
            nested(&bytes, depth, out);
        }
    }
}

/// Runs of base64 that may go on over lines, without the white space.
fn runs(text: &str) -> impl Iterator<Item = String> {
    let is_digit = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '/' | '=');
    let mut out = Vec::new();
    let mut run = String::new();
    let mut end = |run: &mut String| {
        if run.len() >= BASE64_MIN {
            out.push(std::mem::take(run));
        }
        run.clear();
    };
    for line in text.lines() {
        let line = line.trim();
        if line.chars().all(is_digit) && line.len() >= 4 {
            run.push_str(line);
            continue;
        }
        // The first part may end a run, the last may begin one; those between stand alone.
        let mut parts = line.split(|one| !is_digit(one)).peekable();
        run.push_str(parts.next().unwrap_or_default());
        end(&mut run);
        while let Some(part) = parts.next() {
            run.push_str(part);
            if parts.peek().is_some() || line.ends_with(|one| !is_digit(one)) {
                end(&mut run);
            }
        }
    }
    end(&mut run);
    out.into_iter()
}
