//! Files of every format, cut off anywhere and with numbers in them that lead nowhere: a scan finds what they hold or says
//! that it did not read them, and a scrub releases nothing that holds it.

use anyhow::{Context, Result, ensure};
use coredact_trials::oracles::damage::{released, scanned};
use coredact_trials::say;
use coredact_trials::small::{Content, FORMATS, Format};

/// Numbers that no file means.
const HOSTILE: [u32; 3] = [0, 0x7fff_ffff, u32::MAX];

/// Bytes at the beginning and at the end of a file that are damaged one by one, and places between.
const EDGE: usize = 64;
const PLACES: usize = 16;

fn format(name: &str) -> Result<Format> {
    FORMATS.into_iter().find(|format| format.name == name).with_context(|| format!("no format {name}"))
}

/// Where a file of `length` bytes is damaged: near its beginning and its end, and now and then between.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(PLACES);
    let is_edge = move |at: &usize| *at < EDGE || *at + EDGE > length || at.is_multiple_of(step);
    (1..length).filter(is_edge)
}

/// What a scan must say of a file that was damaged, and what must not be released.
fn check(name: &str, what: &str, damaged: &[u8], content: &Content, is_cut: bool) -> Result<bool> {
    let format = format(name)?;
    let scanned = scanned(damaged).with_context(|| what.to_owned())?;
    let whole = content.whole(damaged);
    // So little is left that nothing says what it was: then it was searched as it stands.
    let may_be_whole = !(is_cut && format.has_end) || scanned.is_raw;
    ensure!(
        scanned.is_incomplete || scanned.secrets >= whole && may_be_whole,
        "{name}, {what}: of {whole} secrets {} were found, and nothing is said of what was not read",
        scanned.secrets
    );
    let mut is_released = false;
    let attempts = if is_cut { &[false, true][..] } else { &[false] };
    for allow_truncated in attempts.iter().copied() {
        let clean = released(damaged, allow_truncated).with_context(|| what.to_owned())?;
        let Some(clean) = clean else { continue };
        ensure!(!content.survives(&clean), "{name}, {what}: a secret was released");
        ensure!(
            allow_truncated || !(is_cut && format.has_end),
            "{name}, {what}: released, although something is missing"
        );
        is_released = true;
    }
    Ok(is_released)
}

fn cut_anywhere(name: &str) -> Result<()> {
    let content = Content::fresh()?;
    let whole = (format(name)?.make)(&content);
    // Packed pages are laid out before the scrub.
    let is_released = check(name, "whole", &whole, &content, false)?;
    ensure!(is_released || name == "kdump", "{name}: the whole file is refused");
    ensure!(!scanned(&whole)?.is_incomplete, "{name}: the whole file is not read whole");
    let mut count = 0;
    for cut in places(whole.len()) {
        check(name, &format!("cut off at {cut}"), &whole[..cut], &content, true)?;
        count += 1;
    }
    say(&format!("{name}: {count} cuts of {} bytes", whole.len()));
    Ok(())
}

fn hostile_numbers(name: &str) -> Result<()> {
    let content = Content::fresh()?;
    let whole = (format(name)?.make)(&content);
    let mut count = 0;
    for at in places(whole.len()).step_by(4) {
        for value in HOSTILE {
            let mut hostile = whole.clone();
            let end = (at + 4).min(whole.len());
            hostile[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
            check(name, &format!("{value:#x} at {at}"), &hostile, &content, false)?;
            count += 1;
        }
    }
    say(&format!("{name}: {count} hostile numbers in {} bytes", whole.len()));
    Ok(())
}

#[test]
fn elf_core_cut_anywhere() -> Result<()> {
    cut_anywhere("elf-core")
}

#[test]
fn elf_core_with_hostile_numbers() -> Result<()> {
    hostile_numbers("elf-core")
}

#[test]
fn minidump_cut_anywhere() -> Result<()> {
    cut_anywhere("minidump")
}

#[test]
fn minidump_with_hostile_numbers() -> Result<()> {
    hostile_numbers("minidump")
}

#[test]
fn macho_core_cut_anywhere() -> Result<()> {
    cut_anywhere("macho-core")
}

#[test]
fn macho_core_with_hostile_numbers() -> Result<()> {
    hostile_numbers("macho-core")
}

#[test]
fn hprof_cut_anywhere() -> Result<()> {
    cut_anywhere("hprof")
}

#[test]
fn hprof_with_hostile_numbers() -> Result<()> {
    hostile_numbers("hprof")
}

#[test]
fn goheap_cut_anywhere() -> Result<()> {
    cut_anywhere("goheap")
}

#[test]
fn goheap_with_hostile_numbers() -> Result<()> {
    hostile_numbers("goheap")
}

#[test]
fn lime_cut_anywhere() -> Result<()> {
    cut_anywhere("lime")
}

#[test]
fn lime_with_hostile_numbers() -> Result<()> {
    hostile_numbers("lime")
}

#[test]
fn dump64_cut_anywhere() -> Result<()> {
    cut_anywhere("dump64")
}

#[test]
fn dump64_with_hostile_numbers() -> Result<()> {
    hostile_numbers("dump64")
}

#[test]
fn tar_cut_anywhere() -> Result<()> {
    cut_anywhere("tar")
}

#[test]
fn tar_with_hostile_numbers() -> Result<()> {
    hostile_numbers("tar")
}

#[test]
fn zip_cut_anywhere() -> Result<()> {
    cut_anywhere("zip")
}

#[test]
fn zip_with_hostile_numbers() -> Result<()> {
    hostile_numbers("zip")
}

#[test]
fn multipart_cut_anywhere() -> Result<()> {
    cut_anywhere("multipart")
}

#[test]
fn multipart_with_hostile_numbers() -> Result<()> {
    hostile_numbers("multipart")
}

#[test]
fn heapsnapshot_cut_anywhere() -> Result<()> {
    cut_anywhere("heapsnapshot")
}

#[test]
fn heapsnapshot_with_hostile_numbers() -> Result<()> {
    hostile_numbers("heapsnapshot")
}

#[test]
fn hs_err_cut_anywhere() -> Result<()> {
    cut_anywhere("hs-err")
}

#[test]
fn hs_err_with_hostile_numbers() -> Result<()> {
    hostile_numbers("hs-err")
}

#[test]
fn ips_cut_anywhere() -> Result<()> {
    cut_anywhere("ips")
}

#[test]
fn ips_with_hostile_numbers() -> Result<()> {
    hostile_numbers("ips")
}

#[test]
fn crashreport_cut_anywhere() -> Result<()> {
    cut_anywhere("crashreport")
}

#[test]
fn crashreport_with_hostile_numbers() -> Result<()> {
    hostile_numbers("crashreport")
}

#[test]
fn journal_export_cut_anywhere() -> Result<()> {
    cut_anywhere("journal-export")
}

#[test]
fn journal_export_with_hostile_numbers() -> Result<()> {
    hostile_numbers("journal-export")
}

#[test]
fn backtrace_cut_anywhere() -> Result<()> {
    cut_anywhere("backtrace")
}

#[test]
fn backtrace_with_hostile_numbers() -> Result<()> {
    hostile_numbers("backtrace")
}

#[test]
fn kdump_cut_anywhere() -> Result<()> {
    cut_anywhere("kdump")
}

#[test]
fn kdump_with_hostile_numbers() -> Result<()> {
    hostile_numbers("kdump")
}
