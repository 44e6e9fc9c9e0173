//! Dumps of physical memory: pages in any order, and no key is left.

use anyhow::{Context, Result, ensure};
use coredact_trials::check::check_as;
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::holder::{Cipher, Holder};
use coredact_trials::{coredact, guest, judge, physical, server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

const GCRYPT: Holder = Holder::libgcrypt(Taker::Gcore);

#[test]
fn lime_dump_with_pages_of_libgcrypt_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::lime)
}

#[test]
fn lime_dump_with_pages_of_stunnel_keeps_nothing() -> Result<()> {
    check_as(server::stunnel, physical::lime)
}

#[test]
fn avml_dump_with_pages_of_libgcrypt_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::avml)
}

#[test]
fn flattened_kdump_that_qemu_wrote_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::qemu_kdump)
}

#[test]
fn rearranged_kdump_that_qemu_wrote_keeps_nothing() -> Result<()> {
    check_as(server::stunnel, physical::rearranged_kdump)
}

#[test]
fn big_endian_kdump_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::big_endian_kdump)
}

#[test]
fn diskdump_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::diskdump)
}

#[test]
fn elf_core_of_a_guest_that_qemu_wrote_keeps_nothing() -> Result<()> {
    check_as(|folder| GCRYPT.start(folder), physical::qemu_elf)
}

/// Holds its keys where one page ends and the next begins, and nowhere else.
const CROSSING: Holder = Holder {
    source: Some(("crossing.c", include_str!("../programs/crossing.c"))),
    compiler: Some(("gcc", &["-O1", "-g", "-w", "-o", "program", "-I", PROGRAMS, "-lcrypto"])),
    run: &["./program"],
    cipher: Cipher::Schedule,
    package: "libssl-dev",
    taker: Taker::Gcore,
};

#[test]
fn keys_across_pages_of_a_lime_dump_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::lime)
}

#[test]
fn keys_across_pages_of_memory_without_headers_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::raw)
}

#[test]
fn keys_across_pages_of_aarch64_in_a_lime_dump_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::lime_of_aarch64)
}

#[test]
fn keys_across_pages_of_aarch64_in_memory_without_headers_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::raw_of_aarch64)
}

#[test]
fn keys_across_pages_of_a_guest_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::qemu_elf)
}

#[test]
fn keys_across_pages_of_a_kdump_are_found_by_page_tables() -> Result<()> {
    check_as(|folder| CROSSING.start(folder), physical::qemu_kdump)
}

#[test]
fn a_running_linux_keeps_nothing_of_keys_across_pages() -> Result<()> {
    let folder = Folder::new()?;
    let source = include_str!("../programs/crossing.c");
    let (dump, secrets) = guest::dump(&folder, source, PROGRAMS, "elf")?;
    let (present, _) = judge::judge(&physical::plain(&dump)?, &secrets);
    ensure!(secrets.iter().all(|secret| present.iter().any(|found| found.secret == secret.name)));
    let (clean, report) = (folder.at("clean"), folder.at("report.json"));
    let [scrub, policy, proven, to, into] = ["scrub", "--policy", "proven", "-o", "--report"].map(Path::new);
    let done = coredact::run(&[scrub, &dump, policy, proven, to, &clean, into, &report])?;
    // A kernel holds megabytes of compressed data, in which the search for curves may end early.
    ensure!([0, 4].contains(&done.code), "scrub ended with {}: {}", done.code, done.said);
    let (left, _) = judge::judge(&std::fs::read(&clean)?, &secrets);
    ensure!(left.is_empty(), "{left:?} are left");
    let report = String::from_utf8(folder.get("report.json")?)?;
    ensure!(report.contains("page tables of"), "no page tables were found");
    let (before, after) = (guest::by_drgn(&dump)?, guest::by_drgn(&clean)?);
    ensure!(before.contains("Linux") && before == after, "drgn says {before} before, {after} after");
    Ok(())
}

