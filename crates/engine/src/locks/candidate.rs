//! What may be a key or a passphrase.

use coredact_keys::derived::KEY_BYTES_MIN;
use coredact_keys::tokens;
use coredact_sweep::{random, text};
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes of keys that look random, as libraries and people make them.
const RANDOM_KEYS: [usize; 4] = [32, 48, 64, 24];

/// Bytes from either end of a random run in which keys are tried: what lies deeper in bulk data is ciphertext.
const EDGE_BYTES: usize = 256;

/// Characters of passphrases that people choose and machines make.
const PASSPHRASE_CHARACTERS: std::ops::RangeInclusive<usize> = 4..=64;

/// How a candidate stands in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A line of text, or what stands behind an equals sign or colon in it, without quotation marks.
    Phrase,
    /// The same behind a name that says it is a secret.
    Named,
    /// Any other word, what it stands for in base64 or hexadecimal, or bytes that look random.
    Other,
}

/// Is shown a candidate: where it stands, what it is, and how it looks.
pub(super) type Show<'a> = dyn FnMut(Range<usize>, &[u8], Shape) + 'a;

/// Shows everything in a window that may be a key: words of text, what they stand for in base64 and hexadecimal, and
/// random bytes at machine words.
pub(super) fn all(bytes: &[u8], show: &mut Show<'_>) {
    let mut runs = Vec::new();
    text::runs(bytes, KEY_BYTES_MIN, &mut runs);
    let mut room = Zeroizing::new(Vec::new());
    for run in runs {
        let raw = bytes.get(run.range.clone()).unwrap_or_default();
        let narrowed = text::narrow(raw, run.encoding, &mut room);
        let width = if run.encoding == text::Encoding::Ascii { 1 } else { 2 };
        let place =
            |part: Range<usize>| run.range.start + part.start * width..run.range.start + part.end * width;
        show(run.range.clone(), narrowed, Shape::Other);
        for (range, shape) in phrases(narrowed) {
            let phrase = narrowed.get(range.clone()).unwrap_or_default();
            show(place(range), phrase, shape);
        }
        let is_foreign = |byte: &u8| !byte.is_ascii_graphic() || b"\"'`,;=<>(){}[]".contains(byte);
        let mut at = 0;
        for word in narrowed.split(is_foreign) {
            let range = at..at + word.len();
            at = range.end + 1;
            if word.len() < KEY_BYTES_MIN {
                continue;
            }
            show(place(range.clone()), word, Shape::Other);
            for decoded in [crate::nested::whole_base64(word), from_hex(word)].into_iter().flatten() {
                show(place(range.clone()), &Zeroizing::new(decoded), Shape::Other);
            }
        }
    }
    let mut runs = Vec::new();
    random::runs(bytes, &mut runs);
    for run in runs {
        let from = run.start.saturating_sub(8).next_multiple_of(8);
        let is_near = |start: &usize| start - from <= EDGE_BYTES || run.end - start <= EDGE_BYTES;
        for start in (from..run.end).step_by(8).filter(is_near) {
            for length in RANDOM_KEYS {
                if let Some(key) = bytes.get(start..start + length).filter(|_| start + length <= run.end + 8)
                {
                    show(start..start + length, key, Shape::Other);
                }
            }
        }
    }
}

/// Every line of a text, and what each equals sign or colon in it gives, if that may be a passphrase.
fn phrases(text: &[u8]) -> Vec<(Range<usize>, Shape)> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let (start, end) = (at, at + line.len());
        at = end + 1;
        let gives = line.iter().enumerate().filter(|(_, byte)| b"=:".contains(byte));
        let gives = gives.map(|(index, _)| {
            let is_named = line.get(..index).is_some_and(ends_in_secret_name);
            (start + index + 1, if is_named { Shape::Named } else { Shape::Phrase })
        });
        let starts = std::iter::once((start, Shape::Phrase)).chain(gives);
        out.extend(starts.filter_map(|(start, shape)| Some((trimmed(text, start..end)?, shape))));
    }
    out
}

/// Whether the last word before an equals sign or colon is the name of a secret.
fn ends_in_secret_name(before: &[u8]) -> bool {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"\"").unwrap_or(before);
    let length = before.iter().rev().take(NAME_CHARACTERS_MAX).take_while(|byte| is_of_name(byte)).count();
    let name = before.get(before.len() - length..).unwrap_or_default();
    std::str::from_utf8(name).is_ok_and(tokens::secret_name)
}

/// Longest name that is looked at.
const NAME_CHARACTERS_MAX: usize = 64;

/// The range without blanks and quotation marks around it, if what is left may be a passphrase.
fn trimmed(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let line = text.get(range.clone())?;
    let is_around = |byte: &u8| b" \t\r\"',;}".contains(byte);
    let lead = line.iter().take_while(|byte| is_around(byte)).count();
    let tail = line.iter().rev().take_while(|byte| is_around(byte)).count();
    let trimmed = range.start + lead..range.end.saturating_sub(tail);
    PASSPHRASE_CHARACTERS.contains(&trimmed.len()).then_some(trimmed)
}

fn from_hex(word: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = word.as_chunks::<2>();
    if !rest.is_empty() || word.len() < 2 * KEY_BYTES_MIN {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
