//! JSON: the same bytes for the same report.

use crate::text::is_hidden;
use crate::{Identity, Report};
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// The report's JSON, indented, one cut or place a line, ended by a line feed.
#[must_use]
pub fn json(report: &Report) -> String {
    pretty_text(report)
}

/// The report's JSON on one line, ended by a line feed: one record of a stream of reports.
#[must_use]
pub fn json_line(report: &Report) -> String {
    one_line(report)
}

/// A key's JSON on one line, ended by a line feed.
#[must_use]
pub fn identity_line(identity: &Identity) -> String {
    one_line(identity)
}

fn one_line(value: &impl Serialize) -> String {
    // Line feeds stand between tokens alone; inside strings they are escaped.
    let mut line = pretty_text(value).replace('\n', "");
    line.push('\n');
    line
}

/// Writes what [`json`] returns, without holding it: a plan may have a million cuts.
///
/// # Errors
/// If the writer fails.
pub fn write_json(report: &Report, writer: &mut impl Write) -> io::Result<()> {
    pretty(report, writer)
}

/// Writes a value the way all of coredact's documents are written.
fn pretty(value: &impl Serialize, writer: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *writer, Lines::default());
    value.serialize(&mut serializer)?;
    writer.write_all(b"\n")
}

/// [`pretty`] as text. A Vec takes every write and the documents hold no map whose keys JSON lacks, so
/// there is always a text.
pub(crate) fn pretty_text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match pretty(value, &mut bytes) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Indents like [`PrettyFormatter`], but keeps an object at depth 3 or more on one line, and shows
/// characters that a terminal would obey as escapes.
#[derive(Default)]
struct Lines {
    pretty: PrettyFormatter<'static>,
    depth: usize,
    /// Depth at which a one-line object began.
    inline_from: Option<usize>,
}

/// Report 0, `plan` 1, `cuts` 2, a cut 3.
const INLINE_DEPTH: usize = 3;

impl Lines {
    fn inline(&self) -> bool {
        self.inline_from.is_some()
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.inline() { writer.write_all(b"[") } else { self.pretty.begin_array(writer) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.inline() { writer.write_all(b"]") } else { self.pretty.end_array(writer) }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        match (self.inline(), first) {
            (true, true) => Ok(()),
            (true, false) => writer.write_all(b", "),
            (false, _) => self.pretty.begin_array_value(writer, first),
        }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.inline() { Ok(()) } else { self.pretty.end_array_value(writer) }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        if !self.inline() && self.depth > INLINE_DEPTH {
            self.inline_from = Some(self.depth);
        }
        if self.inline() { writer.write_all(b"{") } else { self.pretty.begin_object(writer) }
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if self.inline() {
            if self.inline_from == Some(depth) {
                self.inline_from = None;
            }
            return writer.write_all(b"}");
        }
        self.pretty.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        match (self.inline(), first) {
            (true, true) => Ok(()),
            (true, false) => writer.write_all(b", "),
            (false, _) => self.pretty.begin_object_key(writer, first),
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.inline() { Ok(()) } else { self.pretty.end_object_value(writer) }
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_hidden(*character)) {
            let (plain, tail) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = tail.get(character.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Command, Cut, InputInfo, Plan, Report};

    #[test]
    fn cuts_stand_one_a_line_and_the_text_reads_back() {
        let cut = |file_offset| Cut { file_offset, length: 8, finding: 1, marker: "AES".into() };
        let mut report = Report::new(Command::Scrub, InputInfo::default());
        report.plan = Some(Plan { input_length: 99, cuts: vec![cut(1), cut(20)], notice: None });
        let text = super::json(&report);
        assert!(
            text.contains(
                "      {\"file_offset\": 1, \"length\": 8, \"finding\": 1, \"marker\": \"AES\"},\n"
            )
        );
        assert!(text.starts_with("{\n  \"schema\": \"coredact-report-v1\",\n"));
        assert_eq!(Report::from_json(text.as_bytes()).unwrap(), report);
    }

    #[test]
    fn terminal_controls_in_names_are_escaped_and_read_back() {
        let name = "a\x1b]0;x\x07b\u{9b}31m\u{202e}\u{7f}\u{e0041}\"\\";
        let report = Report::new(Command::Scan, InputInfo { name: name.into(), ..InputInfo::default() });
        let text = super::json(&report);
        assert!(text.chars().all(|character| character == '\n' || !crate::text::is_hidden(character)));
        assert_eq!(Report::from_json(text.as_bytes()).unwrap().input.name, name);
    }
}
