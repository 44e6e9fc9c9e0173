//! JSON documents, token by token (RFC 8259). Not read into memory: a heap snapshot has gigabytes.

use super::buffer::Buffer;
use crate::error::Error;
use crate::limits::JSON_DEPTH_MAX;
use std::ops::Range;

/// A token that says something; the rest is structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A string: where what is between its quotes stands, and whether it is more than ASCII without escapes.
    String { inner: Range<u64>, is_plain: bool },
    /// A number.
    Number(Range<u64>),
    /// A bracket or brace: a list begins or ends.
    Bracket,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

/// Shows every token of the `count` documents of which a file consists.
///
/// # Errors
/// If it is not that many documents, if it ends within one, if a token is none of JSON's, or if the medium fails.
pub(super) fn walk(
    buffer: &mut Buffer<'_>,
    count: usize,
    show: &mut dyn FnMut(&mut Buffer<'_>, Token) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut walker = Walker { buffer, at: 0, open: Vec::new(), show };
    for _ in 0..count {
        walker.document()?;
    }
    match walker.after_space()? {
        None => Ok(()),
        Some(_) => Err(walker.impossible("more follows what should be all")),
    }
}

struct Walker<'a, 'b> {
    buffer: &'a mut Buffer<'b>,
    at: u64,
    /// Whether each open bracket is a brace.
    open: Vec<bool>,
    show: &'a mut dyn FnMut(&mut Buffer<'_>, Token) -> Result<(), Error>,
}

impl Walker<'_, '_> {
    fn document(&mut self) -> Result<(), Error> {
        let mut expected = Expected::Value;
        loop {
            let Some(byte) = self.after_space()? else { return Err(self.truncated()) };
            let from = self.at;
            self.at = self.at.saturating_add(1);
            expected = match (byte, expected) {
                (b'{' | b'[', Expected::Value | Expected::ValueOrEnd) => {
                    self.open(byte == b'{')?;
                    if byte == b'{' { Expected::KeyOrEnd } else { Expected::ValueOrEnd }
                }
                (b'}', Expected::KeyOrEnd)
                | (b']', Expected::ValueOrEnd)
                | (b'}' | b']', Expected::CommaOrEnd) => {
                    self.close(byte == b'}', from)?;
                    Expected::CommaOrEnd
                }
                (b'"', Expected::Key | Expected::KeyOrEnd) => {
                    self.string()?;
                    Expected::Colon
                }
                (b'"', Expected::Value | Expected::ValueOrEnd) => {
                    self.string()?;
                    Expected::CommaOrEnd
                }
                (b':', Expected::Colon) => Expected::Value,
                (b',', Expected::CommaOrEnd) => match self.open.last() {
                    Some(true) => Expected::Key,
                    _ => Expected::Value,
                },
                (b'-' | b'0'..=b'9', Expected::Value | Expected::ValueOrEnd) => {
                    self.number(from)?;
                    Expected::CommaOrEnd
                }
                (b't' | b'f' | b'n', Expected::Value | Expected::ValueOrEnd) => {
                    self.word(byte, from)?;
                    Expected::CommaOrEnd
                }
                _ => return Err(self.impossible_at(from, "a character that is not JSON's stands there")),
            };
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn open(&mut self, is_object: bool) -> Result<(), Error> {
        if self.open.len() >= JSON_DEPTH_MAX {
            return Err(self.impossible("more arrays and objects in one another than are followed"));
        }
        self.open.push(is_object);
        (self.show)(self.buffer, Token::Bracket)
    }

    fn close(&mut self, is_object: bool, at: u64) -> Result<(), Error> {
        if self.open.pop() != Some(is_object) {
            return Err(self.impossible_at(at, "it closes what was not opened"));
        }
        (self.show)(self.buffer, Token::Bracket)
    }

    /// The rest of a string, behind its first quote.
    fn string(&mut self) -> Result<(), Error> {
        let start = self.at;
        let mut is_plain = true;
        loop {
            let held = self.buffer.ahead(self.at)?;
            let plain = held.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20 | 0x80..));
            let Some(plain) = plain else {
                if held.is_empty() {
                    return Err(self.truncated());
                }
                self.at = self.at.saturating_add(crate::cursor::to_u64(held.len()));
                continue;
            };
            self.at = self.at.saturating_add(crate::cursor::to_u64(plain));
            match self.byte()? {
                b'"' => {
                    let inner = start..self.at.saturating_sub(1);
                    return (self.show)(self.buffer, Token::String { inner, is_plain });
                }
                b'\\' => self.escape()?,
                0..0x20 => return Err(self.impossible("a string holds a control character")),
                first => self.wide(first)?,
            }
            is_plain = false;
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        match self.byte()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    if !self.byte()?.is_ascii_hexdigit() {
                        return Err(self.impossible("an escape is not one of JSON's"));
                    }
                }
                Ok(())
            }
            _ => Err(self.impossible("an escape is not one of JSON's")),
        }
    }

    /// The rest of a character of several bytes in UTF-8 (RFC 3629, section 4).
    fn wide(&mut self, first: u8) -> Result<(), Error> {
        let more = match first {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => return Err(self.impossible("a string is not UTF-8")),
        };
        for _ in 0..more {
            if self.byte()? & 0xc0 != 0x80 {
                return Err(self.impossible("a string is not UTF-8"));
            }
        }
        Ok(())
    }

    fn number(&mut self, from: u64) -> Result<(), Error> {
        while let Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') = self.buffer.byte(self.at)? {
            self.at = self.at.saturating_add(1);
        }
        (self.show)(self.buffer, Token::Number(from..self.at))
    }

    fn word(&mut self, first: u8, from: u64) -> Result<(), Error> {
        let word: &[u8] = match first {
            b't' => b"true",
            b'f' => b"false",
            _ => b"null",
        };
        for expected in word.iter().skip(1) {
            if self.byte()? != *expected {
                return Err(self.impossible_at(from, "a word is not one of JSON's"));
            }
        }
        Ok(())
    }

    /// The next byte, which must be there.
    fn byte(&mut self) -> Result<u8, Error> {
        let Some(byte) = self.buffer.byte(self.at)? else { return Err(self.truncated()) };
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    /// The next byte that is no white space, which is not passed.
    fn after_space(&mut self) -> Result<Option<u8>, Error> {
        loop {
            match self.buffer.byte(self.at)? {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at = self.at.saturating_add(1),
                other => return Ok(other),
            }
        }
    }

    fn truncated(&self) -> Error {
        let (format, length) = (self.buffer.format(), self.buffer.length());
        Error::Truncated { format, structure: "JSON document", offset: 0, length }
    }

    fn impossible(&self, problem: &str) -> Error {
        self.impossible_at(self.at.saturating_sub(1), problem)
    }

    fn impossible_at(&self, offset: u64, problem: &str) -> Error {
        Error::Impossible {
            format: self.buffer.format(),
            structure: "JSON document".to_owned(),
            offset,
            problem: format!("{problem}; --as text takes it for text without a structure"),
        }
    }
}
