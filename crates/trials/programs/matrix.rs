//! `cargo xtask matrix` runs this: every library, kind and policy, as a document.
#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use clap::Parser;
use coredact_trials::matrix::cell::{self, Cell, Options};
use coredact_trials::matrix::explained::{self, Explained};
use coredact_trials::matrix::kind;
use coredact_trials::matrix::library::{LIBRARIES, Library};
use coredact_trials::matrix::shop::Shop;
use coredact_trials::matrix::table::{self, Row};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest dump about which debuggers are asked for every kind with `--quick`, in bytes.
const QUICK_MAX: u64 = 16 << 20;

/// Every library and kind of key under every policy, from real processes, as a document.
#[derive(Debug, Parser)]
#[command(name = "coredact-matrix")]
struct Asked {
    /// These libraries (a name's part is enough)
    #[arg(long, value_name = "LIBRARY", value_delimiter = ',')]
    only: Vec<String>,
    /// These kinds of keys
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<String>,
    /// These policies
    #[arg(long = "policy", value_name = "POLICY", value_delimiter = ',', default_value = "proven,strict")]
    policies: Vec<String>,
    /// Writes the document there instead of to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes every place of every key there
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Takes the results of these JSON files for cells that are not run now
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    add: Vec<String>,
    /// Libraries at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    jobs: usize,
    /// Asks debuggers about dumps over 16 MB for the first kind of a library alone
    #[arg(long)]
    quick: bool,
    /// Keeps dumps and truths of cells below 100 %
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Where holders are built
    #[arg(long, value_name = "FOLDER", default_value = "target/matrix")]
    folder: PathBuf,
    /// Prints what is not installed, and ends
    #[arg(long)]
    wanted: bool,
}

fn main() -> Result<()> {
    let asked = Asked::parse();
    for kind in &asked.kinds {
        kind::named(kind)?;
    }
    let shop = Shop::new(&asked.folder)?;
    let libraries: Vec<&Library> = LIBRARIES.iter().filter(|library| asked.takes(library)).collect();
    if asked.wanted {
        print(&shop.wanted(&libraries).join("\n"));
        return Ok(());
    }
    let rows = Mutex::new(asked.earlier()?);
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(library) = libraries.get(next.fetch_add(1, Ordering::Relaxed)) {
            // Written after each cell, so that a run that is stopped has shown what it saw.
            row(&shop, library, &asked, &|row| {
                let mut rows = rows.lock().map_err(|_| anyhow::anyhow!("another job panicked"))?;
                add(&mut rows, row);
                asked.write(&rows)
            })?;
        }
        Ok(())
    };
    std::thread::scope(|scope| -> Result<()> {
        let jobs: Vec<_> = (0..asked.jobs).map(|_| scope.spawn(work)).collect();
        jobs.into_iter().try_for_each(|job| job.join().map_err(|_| anyhow::anyhow!("a job panicked"))?)
    })?;
    if asked.out.is_none() {
        let explained = Explained::read(explained::FILE)?;
        let rows = rows.into_inner().map_err(|_| anyhow::anyhow!("a job panicked"))?;
        print(&table::render(&rows, &asked.policies, &explained));
    }
    Ok(())
}

/// Adds a row, or the new cells of a known one, in the order of the table.
fn add(rows: &mut Vec<Row>, row: Row) {
    if let Some(known) = rows.iter_mut().find(|known| known.library == row.library) {
        let order = |kind: &str| kind::KINDS.iter().position(|known| known.name == kind);
        let name = |cell: &Result<Cell, (String, String)>| match cell {
            Ok(cell) => cell.kind.clone(),
            Err((kind, _)) => kind.clone(),
        };
        known
            .cells
            .retain(|cell| name(cell) != "all" && !row.cells.iter().any(|new| name(new) == name(cell)));
        known.cells.extend(row.cells);
        known.cells.sort_by_key(|cell| order(&name(cell)));
        (known.version, known.missing) = (row.version, row.missing);
    } else {
        rows.push(row);
    }
    rows.sort_by_key(|row| LIBRARIES.iter().position(|library| library.name == row.library));
}

