//! Where in a text a secret stands: by line and column, in every format of a scan.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::process::need;
use coredact_trials::random;
use serde_json::Value;
use std::process::Command;

fn scan(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.arg("scan").args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// A token of GitLab that nobody issued.
fn token() -> Result<String> {
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let random = random::bytes(20)?;
    let rest: String =
        random.iter().map(|byte| char::from(letters[usize::from(*byte) % letters.len()])).collect();
    Ok(format!("glpat-{rest}"))
}

/// The first place of the first finding.
fn place(done: &Done) -> Result<Value> {
    let first = done.out.lines().next().unwrap_or_default();
    let report: Value = serde_json::from_str(&done.out).or_else(|_| serde_json::from_str(first))?;
    Ok(report["findings"][0]["places"][0].clone())
}

#[test]
fn findings_in_logs_have_line_and_column() -> Result<()> {
    let folder = Folder::new()?;
    let token = token()?;
    let log = format!("first line\r\nänother one\nüser=x token={token} end\n");
    folder.put("service.log", &log)?;
    let done = scan(&folder, &["service.log", "--json"])?;
    let found = place(&done)?;
    ensure!((found["line"].as_u64(), found["column"].as_u64()) == (Some(3), Some(20)), "{}", done.out);
    let human = scan(&folder, &["service.log"])?;
    ensure!(human.out.contains("line 3:20"), "{}", human.out);
    let sarif: Value = serde_json::from_str(&scan(&folder, &["service.log", "--format", "sarif"])?.out)?;
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    ensure!(region["startLine"] == 3 && region["startColumn"] == 20, "{region}");
    // As a member of an archive, and as memory.
    let mut tar = Command::new(need("tar", "tar")?);
    ensure!(tar.args(["-cf", "logs.tar", "service.log"]).current_dir(folder.path()).status()?.success());
    let member = scan(&folder, &["logs.tar"])?;
    ensure!(member.out.contains("line 3:20"), "{}", member.out);
    folder.put("memory", [log.as_bytes(), &[0; 64], log.as_bytes()].concat())?;
    let memory = place(&scan(&folder, &["memory", "--json"])?)?;
    ensure!(memory["file_offset"].is_u64() && memory.get("line").is_none(), "{memory}");
    Ok(())
}
