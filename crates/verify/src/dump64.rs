//! The clean dump as others see it: Windows' dump of a machine of 64 bits.

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named, pieces};
use crate::limits::{CHUNK_BYTES, DUMP64_TABLE_BYTES_MAX};
use coredact_record::Answer;
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// `DUMP_HEADER64` of `ntiodump.h`: its length, and the places of `ContextRecord` and of the runs of frames.
const HEADER: u64 = 8192;
const CONTEXT: usize = 0x348;
const RUNS: usize = 0x98;

/// What may change in the header whatever the processor: `VersionUser`, `ExceptionInformation`, `Comment`, what is reserved.
const FREE: [Range<usize>; 4] = [0x60..0x80, 0xf20..0xf98, 0xfb0..0x1030, 0x1058..0x2000];

/// What may change in `CONTEXT` of x64: rax to rbx, rsi to r15, x87 and vector registers, what follows it.
const AMD64: [Range<usize>; 4] = [120..152, 168..248, 288..1184, 1232..3000];
/// In that of ARM64: x0 to x28, v0 to v31, what follows it.
const ARM64: [Range<usize>; 3] = [8..240, 272..784, 912..3000];

/// What stands before and among the pages, digested.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    header: [u8; 32],
    table: [u8; 32],
    /// Pages that are described.
    pages: u64,
    /// Where they end.
    end: u64,
    /// Whether that is in the file.
    whole: bool,
}

impl Dump {
    /// Reads the structure; none if the file does not begin as such a dump.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        let magic = dump.take(0, dump.length().min(8))?;
        if magic != b"PAGEDU64" {
            return Ok(None);
        }
        let header = dump.take(0, HEADER)?;
        let (table, first, pages) = match number(&header, 0xf98, 4) {
            1 => in_header(dump, &header)?,
            5 | 6 => bitmap(dump)?,
            kind @ 8..=10 => ranges(dump, kind == 10)?,
            kind => return Err(parse(dump, &format!("a dump of type {kind}"))),
        };
        let end = pages.checked_mul(4096).and_then(|bytes| first.checked_add(bytes));
        let end = end.ok_or_else(|| parse(dump, &format!("{pages} pages")))?;
        let whole = end <= dump.length();
        Ok(Some(Self { header: digest_of_header(&header), table, pages, end, whole }))
    }
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let bytes = bytes.get(at..at.saturating_add(width)).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Digests the header without what may change in it.
fn digest_of_header(header: &[u8]) -> [u8; 32] {
    let mut kept = header.to_vec();
    let mut forget = |range: Range<usize>| {
        if let Some(bytes) = kept.get_mut(range) {
            bytes.fill(0);
        }
    };
    FREE.into_iter().for_each(&mut forget);
    let count = number(header, 0x88, 4);
    let runs = usize::try_from(count).ok().filter(|count| *count <= 42);
    // Behind the last run, or behind no description at all.
    forget(runs.map_or(0x88, |count| RUNS + 16 * count)..CONTEXT);
    let context = |range: Range<usize>| CONTEXT + range.start..CONTEXT + range.end;
    match number(header, 0x30, 2) {
        0x8664 => AMD64.into_iter().map(context).for_each(forget),
        0xaa64 => ARM64.into_iter().map(context).for_each(forget),
        _ => forget(context(0..3000)),
    }
    Sha256::digest(kept).into()
}

/// A digest of what describes the pages, where the first is, and how many they are.
type Described = ([u8; 32], u64, u64);

/// Type 1: runs in the header, which is digested with it.
fn in_header(dump: Named<'_>, header: &[u8]) -> Result<Described, Fault> {
    let count = usize::try_from(number(header, 0x88, 4)).ok().filter(|count| *count <= 42);
    let count = count.ok_or_else(|| parse(dump, "more runs of memory than fit"))?;
    let pages =
        (0..count).try_fold(0_u64, |sum, run| sum.checked_add(number(header, RUNS + 16 * run + 8, 8)));
    Ok(([0; 32], HEADER, pages.ok_or_else(|| parse(dump, "more pages than can be"))?))
}

/// Types 5 and 6: a page for each bit.
fn bitmap(dump: Named<'_>) -> Result<Described, Fault> {
    let head = dump.take(HEADER, 56)?;
    if !matches!(head.get(..8), Some(b"SDMPDUMP" | b"FDMPDUMP")) {
        return Err(parse(dump, "no bitmap behind the header"));
    }
    let (first, bits) = (number(&head, 32, 8), number(&head, 48, 8));
    let bytes = bits / 8 + u64::from(bits % 8 > 0);
    if bytes > DUMP64_TABLE_BYTES_MAX {
        return Err(Fault::Limit(format!("a bitmap of {bytes} bytes")));
    }
    let mut digest = Sha256::new();
    digest.update(&head);
    let mut pages = 0_u64;
    let mut left = bits;
    for (start, taken) in pieces(bytes, CHUNK_BYTES) {
        let part = dump.take(HEADER + 56 + start, taken as u64)?;
        digest.update(&part);
        for byte in part {
            let mask = if left >= 8 { 0xff } else { (1_u8 << left) - 1 };
            pages += u64::from((byte & mask).count_ones());
            left = left.saturating_sub(8);
        }
    }
    Ok((digest.finalize().into(), first, pages))
}

/// Types 8 to 10: ranges, of which one from frame 0 on is the end.
fn ranges(dump: Named<'_>, is_counted: bool) -> Result<Described, Fault> {
    let head = dump.take(HEADER, 48)?;
    if head.get(..12) != Some(b"\x40\0\0\0RDMPDUMP") {
        return Err(parse(dump, "no ranges behind the header"));
    }
    let (bytes, first, all) = (number(&head, 16, 8), number(&head, 24, 8), number(&head, 40, 8));
    if bytes > DUMP64_TABLE_BYTES_MAX {
        return Err(Fault::Limit(format!("ranges of {bytes} bytes")));
    }
    // The fields after the first 32 bytes are counted among them.
    let list = dump.take(HEADER + 48, bytes.saturating_sub(16))?;
    let mut digest = Sha256::new();
    digest.update(&head);
    let mut pages = 0_u64;
    for range in list.chunks_exact(16) {
        if is_counted && pages >= all {
            break;
        }
        digest.update(range);
        if number(range, 0, 8) == 0 {
            break;
        }
        pages =
            pages.checked_add(number(range, 8, 8)).ok_or_else(|| parse(dump, "more pages than can be"))?;
    }
    Ok((digest.finalize().into(), first, pages))
}

fn parse(dump: Named<'_>, what: &str) -> Fault {
    Fault::Parse { which: dump.which, what: what.to_owned() }
}

/// Compares what is no page.
pub(crate) fn structure(before: &Dump, after: &Dump) -> Answer {
    let same = [
        ("header", before.header == after.header),
        ("description of the pages", before.table == after.table && before.end == after.end),
    ];
    let differing: Vec<&str> = same.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    let detail = if differing.is_empty() {
        format!("the header and the description of {} pages are the same", before.pages)
    } else {
        format!("not the same: {}", differing.join(", "))
    };
    answer(question::STRUCTURE, before == after, detail).with("pages", before.pages)
}

/// What is there to see of a dump that parses.
pub(crate) fn parsed(dump: &Dump) -> Answer {
    let Dump { pages, whole, .. } = dump;
    let end = if *whole { "all of them in the file" } else { "not all of them in the file" };
    answer(question::STRUCTURE, true, format!("the dump parses: {pages} pages, {end}")).with("pages", *pages)
}
