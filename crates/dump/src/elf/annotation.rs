//! What the readers of single structures learn about the file: what must stay,
//! what must go, what was strange.

use crate::image::{Mark, Protected, Protection};
use crate::limits::REMARKS_MAX;
use std::ops::Range;

/// Collects while the image is built.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    protected: Vec<Protected>,
    marked: Vec<Mark>,
    remarks: Vec<String>,
    remarks_dropped: usize,
}

impl Annotations {
    /// Protects file bytes.
    pub(super) fn protect(&mut self, range: Range<u64>, protection: Protection, what: &'static str) {
        if !range.is_empty() {
            self.protected.push(Protected { range, protection, what });
        }
    }

    /// Protects bytes that a debugger needs.
    pub(super) fn debugger(&mut self, ranges: impl IntoIterator<Item = Range<u64>>, what: &'static str) {
        for range in ranges {
            self.protect(range, Protection::Debugger, what);
        }
    }

    /// Marks file bytes as secret by position.
    pub(super) fn mark(
        &mut self,
        ranges: impl IntoIterator<Item = Range<u64>>,
        what: &'static str,
        name: Option<&str>,
    ) {
        for range in ranges {
            if !range.is_empty() {
                self.marked.push(Mark { range, what, name: name.map(str::to_owned) });
            }
        }
    }

    /// Says something to the reader of the report.
    pub(super) fn remark(&mut self, text: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(text);
        } else {
            self.remarks_dropped = self.remarks_dropped.saturating_add(1);
        }
    }

    /// Sorted lists: protected, marked, remarks.
    pub(super) fn finish(mut self) -> (Vec<Protected>, Vec<Mark>, Vec<String>) {
        self.protected
            .sort_by_key(|entry| (entry.range.start, entry.range.end, entry.protection, entry.what));
        self.protected.dedup();
        self.marked.sort_by_key(|entry| (entry.range.start, entry.range.end, entry.what));
        self.marked.dedup();
        if self.remarks_dropped > 0 {
            self.remarks.push(format!("ELF core: {} further remarks left out", self.remarks_dropped));
        }
        (self.protected, self.marked, self.remarks)
    }
}
