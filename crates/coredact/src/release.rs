//! What goes out when a dump has been verified: to files, and to objects.

use crate::objects::is_object;
use crate::session::Session;
use anyhow::{Context, Result};
use coredact_engine::ReadAt;
use coredact_engine::progress::Progress;
use coredact_engine::writer::{Draft, Publication};
use coredact_store::Upload;
use std::io::{Read, Write};
use std::path::Path;

/// Bytes that are read and sent at a time.
const COPY_BYTES: usize = 1 << 20;

/// Documents and a dump that are released together, wherever they go: first everything is complete in its place and
/// nothing can be seen of it, then the documents appear, and last the dump.
#[derive(Debug)]
pub(crate) struct Release<'a> {
    session: &'a Session,
    force: bool,
    files: Publication,
    uploads: Vec<Upload>,
}

impl<'a> Release<'a> {
    /// Without documents.
    pub(crate) fn new(session: &'a Session, force: bool) -> Self {
        Self { session, force, files: Publication::new(), uploads: Vec::new() }
    }

    /// Adds a document.
    pub(crate) fn document(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        if !is_object(path) {
            return Ok(self.files.document(path, bytes, self.force)?);
        }
        let mut upload = self.session.store()?.put(path, bytes.len() as u64, self.force)?;
        upload.write_all(bytes).map_err(told)?;
        upload.ready()?;
        self.uploads.push(upload);
        Ok(())
    }

    /// Lets the documents appear, and then the dump.
    ///
    /// # Errors
    /// What comes after the failure does not appear: never the dump without its documents.
    pub(crate) fn publish(self, path: &Path, draft: Draft) -> Result<()> {
        let (file, object) =
            if is_object(path) { (None, Some(self.upload(path, &draft)?)) } else { (Some(draft), None) };
        for upload in self.uploads {
            upload.commit()?;
        }
        self.files.publish(file)?;
        if let Some(object) = object {
            object.commit()?;
        }
        Ok(())
    }

    /// Sends a verified dump to where it will appear.
    fn upload(&self, path: &Path, draft: &Draft) -> Result<Upload> {
        let progress = self.session.talk.progress();
        progress.begin("uploading", draft.length());
        let mut upload = self.session.store()?.put(path, draft.length(), self.force)?;
        let mut reader = draft.reader().context("read the clean dump back")?;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = reader.read(&mut buffer).context("read the clean dump back")?;
            if count == 0 {
                break;
            }
            upload.write_all(buffer.get(..count).unwrap_or_default()).map_err(told)?;
            progress.advance(count as u64);
        }
        upload.ready()?;
        progress.end();
        Ok(upload)
    }
}

/// The fault of a server inside an error of a write.
fn told(error: std::io::Error) -> anyhow::Error {
    match error.downcast::<coredact_store::Error>() {
        Ok(error) => error.into(),
        Err(error) => error.into(),
    }
}
