//! `coredact-guard revoke`: adds keys to a list, in one step for whoever reads it.

use crate::args::Revoke;
use crate::terminal;
use anyhow::{Context as _, Result};
use coredact_guard::revoke::SignedList;
use coredact_guard::{Now, Revocation, Revocations, Thumbprint};
use coredact_record::ExitCode;
use coredact_record::seal::SigningKey;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The list could not be written; it is as it was.
#[derive(Debug, thiserror::Error)]
#[error("write {0}; it is as it was")]
pub(crate) struct Unwritten(PathBuf, #[source] io::Error);

/// A list that this command does not change.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// Signed, and no key to sign with.
    #[error("add to a signed list without its key; name the key with --sign-key")]
    Signed,
    /// Lines, and a key to sign with.
    #[error("sign a list of lines; start a new list for signed revocations")]
    Lines,
    /// A report that serves as a list.
    #[error("add to a document that is no list; start a new list and add the document to it")]
    Document,
    /// Nothing in it.
    #[error("find a key to revoke: no private key was found according to {0}")]
    NoKey(String),
}

/// Adds the keys and prints those that are new.
pub(crate) fn run(arguments: &Revoke, json: bool) -> Result<ExitCode> {
    let mut wanted = Revocations::new();
    for word in &arguments.keys {
        gather(word, arguments.why.as_deref(), &mut wanted)?;
    }
    let key = arguments.sign_key.as_deref().map(signing_key).transpose()?;
    let list = resolved(&arguments.list)?;
    let _lock = lock(&list)?;
    let before = existing(&list)?;
    let (text, new) = match &key {
        Some(key) => signed(&before, &wanted, key)?,
        None => lines(&before, &wanted)?,
    };
    if !new.is_empty() {
        publish(&list, text.as_bytes())?;
    }
    terminal::data(&told(&wanted, &new, json)).context("print on standard output")?;
    terminal::say(&format!(
        "{} of {} thumbprints are new on {}",
        new.len(),
        wanted.len(),
        arguments.list.display()
    ));
    Ok(ExitCode::Clean)
}

/// The list itself where a link leads to it: that is what the services watch.
fn resolved(list: &Path) -> Result<PathBuf> {
    match std::fs::symlink_metadata(list) {
        Ok(found) if found.is_symlink() => {
            list.canonicalize().with_context(|| format!("follow the link {}", list.display()))
        }
        _ => Ok(list.to_owned()),
    }
}

/// A thumbprint, or the keys of a document.
fn gather(word: &str, why: Option<&str>, wanted: &mut Revocations) -> Result<()> {
    if let Ok(thumbprint) = word.parse::<Thumbprint>() {
        wanted.insert(thumbprint, entry(why.unwrap_or("revoked by hand")));
        return Ok(());
    }
    let bytes = match word {
        "-" => bounded(io::stdin()).context("read standard input")?,
        path => {
            let file = File::open(path);
            let hint = || format!("take {path:?} for a thumbprint or a file");
            bounded(file.with_context(hint)?).with_context(hint)?
        }
    };
    let found = Revocations::from_document(&bytes).with_context(|| format!("take keys from {word}"))?;
    if found.is_empty() {
        return Err(Unfit::NoKey(word.to_owned()).into());
    }
    for (thumbprint, own) in found.iter() {
        wanted.insert(*thumbprint, entry(why.unwrap_or(&own.why)));
    }
    Ok(())
}

fn entry(why: &str) -> Revocation {
    // One line each: what a report calls its input is of hostile origin.
    let why =
        why.chars().map(|character| if character.is_control() || character == '#' { ' ' } else { character });
    Revocation { why: why.take(WHY_CHARS_MAX).collect(), since: Some(Now::from_clock().0) }
}

