//! From a dump to a clean draft with the judge's verdict on it.

use crate::copy;
use crate::error::Error;
use crate::examine::{Examination, Options, examine};
use crate::lines;
use crate::notice;
use crate::progress::Progress;
use crate::report::{self, Subject};
use crate::selftest::SelfTests;
use crate::sha256;
use crate::source::{Container, Source};
use crate::writer::{Draft, Writer};
use coredact_dump::archive::flat;
use coredact_dump::container::{Compression, DecodeLimits};
use coredact_dump::{Image, ReadAt};
use coredact_record::{Command, Fingerprinter, OutputInfo, Plan, Report, Verdict};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};
use std::path::Path;

/// What a judge is shown.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The input, under its digests.
    pub source: &'a Source,
    /// The clean dump, not compressed and not published.
    pub clean: &'a Draft,
    /// What was found and what is overwritten.
    pub report: &'a Report,
}

impl std::fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evidence")
    }
}

/// Decides whether a clean dump may be released. Implemented outside the
/// engine, so that no code judges itself.
pub trait Judge {
    /// Looks at the evidence and answers.
    fn judge(&self, evidence: Evidence<'_>) -> Verdict;
}

/// Where the clean dump goes and what it is made of.
#[derive(Debug)]
pub struct Job<'a> {
    /// The input.
    pub source: &'a Source,
    /// The input, understood.
    pub image: &'a Image,
    /// What is wanted.
    pub options: &'a Options<'a>,
    /// Name of the output.
    pub output: &'a Path,
    /// Whether an existing output is replaced.
    pub force: bool,
    /// True if the output is no file: the caller takes the draft elsewhere.
    pub elsewhere: bool,
    /// Compression of the output.
    pub compression: Option<Compression>,
    /// Results of the self-tests.
    pub tests: &'a SelfTests,
    /// Makes the fingerprints of the report.
    pub fingerprinter: &'a Fingerprinter,
}

/// A finished scrub, nothing of which is published.
#[derive(Debug)]
pub struct Scrubbed {
    /// The report with the verdict.
    pub report: Report,
    /// The output: present only if the verdict is passed.
    pub draft: Option<Draft>,
    /// What was found, secrets included.
    pub examination: Examination,
}

/// Examines, writes and has the result judged.
///
/// # Errors
/// Anything that keeps the draft from being complete; a verdict that is not
/// passed is no error, but then there is no draft.
pub fn scrub(job: &Job<'_>, judge: &dyn Judge, progress: &dyn Progress) -> Result<Scrubbed, Error> {
    // Before the long work: a name that is taken or a folder that cannot be written to.
    let writer = start(job)?;
    let mut examination = examine(job.source, job.image, job.options, progress)?;
    notice::add(job.source, job.image, job.options.policy, &mut examination.plan)?;
    examination.plan.validate().map_err(Error::Plan)?;
    let draft = write(job, &examination.plan, writer, progress)?;
    let subject = subject(job.source);
    let mut report = report::report(
        Command::Scrub,
        &subject,
        job.image,
        &examination,
        job.options,
        job.tests,
        job.fingerprinter,
    );
    lines::number(&mut report, job.source, job.image)?;
    progress.begin("verifying", job.image.file_length);
    let verdict = judge.judge(Evidence { source: job.source, clean: &draft, report: &report });
    progress.end();
    let passed = verdict.passed;
    let clean_sha256 = verdict.clean_sha256.clone();
    // The digests are those of the bytes that were judged, read once for both.
    report.input.sha256.clone_from(&verdict.original_sha256);
    report.verdict = Some(verdict);
    if !passed {
        return Ok(Scrubbed { report, draft: None, examination });
    }
    let mut sha256 = clean_sha256.ok_or(Error::Undigested)?;
    let length = draft.length();
    let is_zip = job.source.container().is_some_and(Container::is_zip);
    let draft = match job.compression {
        _ if is_zip => {
            let packed = zip(job, &draft, &sha256, progress)?;
            sha256 = hex(&sha256::of_reader(packed.reader().map_err(Error::read)?).map_err(Error::read)?);
            packed
        }
        Some(compression) => {
            let packed = compress(job, compression, Plain { draft: &draft, sha256: &sha256 }, progress)?;
            sha256 = hex(&sha256::of_reader(packed.reader().map_err(Error::read)?).map_err(Error::read)?);
            packed
        }
        None => draft,
    };
    report.output = Some(OutputInfo {
        // `-`, the standard output, is its own file name.
        name: job.output.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        length,
        sha256,
        compression: match job.compression {
            _ if is_zip => Some("zip".to_owned()),
            compression => compression.map(|compression| compression.extension().to_owned()),
        },
    });
    Ok(Scrubbed { report, draft: Some(draft), examination })
}

