//! What of a text must not change: of JSON every token but what stands in strings and the digits of numbers, of a journal
//! names and lengths of fields, of any text its lines.

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named, pieces};
use crate::limits::CHUNK_BYTES;
use coredact_record::Answer;
use sha2::{Digest as _, Sha256};

/// Kinds of text, as reports name them.
const NAMES: [&str; 7] =
    ["heapsnapshot", "hs-err", "ips", "crashreport", "journal-export", "backtrace", "text"];

/// A text, reduced to what must not change.
#[derive(Debug)]
pub(crate) struct Text {
    name: &'static str,
    digest: [u8; 32],
    /// Bytes that the digest is of.
    bytes: u64,
    strings: u64,
    numbers: u64,
    lines: u64,
    /// Bytes that belong to no character of UTF-8.
    foreign: u64,
}

/// Where a reader of JSON is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Number {
        first: bool,
        zero: bool,
    },
    String,
    Escape,
    /// Digits of an escape that are still to come.
    Digits(u8),
    /// Bytes of a character that are still to come.
    Wide(u8),
}

impl Text {
    /// The kinds of text, as reports name them.
    pub(crate) const NAMES: [&'static str; 7] = NAMES;

    /// Reads a text that is said to be of a kind; none if no kind has that name.
    pub(crate) fn read(dump: Named<'_>, name: &str) -> Result<Option<Self>, Fault> {
        let Some(name) = NAMES.into_iter().find(|known| *known == name) else { return Ok(None) };
        let mut text = Self { name, digest: [0; 32], bytes: 0, strings: 0, numbers: 0, lines: 0, foreign: 0 };
        let mut digest = Sha256::new();
        match name {
            "heapsnapshot" | "ips" | "crashreport" => text.json(dump, &mut digest)?,
            "journal-export" => text.journal(dump, &mut digest)?,
            _ => text.lines(dump, &mut digest)?,
        }
        text.digest = digest.finalize().into();
        Ok(Some(text))
    }

    /// The kind, as reports name it.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    fn json(&mut self, dump: Named<'_>, digest: &mut Sha256) -> Result<(), Fault> {
        let mut state = State::Between;
        let mut buffer = Vec::new();
        for (start, taken) in pieces(dump.length(), CHUNK_BYTES) {
            buffer.resize(taken, 0);
            dump.read(start, &mut buffer)?;
            let mut kept = Vec::with_capacity(taken);
            for (at, byte) in (start..).zip(&buffer) {
                state = self.byte(state, *byte, &mut kept).ok_or_else(|| Fault::Parse {
                    which: dump.which,
                    what: format!("no JSON any more at file offset {at:#x}"),
                })?;
            }
            self.bytes = self.bytes.saturating_add(kept.len() as u64);
            digest.update(&kept);
        }
        if matches!(state, State::Between | State::Number { .. }) {
            return Ok(());
        }
        Err(Fault::Parse { which: dump.which, what: "it ends within a string".to_owned() })
    }

    /// Takes a byte of JSON; what must not change is kept.
    fn byte(&mut self, state: State, byte: u8, kept: &mut Vec<u8>) -> Option<State> {
        match state {
            State::Between => Some(self.between(byte, kept)),
            State::Number { first, zero } => match byte {
                b'0'..=b'9' => {
                    // A number has no zero before its other digits (RFC 8259, section 6).
                    (!zero).then_some(())?;
                    kept.push(if self.name == "heapsnapshot" { byte } else { b'1' });
                    Some(State::Number { first: false, zero: first && byte == b'0' })
                }
                b'-' | b'+' | b'.' | b'e' | b'E' => {
                    kept.push(byte);
                    Some(State::Number { first: false, zero: false })
                }
                _ => Some(self.between(byte, kept)),
            },
            State::String => match byte {
                b'"' => {
                    kept.push(byte);
                    Some(State::Between)
                }
                b'\\' => Some(State::Escape),
                0..=0x1f => None,
                0x20..=0x7f => Some(State::String),
                0xc2..=0xdf => Some(State::Wide(1)),
                0xe0..=0xef => Some(State::Wide(2)),
                0xf0..=0xf4 => Some(State::Wide(3)),
                _ => None,
            },
            State::Escape => match byte {
                b'u' => Some(State::Digits(4)),
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(State::String),
                _ => None,
            },
            State::Digits(left) => byte.is_ascii_hexdigit().then_some(if left > 1 {
                State::Digits(left - 1)
            } else {
                State::String
            }),
            State::Wide(left) => {
                (byte & 0xc0 == 0x80).then_some(if left > 1 { State::Wide(left - 1) } else { State::String })
            }
        }
    }

