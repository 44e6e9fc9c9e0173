//! Results as Markdown.

use super::measure::Cost;
use super::recall::{Recall, Truth};
use super::tool::{GROUPS, Tool};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// One tool and its runs.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) tool: Tool,
    pub(super) runs: Vec<Cost>,
    pub(super) recall: Option<Recall>,
}

impl Row {
    pub(super) fn new(tool: Tool) -> Self {
        Self { tool, runs: Vec::new(), recall: None }
    }

    fn median(&self) -> Option<Cost> {
        median(&self.runs)
    }
}

/// The run whose wall time is the median.
pub(super) fn median(runs: &[Cost]) -> Option<Cost> {
    let mut runs = runs.to_vec();
    runs.sort_by(|one, two| one.wall.total_cmp(&two.wall));
    runs.get(runs.len() / 2).copied()
}

/// What it was measured on: the processor, not the machine.
pub(super) fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "Processor: {}, {processors} used. Made by `cargo xtask bench`.\n\n",
        model.map_or("unknown", |model| model.1.trim())
    )
}

/// A table.
pub(super) fn render(title: &str, image: &Path, truth: Option<&Truth>, rows: &[Row]) -> Result<String> {
    let bytes = std::fs::metadata(image).with_context(|| format!("look at {}", image.display()))?.len();
    #[expect(clippy::cast_precision_loss, reason = "for people to read")]
    let megabytes = bytes as f64 / 1e6;
    let reference = rows.iter().find(|row| row.tool.name == "sha256sum").and_then(Row::median);
    let mut out = format!("## {title}\n\n{megabytes:.0} MB");
    if let Some(truth) = truth {
        let counts = GROUPS.map(|group| format!("{} {}", truth.count_of(group), group.0));
        write!(out, "; planted: {}", counts.join(", "))?;
    }
    out.push_str(".\n\n| tool | wall s | MB/s | CPU s | peak MiB | x sha256sum |");
    for (name, _) in GROUPS {
        write!(out, " {name} |")?;
    }
    out.push_str("\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let Some(cost) = row.median() else { continue };
        let peak = row.runs.iter().map(|run| run.peak_kib).max().unwrap_or(0) / 1024;
        let ratio =
            reference.map_or_else(String::new, |reference| format!("{:.2}", cost.wall / reference.wall));
        write!(
            out,
            "| {} | {:.2} | {:.0} | {:.2} | {peak} | {ratio} |",
            row.tool.name,
            cost.wall,
            megabytes / cost.wall,
            cost.cpu
        )?;
        for group in GROUPS {
            let found =
                row.recall.as_ref().and_then(|recall| recall.groups.iter().find(|one| one.0 == group));
            let cell = found.map_or_else(String::new, |(_, found, all)| format!("{found}/{all}"));
            write!(out, " {cell} |")?;
        }
        out.push('\n');
    }
    out.push('\n');
    Ok(out)
}
