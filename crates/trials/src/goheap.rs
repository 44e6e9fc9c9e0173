//! Heap dumps of Go: those that its runtime writes, those composed of the pages of a process, and a reader of what they
//! describe.

use crate::check::Specimen;
use crate::dump::Taker;
use crate::folder::Folder;
use crate::holder::{Cipher, Holder};
use crate::physical::pages;
use crate::process::{need, output};
use crate::random;
use crate::secret::{Kind, Secret};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

/// How a dump begins (`runtime/heapdump.go`).
const SIGNATURE: &[u8] = b"go1.7 heap dump\n";

/// Where objects begin on 64-bit Linux.
const ARENA: u64 = 0xc0_0000_0000;

/// Kinds of records: object, parameters, stack frame, variables, end.
const OBJECT: u64 = 1;
const PARAMETERS: u64 = 6;
const FRAME: u64 = 5;
const DATA: u64 = 12;
const END: u64 = 0;

/// Zeros on either side of a page's end: nothing crosses it.
const GAP: usize = 16;

/// Makes a dump: the pages of a core as objects, in the order of chance, a list of pointers to all of them, one object again as
/// variables and one as a stack frame. Pages that something crosses are one object, as it would be.
///
/// # Errors
/// If the core is none.
pub fn dump(folder: &Folder, core: PathBuf) -> Result<PathBuf> {
    let core = std::fs::read(core).context("read the core")?;
    let objects = objects(&core)?;
    let mut out = SIGNATURE.to_vec();
    numbers(&mut out, &[PARAMETERS, 0, 8, ARENA, ARENA + (64 << 20)]);
    blob(&mut out, b"amd64");
    blob(&mut out, b"go1.22.2");
    numbers(&mut out, &[2]);
    let mut next = ARENA;
    let mut addresses = Vec::new();
    for object in &objects {
        addresses.push(next);
        next += object.len() as u64;
    }
    let (first, last) = objects.first().zip(objects.last()).context("find pages")?;
    for (address, object) in addresses.iter().zip(&objects) {
        numbers(&mut out, &[OBJECT, *address]);
        blob(&mut out, object);
        fields(&mut out, 0);
    }
    numbers(&mut out, &[OBJECT, ARENA + (32 << 20)]);
    blob(&mut out, &addresses.iter().flat_map(|address| address.to_le_bytes()).collect::<Vec<u8>>());
    fields(&mut out, addresses.len());
    numbers(&mut out, &[FRAME, ARENA + (48 << 20), 0, 0]);
    blob(&mut out, first);
    numbers(&mut out, &[0x40_1000, 0x40_1010, 0x40_1010]);
    blob(&mut out, b"main.main");
    fields(&mut out, 0);
    numbers(&mut out, &[DATA, 0x4b_0000]);
    blob(&mut out, last);
    fields(&mut out, 0);
    numbers(&mut out, &[END]);
    folder.put("go.dump", out)
}

/// The pages of a core, those that something may cross together, in the order of chance.
fn objects(core: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut objects: Vec<(u64, Vec<u8>)> = Vec::new();
    for (address, page) in pages(core)? {
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        match objects.last_mut() {
            Some((start, object))
                if *start + object.len() as u64 == address
                    && !is_zero(&object[object.len() - GAP..])
                    && !is_zero(&page[..GAP]) =>
            {
                object.extend(page);
            }
            _ => objects.push((address, page.to_vec())),
        }
    }
    let mut objects: Vec<Vec<u8>> = objects.into_iter().map(|(_, object)| object).collect();
    random::shuffle(&mut objects)?;
    Ok(objects)
}

fn numbers(out: &mut Vec<u8>, numbers: &[u64]) {
    for number in numbers {
        let mut left = *number;
        while left > 0x7f {
            out.push(left.to_le_bytes()[0] | 0x80);
            left >>= 7;
        }
        out.push(left.to_le_bytes()[0]);
    }
}

fn blob(out: &mut Vec<u8>, bytes: &[u8]) {
    numbers(out, &[bytes.len() as u64]);
    out.extend(bytes);
}

/// Pointers in the first words.
fn fields(out: &mut Vec<u8>, count: usize) {
    for word in 0..count as u64 {
        numbers(out, &[1, 8 * word]);
    }
    numbers(out, &[0]);
}

/// A program that uses keys and has its heap dumped by the runtime, to `heap.dump`.
const GO: Holder = Holder {
    source: None,
    compiler: None,
    run: &["./holder"],
    cipher: Cipher::Schedule,
    package: "golang-go",
    taker: Taker::Gcore,
};

