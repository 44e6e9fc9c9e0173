//! What the readers of single structures learn about the file: what must stay,
//! what must go, what was strange.

use crate::image::{Mark, Missing, Protected, Protection};
use crate::limits::{MISSING_MAX, REMARKS_MAX};
use std::ops::Range;

/// Collects while the image is built.
#[derive(Debug)]
pub(crate) struct Annotations {
    /// How messages name the format.
    format: &'static str,
    protected: Vec<Protected>,
    marked: Vec<Mark>,
    remarks: Vec<String>,
    remarks_dropped: usize,
    missing: Vec<Missing>,
    /// File bytes of the structures that `missing` has no room for, and how many they are.
    missing_more: Option<(Range<u64>, u64)>,
    /// End of the last promised structure.
    promised_end: u64,
}

impl Annotations {
    /// Nothing known yet of a file of `format`.
    pub(crate) fn new(format: &'static str) -> Self {
        Self {
            format,
            protected: Vec::new(),
            marked: Vec::new(),
            remarks: Vec::new(),
            remarks_dropped: 0,
            missing: Vec::new(),
            missing_more: None,
            promised_end: 0,
        }
    }

    /// Protects file bytes.
    pub(crate) fn protect(&mut self, range: Range<u64>, protection: Protection, what: &'static str) {
        if !range.is_empty() {
            self.protected.push(Protected { range, protection, what });
        }
    }

    /// Protects bytes that a debugger needs.
    pub(crate) fn debugger(&mut self, ranges: impl IntoIterator<Item = Range<u64>>, what: &'static str) {
        for range in ranges {
            self.protect(range, Protection::Debugger, what);
        }
    }

    /// Marks file bytes as secret by position.
    pub(crate) fn mark(
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
    pub(crate) fn remark(&mut self, text: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(text);
        } else {
            self.remarks_dropped = self.remarks_dropped.saturating_add(1);
        }
    }

    /// Notes that the file, `length` bytes long, promises a structure; true if it holds all of it.
    pub(crate) fn promise(&mut self, structure: &str, promised: &Range<u64>, length: u64) -> bool {
        if promised.is_empty() || promised.end <= length {
            return true;
        }
        self.promised_end = self.promised_end.max(promised.end);
        if self.missing.len() < MISSING_MAX {
            let present = length.saturating_sub(promised.start);
            let structure = format!("{}, {structure}", self.format);
            self.missing.push(Missing { structure, promised: promised.clone(), present });
        } else {
            let (all, count) = self.missing_more.get_or_insert((promised.clone(), 0));
            *all = all.start.min(promised.start)..all.end.max(promised.end);
            *count = count.saturating_add(1);
        }
        false
    }

    /// Whether the file ends in something or before it.
    pub(crate) fn is_cut(&self) -> bool {
        !self.missing.is_empty()
    }

    /// How much longer the file of `length` bytes would have to be, and what is cut off, by offset.
    pub(crate) fn missing(&mut self, length: u64) -> (u64, Vec<Missing>) {
        let mut missing = std::mem::take(&mut self.missing);
        if let Some((promised, count)) = self.missing_more.take() {
            let present = length.saturating_sub(promised.start);
            missing.push(Missing {
                structure: format!("{}, {count} more structures", self.format),
                promised,
                present,
            });
        }
        missing.sort_by_key(|one| (one.promised.start, one.promised.end));
        (self.promised_end.saturating_sub(length), missing)
    }

    /// Sorted lists: protected, marked, remarks.
    pub(crate) fn finish(mut self) -> (Vec<Protected>, Vec<Mark>, Vec<String>) {
        self.protected
            .sort_by_key(|entry| (entry.range.start, entry.range.end, entry.protection, entry.what));
        self.protected.dedup();
        self.marked.sort_by_key(|entry| (entry.range.start, entry.range.end, entry.what));
        self.marked.dedup();
        if self.remarks_dropped > 0 {
            self.remarks.push(format!("{}: {} further remarks left out", self.format, self.remarks_dropped));
        }
        (self.protected, self.marked, self.remarks)
    }
}
