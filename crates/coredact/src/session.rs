//! What all verbs share: how to talk, how many threads, which rules.

use crate::args::{Cli, Command, Detection};
use crate::documents::{self, RULES_BYTES_MAX};
use crate::known;
use crate::objects::{self, is_object};
use crate::terminal::Talk;
use crate::threads::{self, Threads};
use crate::{guard, lockdown};
use anyhow::{Context, Result, bail};
use coredact_engine::container::DecodeLimits;
use coredact_engine::inventory::Inventory;
use coredact_engine::known::Index;
use coredact_engine::progress::Progress;
use coredact_engine::selftest::{self, SelfTests};
use coredact_engine::source::{Opening, Source};
use coredact_engine::tokens::Rules;
use coredact_engine::unpack::Unpacking;
use coredact_engine::writer::STANDARD_OUTPUT;
use coredact_store::Store;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Session {
    /// How to talk.
    pub(crate) talk: Talk,
    /// Whether documents for machines are wanted on standard output.
    pub(crate) json: bool,
    /// What a compressed input may demand.
    limits: DecodeLimits,
    /// The way to objects, if the command line names any.
    store: Option<Store>,
}

impl Session {
    /// Hardens the process and reads the environment, once.
    ///
    /// # Errors
    /// If no thread can work.
    pub(crate) fn start(cli: &Cli, store: Option<Store>) -> Result<Self> {
        // The demo's child is there to leave a core.
        let is_child = matches!(&cli.command, Command::Demo(demo) if demo.crash);
        if !is_child {
            guard::keep_no_core();
        }
        let missing = written(&cli.command).map_or_else(Vec::new, |folders| lockdown::lock_down(&folders));
        let limits = cli.max_expanded.map_or_else(DecodeLimits::default, DecodeLimits::up_to);
        let talk = Talk::start(cli.quiet);
        if !is_child {
            let Threads { wanted, working } = threads::start(cli.threads)?;
            if working < wanted {
                talk.note(&format!(
                    "slower than it could be: the system lets only {working} of {wanted} threads start (ulimit -u, \
                     or the pids limit of a container)"
                ));
            }
        }
        for sentence in missing {
            talk.note(&format!("not locked down: {sentence}"));
        }
        Ok(Self { talk, json: cli.json, limits, store })
    }

    /// The way to objects.
    ///
    /// # Errors
    /// If this verb reads or writes none.
    pub(crate) fn store(&self) -> Result<&Store> {
        match &self.store {
            Some(store) => Ok(store),
            None => bail!("use an object here: only scan and scrub do; copy it to a file first"),
        }
    }

    /// Opens an input; pipes and compressed files go through an encrypted spool
    /// in `spool_folder`.
    pub(crate) fn open(&self, path: &Path, spool_folder: PathBuf) -> Result<Source> {
        self.open_by(path, spool_folder, Some(self.limits))
    }

    /// The same, but a compressed file is read as the bytes that it is.
    pub(crate) fn open_as_it_is(&self, path: &Path, spool_folder: PathBuf) -> Result<Source> {
        self.open_by(path, spool_folder, None)
    }

