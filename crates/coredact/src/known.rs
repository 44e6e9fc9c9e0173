//! `coredact known`, and the indexes that `--known` names.

use crate::args::{Known, KnownAction, KnownAdd, SecretsFormat};
use crate::documents::{self, DOCUMENT_BYTES_MAX, KNOWN_BYTES_MAX};
use crate::session::Session;
use crate::terminal;
use anyhow::{Context, Result, bail};
use coredact_engine::known::{self, Builder, Format, Index};
use coredact_engine::writer::publish_document;
use coredact_record::text::visible;
use coredact_record::{ExitCode, KnownIndex, KnownSecret};
use serde_json::json;
use std::io::Read;
use std::path::Path;

/// Makes, shows or shortens an index.
pub(crate) fn run(session: &Session, arguments: &Known) -> Result<ExitCode> {
    match &arguments.action {
        KnownAction::Add(arguments) => add(session, arguments),
        KnownAction::List { index } => list(session, index),
        KnownAction::Remove { index, labels } => remove(session, index, labels),
    }
}

/// The indexes that a search uses, in the order in which they were named.
pub(crate) fn indexes(paths: &[std::path::PathBuf], key_file: Option<&Path>) -> Result<Vec<Index>> {
    let key = key_file.map(key).transpose()?;
    let index = |path: &std::path::PathBuf| {
        let own = |document: &KnownIndex| match document.key {
            coredact_record::KnownKey::Index => None,
            coredact_record::KnownKey::File { .. } => key.as_deref(),
        };
        let document = read(path)?;
        known::index(&document, own(&document))
            .with_context(|| format!("look for what {} lists", path.display()))
    };
    paths.iter().map(index).collect()
}

fn add(session: &Session, arguments: &KnownAdd) -> Result<ExitCode> {
    let key = arguments.key_file.as_deref().map(key).transpose()?;
    let context = || format!("add to {}", arguments.index.display());
    let mut builder = if arguments.index.exists() {
        Builder::open(read(&arguments.index)?, key.as_deref()).with_context(context)?
    } else {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).context("make a salt")?;
        Builder::create(salt, key.as_deref()).with_context(context)?
    };
    let (mut added, mut there, mut refused) = (0_u64, 0_u64, 0_u64);
    for file in &arguments.files {
        for (label, secret) in secrets(file, arguments)? {
            match builder.add(&label, secret.bytes()) {
                Ok(true) => added += 1,
                Ok(false) => there += 1,
                Err(reason) => {
                    refused += 1;
                    session.talk.note(&format!("not taken: {}: {reason}", visible(&label)));
                }
            }
        }
    }
    if refused > 0 && !arguments.skip_refused {
        bail!(
            "{}: {refused} secrets are refused, and nothing was written; leave them out, or say --skip-refused",
            context()
        );
    }
    if added > 0 {
        write(&arguments.index, builder.document())?;
    }
    session.talk.note(&format!(
        "{added} secrets added, {there} there already, {refused} refused; {} holds {}",
        arguments.index.display(),
        builder.document().secrets.len()
    ));
    Ok(if added + there > 0 { ExitCode::Clean } else { ExitCode::Usage })
}

fn list(session: &Session, index: &Path) -> Result<ExitCode> {
    let document = read(index)?;
    known::check(&document).with_context(|| format!("list {}", index.display()))?;
    if session.json {
        let row = |one: &KnownSecret| json!({ "label": one.label, "length": one.length, "text": one.text });
        let rows: Vec<_> = document.secrets.iter().map(row).collect();
        terminal::data(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
        return Ok(ExitCode::Clean);
    }
    let row = |one: &KnownSecret| {
        let what = if one.text { "characters" } else { "bytes" };
        format!("{:<40} {:>5} {what}\n", visible(&one.label), one.length)
    };
    terminal::data(&document.secrets.iter().map(row).collect::<String>())?;
    Ok(ExitCode::Clean)
}

fn remove(session: &Session, index: &Path, labels: &[String]) -> Result<ExitCode> {
    let mut document = read(index)?;
    for label in labels {
        if !document.secrets.iter().any(|one| one.label == *label) {
            bail!("remove {} from {}: it lists no such label", visible(label), index.display());
        }
    }
    document.secrets.retain(|one| !labels.contains(&one.label));
    write(index, &document)?;
    session.talk.note(&format!("{} holds {}", index.display(), document.secrets.len()));
    Ok(ExitCode::Clean)
}

/// The secrets of a file, with their labels.
fn secrets(file: &Path, arguments: &KnownAdd) -> Result<Vec<known::Labelled>> {
    let is_stream = file == Path::new("-");
    let bytes = if is_stream {
        let mut bytes = Vec::new();
        std::io::stdin().take(KNOWN_BYTES_MAX).read_to_end(&mut bytes).context("read the secrets")?;
        bytes
    } else {
        documents::read(file, KNOWN_BYTES_MAX)?
    };
    let has_names = matches!(arguments.format, SecretsFormat::Env | SecretsFormat::Json);
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let label = match (&arguments.label, name) {
        (Some(label), _) => label.clone(),
        (None, _) if has_names => String::new(),
        (None, Some(name)) if !is_stream => name,
        (None, _) => bail!("add what standard input holds: say with --label what it is"),
    };
    let format = match arguments.format {
        SecretsFormat::Lines => Format::Lines,
        SecretsFormat::Raw => Format::Raw,
        SecretsFormat::Env => Format::Env,
        SecretsFormat::Json => Format::Json,
    };
    known::secrets(&bytes, format, &label).with_context(|| format!("take secrets from {}", file.display()))
}

fn key(path: &Path) -> Result<Vec<u8>> {
    documents::read(path, DOCUMENT_BYTES_MAX).context("use the key file")
}

fn read(path: &Path) -> Result<KnownIndex> {
    let bytes = documents::read(path, KNOWN_BYTES_MAX)?;
    KnownIndex::from_json(&bytes)
        .with_context(|| format!("use {} as an index of known secrets", path.display()))
}

fn write(path: &Path, document: &KnownIndex) -> Result<()> {
    Ok(publish_document(path, document.to_json().as_bytes(), true)?)
}
