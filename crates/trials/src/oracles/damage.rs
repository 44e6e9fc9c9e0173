//! What becomes of a file that is damaged: searched and told, or refused; never taken for clean.

use super::pipeline::{rules, scrub_of};
use anyhow::{Context, Result, ensure};
use coredact_dump::RAW;
use coredact_engine::container::DecodeLimits;
use coredact_engine::error::Error;
use coredact_engine::examine::{Options, examine};
use coredact_engine::open;
use coredact_engine::progress::Silent;
use coredact_engine::report::{self, Subject};
use coredact_engine::selftest::SelfTests;
use coredact_engine::source::{Opening, Source};
use coredact_engine::unpack::{Item, Unpacking, unpack};
use coredact_record::{Command, Fingerprinter, Policy};
use std::io::{Read, Write};
use std::ops::ControlFlow;

/// What a scan says of a file and of all that is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Secrets, each counted in every member that has it.
    pub secrets: usize,
    /// True if some of it was not read, and the scan says so.
    pub is_incomplete: bool,
    /// True if all of it was searched as it stands, as bytes of no format.
    pub is_raw: bool,
}

fn source(bytes: &[u8]) -> Result<(tempfile::TempDir, Source)> {
    let folder = tempfile::tempdir()?;
    let mut file = tempfile::NamedTempFile::new_in(folder.path())?;
    file.write_all(bytes)?;
    let opening = Opening { spool_folder: folder.path().to_owned(), decompress: None, advance: &|_| {} };
    let source = Source::open(file.path(), &opening).context("open the file")?;
    Ok((folder, source))
}

/// Scans bytes as `coredact scan` does.
///
/// # Errors
/// If a file of the trial's own fails: whatever bytes are, a scan says what it found in them.
pub fn scanned(bytes: &[u8]) -> Result<Scanned> {
    let (folder, source) = source(bytes)?;
    let options = Options {
        policy: Policy::Proven,
        inventory: None,
        known: &[],
        rules: rules().context("read the rules")?,
        remove_public: false,
        close: false,
    };
    let fingerprinter = Fingerprinter::new(Some([7; 32]))?;
    let mut all = Scanned { is_raw: true, ..Scanned::default() };
    let unpacking = Unpacking { spool_folder: folder.path(), limits: DecodeLimits::default() };
    let mut each = |mut item: Item| -> Result<ControlFlow<()>, Error> {
        let image = item.image()?;
        let found = examine(&*item.source, &image, &options, &Silent)?;
        let tests = SelfTests::default();
        let mut report =
            report::report(Command::Scan, &item.subject, &image, &found, &options, &tests, &fingerprinter);
        item.complete(&mut report);
        all.secrets += report.findings.iter().filter(|one| one.is_secret()).count();
        all.is_raw &= image.format == RAW;
        all.is_incomplete |= !report.unread.is_empty() || !report.searched_incompletely.is_empty();
        Ok(ControlFlow::Continue(()))
    };
    let subject = Subject::named(std::path::Path::new("file"));
    let walked = unpack(subject, source, &unpacking, &mut each).context("scan the file")?;
    ensure!(walked.is_continue(), "the scan stopped");
    Ok(all)
}

/// Scrubs bytes under policy `strict`, as `coredact scrub` does without a word about the format: what is released, or nothing
/// if they are refused, for what they are or because the judge does not pass the result. What is cut off is released if
/// `allow_truncated` says so.
///
/// # Errors
/// If a file of the trial's own fails.
pub fn released(bytes: &[u8], allow_truncated: bool) -> Result<Option<Vec<u8>>> {
    let (folder, source) = source(bytes)?;
    let Ok(image) = open::dump(&source) else { return Ok(None) };
    if open::complete(&image, allow_truncated).is_err() {
        return Ok(None);
    }
    let Some(draft) = scrub_of(&source, &image, folder.path()).and_then(|scrubbed| scrubbed.draft) else {
        return Ok(None);
    };
    let mut clean = Vec::new();
    draft.reader()?.read_to_end(&mut clean)?;
    Ok(Some(clean))
}
