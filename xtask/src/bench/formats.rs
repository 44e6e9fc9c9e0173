//! A row for each format: the same memory in it, searched and scrubbed, as ratios to `sha256sum` of the same file.

use super::measure::{Cost, run as measure};
use super::tool::{self, Places, Tool};
use super::{Bench, table};
use crate::run::{run, say};
use anyhow::{Context, Result, ensure};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Formats that are measured, with what each is a family of. Texts of lines go the same way as heap snapshots.
const FORMATS: [(&str, &str); 12] = [
    ("elf-core", "ELF core"),
    ("minidump", "minidump"),
    ("macho-core", "Mach-O core"),
    ("hprof", "HPROF"),
    ("goheap", "heap dump of Go"),
    ("lime", "LiME"),
    ("kdump", "kdump, pages in zlib"),
    ("dump64", "Windows kernel dump"),
    ("tar", "bundle, tar"),
    ("zip", "bundle, ZIP"),
    ("multipart", "bundle, multipart"),
    ("heapsnapshot", "heap snapshot of V8"),
];

/// What one format cost: `sha256sum`, a scan by one thread, a scrub by two.
struct Row {
    name: &'static str,
    bytes: u64,
    runs: [Vec<Cost>; 3],
}

/// Measures every format, and adds what was missed or left to the faults.
pub(super) fn formats(
    bench: &Bench,
    pages: usize,
    rounds: usize,
    faults: &mut Vec<String>,
) -> Result<String> {
    let folder = bench.folder.join("formats");
    run(&bench.program("specimens"), &["make", &folder.to_string_lossy(), &pages.to_string()])?;
    let mut rows = Vec::new();
    for (file, name) in FORMATS {
        rows.push(row(bench, &folder.join(file), name, rounds, faults)?);
    }
    render(&rows)
}

fn row(
    bench: &Bench,
    file: &Path,
    name: &'static str,
    rounds: usize,
    faults: &mut Vec<String>,
) -> Result<Row> {
    let clean = bench.clean();
    let tools = tools(bench, &clean);
    let bytes = std::fs::metadata(file).with_context(|| format!("look at {}", file.display()))?.len();
    let mut runs = [const { Vec::new() }; 3];
    for round in 0..rounds {
        for (tool, costs) in tools.iter().zip(&mut runs) {
            let measured = measure(tool, file, &clean)?;
            costs.push(measured.cost);
            if round > 0 {
                continue;
            }
            let found = String::from_utf8_lossy(&measured.output);
            if tool.places == Places::Report
                && !(found.contains("aes-key") || name == SNAPSHOT && found.contains("token"))
            {
                faults.push(format!("{name}: {} missed what was planted", tool.name));
            }
            if tool.writes_clean && !measured.success {
                faults.push(format!("{name}: {} released nothing", tool.name));
            } else if tool.writes_clean && survives(bench, file, &clean)? {
                faults.push(format!("{name}: {} left what was planted", tool.name));
            }
        }
    }
    say(&format!("{name}: {rounds} rounds"));
    Ok(Row { name, bytes, runs })
}

/// The only one that is a text, and holds a token alone.
const SNAPSHOT: &str = "heap snapshot of V8";

fn tools(bench: &Bench, clean: &Path) -> Vec<Tool> {
    let wanted = ["sha256sum", "coredact scan, 1 thread", "coredact scrub, 2 threads, verified"];
    let all = tool::baselines().into_iter().chain(tool::own(&bench.program("coredact"), clean));
    all.filter(|tool| wanted.contains(&tool.name)).collect()
}

/// Whether something planted is left, asked of code that shares nothing with coredact's. What is packed again is unpacked by Python.
fn survives(bench: &Bench, file: &Path, clean: &Path) -> Result<bool> {
    let folder = file.parent().context("find the folder")?;
    let mut clean = clean.to_owned();
    if file.ends_with("zip") {
        let plain: PathBuf = folder.join("unpacked");
        let script = "import sys, zipfile\n\
            archive = zipfile.ZipFile(sys.argv[1])\n\
            open(sys.argv[2], 'wb').write(b'|'.join(archive.read(one) for one in archive.namelist()))";
        let status = Command::new("python3").args(["-c", script]).args([&clean, &plain]).status();
        ensure!(status.context("start python3")?.success(), "python3 does not read the clean ZIP archive");
        clean = plain;
    }
    let status = Command::new(bench.program("specimens"))
        .arg("survives")
        .args([&folder.join("secrets.json"), &clean])
        .status()
        .context("start specimens")?;
    ensure!(matches!(status.code(), Some(0 | 1)), "specimens ended with {status}");
    Ok(status.code() == Some(1))
}

fn render(rows: &[Row]) -> Result<String> {
    let mut out = String::from(
        "## Formats\n\nThe same memory in each; the scan has one thread, the scrub two, with verification and digests, and no debugger. \
         Each found what was planted, and left none of it.\n\n\
         | format | MB | sha256sum s | scan s | x sha256sum | peak MiB | scrub s | x sha256sum | peak MiB |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Row { name, bytes, runs } in rows {
        let [Some(sum), Some(scan), Some(scrub)] = runs.each_ref().map(|runs| table::median(runs)) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let megabytes = *bytes as f64 / 1e6;
        write!(out, "| {name} | {megabytes:.0} | {:.2} |", sum.wall)?;
        for cost in [scan, scrub] {
            write!(out, " {:.2} | {:.2} | {} |", cost.wall, cost.wall / sum.wall, cost.peak_kib / 1024)?;
        }
        out.push('\n');
    }
    out.push('\n');
    Ok(out)
}
