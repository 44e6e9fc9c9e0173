//! Objects of clouds: which ones the command line names, and the process that fetches them.

use crate::args::{Command, Fetch, Scrub};
use crate::scrub;
use crate::{guard, lockdown};
use anyhow::{Context, Result, bail};
use coredact_engine::source::{Opening, Source};
use coredact_record::ExitCode;
use coredact_store::limits::PART_BYTES;
use coredact_store::{Listed, Object, Place, Places, Store};
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// True if a path on the command line is the name of objects.
pub(crate) fn is_object(path: &Path) -> bool {
    Place::is_meant(path)
}

/// If the command line names objects: starts the process that fetches them, and this one anew without credentials; that
/// new one gets the way to them.
///
/// # Errors
/// If no object can have such a name; if no process can be started.
pub(crate) fn arrange(command: &Command) -> Result<Option<Store>> {
    let (read, written) = paths(command);
    let places = Places { read: places(&read)?, written: places(&written)? };
    if let Some(folder) = places.written.iter().find(|place| place.is_folder) {
        bail!("write {folder}: it is the name of a folder of objects; name an object");
    }
    if places.read.is_empty() && places.written.is_empty() {
        return Ok(None);
    }
    if std::env::var_os(coredact_store::MARK).is_some() {
        return Ok(Some(coredact_store::adopt(places.read, places.written)?));
    }
    let mut arguments = vec![OsString::from("fetch")];
    for (option, paths) in [("--read", read), ("--write", written)] {
        for path in paths.iter().filter(|path| is_object(path)) {
            arguments.extend([OsString::from(option), path.clone().into_os_string()]);
        }
    }
    Err(coredact_store::start(&arguments).into())
}

/// What a command reads and writes, as far as objects will do.
fn paths(command: &Command) -> (Vec<PathBuf>, Vec<PathBuf>) {
    match command {
        Command::Scrub(arguments) => (vec![arguments.dump.clone()], written(arguments)),
        Command::Scan(arguments) => (arguments.paths.clone(), Vec::new()),
        _ => (Vec::new(), Vec::new()),
    }
}

fn written(arguments: &Scrub) -> Vec<PathBuf> {
    let seal = scrub::has_key(arguments).then(|| scrub::seal_path(arguments));
    std::iter::once(&arguments.output).chain(&arguments.report).chain(&seal).cloned().collect()
}

/// Those of them that are objects.
fn places(paths: &[PathBuf]) -> Result<Vec<Place>> {
    Ok(paths.iter().filter_map(|path| Place::parse(path)).collect::<Result<_, _>>()?)
}

/// Is the process with the network, until the other one is gone.
pub(crate) fn fetch(arguments: &Fetch) -> Result<ExitCode> {
    guard::keep_no_core();
    // What could not be had, the other process says of itself.
    let _missing = lockdown::lock_down_fetcher();
    let places = Places { read: places(&arguments.read)?, written: places(&arguments.write)? };
    coredact_store::serve(places).context("fetch objects: coredact starts this by itself")?;
    Ok(ExitCode::Clean)
}

/// Opens the bytes of an object: a short one stays in memory, a longer one goes through an encrypted spool.
pub(crate) fn source(listed: &Listed, mut object: Object, opening: &Opening<'_>) -> Result<Source> {
    let path = Path::new(&listed.name);
    if listed.entry.length > HELD_BYTES_MAX || opening.decompress.is_some() {
        return Ok(Source::from_stream(path, object, opening)?);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(listed.entry.length).unwrap_or_default());
    let read = object.read_to_end(&mut bytes);
    read.map_err(|source| coredact_engine::source::Error::Read { offset: 0, source })?;
    Ok(Source::new(path, Box::new(bytes))?)
}

/// Objects up to this length in bytes are held in memory: those that come in one part.
const HELD_BYTES_MAX: u64 = PART_BYTES / 8;
