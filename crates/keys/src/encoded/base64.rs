//! Base64 as it stands in memory: broken into lines, escaped, cut at both ends.

use super::limits::{MAX_BODY, MIN_LINE};
use crate::base64::{all_digits, is_digit, joined, value};
use std::ops::Range;
use zeroize::Zeroizing;

/// So many dashes are a ruler or armour line; fewer may be digits of the URL
/// alphabet. SSH2 armour has four.
const RULER: usize = 4;

/// Base64 digits with the place of each in the text. One value serves for many
/// reads, so that the search allocates seldom.
#[derive(Debug, Default)]
pub(super) struct Digits {
    /// Values 0 to 63.
    values: Zeroizing<Vec<u8>>,
    /// Text offset of each digit, from `origin` on.
    places: Vec<u32>,
    /// Where reading started.
    origin: usize,
    /// Where reading stopped: behind the last digit or padding.
    pub end: usize,
    /// Signs of padding that ended it: none, one or two.
    pub padding: usize,
    /// Length of the last line, in digits.
    last_line: usize,
}

impl Digits {
    /// Reads lines of digits from `start` on, at most `limit` digits.
    pub(super) fn read(text: &[u8], start: usize, limit: usize) -> Self {
        let mut digits = Self::default();
        digits.read_again(text, start, limit);
        digits
    }

    /// Reads lines of digits in place of what was read before. Every line but
    /// the last has [`MIN_LINE`] digits or more, so that prose behind a key is
    /// not taken for one.
    pub(super) fn read_again(&mut self, text: &[u8], start: usize, limit: usize) {
        self.values.clear();
        self.places.clear();
        (self.origin, self.end, self.padding) = (start, start, 0);
        let limit = limit.min(MAX_BODY);
        let mut at = start;
        loop {
            let before = self.len();
            at = self.read_line(text, at, limit);
            self.last_line = self.len() - before;
            if self.last_line > 0 {
                self.end = at;
            }
            let (signs, length) = padding(text, at);
            if signs > 0 && self.last_line > 0 {
                self.end = at + length;
                self.padding = signs;
                return;
            }
            let gap = separator(text, at);
            let short = self.last_line < MIN_LINE;
            if gap == 0 || self.len() >= limit || (short && before > 0) {
                return;
            }
            // A first line may be the rest of a longer one.
            if short && self.last_line > 0 && line_length(text, at + gap, MIN_LINE) < MIN_LINE {
                return;
            }
            at += gap;
        }
    }

    fn read_line(&mut self, text: &[u8], mut at: usize, limit: usize) -> usize {
        while self.len() < limit {
            let rest = text.get(at..).unwrap_or_default();
            let rest = rest.get(..limit - self.len()).unwrap_or(rest);
            let plain = undashed(rest);
            self.values.extend(rest.iter().take(plain).map(|&byte| value(byte)));
            let place = u32::try_from(at - self.origin).unwrap_or(u32::MAX);
            self.places.extend((place..).take(plain));
            at += plain;
            if self.len() >= limit {
                break;
            }
            let Some((value, width)) = digit(text, at) else { break };
            self.values.push(value);
            self.places.push(u32::try_from(at - self.origin).unwrap_or(u32::MAX));
            at += width;
        }
        at
    }

    /// How many digits.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Drops a last line that is shorter than the others and leaves the whole
    /// unaligned: a word that followed the base64.
    pub(super) fn drop_trailing_word(&mut self) {
        if self.padding == 0
            && self.last_line < MIN_LINE
            && self.last_line < self.len()
            && !self.len().is_multiple_of(4)
        {
            let keep = self.len() - self.last_line;
            self.values.truncate(keep);
            self.places.truncate(keep);
            self.end = self.last().map_or(self.end, |last| last + 1);
        }
    }

