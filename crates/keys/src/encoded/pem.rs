//! Armoured private keys: every label with PRIVATE KEY in it, whole, without
//! END, without BEGIN.

use super::base64::{self, Digits};
use super::limits::{MAX_BODY, MIN_LINE};
use super::{binary, build, fragment};
use crate::base64::is_digit;
use crate::locked;
use crate::material::{Certainty, Hit, Kind, Material, Notation, Role};
use std::ops::Range;

/// The anchor in BEGIN and END lines.
pub(super) const LABEL: &[u8] = b"PRIVATE KEY";

/// Fewest digits of a body: an error message behind a label is no key.
const MIN_DIGITS: usize = 22;

/// Reads the armour around the label at `at`, where `floor` is the end of what
/// was read before. Returns where reading ended.
pub(super) fn at_label(text: &[u8], at: usize, floor: usize, out: &mut Vec<Hit>) -> usize {
    let after = at + LABEL.len();
    let Some(line) = Line::around(text, at) else { return after };
    if line.begins {
        let (digits, encrypted) = body(text, line.end);
        if digits.len() < MIN_DIGITS {
            return line.end.max(after);
        }
        let end = digits.end;
        report(text, &line, &digits, 0, encrypted, out);
        end.max(after)
    } else {
        if let Some(digits) = body_before(text, line.start, floor) {
            // The end of a body is aligned, its start here need not be.
            let skip = (digits.len() + digits.padding) % 4;
            report(text, &line, &digits, skip, None, out);
        }
        line.end.max(after)
    }
}

/// A BEGIN or END line.
struct Line<'a> {
    begins: bool,
    label: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Line<'a> {
    fn around(text: &'a [u8], at: usize) -> Option<Self> {
        let floor = at.saturating_sub(40);
        let before = text.get(floor..at)?;
        let word = |word: &[u8]| memchr::memmem::rfind(before, word);
        let (begins, word) = match (word(b"BEGIN "), word(b"END ")) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => (true, begin),
            (_, Some(end)) => (false, end),
            // The text starts inside the line.
            _ if at < LABEL.len() => (true, 0),
            _ => return None,
        };
        let lead = before.get(..word)?;
        let start =
            floor + lead.trim_ascii_end().iter().rposition(|&byte| byte != b'-').map_or(0, |last| last + 1);
        let after = text.get(at..)?;
        let word_end = LABEL.len() + if after.get(LABEL.len()..)?.starts_with(b" BLOCK") { 6 } else { 0 };
        let rest = after.get(word_end..)?;
        let blank = rest.iter().take_while(|&&byte| byte == b' ').count().min(1);
        let tail = rest.get(blank..)?.iter().take_while(|&&byte| byte == b'-').count();
        // A name that goes on is another word: "PRIVATE KEYS", "PRIVATE KEY %s".
        if tail < 2 && !(rest.is_empty() && begins) {
            return None;
        }
        let label = text.get(floor + word..at + word_end)?;
        Some(Self { begins, label, start, end: at + word_end + if tail > 0 { blank + tail } else { 0 } })
    }

    fn has(&self, word: &[u8]) -> bool {
        memchr::memmem::find(self.label, word).is_some()
    }

    fn kind(&self) -> Kind {
        if self.has(b"ENCRYPTED") {
            Kind::EncryptedPrivateKey
        } else if self.has(b" RSA ") {
            Kind::RsaPrivateKey
        } else if self.has(b" EC ") {
            Kind::EcPrivateKey
        } else if self.has(b" DSA ") {
            Kind::FiniteFieldPrivateKey
        } else {
            Kind::OtherPrivateKey
        }
    }
}

