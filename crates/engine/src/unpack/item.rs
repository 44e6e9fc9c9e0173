//! What is examined on its own.

use crate::error::Error;
use crate::open;
use crate::report::Subject;
use crate::source::Source;
use crate::withheld::masked;
use coredact_dump::{Image, ReadAt, raw_parts};
use coredact_record::{Report, Unread};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A file, or a member of one: its bytes, and what is known of them before they are understood.
pub struct Item {
    /// What reports call it: `archive!member` for a member.
    pub subject: Subject,
    /// Its bytes.
    pub source: Arc<dyn ReadAt>,
    /// Bytes about which nothing is claimed.
    pub unread: Vec<Unread>,
    /// True if it is a member of an archive.
    pub is_member: bool,
    /// Of an archive: its format, and the bytes that belong to no member.
    pub(super) rest: Option<(&'static str, Vec<Range<u64>>)>,
    /// The file on the medium.
    pub(super) file: Arc<Source>,
}

impl Item {
    /// Understands the bytes.
    ///
    /// # Errors
    /// Those of the medium.
    pub fn image(&self) -> Result<Image, Error> {
        match &self.rest {
            Some((format, ranges)) => Ok(raw_parts(&*self.source, format, ranges)),
            None => open::any(&*self.source),
        }
    }

    /// Asks whether the file is still the one that was opened; to be called after the last read.
    ///
    /// # Errors
    /// If it has changed.
    pub fn confirm(&self) -> Result<(), Error> {
        Ok(self.file.confirm()?)
    }

    /// Adds to a report what was not read.
    pub fn complete(&mut self, report: &mut Report) {
        report.unread.append(&mut self.unread);
    }

    /// Bytes that are read when it is examined.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.rest {
            Some((_, ranges)) => ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum(),
            None => self.source.length(),
        }
    }

    pub(super) fn is_unread(&mut self, range: Range<u64>, why: String) {
        let length = range.end.saturating_sub(range.start);
        self.unread.push(Unread { file_offset: range.start, length, why: masked(&why) });
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({}, {} bytes)", self.subject.name, self.bytes())
    }
}
