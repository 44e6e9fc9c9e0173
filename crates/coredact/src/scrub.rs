//! `coredact scrub`.

use crate::args::{CompressionName, FileFormat, PolicyName, Scrub};
use crate::documents::{DOCUMENT_BYTES_MAX, read_text};
use crate::judge::Verifier;
use crate::objects::is_object;
use crate::outputs;
use crate::program;
use crate::release::Release;
use crate::session::{Session, folder_of};
use crate::terminal;
use anyhow::{Context, Result};
use coredact_engine::Image;
use coredact_engine::container::Compression;
use coredact_engine::examine::Options;
use coredact_engine::open;
use coredact_engine::scrub::{self, Job, hex};
use coredact_engine::source::{Container, Source};
use coredact_engine::writer::{self, STANDARD_OUTPUT, Writer};
use coredact_record::render::{self, HtmlOptions, SealSummary};
use coredact_record::seal::{SigningKey, Statement, sign};
use coredact_record::{ExitCode, Fingerprinter, Policy, Report};
use sha2::{Digest, Sha256};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Environment variable that may hold the signing key itself (PEM).
const KEY_VARIABLE: &str = "COREDACT_SIGN_KEY";

/// Scrubs one dump.
pub(crate) fn run(session: &Session, arguments: &Scrub) -> Result<ExitCode> {
    let key = checked(session, arguments)?;
    let rules = session.rules(&arguments.detection)?;
    let inventory = session.inventory(&arguments.detection)?;
    let known = session.known(&arguments.detection)?;
    let tests = session.self_tests(&rules)?;
    let source = session.open(&arguments.dump, folder_of(&arguments.output))?;
    refuse_input(&source, arguments)?;
    let image = opened(&source, arguments)?;
    let options = Options {
        policy: policy(arguments.policy),
        inventory: inventory.as_ref(),
        rules: &rules,
        known: &known,
        remove_public: arguments.detection.remove_public,
        close: true,
    };
    let fingerprinter = Fingerprinter::new(None)?;
    let job = Job {
        source: &source,
        image: &image,
        options: &options,
        output: &arguments.output,
        force: arguments.force,
        elsewhere: is_object(&arguments.output),
        compression: compression(arguments.compress, source.container().and_then(Container::compression)),
        tests: &tests,
        fingerprinter: &fingerprinter,
    };
    let verifier = Verifier {
        debuggers: debuggers(session, arguments),
        original: program::can_be_debugged(&arguments.dump).then_some(arguments.dump.as_path()),
        executable: arguments.exe.as_deref(),
    };
    let scrubbed = scrub::scrub(&job, &verifier, &session.talk.progress())?;
    let mut report = scrubbed.report;
    report.stages = session.talk.stages();
    if let Some(draft) = scrubbed.draft {
        publish(session, arguments, &report, key.as_ref(), draft)?;
    }
    let passed = report.verdict.as_ref().is_some_and(|verdict| verdict.passed);
    let code = report.exit_code();
    if !passed {
        terminal::error(&anyhow::anyhow!(
            "verify the clean dump: {}; nothing was released",
            failures(&report)
        ));
    }
    if !session.json {
        session.talk.text(&render::human(&report, &terminal::human(&io::stderr())));
        return Ok(code);
    }
    match terminal::data(&render::json(&report)) {
        Ok(()) => Ok(code),
        Err(error) if passed => Err(error).with_context(|| {
            format!("report on {}, which was verified and published all the same", arguments.output.display())
        }),
        Err(error) => {
            terminal::error(&error.into());
            Ok(code)
        }
    }
}

/// Refuses an output that is the input, and what a packed input does not allow.
fn refuse_input(source: &Source, arguments: &Scrub) -> Result<()> {
    let is_input = if is_stream(arguments) {
        // The standard output may have been redirected into the input.
        source.is_open_as(io::stdout())
    } else {
        source.same_file(&arguments.output)
    };
    if is_input {
        anyhow::bail!("write {}: it is the input; name another file", arguments.output.display());
    }
    if source.container().is_some_and(|container| container.is_zip() && container.compression().is_some()) {
        anyhow::bail!("scrub a compressed ZIP archive: expand {} first", arguments.dump.display());
    }
    if source.container().is_some_and(Container::is_zip) && arguments.compress.is_some() {
        anyhow::bail!(
            "compress a ZIP archive: leave out --compress, its members are compressed as they were"
        );
    }
    Ok(())
}

