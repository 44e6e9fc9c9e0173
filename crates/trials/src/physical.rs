//! Physical memory, composed of the pages of a process: as a file, and as the memory of a machine that QEMU dumps.

use crate::folder::Folder;
use crate::paging::{Tables, compose, compose_as, frames};
use crate::process::{need, output};
use anyhow::{Context, Result, ensure};
use coredact_dump::ReadAt;
use coredact_dump::container::DecodeLimits;
use coredact_dump::physical::expand;
use snap::write::FrameEncoder;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Bytes of a page.
const PAGE: usize = 4096;

/// `p_type` of a segment of memory in an ELF core, and bytes of a program header.
const PT_LOAD: u64 = 1;
const PROGRAM_HEADER: usize = 56;

/// Where the pages begin in the memory of a machine that QEMU dumps.
pub const LOADED_AT: u64 = 0x100_0000;

/// Where the memory of a composed dump begins, and where that of two ranges goes on.
const LOW: u64 = 0x10_0000;
const HIGH: u64 = 0x1_0000_0000;

/// Where the header of a kdump of 64 bits says how many blocks its second header has, and behind it of the bitmaps.
const SUB_BLOCKS: usize = 424 + 8;

/// Bytes of a block that AVML compresses.
const AVML_BLOCK: usize = 16 << 20;

/// Magic and version of LiME's headers, and of AVML's.
const LIME: [u8; 8] = *b"EMiL\x01\0\0\0";
const AVML: [u8; 8] = *b"AVML\x02\0\0\0";

/// Makes a LiME dump of a core: its pages in the order of chance, as physical memory has them, in two ranges with a hole
/// between.
///
/// # Errors
/// If the core is none.
pub fn lime(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    lime_with(folder, &core, Tables::X86_64)
}

/// The same as a machine with AArch64 has it.
///
/// # Errors
/// If the core is none.
pub fn lime_of_aarch64(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    lime_with(folder, &core, Tables::AARCH64)
}

fn lime_with(folder: &Folder, core: &Path, tables: Tables) -> Result<PathBuf> {
    let bytes = std::fs::read(core).context("read the core")?;
    let low = frames(&bytes)? / 3;
    let physical =
        |frame: u64| if frame < low { LOW + frame * PAGE as u64 } else { HIGH + (frame - low) * PAGE as u64 };
    let memory = compose_as(tables, &bytes, physical)?;
    let (low, high) = memory.split_at(usize::try_from(low)? * PAGE);
    let mut out = Vec::with_capacity(memory.len());
    for (address, part) in [(LOW, low), (HIGH, high)] {
        out.extend(header(LIME, address, part.len()));
        out.extend(part);
    }
    folder.put("memory.lime", out)
}

/// The same as AVML writes it compressed: blocks of 16 MiB at most, each in Snappy's frames.
///
/// # Errors
/// If the core is none.
pub fn avml(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    let memory = compose(&bytes, |frame| LOW + frame * PAGE as u64)?;
    let mut out = Vec::new();
    for (address, part) in (LOW..).step_by(AVML_BLOCK).zip(memory.chunks(AVML_BLOCK)) {
        out.extend(header(AVML, address, part.len()));
        let mut frames = FrameEncoder::new(Vec::new());
        frames.write_all(part).context("compress memory")?;
        let frames = frames.into_inner().context("compress memory")?;
        out.extend(&frames);
        out.extend((frames.len() as u64).to_le_bytes());
    }
    folder.put("memory.avml", out)
}

/// What QEMU writes as `dump-guest-memory -z` does: kdump with pages in zlib, flattened.
///
/// # Errors
/// If QEMU does not run.
pub fn qemu_kdump(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    dump_of_guest(folder, &core, "kdump-zlib")
}

/// What `makedumpfile -R` makes of it: kdump as a file.
///
/// # Errors
/// If QEMU or makedumpfile does not run.
pub fn rearranged_kdump(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let flattened = std::fs::read(dump_of_guest(folder, &core, "kdump-zlib")?).context("read QEMU's dump")?;
    rearrange(folder, &flattened)
}

/// Has makedumpfile put a flattened dump in order.
///
/// # Errors
/// If it does not run.
pub fn rearrange(folder: &Folder, flattened: &[u8]) -> Result<PathBuf> {
    let path = folder.at("memory.kdump");
    output(Command::new(need("makedumpfile", "makedumpfile")?).arg("-R").arg(&path), flattened)?;
    Ok(path)
}