/// Runs all kinds of a library.
fn row(shop: &Shop, library: &Library, asked: &Asked, tell: &dyn Fn(Row) -> Result<()>) -> Result<()> {
    let missing = shop.missing(library);
    let version = library.needs.first().and_then(|package| shop.version(*package));
    let name = |package: &coredact_trials::matrix::library::Package| {
        let (source, name) = package.words();
        format!("{name} ({source})")
    };
    let missing: Vec<String> = missing.iter().map(name).collect();
    let (policies, keep) = (asked.policies.clone(), asked.keep.clone());
    let mut options = Options { policies, asked_max: u64::MAX, keep };
    let mut row = Row { library: library.name.to_owned(), version, missing, cells: Vec::new() };
    if !row.missing.is_empty() {
        say(&format!("{}: not installed: {}", library.name, row.missing.join(", ")));
        return tell(row);
    }
    let kinds = match shop.kinds(library) {
        Ok(kinds) => kinds,
        Err(error) => {
            say(&format!("{}: {error:#}", library.name));
            row.cells.push(Err(("all".to_owned(), format!("{error:#}"))));
            return tell(row);
        }
    };
    for known in kind::KINDS {
        let is_asked = asked.kinds.is_empty() || asked.kinds.iter().any(|kind| kind == known.name);
        if !is_asked || !kinds.iter().any(|kind| kind == known.name) {
            continue;
        }
        let done = cell::run(shop, library, known, &options);
        let done = done.map_err(|error| (known.name.to_owned(), format!("{error:#}")));
        match &done {
            Ok(cell) => {
                let left: Vec<usize> = cell.left.iter().map(|left| left.survivors.len()).collect();
                let copies = cell.copies.len();
                let state = if cell.is_whole() { "whole" } else { "short" };
                say(&format!(
                    "{}, {}: {state}: {copies} copies, {:?}, left {left:?}",
                    library.name, known.name, cell.found
                ));
            }
            Err((kind, why)) => say(&format!("{}, {kind}: not run: {why}", library.name)),
        }
        row.cells.push(done);
        tell(row.clone())?;
        if asked.quick {
            options.asked_max = QUICK_MAX;
        }
    }
    Ok(())
}

impl Asked {
    /// The rows of earlier runs.
    fn earlier(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for path in &self.add {
            let text = std::fs::read(path).with_context(|| format!("read {path}"))?;
            let earlier: Vec<Row> = serde_json::from_slice(&text).with_context(|| format!("read {path}"))?;
            earlier.into_iter().for_each(|row| add(&mut rows, row));
        }
        Ok(rows)
    }

    fn takes(&self, library: &Library) -> bool {
        let name = library.name.to_lowercase();
        let is_name = |part: &str| LIBRARIES.iter().any(|library| library.name.eq_ignore_ascii_case(part));
        let fits = |part: &String| {
            name == part.to_lowercase() || !is_name(part) && name.contains(&part.to_lowercase())
        };
        self.only.is_empty() || self.only.iter().any(fits)
    }

    #[expect(clippy::disallowed_methods, reason = "results are not evidence")]
    fn write(&self, rows: &[Row]) -> Result<()> {
        if let Some(path) = &self.out {
            let explained = Explained::read(explained::FILE)?;
            let text = table::render(rows, &self.policies, &explained);
            std::fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
        }
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(rows).context("write the rows as JSON")?;
            std::fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Says how far it is.
#[expect(clippy::print_stderr, reason = "progress is no data")]
fn say(line: &str) {
    eprintln!("{line}");
}

#[expect(clippy::print_stdout, reason = "results are data")]
fn print(text: &str) {
    println!("{text}");
}