/// Starts the output.
fn start(job: &Job<'_>) -> Result<Writer, Error> {
    Ok(if job.elsewhere { Writer::elsewhere(job.output)? } else { Writer::create(job.output, job.force)? })
}

/// What the report says of an input.
#[must_use]
fn subject(source: &Source) -> Subject {
    Subject { compression: source.container().map(Container::name), ..Subject::named(source.path()) }
}

/// Copies the input with the plan's cuts filled.
fn write(job: &Job<'_>, plan: &Plan, mut writer: Writer, progress: &dyn Progress) -> Result<Draft, Error> {
    progress.begin("writing", plan.input_length);
    let copied = copy::copy_with_cuts(job.source, notice::changes(plan), &mut writer, &|bytes| {
        progress.advance(bytes)
    });
    copied.map_err(|error| match error {
        copy::Error::Write(source) => writer.explain(source).into(),
        error => Error::Copy(error),
    })?;
    progress.end();
    Ok(writer.finish()?)
}

/// A draft that was judged, and the digest of what was judged.
#[derive(Clone, Copy)]
struct Plain<'a> {
    draft: &'a Draft,
    sha256: &'a str,
}

/// Compresses a verified draft into one of its own, and reads that back.
fn compress(
    job: &Job<'_>,
    compression: Compression,
    Plain { draft: plain, sha256 }: Plain<'_>,
    progress: &dyn Progress,
) -> Result<Draft, Error> {
    progress.begin("compressing", plain.length());
    let mut writer = start(job)?;
    let written = pack(compression, plain, &mut writer, progress);
    written.map_err(|error| writer.explain(error))?;
    let draft = writer.finish()?;
    progress.end();
    let limits = DecodeLimits::up_to(plain.length());
    let packed = draft.reader().map_err(Error::ReadBack)?;
    let decoder = compression.decoder(packed, &limits).map_err(Error::ReadBack)?;
    if hex(&sha256::of_reader(decoder).map_err(Error::ReadBack)?) != sha256 {
        return Err(Error::Compressed);
    }
    Ok(draft)
}

/// Packs a verified ZIP archive into one of its own, and lays that out again.
fn zip(job: &Job<'_>, plain: &Draft, sha256: &str, progress: &dyn Progress) -> Result<Draft, Error> {
    progress.begin("compressing", plain.length());
    let mut writer = Writer::create(job.output, job.force)?;
    match flat::pack(plain, &mut writer) {
        Err(flat::Error::Write(error)) => return Err(writer.explain(error).into()),
        packed => packed?,
    }
    let draft = writer.finish()?;
    progress.end();
    let mut digest = Digest(Sha256::new());
    flat::lay_out(&draft, &DecodeLimits::up_to(plain.length()), &mut digest)?;
    if hex(&digest.0.finalize()) != sha256 {
        return Err(Error::Compressed);
    }
    Ok(draft)
}

/// Digests what is written.
struct Digest(Sha256);

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that are compressed at a time.
const COPY_BYTES: usize = 1 << 20;

fn pack(
    compression: Compression,
    plain: &Draft,
    writer: &mut Writer,
    progress: &dyn Progress,
) -> io::Result<()> {
    let mut encoder = compression.encoder(writer)?;
    let mut reader = plain.reader()?;
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        encoder.write_all(buffer.get(..count).unwrap_or_default())?;
        progress.advance(count as u64);
    }
    encoder.finish()?;
    Ok(())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