/// The same as a machine with s390x would write it: all numbers of headers and descriptors turned round, and no notes.
///
/// # Errors
/// If QEMU or makedumpfile does not run.
pub fn big_endian_kdump(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let mut bytes = std::fs::read(rearranged_kdump(folder, core)?).context("read the dump")?;
    let number = |at: usize| {
        let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk()).context("find the header")?;
        usize::try_from(u32::from_le_bytes(*bytes)).context("read the header")
    };
    let (sub, bitmaps) = (number(SUB_BLOCKS)?, number(SUB_BLOCKS + 4)?);
    let table = (1 + sub + bitmaps) * PAGE;
    let dumped = &bytes[table - bitmaps * PAGE / 2..table];
    let count: usize = dumped.iter().map(|byte| byte.count_ones() as usize).sum();
    // Version, time, numbers from the status on; of the sub-header what stands before and behind two numbers of 32 bits.
    let header = [(8, 4), (408, 8), (416, 8)].into_iter().chain((0..10).map(|index| (424 + 4 * index, 4)));
    let sub = [(0, 8), (8, 4), (12, 4)].into_iter().chain((16..104).step_by(8).map(|at| (at, 8)));
    let pages = (0..count)
        .flat_map(|index| [(0, 8), (8, 4), (12, 4), (16, 8)].map(|(at, bytes)| (24 * index + at, bytes)));
    let all: Vec<(usize, usize)> = header
        .chain(sub.map(|(at, bytes)| (PAGE + at, bytes)))
        .chain(pages.map(|(at, bytes)| (table + at, bytes)))
        .collect();
    for (at, count) in all {
        bytes[at..at + count].reverse();
    }
    // `utsname.machine`; the notes, which are of another processor.
    bytes[12 + 4 * 65..12 + 5 * 65].fill(0);
    bytes[12 + 4 * 65..][..5].copy_from_slice(b"s390x");
    bytes[PAGE + 48..PAGE + 64].fill(0);
    folder.put("memory.big", bytes)
}

/// The same as diskdump wrote it, whose second header holds registers.
///
/// # Errors
/// If QEMU or makedumpfile does not run.
pub fn diskdump(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let mut bytes = std::fs::read(rearranged_kdump(folder, core)?).context("read the dump")?;
    bytes[..12].copy_from_slice(b"DISKDUMP\x01\0\0\0");
    bytes[PAGE..PAGE + 104].fill(0);
    folder.put("memory.diskdump", bytes)
}

/// What QEMU writes as `dump-guest-memory` does: an ELF core of physical memory.
///
/// # Errors
/// If QEMU does not run.
pub fn qemu_elf(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    dump_of_guest(folder, &core, "elf")
}

/// The memory alone, as Firecracker and VMware leave it.
///
/// # Errors
/// If the core is none.
pub fn raw(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    // No machine has a table in its first page.
    let memory = compose(&bytes, |frame| (frame + 1) * PAGE as u64)?;
    folder.put("memory.vmem", [vec![0; PAGE], memory].concat())
}

/// The same of a machine with AArch64 whose memory begins at 1 GiB, as QEMU's `virt` has it.
///
/// # Errors
/// If the core is none.
pub fn raw_of_aarch64(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    let memory = compose_as(Tables::AARCH64, &bytes, |frame| (1 << 30) + frame * PAGE as u64)?;
    folder.put("memory.vmem", memory)
}

/// Has QEMU dump a machine that holds the pages of a core from [`LOADED_AT`] on and never ran.
fn dump_of_guest(folder: &Folder, core: &Path, format: &str) -> Result<PathBuf> {
    let bytes = std::fs::read(core).context("read the core")?;
    let pages = compose(&bytes, |frame| LOADED_AT + frame * PAGE as u64)?;
    let memory = 32 + (pages.len() >> 20);
    let pages = folder.put("pages", pages)?;
    let dump = folder.at(&format!("memory.{format}"));
    let mut command = Command::new(need("qemu-system-x86_64", "qemu-system-x86")?);
    command.args([
        "-S",
        "-display",
        "none",
        "-nodefaults",
        "-machine",
        "pc,accel=tcg",
        "-qmp",
        "stdio",
        "-m",
    ]);
    command
        .arg(format!("{memory}M"))
        .arg("-device")
        .arg(format!("loader,file={},addr={LOADED_AT:#x},force-raw=on", pages.display()));
    let orders = format!(
        "{{\"execute\":\"qmp_capabilities\"}}\n\
         {{\"execute\":\"dump-guest-memory\",\"arguments\":{{\"paging\":false,\"protocol\":\"file:{}\",\"format\":\"{format}\"}}}}\n\
         {{\"execute\":\"quit\"}}\n",
        dump.display()
    );
    let said = output(&mut command, orders.as_bytes())?;
    let said = String::from_utf8_lossy(&said);
    ensure!(!said.contains("\"error\"") && dump.is_file(), "QEMU says: {said}");
    Ok(dump)
}