/// Builds and starts it.
///
/// # Errors
/// If Go is missing, or as [`Holder::start`].
pub fn start(folder: &Folder) -> Result<Specimen> {
    let source = folder.put("heap.go", include_str!("../programs/heap.go"))?;
    let mut go = Command::new(need("go", GO.package)?);
    go.env("GO111MODULE", "off").env("GOCACHE", folder.at("cache")).current_dir(folder.path());
    output(go.args(["build", "-o", "holder"]).arg(source), b"")?;
    let mut specimen = GO.start(folder)?;
    specimen.secrets.push(Secret::bytes("EC key", Kind::Curve, &folder.get("ec.key")?));
    specimen.secrets.push(Secret::bytes("Ed25519 seed", Kind::Curve, &folder.get("ed.key")?));
    Ok(specimen)
}

/// What the records of one kind are made of, in their order (`runtime/heapdump.go`).
const RECORDS: [&[Part]; 18] = {
    use Part::{Fields, Frames, Memory, Name, Numbers};
    [
        &[],
        &[Numbers(1), Memory, Fields],
        &[Name, Numbers(1)],
        &[Numbers(2), Name, Numbers(1)],
        &[Numbers(8), Name, Numbers(4)],
        &[Numbers(3), Memory, Numbers(3), Name, Fields],
        &[Numbers(4), Name, Name, Numbers(1)],
        &[Numbers(5)],
        &[Numbers(2)],
        &[Numbers(3)],
        // 24 counts, 256 pauses, and how many collections there were.
        &[Numbers(281)],
        &[Numbers(5)],
        &[Numbers(1), Memory, Fields],
        &[Numbers(1), Memory, Fields],
        &[Numbers(7)],
        &[Numbers(6)],
        &[Numbers(2), Frames, Numbers(2)],
        &[Numbers(2)],
    ]
};

/// A part of a record.
#[derive(Clone, Copy)]
enum Part {
    Numbers(usize),
    Name,
    Memory,
    /// Where pointers are in the memory before.
    Fields,
    /// How many calls, and the function, file and line of each.
    Frames,
}

/// All that a dump says of its objects but their memory: addresses, lengths, names, and the pointers in them.
///
/// # Errors
/// If it is none.
pub fn described(dump: &[u8]) -> Result<Vec<Vec<u64>>> {
    let mut rest = dump.strip_prefix(SIGNATURE).context("find the signature")?;
    let mut out = Vec::new();
    loop {
        let kind = number(&mut rest)?;
        if kind == END {
            break;
        }
        let parts = usize::try_from(kind).ok().and_then(|kind| RECORDS.get(kind));
        let mut record = vec![kind];
        let mut memory: &[u8] = &[];
        for part in *parts.with_context(|| format!("a record of kind {kind}"))? {
            match part {
                Part::Numbers(count) => record.extend(several(&mut rest, *count)?),
                Part::Name => record.extend(bytes(&mut rest)?.iter().copied().map(u64::from)),
                Part::Memory => memory = bytes(&mut rest)?,
                Part::Fields => pointers(&mut rest, memory, &mut record)?,
                Part::Frames => {
                    for _ in 0..number(&mut rest)? {
                        record.extend(bytes(&mut rest)?.iter().copied().map(u64::from));
                        record.extend(bytes(&mut rest)?.iter().copied().map(u64::from));
                        record.extend(several(&mut rest, 1)?);
                    }
                }
            }
        }
        out.push(record);
    }
    ensure!(rest.is_empty(), "{} bytes behind the end", rest.len());
    Ok(out)
}

fn number(rest: &mut &[u8]) -> Result<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, behind) = rest.split_first().context("a number is cut off")?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
}

fn several(rest: &mut &[u8], count: usize) -> Result<Vec<u64>> {
    (0..count).map(|_| number(rest)).collect()
}

fn bytes<'d>(rest: &mut &'d [u8]) -> Result<&'d [u8]> {
    let length = usize::try_from(number(rest)?)?;
    let (bytes, behind) = rest.split_at_checked(length).context("memory is cut off")?;
    *rest = behind;
    Ok(bytes)
}

/// The length of a memory, and the pointers that its list of fields names.
fn pointers(rest: &mut &[u8], memory: &[u8], record: &mut Vec<u64>) -> Result<()> {
    record.push(memory.len() as u64);
    while number(rest)? != 0 {
        let at = usize::try_from(number(rest)?)?;
        let word = memory.get(at..).and_then(|bytes| bytes.first_chunk()).context("a pointer is outside")?;
        record.push(u64::from_le_bytes(*word));
    }
    Ok(())
}