/// The input as the dump that it is, or that it is taken for.
fn opened(source: &Source, arguments: &Scrub) -> Result<Image> {
    let image = match arguments.taken_as {
        Some(FileFormat::Raw) => open::memory(source)?,
        Some(FileFormat::Text) => open::text(source)?,
        None => open::dump(source)?,
    };
    open::complete(&image, arguments.allow_truncated)?;
    Ok(image)
}

/// Whether the debuggers are run; says why not if they could not open the clean dump.
fn debuggers(session: &Session, arguments: &Scrub) -> bool {
    let can_open = Path::new(OPEN_FILES).exists();
    if !can_open && !arguments.no_debugger {
        session.talk.note(&format!(
            "gdb and lldb are not run: there is no {OPEN_FILES}, by which alone they can open the clean dump before it \
             has a name; mount it to have them compare both dumps (mount -t proc proc /proc)"
        ));
    }
    can_open && !arguments.no_debugger
}

/// Where a process finds its open files by number (proc(5)).
const OPEN_FILES: &str = "/proc/self/fd";

/// Everything that can be refused before the long work; the key to seal with, if there is one.
fn checked(session: &Session, arguments: &Scrub) -> Result<Option<SigningKey>> {
    for path in &arguments.report {
        // A report that cannot be written is said before the long work.
        outputs::document(
            &Report::new(coredact_record::Command::Scrub, Default::default()),
            path,
            &HtmlOptions::default(),
        )?;
    }
    refuse_collisions(arguments)?;
    refuse_mixed_streams(session, arguments)?;
    if let Some(program) = &arguments.exe {
        program::check(program)?;
    }
    let key = signing_key(arguments)?;
    // The largest inputs take hours: what cannot be written is said first.
    let seal = key.is_some().then(|| seal_path(arguments));
    for path in std::iter::once(&arguments.output).chain(&arguments.report).chain(&seal) {
        if is_object(path) {
            session.store()?.check(path, arguments.force)?;
        } else {
            Writer::check(path, arguments.force)?;
        }
    }
    Ok(key)
}

/// What the verifier was not satisfied with.
fn failures(report: &Report) -> String {
    let answers = report.verdict.iter().flat_map(|verdict| &verdict.answers);
    let failed: Vec<&str> =
        answers.filter(|answer| !answer.passed).map(|answer| answer.name.as_str()).collect();
    failed.join(", ")
}

/// True if the clean dump goes to standard output.
fn is_stream(arguments: &Scrub) -> bool {
    arguments.output == Path::new(STANDARD_OUTPUT)
}

/// Refuses to mix the clean dump with other things on standard output, and to invent a name for its seal.
fn refuse_mixed_streams(session: &Session, arguments: &Scrub) -> Result<()> {
    if !is_stream(arguments) {
        return Ok(());
    }
    if session.json {
        anyhow::bail!(
            "write the clean dump and --json both to standard output: use --report FILE.json instead of --json"
        );
    }
    if arguments.seal.is_none() && has_key(arguments) {
        anyhow::bail!("write a seal of what goes to standard output: name its file with --seal");
    }
    Ok(())
}

/// True if a key to seal with was given.
pub(crate) fn has_key(arguments: &Scrub) -> bool {
    arguments.sign_key.is_some() || std::env::var_os(KEY_VARIABLE).is_some()
}