/// Bytes of the guest's memory that are compared: the pages of a process, of which no two dumps are alike.
const COMPARED: usize = 1 << 20;
const PAGE: usize = 4096;

#[test]
fn libkdumpfile_and_crash_read_what_was_not_removed_and_the_notice_says_what_was() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = GCRYPT.start(&folder)?;
    let core = take(specimen.process, &folder, specimen.taker)?;
    let packed = physical::rearranged_kdump(&folder, core)?;
    let packed = physical::name_release(&folder, &packed, "6.1.0-trial")?;
    let (report, clean) = (compared(&folder, &packed)?, folder.at("clean"));
    let said = physical::erase_info(&std::fs::read(&clean)?)?;
    ensure!(report["plan"]["notice"]["text"] == said.as_str(), "the report says otherwise");
    ensure!(said.contains("erased") && said.contains("under policy strict"), "the notice says {said}");
    for dump in [&packed, &clean] {
        let release = physical::release_by_crash(dump)?;
        ensure!(release.trim() == "6.1.0-trial", "crash says {release}");
    }
    // A second scrub, and a scan, take the notice for what it is.
    let [scan, json] = ["scan", "--json"].map(Path::new);
    let again: Value = serde_json::from_str(&coredact::run(&[scan, &clean, json])?.out)?;
    let place = report["plan"]["notice"]["file_offset"].as_u64().context("find the notice")?;
    let findings = again["findings"].as_array().context("read the findings")?;
    let places = findings.iter().filter_map(|finding| finding["places"].as_array()).flatten();
    let offsets: Vec<u64> = places.filter_map(|place| place["file_offset"].as_u64()).collect();
    ensure!(!offsets.iter().any(|at| (place..place + 512).contains(at)), "the notice is a finding");
    Ok(())
}

#[test]
fn libkdumpfile_reads_what_was_not_removed_of_other_machines_and_of_diskdump() -> Result<()> {
    for make in [physical::big_endian_kdump, physical::diskdump] {
        let folder = Folder::new()?;
        let specimen = GCRYPT.start(&folder)?;
        let core = take(specimen.process, &folder, specimen.taker)?;
        compared(&folder, &make(&folder, core)?)?;
    }
    Ok(())
}

/// Scrubs a dump and has libkdumpfile read it before and after; the report.
fn compared(folder: &Folder, packed: &Path) -> Result<Value> {
    let clean = folder.at("clean");
    let report = folder.at("report.json");
    let arguments = [Path::new("scrub"), packed, Path::new("-o"), &clean, Path::new("--report"), &report];
    let done = coredact::run(&arguments)?;
    ensure!(done.code == 0, "scrub ended with {}: {}", done.code, done.said);
    let [before, after] =
        [packed, clean.as_path()].map(|dump| physical::by_libkdumpfile(dump, physical::LOADED_AT, COMPARED));
    let (before, after) = (before?, after?);
    ensure!(before.len() == COMPARED && after.len() == COMPARED);
    // What stands at each address is what stands in the file where that page was.
    let (plain, scrubbed) = (physical::plain(packed)?, std::fs::read(&clean)?);
    ensure!(plain.len() == scrubbed.len());
    let first = plain.len() % PAGE;
    let places: BTreeMap<&[u8], usize> = plain[first..].chunks(PAGE).zip((first..).step_by(PAGE)).collect();
    let mut changed = 0;
    for (before, after) in
        before.chunks(PAGE).zip(after.chunks(PAGE)).filter(|(before, _)| before.iter().any(|byte| *byte != 0))
    {
        let place = places.get(before).context("find a page in the file")?;
        changed += usize::from(before != after);
        let is_alone = plain[first..].chunks(PAGE).filter(|page| *page == before).count() == 1;
        ensure!(!is_alone || scrubbed[*place..place + PAGE] == *after);
    }
    ensure!(changed > 0, "nothing was removed of the pages that are compared");
    Ok(serde_json::from_slice(&folder.get("report.json")?)?)
}
