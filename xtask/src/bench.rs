//! `cargo xtask bench`: speed as a ratio to what everybody has, and what each tool found.

mod formats;
mod measure;
mod recall;
mod table;
mod tool;

use crate::run::{exists, root, run, say};
use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use measure::Measured;
use recall::Truth;
use std::path::{Path, PathBuf};
use std::process::Command;
use table::Row;
use tool::{Places, Tool};

/// How much is measured.
#[derive(Clone, Copy)]
struct Scale {
    size: &'static str,
    rounds: usize,
    /// A core that does not fit into what coredact may use, for peak memory alone.
    large: Option<&'static str>,
    /// Pages of the memory that each format holds.
    pages: usize,
}

const FULL: Scale = Scale { size: "1GiB", rounds: 3, large: Some("4GiB"), pages: 64 << 10 };
const QUICK: Scale = Scale { size: "64MiB", rounds: 1, large: None, pages: 4 << 10 };

/// Runs the bench; fails if coredact misses a planted secret or leaves one.
pub(crate) fn bench(arguments: &[&str]) -> Result<()> {
    let (scale, file) = match arguments {
        ["--formats"] => return formats_alone(FULL),
        ["--quick", "--formats"] => return formats_alone(QUICK),
        [] => (FULL, None),
        ["--quick"] => (QUICK, None),
        ["--quick", file] => (QUICK, Some(*file)),
        [file] => (FULL, Some(*file)),
        _ => bail!("bench takes [--quick] [FILE | --formats], not {arguments:?}"),
    };
    let bench = Bench::build()?;
    let mut faults = Vec::new();
    let mut out = String::from("# Results\n\n");
    out.push_str(&table::machine());

    let image = bench.image(scale.size)?;
    let truth = Truth::read(&bench.truth(&image))?;
    let rows = bench.measure(&image, Some(&truth), scale.rounds, &mut faults)?;
    out.push_str(&table::render(&format!("Synthetic core, {}", scale.size), &image, Some(&truth), &rows)?);
    if let Some(size) = scale.large {
        let image = bench.image(size)?;
        let truth = Truth::read(&bench.truth(&image))?;
        let own = bench.own_tools().into_iter().filter(|tool| tool.name != "coredact scan, all processors");
        let rows = bench.rounds(&image, Some(&truth), own.collect(), 1, &mut faults)?;
        out.push_str(&table::render(&format!("Synthetic core, {size}"), &image, Some(&truth), &rows)?);
    }
    if let Some(file) = file {
        let rows = bench.measure(Path::new(file), None, scale.rounds, &mut faults)?;
        out.push_str(&table::render(file, Path::new(file), None, &rows)?);
    }
    out.push_str(&formats::formats(&bench, scale.pages, scale.rounds, &mut faults)?);
    finish(&out, &faults)
}

/// The table of formats and nothing else.
fn formats_alone(scale: Scale) -> Result<()> {
    let bench = Bench::build()?;
    let mut faults = Vec::new();
    let table = formats::formats(&bench, scale.pages, scale.rounds, &mut faults)?;
    finish(&format!("{}{table}", table::machine()), &faults)
}

fn finish(out: &str, faults: &[String]) -> Result<()> {
    print(out);
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "results are data")]
fn print(text: &str) {
    println!("{text}");
}

/// What was built, and where things go.
struct Bench {
    programs: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn build() -> Result<Self> {
        if !exists("/usr/bin/time", "--version") {
            bail!("install the package time: GNU time measures peak memory");
        }
        // All at once: what they share is built once.
        let packages =
            ["--package", "coredact", "--package", "coredact-synth", "--package", "coredact-trials"];
        let programs = ["--bin", "coredact", "--bin", "coredact-synth", "--bin", "specimens"];
        run("cargo", &[&["build", "--release"], &packages[..], &programs].concat())?;
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let target = metadata.target_directory.into_std_path_buf();
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self { programs: target.join("release"), folder })
    }

    fn program(&self, name: &str) -> String {
        self.programs.join(name).to_string_lossy().into_owned()
    }

    /// The synthetic core of a size, made again each time: the code that makes it may have changed.
    fn image(&self, size: &str) -> Result<PathBuf> {
        let path = self.folder.join(format!("synthetic-{size}.core"));
        let name = path.to_string_lossy();
        run(&self.program("coredact-synth"), &["make", "--seed", "7", "--size", size, &name])?;
        Ok(path)
    }

    fn truth(&self, image: &Path) -> PathBuf {
        let mut name = image.as_os_str().to_owned();
        name.push(".truth.json");
        PathBuf::from(name)
    }

    fn clean(&self) -> PathBuf {
        self.folder.join("clean.core")
    }

    fn measure(
        &self,
        image: &Path,
        truth: Option<&Truth>,
        rounds: usize,
        faults: &mut Vec<String>,
    ) -> Result<Vec<Row>> {
        let mut tools = tool::baselines();
        tools.extend(self.own_tools());
        tools.extend(tool::peers(&root().join("bench/rules.yar")));
        self.rounds(image, truth, tools, rounds, faults)
    }

    /// Runs every tool once a round, in turn from the first and from the last.
    fn rounds(
        &self,
        image: &Path,
        truth: Option<&Truth>,
        tools: Vec<Tool>,
        rounds: usize,
        faults: &mut Vec<String>,
    ) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = tools.into_iter().map(Row::new).collect();
        for round in 0..rounds {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let Some(row) = rows.get_mut(index) else { continue };
                let measured = self.one(&row.tool, image)?;
                if round == 0 {
                    row.recall = truth.map(|truth| truth.recall(&row.tool, &measured.output));
                    self.judge(row, &measured, image, truth, faults)?;
                }
                row.runs.push(measured.cost);
            }
        }
        Ok(rows)
    }

    fn one(&self, tool: &Tool, image: &Path) -> Result<Measured> {
        let measured = measure::run(tool, image, &self.clean())?;
        say(&format!("{:<36} {:>8.2} s", tool.name, measured.cost.wall));
        Ok(measured)
    }

    /// What the bench asserts of coredact's own rows.
    fn judge(
        &self,
        row: &Row,
        measured: &Measured,
        image: &Path,
        truth: Option<&Truth>,
        faults: &mut Vec<String>,
    ) -> Result<()> {
        let (Some(truth), Some(recall)) = (truth, &row.recall) else { return Ok(()) };
        let name = row.tool.name;
        if row.tool.places == Places::Report {
            let missed: Vec<&str> = recall.missed.iter().map(String::as_str).collect();
            if !missed.is_empty() {
                faults.push(format!(
                    "{name} missed {} of {}: {}",
                    missed.len(),
                    truth.count(),
                    missed.join(", ")
                ));
            }
        }
        if row.tool.writes_clean {
            if !measured.success {
                faults.push(format!("{name} released nothing"));
                return Ok(());
            }
            let survivors = Command::new(self.program("coredact-synth"))
                .arg("survivors")
                .args([self.truth(image), self.clean()])
                .output()
                .context("search the clean core for what was planted")?;
            let count = survivors.stdout.iter().filter(|byte| **byte == b'\n').count();
            if !survivors.status.success() {
                let first =
                    String::from_utf8_lossy(&survivors.stdout).lines().next().unwrap_or_default().to_owned();
                faults.push(format!("{name} left {count} fragments of what was planted, the first {first}"));
            }
        }
        Ok(())
    }

    fn own_tools(&self) -> Vec<Tool> {
        tool::own(&self.program("coredact"), &self.clean())
    }
}
