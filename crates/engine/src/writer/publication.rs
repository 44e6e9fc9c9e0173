//! Releasing a dump together with the documents about it.

use super::{Draft, Error, Writer};
use rustix::fs::Mode;
use std::io::Write;
use std::path::Path;

/// Documents that go out with a dump: report, seal, page.
///
/// Each is written and synced as it is added, so that a full disk shows before
/// anything is published. [`Publication::publish`] then names them in the order
/// of their adding and the dump last. If it fails on the way, documents may
/// stand there without their dump; never the dump without its documents.
#[derive(Debug, Default)]
pub struct Publication {
    documents: Vec<Draft>,
}

impl Publication {
    /// Without documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a document (mode 0644 less the umask: it holds no secret).
    ///
    /// # Errors
    /// As [`Writer::create`] and [`Writer::finish`].
    pub fn document(&mut self, path: &Path, bytes: &[u8], force: bool) -> Result<(), Error> {
        let mut writer = Writer::create_mode(path, force, READABLE)?;
        writer.write_all(bytes).map_err(|source| writer.explain(source))?;
        self.documents.push(writer.finish()?);
        Ok(())
    }

    /// Publishes the documents, then the dump.
    ///
    /// # Errors
    /// As [`Draft::publish`]; what comes after the failure stays unpublished.
    pub fn publish(self, dump: Option<Draft>) -> Result<(), Error> {
        self.documents.into_iter().chain(dump).try_for_each(Draft::publish)
    }
}

/// Writes a document that stands alone, e.g. the report of a scan.
///
/// # Errors
/// As [`Publication::document`] and [`Draft::publish`].
pub fn publish_document(path: &Path, bytes: &[u8], force: bool) -> Result<(), Error> {
    let mut publication = Publication::new();
    publication.document(path, bytes, force)?;
    publication.publish(None)
}

/// `rw-r--r--`.
const READABLE: Mode = Mode::RUSR.union(Mode::WUSR).union(Mode::RGRP).union(Mode::ROTH);
