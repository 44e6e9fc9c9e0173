//! Every way in which a key stands in memory is found, and where none is nothing is.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact;
use coredact_trials::folder::Folder;
use coredact_trials::representations::{CASES, all};
use serde_json::Value;
use std::path::Path;

#[test]
fn every_representation_is_found_and_named_as_what_it_is() -> Result<()> {
    let (tools, files) = (Folder::new()?, Folder::new()?);
    let cases = all(&tools)?;
    ensure!(cases.len() == CASES, "{} cases instead of {CASES}", cases.len());
    for case in &cases {
        files.put(&case.name, &case.bytes)?;
    }
    let options = ["scan", "--quiet", "--json", "--suspicions"].map(Path::new);
    let done = coredact::run(&[&options[..], &[files.path()]].concat())?;
    ensure!(done.code == 1, "exit {}: {}", done.code, done.said);
    let documents = serde_json::Deserializer::from_str(&done.out).into_iter::<Value>();
    let reports = documents.collect::<Result<Vec<_>, _>>().context("read the reports")?;
    let mut wrong = Vec::new();
    for case in &cases {
        let path = files.at(&case.name);
        let report =
            reports.iter().find(|report| report["input"]["name"].as_str().map(Path::new) == Some(&path));
        let report = report.with_context(|| format!("find the report on {}", case.name))?;
        let findings = report["findings"].as_array().context("read the findings")?;
        let kinds: Vec<&str> = findings.iter().filter_map(|finding| finding["kind"].as_str()).collect();
        let is_right = if case.kinds.is_empty() {
            kinds.is_empty()
        } else {
            kinds.iter().any(|kind| case.kinds.contains(kind))
        };
        if !is_right {
            wrong.push(format!("{}: {kinds:?} instead of {:?}", case.name, case.kinds));
        }
    }
    ensure!(wrong.is_empty(), "{} of {CASES} wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