    /// The bytes, if a quantum starts at digit `skip`.
    pub(super) fn decode(&self, skip: usize) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::new());
        self.decode_into(skip, &mut out);
        out
    }

    /// The bytes, if a quantum starts at digit `skip`, in place of what `out` held.
    pub(super) fn decode_into(&self, skip: usize, out: &mut Zeroizing<Vec<u8>>) {
        let values = self.values.get(skip..).unwrap_or_default();
        let (pairs, rest) = values.as_chunks::<8>();
        // All of it is written next: what is there need not be zero.
        out.resize(6 * pairs.len() + 6, 0);
        let (decoded, _) = out.as_chunks_mut::<6>();
        for (bytes, pair) in decoded.iter_mut().zip(pairs) {
            let [_, _, six @ ..] = joined(*pair).to_be_bytes();
            *bytes = six;
        }
        out.truncate(6 * pairs.len());
        let (quantum, rest) = rest.split_at_checked(4).unwrap_or((&[], rest));
        if let &[a, b, c, d] = quantum {
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        if let &[a, b, ..] = rest {
            out.push(a << 2 | b >> 4);
            if let Some(c) = rest.get(2) {
                out.push(b << 4 | c >> 2);
            }
        }
    }

    /// The text that encodes the bytes `range` of `decode(skip)`.
    pub(super) fn text_of(&self, range: &Range<usize>, skip: usize) -> Range<usize> {
        let first = skip + range.start * 8 / 6;
        let last = (skip + (range.end * 8).div_ceil(6)).saturating_sub(1);
        let start = self.place(first).or(self.last()).unwrap_or(self.end);
        let end = self.place(last).or(self.last()).map_or(self.end, |place| place + 1);
        start..end.max(start)
    }

    /// All of it, with its padding.
    pub(super) fn whole(&self) -> Range<usize> {
        self.place(0).unwrap_or(self.end)..self.end
    }

    /// Text offset of digit `index`.
    pub(super) fn place(&self, index: usize) -> Option<usize> {
        let place = usize::try_from(*self.places.get(index)?).ok()?;
        Some(self.origin + place)
    }

    fn last(&self) -> Option<usize> {
        self.place(self.len().checked_sub(1)?)
    }
}

/// True if a digit stands at `at` that is no dash of a ruler or armour line.
pub(super) fn is_digit_at(text: &[u8], at: usize) -> bool {
    let Some(&byte) = text.get(at) else { return false };
    if byte != b'-' {
        return is_digit(byte);
    }
    let before = text.get(at.saturating_sub(RULER)..at).unwrap_or_default();
    before.iter().rev().take_while(|&&byte| byte == b'-').count() + dashes(text, at) < RULER
}

/// How many dashes stand at `at`, counted up to [`RULER`].
fn dashes(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take(RULER).take_while(|&&byte| byte == b'-').count()
}

/// Where the digits that go on at `at` start, not before `floor`. The letter of
/// an escaped line break is none of them.
pub(super) fn line_start(text: &[u8], at: usize, floor: usize) -> usize {
    let mut start = at;
    while start > floor && is_digit_at(text, start - 1) {
        start -= 1;
    }
    let escaped = start > floor && text.get(start - 1) == Some(&b'\\');
    if escaped && matches!(text.get(start), Some(b'n' | b'r' | b't')) { start + 1 } else { start }
}

/// The digit at `at` and how many characters write it: JSON may escape the
/// slash, forms escape plus and slash.
fn digit(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let byte = *text.get(at)?;
    let pair = text.get(at..at + 3).unwrap_or_default();
    match byte {
        b'-' => (dashes(text, at) < RULER).then_some((62, 1)),
        b'\\' if text.get(at + 1) == Some(&b'/') => Some((63, 2)),
        b'%' if pair.eq_ignore_ascii_case(b"%2b") => Some((62, 3)),
        b'%' if pair.eq_ignore_ascii_case(b"%2f") => Some((63, 3)),
        _ => Some((value(byte), 1)).filter(|(value, _)| *value < 64),
    }
}

/// How many digits `text` begins with up to the first dash, which may belong to a ruler.
fn undashed(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<32>();
    let is_plain = |block: &&[u8; 32]| all_digits(block.as_slice()) && !block.contains(&b'-');
    let whole = blocks.iter().take_while(is_plain).count() * 32;
    let rest = text.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| is_digit(**byte) && **byte != b'-').count()
}

/// How many signs of padding stand at `at`, and how many characters they take.
fn padding(text: &[u8], at: usize) -> (usize, usize) {
    let rest = text.get(at..).unwrap_or_default();
    let width = if rest.starts_with(b"=") {
        1
    } else if rest.get(..3).is_some_and(|three| three.eq_ignore_ascii_case(b"%3d")) {
        3
    } else {
        return (0, 0);
    };
    let again = rest.get(width..2 * width) == rest.get(..width);
    if again { (2, 2 * width) } else { (1, width) }
}