/// The digits after a BEGIN line, and how, if headers say that they are encrypted: the value of `DEK-Info`, or nothing.
fn body(text: &[u8], start: usize) -> (Digits, Option<&[u8]>) {
    let mut at = start + base64::separator(text, start);
    let mut encrypted = None;
    // `Name: value` lines (RFC 1421, RFC 4880). None of the values is longer than this.
    for _ in 0..8 {
        let Some(end) = header_end(text, at) else { break };
        let line = text.get(at..end).unwrap_or_default();
        if let Some(info) = line.strip_prefix(b"DEK-Info: ") {
            encrypted = Some(info);
        } else if memchr::memmem::find(line, b"ENCRYPTED").is_some() {
            encrypted = encrypted.or(Some(&[]));
        }
        at = end + base64::separator(text, end);
    }
    (Digits::read(text, at, MAX_BODY), encrypted)
}

/// Where the header line at `at` ends, if one stands there.
fn header_end(text: &[u8], at: usize) -> Option<usize> {
    let line = text.get(at..text.len().min(at + 256))?;
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    if name == 0 || !line.get(name..)?.starts_with(b": ") {
        return None;
    }
    let value = name + 2;
    // `Proc-Type: 4,ENCRYPTED` and `DEK-Info: AES-256-CBC,IV` have no blank in
    // their values, so a blank ends them where line breaks were lost.
    let single = line.starts_with(b"Proc-Type") || line.starts_with(b"DEK-Info");
    let rest = line.get(value..)?;
    let length = rest
        .iter()
        .position(|&byte| matches!(byte, b'\n' | b'\r' | b'\\' | b'%' | b'&') || (single && byte == b' '))?;
    Some(at + value + length)
}

/// The body that ends before the END line at `end`, whose BEGIN is lost.
fn body_before(text: &[u8], end: usize, floor: usize) -> Option<Digits> {
    let region_start = end.saturating_sub(MAX_BODY / 8).max(floor);
    let region = text.get(region_start..end)?;
    let allowed = |byte: &u8| {
        is_digit(*byte) || matches!(byte, b'=' | b'\\' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b',')
    };
    let length = region.iter().rev().take_while(|byte| allowed(byte)).count();
    let start = end - length;
    // Words before the body are shorter than its lines: start again behind each.
    let mut at = start;
    while at < end {
        at += base64::separator(text, at);
        let digits = Digits::read(text, at, MAX_BODY);
        let gap = base64::separator(text, digits.end);
        if digits.len() >= MIN_LINE && digits.end + gap >= end {
            return Some(digits);
        }
        at = (digits.end + gap).max(at + 1);
    }
    None
}

/// Reports the body by what it decodes to, or by its label if that is unknown.
fn report(
    text: &[u8],
    line: &Line<'_>,
    digits: &Digits,
    skip: usize,
    encrypted: Option<&[u8]>,
    out: &mut Vec<Hit>,
) {
    let range = digits.whole();
    let bytes = digits.decode(skip);
    if let Some(info) = encrypted {
        let mut material = build::bytes(Kind::EncryptedPrivateKey, "ciphertext", &bytes, "pem");
        build::push(&mut material, locked::DEK_INFO, Role::Public, Notation::Text, info);
        out.push(build::hit(range, "pem", material));
        return;
    }
    let mut found = Vec::new();
    binary::scan_binary(&bytes, &mut found);
    fragment::in_decoded(&bytes, &mut found);
    let materials: Vec<Material> = found.into_iter().map(|hit| hit.material).collect();
    // A value that is cut off is called a fragment; then all that stands here must go.
    let cut = |material: &Material| material.components.iter().any(|component| component.name == "fragment");
    let piece = |material: &Material| material.kind == Kind::PrivateKeyFragment || cut(material);
    let whole = !materials.is_empty() && !materials.iter().any(piece);
    for mut material in materials {
        "pem".clone_into(&mut material.detector);
        out.push(build::hit(range.clone(), "pem", material));
    }
    if !whole {
        out.push(by_label(text, line, &bytes, range));
    }
}

fn by_label(text: &[u8], line: &Line<'_>, bytes: &[u8], range: Range<usize>) -> Hit {
    let kind = line.kind();
    let mut material = build::fragments(kind, &[bytes], "pem");
    material.certainty = Certainty::Matched;
    build::push_id(&mut material, "label", &String::from_utf8_lossy(line.label));
    debug_assert!(range.end <= text.len());
    build::hit(range, "pem", material)
}