/// Refuses outputs that are one another or any of the inputs, whatever their
/// spelling: nothing that was given is ever replaced, with `--force` neither.
fn refuse_collisions(arguments: &Scrub) -> Result<()> {
    if arguments.seal.is_some() && !has_key(arguments) {
        anyhow::bail!("write a seal: name the key to sign it with --sign-key");
    }
    let inputs = std::iter::once(&arguments.dump)
        .chain(&arguments.sign_key)
        .chain(&arguments.exe)
        .chain(&arguments.detection.rules)
        .chain(&arguments.detection.known)
        .chain(&arguments.detection.known_key);
    let inputs: Vec<PathBuf> = inputs.map(|path| identity(path)).collect();
    let mut taken = Vec::new();
    let seal = has_key(arguments).then(|| seal_path(arguments));
    let outputs = std::iter::once(&arguments.output).chain(&arguments.report).chain(&seal);
    // `-` is standard input for the one and standard output for the other.
    for path in outputs.filter(|path| *path != Path::new(STANDARD_OUTPUT)) {
        let this = identity(path);
        if inputs.contains(&this) || inputs.iter().any(|input| same_file(input, path)) {
            anyhow::bail!("write {}: it is an input; name another file", path.display());
        }
        if taken.contains(&this) {
            anyhow::bail!("write {}: it is named for two outputs", path.display());
        }
        taken.push(this);
    }
    Ok(())
}

/// A path without links in its folders, to compare by.
fn identity(path: &Path) -> PathBuf {
    if is_object(path) {
        return path.to_owned();
    }
    let folder = folder_of(path).canonicalize().unwrap_or_else(|_| folder_of(path));
    folder.join(path.file_name().unwrap_or_default())
}

/// True if both names lead to one file.
fn same_file(one: &Path, other: &Path) -> bool {
    let key = |path: &Path| std::fs::metadata(path).ok().map(|there| (there.dev(), there.ino()));
    key(one).is_some_and(|one| key(other) == Some(one))
}

/// Reads the signing key from the file or the environment.
fn signing_key(arguments: &Scrub) -> Result<Option<SigningKey>> {
    let pem = match &arguments.sign_key {
        Some(path) => Some(read_text(path, DOCUMENT_BYTES_MAX).context("use the signing key")?),
        None => std::env::var_os(KEY_VARIABLE).map(|value| value.to_string_lossy().into_owned()),
    };
    let origin = arguments.sign_key.as_ref().map_or(KEY_VARIABLE.into(), |path| path.to_string_lossy());
    pem.map(|pem| SigningKey::from_pem(&pem).with_context(|| format!("use the signing key {origin}")))
        .transpose()
}

/// Where the seal goes if there is one.
pub(crate) fn seal_path(arguments: &Scrub) -> PathBuf {
    arguments.seal.clone().unwrap_or_else(|| {
        let mut name = arguments.output.clone().into_os_string();
        name.push(".seal.json");
        PathBuf::from(name)
    })
}

/// Gives the documents and the dump their names, the dump last.
fn publish(
    session: &Session,
    arguments: &Scrub,
    report: &Report,
    key: Option<&SigningKey>,
    draft: writer::Draft,
) -> Result<()> {
    let mut release = Release::new(session, arguments.force);
    let mut html = HtmlOptions::default();
    if let Some(key) = key {
        let path = seal_path(arguments);
        let seal = sign(&Statement::of(report)?, key)?.to_json()?;
        html.seal = Some(SealSummary {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: hex(&Sha256::digest(seal.as_bytes())),
            key_id: key.public_key().id()?,
        });
        release.document(&path, seal.as_bytes())?;
    }
    for path in &arguments.report {
        let text = outputs::document(report, path, &html)?;
        release.document(path, text.as_bytes())?;
    }
    release.publish(&arguments.output, draft)
}

/// The policy of a name.
pub(crate) fn policy(name: PolicyName) -> Policy {
    match name {
        PolicyName::Proven => Policy::Proven,
        PolicyName::Strict => Policy::Strict,
        PolicyName::Skeleton => Policy::Skeleton,
    }
}

/// The compression of the output: what was asked for, else that of the input.
fn compression(asked: Option<CompressionName>, input: Option<Compression>) -> Option<Compression> {
    match asked {
        None => input,
        Some(CompressionName::None) => None,
        Some(CompressionName::Zst) => Some(Compression::Zstd),
        Some(CompressionName::Lz4) => Some(Compression::Lz4),
        Some(CompressionName::Gz) => Some(Compression::Gzip),
        Some(CompressionName::Xz) => Some(Compression::Xz),
    }
}