/// The file as it is scrubbed: what packs physical memory page by page is laid out.
///
/// # Errors
/// If it cannot be read.
pub fn plain(dump: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(dump).context("read the dump")?;
    let source: Arc<dyn ReadAt> = Arc::new(bytes);
    let mut out = Vec::new();
    match expand(&source, &DecodeLimits::default()).context("lay out the dump")? {
        Some(mut expanded) => {
            expanded.stream.read_to_end(&mut out).context("lay out the dump")?;
        }
        None => {
            out.resize(usize::try_from(source.length())?, 0);
            source.read_exact_at(0, &mut out).context("read the dump")?;
        }
    }
    Ok(out)
}

/// Physical memory from an address on, as libkdumpfile reads it.
///
/// # Errors
/// If it cannot.
pub fn by_libkdumpfile(dump: &Path, address: u64, length: usize) -> Result<Vec<u8>> {
    const SCRIPT: &str = "import sys, kdumpfile; \
        dump = kdumpfile.kdumpfile(sys.argv[1]); \
        sys.stdout.buffer.write(dump.read(kdumpfile.KDUMP_MACHPHYSADDR, int(sys.argv[2]), int(sys.argv[3])))";
    // The system's own: its packages are not seen by others.
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", SCRIPT]).arg(dump).args([address.to_string(), length.to_string()]);
    output(&mut python, b"").context("read with libkdumpfile: install the package python3-libkdumpfile")
}

/// What the ERASEINFO of a kdump of x86-64 says (`diskdump_mod.h` of makedumpfile: `kdump_sub_header`, version 5).
///
/// # Errors
/// If there is none.
pub fn erase_info(dump: &[u8]) -> Result<String> {
    let number = |at: usize| {
        let bytes = dump.get(at..at + 8).and_then(|bytes| bytes.first_chunk::<8>());
        usize::try_from(u64::from_le_bytes(*bytes.context("find the sub-header")?))
            .context("read the sub-header")
    };
    let (start, length) = (number(PAGE + 64)?, number(PAGE + 72)?);
    let text = dump.get(start..start + length).context("find ERASEINFO in the file")?;
    String::from_utf8(text.to_vec()).context("read ERASEINFO")
}

/// Gives a kdump of x86-64 that QEMU wrote a VMCOREINFO, for its machine runs no Linux: behind the notes in the block of the
/// sub-header.
///
/// # Errors
/// If something stands there.
pub fn name_release(folder: &Folder, dump: &Path, release: &str) -> Result<PathBuf> {
    const START: usize = PAGE + 2048;
    let mut bytes = std::fs::read(dump).context("read the dump")?;
    let text = format!("OSRELEASE={release}\nPAGESIZE={PAGE}\n");
    let place = bytes.get_mut(START..START + text.len()).context("find the sub-header")?;
    ensure!(place.iter().all(|byte| *byte == 0), "the sub-header has more than was thought");
    place.copy_from_slice(text.as_bytes());
    for (at, number) in [(32, START), (40, text.len())] {
        bytes[PAGE + at..PAGE + at + 8].copy_from_slice(&(number as u64).to_le_bytes());
    }
    folder.put("named.kdump", bytes)
}

/// The release of the kernel in a dump, as crash reads it.
///
/// # Errors
/// If it does not.
pub fn release_by_crash(dump: &Path) -> Result<String> {
    let said = output(Command::new(need("crash", "crash")?).arg("--osrelease").arg(dump), b"")?;
    String::from_utf8(said).context("read what crash says")
}

fn header(magic: [u8; 8], address: u64, length: usize) -> Vec<u8> {
    let last = address + length as u64 - 1;
    [&magic[..], &address.to_le_bytes(), &last.to_le_bytes(), &[0; 8]].concat()
}

/// The pages of the memory in a core, each with its address.
pub(crate) fn pages(core: &[u8]) -> Result<Vec<(u64, &[u8])>> {
    let number = |at: usize, width: usize| {
        let bytes = core.get(at..at + width).context("find a header of the core")?;
        Ok::<u64, anyhow::Error>(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (table, count) = (usize::try_from(number(32, 8)?)?, usize::try_from(number(56, 2)?)?);
    let mut pages = Vec::new();
    for header in (0..count).map(|index| table + index * PROGRAM_HEADER) {
        let (start, length) =
            (usize::try_from(number(header + 8, 8)?)?, usize::try_from(number(header + 32, 8)?)?);
        if number(header, 4)? == PT_LOAD {
            let memory = core.get(start..start + length).context("find a segment of the core")?;
            let first = number(header + 16, 8)?;
            pages.extend((first..).step_by(PAGE).zip(memory.chunks_exact(PAGE)));
        }
    }
    Ok(pages)
}
