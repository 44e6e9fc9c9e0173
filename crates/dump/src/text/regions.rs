//! The parts of a text that may be changed, front to back. Whatever lies between them is structure.

use super::buffer::Buffer;
use super::journal;
use super::json::{self, Token};
use super::kind::Kind;
use crate::error::Error;
use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// What stands between the quotes of a string of JSON, and whether it is more than ASCII without escapes.
    String { inner: Range<u64>, is_plain: bool },
    /// A number of JSON.
    Number(Range<u64>),
    /// Where a list of JSON begins or ends.
    Bracket,
    /// Lines of text; of a journal the value of a field.
    Lines { range: Range<u64>, field: Option<Vec<u8>> },
    /// Bytes that are no text: a field of a journal.
    Binary { range: Range<u64>, field: Vec<u8> },
}

/// Shows every part of a text.
///
/// # Errors
/// If it does not have the structure of its kind, or the medium fails.
pub(super) fn walk(
    buffer: &mut Buffer<'_>,
    kind: Kind,
    show: &mut dyn FnMut(&mut Buffer<'_>, Region) -> Result<(), Error>,
) -> Result<(), Error> {
    if let Some(documents) = kind.documents() {
        return json::walk(buffer, documents, &mut |buffer, token| {
            let region = match token {
                Token::String { inner, is_plain } => Region::String { inner, is_plain },
                Token::Number(range) => Region::Number(range),
                Token::Bracket => Region::Bracket,
            };
            show(buffer, region)
        });
    }
    if kind == Kind::JournalExport {
        return journal::walk(buffer, show);
    }
    let range = 0..buffer.length();
    show(buffer, Region::Lines { range, field: None })
}