/// The bytes of the list, none if there is no file.
fn existing(path: &Path) -> Result<Vec<u8>> {
    match File::open(path) {
        Ok(file) => bounded(file).with_context(|| format!("read {}", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// The list as lines, with the new ones at its end, and which are new.
fn lines(before: &[u8], wanted: &Revocations) -> Result<(String, BTreeSet<Thumbprint>)> {
    let known = if before.is_empty() { Revocations::new() } else { parsed(before)? };
    let mut text = String::from_utf8_lossy(before).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let new = new(&known, wanted);
    for (thumbprint, own) in wanted.iter().filter(|(thumbprint, _)| new.contains(thumbprint)) {
        // Writing to a text does not fail.
        let _written = writeln!(text, "{thumbprint} {}", own.why);
    }
    Ok((text, new))
}

fn parsed(before: &[u8]) -> Result<Revocations> {
    if before.trim_ascii_start().starts_with(b"{") || before.trim_ascii_start().starts_with(b"[") {
        let envelope = before.windows(PAYLOAD.len()).any(|window| window == PAYLOAD.as_bytes());
        return Err(if envelope { Unfit::Signed } else { Unfit::Document }.into());
    }
    Ok(Revocations::from_document(before)?)
}

/// The signed list with the next number, and which keys are new.
fn signed(before: &[u8], wanted: &Revocations, key: &SigningKey) -> Result<(String, BTreeSet<Thumbprint>)> {
    let mut list = match before {
        [] => SignedList { number: 0, revocations: Revocations::new() },
        bytes if bytes.trim_ascii_start().starts_with(b"{") => {
            SignedList::open(bytes, &key.public_key().to_pem()?)?
        }
        _ => return Err(Unfit::Lines.into()),
    };
    let new = new(&list.revocations, wanted);
    for (thumbprint, own) in wanted.iter().filter(|(thumbprint, _)| new.contains(thumbprint)) {
        list.revocations.insert(*thumbprint, own.clone());
    }
    list.number = list.number.saturating_add(1);
    Ok((list.sign(key)?, new))
}

fn new(known: &Revocations, wanted: &Revocations) -> BTreeSet<Thumbprint> {
    let known: BTreeSet<&Thumbprint> = known.iter().map(|(thumbprint, _)| thumbprint).collect();
    wanted
        .iter()
        .map(|(thumbprint, _)| *thumbprint)
        .filter(|thumbprint| !known.contains(thumbprint))
        .collect()
}

fn told(wanted: &Revocations, new: &BTreeSet<Thumbprint>, json: bool) -> String {
    let line = |(thumbprint, own): (&Thumbprint, &Revocation)| {
        let is_new = new.contains(thumbprint);
        if json {
            format!("{}\n", json!({"thumbprint": thumbprint.to_string(), "why": own.why, "new": is_new}))
        } else {
            let state = if is_new { "revoked" } else { "known" };
            format!("{state} {thumbprint} {}\n", own.why)
        }
    };
    wanted.iter().map(line).collect()
}

fn signing_key(path: &Path) -> Result<SigningKey> {
    let pem = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    SigningKey::from_pem(&pem).with_context(|| format!("use {}", path.display()))
}

/// Held while the list is read and written, so that two that add keys lose none.
#[expect(clippy::disallowed_methods, reason = "an empty file beside the list")]
fn lock(list: &Path) -> Result<File> {
    let mut name = list.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| Unwritten(path.clone(), error))?;
    file.lock().map_err(|error| Unwritten(path, error))?;
    Ok(file)
}

/// Puts the list in the place of the old one: whoever reads sees the one or the other, also after a power cut.
fn publish(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = tempfile::Builder::new().prefix(".revoked").tempfile_in(folder)?;
        file.write_all(bytes)?;
        let permissions = match std::fs::metadata(path) {
            Ok(before) => before.permissions(),
            Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o644),
        };
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    Ok(write().map_err(|error| Unwritten(path.to_owned(), error))?)
}

fn bounded(source: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= BYTES_MAX => Ok(bytes),
        _ => Err(io::Error::other("it is longer than 256 MiB")),
    }
}

/// Largest document, in bytes; the list itself is bound by the library.
const BYTES_MAX: u64 = 256 << 20;
/// Longest reason, in characters.
const WHY_CHARS_MAX: usize = 200;
/// What a signed list says of itself.
const PAYLOAD: &str = coredact_guard::revoke::PAYLOAD_TYPE;