    /// How what is packed in an input is opened.
    pub(crate) fn unpacking<'a>(&self, spool_folder: &'a Path) -> Unpacking<'a> {
        Unpacking { spool_folder, limits: self.limits }
    }

    /// How an input is opened as the bytes that it is.
    pub(crate) fn opening_as_it_is<'a>(
        &self,
        spool_folder: PathBuf,
        advance: &'a dyn Fn(u64),
    ) -> Opening<'a> {
        Opening { spool_folder, decompress: None, advance }
    }

    fn open_by(
        &self,
        path: &Path,
        spool_folder: PathBuf,
        decompress: Option<DecodeLimits>,
    ) -> Result<Source> {
        let progress = self.talk.progress();
        let advance = |bytes| progress.advance(bytes);
        progress.begin("reading", 0);
        let opening = Opening { spool_folder, decompress, advance: &advance };
        let source = if is_object(path) {
            let listed = self.store()?.one(path)?;
            objects::source(&listed, self.store()?.get(&listed)?, &opening)
        } else {
            Source::open(path, &opening).map_err(anyhow::Error::from)
        };
        progress.end();
        source
    }

    /// The built-in rules and those of the user.
    pub(crate) fn rules(&self, detection: &Detection) -> Result<Rules> {
        let mut rules = Rules::builtin()?;
        for path in &detection.rules {
            let more = rule_file(path)?;
            for remark in more.remarks() {
                self.talk.note(&format!("{}: rule {}: {}", remark.file, remark.rule, remark.reason));
            }
            rules = rules.merge(more)?;
        }
        Ok(rules)
    }

    /// The published keys that found ones are looked up among; none if no file of them was named.
    pub(crate) fn inventory(&self, detection: &Detection) -> Result<Option<Inventory>> {
        if detection.inventory.is_empty() {
            return Ok(None);
        }
        let inventory = Inventory::read(&detection.inventory, now())?;
        let (files, keys) = inventory.counts();
        self.talk.note(&format!("inventory: {keys} published keys in {files} files"));
        Ok(Some(inventory))
    }

    /// The known secrets that are looked for.
    pub(crate) fn known(&self, detection: &Detection) -> Result<Vec<Index>> {
        let indexes = known::indexes(&detection.known, detection.known_key.as_deref())?;
        if !indexes.is_empty() {
            let secrets: usize = indexes.iter().map(Index::len).sum();
            self.talk.note(&format!("known secrets: {secrets} in {} indexes", indexes.len()));
        }
        Ok(indexes)
    }

    /// Proves every detector on a planted key before it is relied on.
    pub(crate) fn self_tests(&self, rules: &Rules) -> Result<SelfTests> {
        Ok(selftest::run(rules)?)
    }
}

/// Seconds since 1970: whether a certificate has expired is asked of the clock.
#[expect(clippy::disallowed_methods, reason = "the binary reads the clock, and nothing below it")]
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The same in nanoseconds: whether a file may still change unseen is asked of the clock.
#[expect(clippy::disallowed_methods, reason = "the binary reads the clock, and nothing below it")]
pub(crate) fn now_nanoseconds() -> i128 {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    time.ok().and_then(|time| i128::try_from(time.as_nanos()).ok()).unwrap_or(0)
}

/// The rules of a file of the user.
pub(crate) fn rule_file(path: &Path) -> Result<Rules> {
    let text = documents::read_text(path, RULES_BYTES_MAX).context("use the rules")?;
    Ok(Rules::parse_any(&path.to_string_lossy(), &text)?)
}

/// The folder for the spool of an input that becomes `output`: the same, so that
/// no other disk sees the dump; that for temporary files if the output is none.
pub(crate) fn folder_of(output: &Path) -> PathBuf {
    match output.parent() {
        _ if output == Path::new(STANDARD_OUTPUT) || is_object(output) => std::env::temp_dir(),
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Where a verb writes, if it parses what others made; the demo crashes a child
/// and reads what the kernel writes of it, and needs no files of others.
fn written(command: &Command) -> Option<Vec<PathBuf>> {
    match command {
        Command::Scrub(scrub) => {
            let files = std::iter::once(&scrub.output).chain(&scrub.report).chain(&scrub.seal);
            Some(files.map(|file| folder_of(file)).collect())
        }
        Command::Scan(scan) => {
            let state = scan.resume.iter().map(|state| folder_of(state));
            Some(state.chain([std::env::temp_dir()]).collect())
        }
        Command::Identify(_) | Command::Verify(_) => Some(vec![std::env::temp_dir()]),
        Command::Known(known) => Some(known.action.written().iter().map(|index| folder_of(index)).collect()),
        Command::Demo(_)
        | Command::Rules(_)
        | Command::Formats
        | Command::Generate(_)
        | Command::Fetch(_) => None,
    }
}