    fn between(&mut self, byte: u8, kept: &mut Vec<u8>) -> State {
        match byte {
            b'"' => {
                self.strings = self.strings.saturating_add(1);
                kept.push(byte);
                State::String
            }
            b'-' | b'0'..=b'9' => {
                self.numbers = self.numbers.saturating_add(1);
                kept.push(if self.name == "heapsnapshot" || byte == b'-' { byte } else { b'1' });
                State::Number { first: byte == b'-', zero: byte == b'0' }
            }
            _ => {
                kept.push(byte);
                State::Between
            }
        }
    }

    /// Line feeds and other controls, quotes and angle brackets, each with its place.
    fn lines(&mut self, dump: Named<'_>, digest: &mut Sha256) -> Result<(), Fault> {
        let mut buffer = Vec::new();
        let mut left = 0_u8;
        for (start, taken) in pieces(dump.length(), CHUNK_BYTES) {
            buffer.resize(taken, 0);
            dump.read(start, &mut buffer)?;
            for (at, byte) in (start..).zip(&buffer) {
                self.character(&mut left, *byte);
                self.lines = self.lines.saturating_add(u64::from(*byte == b'\n'));
                if *byte < 0x20 || matches!(byte, b'"' | b'<' | b'>') {
                    // Of quotes those behind a backslash are characters, of which nothing is said.
                    let before =
                        at.checked_sub(1).filter(|_| *byte == b'"').map(|at| dump.take(at, 1)).transpose()?;
                    if before.is_none_or(|before| before != b"\\") {
                        digest.update(at.to_le_bytes());
                        digest.update([*byte]);
                        self.bytes = self.bytes.saturating_add(1);
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts bytes that belong to no character of UTF-8.
    fn character(&mut self, left: &mut u8, byte: u8) {
        let continues = byte & 0xc0 == 0x80;
        if continues != (*left > 0) {
            self.foreign = self.foreign.saturating_add(1);
        }
        *left = match byte {
            _ if continues => left.saturating_sub(1),
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => 0,
        };
    }

    /// Names and lengths of fields ("Journal Export Format", systemd.io).
    fn journal(&mut self, dump: Named<'_>, digest: &mut Sha256) -> Result<(), Fault> {
        let broken = |at: u64| Fault::Parse {
            which: dump.which,
            what: format!("no field of a journal stands at file offset {at:#x}"),
        };
        let mut at = 0;
        while at < dump.length() {
            let (name, end) = until(dump, at, b"=\n")?.ok_or_else(|| broken(at))?;
            digest.update(&name);
            self.bytes = self.bytes.saturating_add(name.len() as u64);
            self.strings = self.strings.saturating_add(u64::from(name.len() > 1));
            at = match name.last() {
                Some(b'=') => {
                    let (value, after) = until(dump, end, b"\n")?.ok_or_else(|| broken(at))?;
                    digest.update((value.len() as u64).to_le_bytes());
                    after
                }
                // An empty line ends an entry.
                _ if name.len() == 1 => end,
                _ => {
                    let length = dump.take(end, 8)?;
                    digest.update(&length);
                    let length =
                        length.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
                    let after = end.checked_add(8).and_then(|start| start.checked_add(length));
                    let after = after.ok_or_else(|| broken(at))?;
                    if dump.take(after, 1)? != b"\n" {
                        return Err(broken(at));
                    }
                    after + 1
                }
            };
        }
        Ok(())
    }
}

/// The bytes up to the first of `ends` and with it, and where the next stands; none if there is none.
fn until(dump: Named<'_>, start: u64, ends: &[u8]) -> Result<Option<(Vec<u8>, u64)>, Fault> {
    let mut out = Vec::new();
    let mut at = start;
    while at < dump.length() {
        let taken = (dump.length() - at).min(STEP_BYTES);
        let bytes = dump.take(at, taken)?;
        if let Some(end) = bytes.iter().position(|byte| ends.contains(byte)) {
            out.extend_from_slice(bytes.get(..=end).unwrap_or_default());
            return Ok(Some((out, at + end as u64 + 1)));
        }
        out.extend_from_slice(&bytes);
        at += taken;
    }
    Ok(None)
}

/// Bytes read at once while the end of a line is looked for.
const STEP_BYTES: u64 = 4096;

/// Compares two texts of a kind.
pub(crate) fn structure(before: &Text, after: &Text) -> Answer {
    let same = before.digest == after.digest
        && (before.bytes, before.strings, before.numbers, before.lines)
            == (after.bytes, after.strings, after.numbers, after.lines)
        && after.foreign <= before.foreign;
    let detail = if same {
        format!("{} bytes of structure are the same: {}", before.bytes, counts(before))
    } else {
        format!("the structure differs: {} before, {} after", counts(before), counts(after))
    };
    numbers(answer(question::STRUCTURE, same, detail), after)
}

/// What there is to see of a text that parses.
pub(crate) fn parsed(text: &Text) -> Answer {
    numbers(answer(question::STRUCTURE, true, format!("the text parses: {}", counts(text))), text)
}

fn counts(text: &Text) -> String {
    match text.name {
        "heapsnapshot" | "ips" | "crashreport" => {
            format!("{} strings and {} numbers in JSON", text.strings, text.numbers)
        }
        "journal-export" => format!("{} fields", text.strings),
        _ => format!("{} lines", text.lines),
    }
}

fn numbers(answer: Answer, text: &Text) -> Answer {
    answer
        .with("structure_bytes", text.bytes)
        .with("strings", text.strings)
        .with("numbers", text.numbers)
        .with("lines", text.lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(name: &str, before: &str, after: &str) -> bool {
        let (before, after) = (before.as_bytes().to_vec(), after.as_bytes().to_vec());
        let read = |dump| Text::read(dump, name).map(|text| text.expect("a kind of text"));
        let (before, after) = (read(Named::original(&before)).unwrap(), read(Named::clean(&after)));
        after.is_ok_and(|after| structure(&before, &after).passed)
    }

    #[test]
    fn strings_and_digits_of_json_may_change_and_nothing_else() {
        let before = "{\"a\":\"x\\ny\",\"n\":[12,-3.5]}";
        let check =
            |after: &str, expected: bool| assert_eq!(same("crashreport", before, after), expected, "{after}");
        check(before, true);
        check("{\"#\":\"[#1]\",\"n\":[11,-1.1]}", true);
        check("{\"a\":\"x\\ny\",\"n\":[02,-3.5]}", false);
        check("{\"a\":\"x\\ny\",\"n\":[12,-3.5 }", false);
        check("{\"a\":\"x\\qy\",\"n\":[12,-3.5]}", false);
        check("{\"a\":\"x\"ny\",\"n\":[12,-3.5]}", false);
        check("{\"a\":\"x\u{1}ny\",\"n\":[12,-3.5]}", false);
        assert!(!same("heapsnapshot", before, &before.replace("12", "11")), "numbers of a graph stay");
    }

    #[test]
    fn lines_and_fields_stay() {
        assert!(same("text", "a \"b\"\ncd\n", "# \"#\"\n##\n"));
        assert!(!same("text", "ab\ncd\n", "a\nbcd\n"));
        assert!(!same("text", "ab\u{e9}d\n", "ab\u{e9}\u{1}\n"));
        let journal = "__CURSOR=a\nBLOB\n\u{3}\0\0\0\0\0\0\0x\ny\n\n";
        assert!(same("journal-export", journal, &journal.replace("x\ny", "###")));
        assert!(!same("journal-export", journal, &journal.replace("BLOB", "BLOC")));
        assert!(!same("journal-export", journal, &journal.replace("R=a", "R=\n")));
        assert!(Text::read(Named::clean(&vec![]), "elf-core").unwrap().is_none());
    }
}
