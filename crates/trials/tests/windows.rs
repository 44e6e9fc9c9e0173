//! Windows kernel dumps: pages in any order, a key in the header too, and no key is left.

use anyhow::{Context, Result, ensure};
use coredact_trials::check::{Specimen, check_as};
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::holder::Holder;
use coredact_trials::secret::Kind;
use coredact_trials::{coredact, windows};
use kdmp_parser::gxa::Gxa as _;
use kdmp_parser::parse::KernelDumpParser;
use kdmp_parser::phys::Reader;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;

const GCRYPT: Holder = Holder::libgcrypt(Taker::Gcore);

/// The AES key of a specimen, of 32 bytes.
fn aes_key(specimen: &Specimen) -> Result<Vec<u8>> {
    let secret =
        specimen.secrets.iter().find(|secret| secret.kind == Kind::Aes).context("find the AES key")?;
    let component = secret.components.first().context("find the bytes of the AES key")?;
    ensure!(component.bytes.len() == 32, "the AES key has {} bytes", component.bytes.len());
    Ok(component.bytes.clone())
}

fn check(kind: u32) -> Result<()> {
    let key = RefCell::new(Vec::new());
    check_as(
        |folder| {
            let specimen = GCRYPT.start(folder)?;
            *key.borrow_mut() = aes_key(&specimen)?;
            Ok(specimen)
        },
        |folder, core| windows::dump(folder, core, kind, &key.borrow()),
    )
}

#[test]
fn full_dump_keeps_nothing() -> Result<()> {
    check(1)
}

#[test]
fn bitmap_dump_keeps_nothing() -> Result<()> {
    check(5)
}

#[test]
fn dump_with_ranges_keeps_nothing() -> Result<()> {
    check(8)
}

#[test]
fn kdmp_parser_reads_what_was_not_removed() -> Result<()> {
    let folder = Folder::new()?;
    let specimen = GCRYPT.start(&folder)?;
    let key = aes_key(&specimen)?;
    let core = take(specimen.process, &folder, specimen.taker)?;
    for (kind, policy) in windows::TYPES.into_iter().zip(["proven", "strict", "skeleton"].into_iter().cycle())
    {
        let dump = windows::dump(&folder, core.clone(), kind, &key)?;
        let clean = folder.at(&format!("clean.{kind}"));
        let report = folder.at(&format!("report.{kind}.json"));
        let arguments = ["scrub", "-o", "--report", "--policy", policy].map(Path::new);
        let [scrub, to, to_report, under, policy] = arguments;
        let done = coredact::run(&[scrub, &dump, to, &clean, to_report, &report, under, policy])?;
        ensure!(done.code == 0, "type {kind}: scrub ended with {}: {}", done.code, done.said);
        compare(&dump, &clean, &cuts(&std::fs::read(&report)?)?).with_context(|| format!("type {kind}"))?;
    }
    Ok(())
}

/// The ranges of the plan, sorted.
fn cuts(report: &[u8]) -> Result<Vec<Range<u64>>> {
    let report: serde_json::Value = serde_json::from_slice(report)?;
    let cuts = report["plan"]["cuts"].as_array().context("find the plan")?;
    let range = |cut: &serde_json::Value| {
        let start = cut["file_offset"].as_u64()?;
        Some(start..start + cut["length"].as_u64()?)
    };
    let mut cuts = cuts.iter().map(range).collect::<Option<Vec<_>>>().context("read the plan")?;
    cuts.sort_by_key(|cut| cut.start);
    Ok(cuts)
}

/// What the independent reader tells of a dump besides its pages and what the machine held.
fn told(dump: &KernelDumpParser) -> String {
    let headers = dump.headers();
    let context = dump.context_record();
    format!(
        "{:?} {:#x} {:#x} {:?} {:#x} {:#x} {:#x} {:#x}",
        dump.dump_type(),
        headers.directory_table_base,
        headers.ps_loaded_module_list,
        headers.bug_check_code_parameters,
        headers.machine_image_type,
        context.rip,
        context.rsp,
        context.eflags,
    )
}

/// Every page is read, and is what it was but for what the plan removes.
fn compare(before: &Path, after: &Path, cuts: &[Range<u64>]) -> Result<()> {
    let open = |path: &Path| KernelDumpParser::new(path).with_context(|| format!("read {}", path.display()));
    let (before, after) = (open(before)?, open(after)?);
    ensure!(told(&before) == told(&after), "{} before, {} after", told(&before), told(&after));
    let places: Vec<_> = before.physmem().collect();
    ensure!(places.len() > 100 && places == after.physmem().collect::<Vec<_>>(), "{} pages", places.len());
    let (mut changed, mut one, mut other) = (0, [0; 4096], [0; 4096]);
    for (address, offset) in places {
        Reader::new(&before).read_exact(address, &mut one)?;
        Reader::new(&after).read_exact(address, &mut other)?;
        for (at, _) in one.iter().zip(&other).enumerate().filter(|(_, (one, other))| one != other) {
            let at = offset + at as u64;
            let cut = cuts.partition_point(|cut| cut.end <= at);
            let planned = cuts.get(cut).is_some_and(|cut| cut.contains(&at));
            ensure!(planned, "page {:#x} changed at file offset {at:#x}", address.u64());
            changed += 1;
        }
    }
    ensure!(changed > 0, "nothing was removed of the pages that are compared");
    Ok(())
}