/// How many digits the line at `at` has, counted up to `limit`.
pub(super) fn line_length(text: &[u8], mut at: usize, limit: usize) -> usize {
    let mut count = 0;
    while count < limit
        && let Some((_, width)) = digit(text, at)
    {
        at += width;
        count += 1;
    }
    count
}

/// Length of what may stand between two lines of one body, at most 64
/// characters: white space, its escapes (`\n`, `\\n`, `%0A`, `&#10;`), and the
/// end of one string literal with the start of the next.
pub(super) fn separator(text: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut quoted = false;
    while at < start + 64 {
        let rest = text.get(at..).unwrap_or_default();
        let width = match rest.first() {
            Some(b' ' | b'\t' | b'\r' | b'\n') => 1,
            Some(b'\\') => escape(rest),
            Some(b'%')
                if rest.get(..3).is_some_and(|t| matches!(t, b"%0A" | b"%0D" | b"%0a" | b"%0d" | b"%20")) =>
            {
                3
            }
            Some(b'&') if rest.starts_with(b"&#10;") || rest.starts_with(b"&#13;") => 5,
            Some(b'"' | b'\'') => {
                quoted = !quoted;
                1
            }
            Some(b',' | b'+' | b'.') if quoted => 1,
            _ => 0,
        };
        if width == 0 {
            break;
        }
        at += width;
    }
    // An opening quote without a closing one starts something else.
    if quoted { 0 } else { at - start }
}

/// Length of `\n`, `\r`, `\t`, `\u000a` or a continued line, with any number of backslashes.
fn escape(text: &[u8]) -> usize {
    let slashes = text.iter().take(8).take_while(|&&byte| byte == b'\\').count();
    let rest = text.get(slashes..).unwrap_or_default();
    match rest.first() {
        Some(b'n' | b'r' | b't' | b'\n') => slashes + 1,
        Some(b'u') if rest.get(1..5).is_some_and(|t| matches!(t, b"000a" | b"000d" | b"000A" | b"000D")) => {
            slashes + 5
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    #[test]
    fn every_way_of_breaking_lines_decodes_alike() {
        let bytes: Vec<u8> = (0u8..=255).collect();
        let flat = base64::prelude::BASE64_STANDARD.encode(&bytes);
        let lines: Vec<&str> =
            (0..flat.len()).step_by(64).map(|at| &flat[at..(at + 64).min(flat.len())]).collect();
        for gap in [
            "",
            "\n",
            "\r\n",
            "\\n",
            "\\\\n",
            "\\r\\n",
            " ",
            "\n    ",
            "\\n\"\n    \"",
            "\", \"",
            "%0A",
            "\\u000a",
            "&#10;",
        ] {
            let text = lines.join(gap);
            let digits = Digits::read(text.as_bytes(), 0, 10_000);
            assert_eq!(*digits.decode(0), bytes, "gap {gap:?}");
            assert_eq!(digits.whole(), 0..text.len(), "gap {gap:?}");
        }
        let text = flat.replace('/', "\\/");
        assert_eq!(*Digits::read(text.as_bytes(), 0, 10_000).decode(0), bytes);
    }

    #[test]
    fn bytes_map_back_to_the_characters_that_hold_them() {
        let text = b"QUJDREVG\nR0hJ";
        let digits = Digits::read(b"QUJDREVGR0hJQUJDREVG", 0, 100);
        assert_eq!(*digits.decode(0), b"ABCDEFGHIABCDEF");
        assert_eq!(digits.text_of(&(3..6), 0), 4..8);
        assert_eq!(digits.text_of(&(1..2), 0), 1..3);
        assert_eq!(digits.text_of(&(0..15), 0), 0..20);
        // A short line is the last one.
        assert_eq!(Digits::read(text, 0, 100).whole(), 0..8);
    }

    #[test]
    fn prose_behind_a_body_is_left_alone() {
        let text = b"QUJDREVGR0hJQUJDREVG and then some words follow";
        let mut digits = Digits::read(text, 0, 1000);
        digits.drop_trailing_word();
        assert_eq!(digits.whole(), 0..20);
    }
}
