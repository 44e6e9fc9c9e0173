//! Windows kernel dumps, composed of the pages of a process.

use crate::folder::Folder;
use crate::paging;
use crate::random;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Bytes of a page, and of the header.
const PAGE: usize = 4096;
const HEADER: usize = 0x2000;

/// Offsets in `DUMP_HEADER64` of the WDK's `ntiodump.h`.
const MACHINE: usize = 0x30;
const RUNS: usize = 0x88;
const CONTEXT: usize = 0x348;
const EXCEPTION_INFORMATION: usize = 0xf20;
const DUMP_TYPE: usize = 0xf98;
const COMMENT: usize = 0xfb0;
const RESERVED: usize = 0x1800;

/// Offsets in `CONTEXT` of x64: rsp, r8 and those after it, rip, xmm6 and those after it.
const RSP: usize = 152;
const R8: usize = 184;
const RIP: usize = 248;
const XMM6: usize = 512;

/// Types of dump that are composed: full; bitmaps of all and of the kernel; ranges of the kernel, with programs, of all.
pub const TYPES: [u32; 6] = [1, 5, 6, 8, 9, 10];

/// Makes a dump of a type: the pages of a core in the order of chance. A key of 32 bytes stands beside them wherever the
/// format has room: in registers, in the exception, in the comment, in what is reserved, and behind the last page.
///
/// # Errors
/// If the core is none.
pub fn dump(folder: &Folder, core: PathBuf, kind: u32, key: &[u8]) -> Result<PathBuf> {
    let bytes = std::fs::read(&core).context("read the core")?;
    let count = usize::try_from(paging::frames(&bytes)?)?;
    let frames = if kind == 1 { in_two_runs(count) } else { with_gaps(count)? };
    let physical = |index: u64| frames[usize::try_from(index).unwrap_or(0)] * PAGE as u64;
    let memory = paging::compose(&bytes, physical)?;
    let mut out = header(kind, key);
    match kind {
        1 => {
            let runs = words(runs(&frames).into_iter().flat_map(|(frame, count)| [frame, count]));
            put(&mut out, RUNS, &words([(runs.len() / 16) as u64, count as u64]));
            put(&mut out, RUNS + 16, &runs);
        }
        5 | 6 => out.extend(bitmap(kind, &frames)?),
        _ => out.extend(ranges(&frames)),
    }
    out.extend(memory);
    out.extend([b"tail of a driver: ", key, b"\0"].concat());
    folder.put("MEMORY.DMP", out)
}

/// Unused bytes spell `PAGE`, as Windows leaves them.
fn header(kind: u32, key: &[u8]) -> Vec<u8> {
    let mut out = b"PAGE".repeat(HEADER / 4);
    put(&mut out, 4, b"DU64");
    // Version 15.22621; tables and lists at addresses that were not dumped.
    put(&mut out, 8, &[15, 0, 0, 0, 0x5d, 0x58, 0, 0]);
    put(&mut out, 0x10, &words([0xffff_ffff_f000, 0, 0xffff_f800_1234_5678, 0xffff_f800_1234_9abc]));
    put(&mut out, MACHINE, &[0x64, 0x86, 0, 0, 4, 0, 0, 0, 0xe2, 0, 0, 0]);
    put(&mut out, 0x40, &words([0; 4]));
    put(&mut out, 0x80, &words([0xffff_f800_1200_0000]));
    put(&mut out, CONTEXT, &[0; 1232]);
    put(&mut out, CONTEXT + RSP, &words([0xffff_8000_1111_2220]));
    put(&mut out, CONTEXT + RIP, &words([0xffff_f800_1234_0042]));
    put(&mut out, DUMP_TYPE, &kind.to_le_bytes());
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    put(&mut out, COMMENT, format!("key={text}\0").as_bytes());
    for at in [CONTEXT + R8, CONTEXT + XMM6, EXCEPTION_INFORMATION + 8, RESERVED] {
        put(&mut out, at, key);
    }
    out
}

/// Type 5 and 6: a bit for each frame.
fn bitmap(kind: u32, frames: &[u64]) -> Result<Vec<u8>> {
    let bits = frames.last().map_or(0, |last| last + 3);
    let mut bitmap = vec![0_u8; usize::try_from(bits)?.div_ceil(8)];
    for frame in frames {
        bitmap[usize::try_from(frame / 8)?] |= 1 << (frame % 8);
    }
    let first = (HEADER + 0x38 + bitmap.len()).next_multiple_of(PAGE);
    let mut out = if kind == 5 { b"FDMPDUMP".to_vec() } else { b"SDMPDUMP".to_vec() };
    out.resize(0x20, 0);
    out.extend(words([first as u64, frames.len() as u64, bits]));
    out.extend(bitmap);
    out.resize(first - HEADER, 0);
    Ok(out)
}

/// Types 8 to 10: runs of frames, and a range of none as the end.
fn ranges(frames: &[u64]) -> Vec<u8> {
    let runs = runs(frames);
    let list = words(runs.iter().flat_map(|(frame, count)| [*frame, *count]));
    // What describes the frames is counted from 0x20 on, and the first page lies behind it.
    let first = (HEADER + 0x30 + list.len() + 16).next_multiple_of(PAGE);
    let mut out = b"\x40\0\0\0RDMPDUMP\0\0\0\0".to_vec();
    out.extend(words([(first - HEADER - 0x20) as u64, first as u64, runs.len() as u64, frames.len() as u64]));
    out.extend(list);
    out.resize(first - HEADER, 0);
    out
}

/// The frames of a machine with a hole between low and high memory.
fn in_two_runs(count: usize) -> Vec<u64> {
    let low = (count / 3) as u64;
    (1..=low).chain((0x10_0000..).take(count - count / 3)).collect()
}

/// Frames with gaps of chance.
fn with_gaps(count: usize) -> Result<Vec<u64>> {
    let steps = random::bytes(count)?;
    let mut frame = 0;
    Ok(steps
        .into_iter()
        .map(|step| {
            frame += if step < 200 { 1 } else { u64::from(step) };
            frame
        })
        .collect())
}

/// Neighbouring frames: the first, and how many.
fn runs(frames: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for frame in frames {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == *frame => *count += 1,
            _ => runs.push((*frame, 1)),
        }
    }
    runs
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}
