//! Dumps in binary: one run of memory each.

use super::Content;

/// Where the memory was in the process, and in a machine.
const ADDRESS: u64 = 0x5555_5555_4000;
const PHYSICAL: u64 = 0x10_0000;
const PAGE: usize = 4096;

/// A core of one thread and one writable segment.
pub(super) fn elf(content: &Content) -> Vec<u8> {
    let mut out = crate::synthetic::headers(content.memory.len() as u64);
    out.extend(&content.memory);
    out
}

/// A header, a directory of two streams, what the system was, and memory with its addresses
/// (`MINIDUMP_HEADER`, `MINIDUMP_DIRECTORY`, `MINIDUMP_SYSTEM_INFO`, `MINIDUMP_MEMORY64_LIST`).
pub(super) fn minidump(content: &Content) -> Vec<u8> {
    const SYSTEM: u32 = 32 + 2 * 12;
    const LIST: u32 = SYSTEM + 56;
    const MEMORY: u64 = LIST as u64 + 32;
    let mut out = b"MDMP\x93\xa7\0\0".to_vec();
    words(&mut out, &[2, 32, 0, 0, 0, 0]);
    words(&mut out, &[7, 56, SYSTEM, 9, 32, LIST]);
    // AMD64, Linux as Breakpad says it.
    out.extend([9, 0, 6, 0, 0, 0, 1, 0]);
    words(&mut out, &[0, 0, 0, 0x8201]);
    out.resize(LIST as usize, 0);
    longs(&mut out, &[1, MEMORY, ADDRESS, content.memory.len() as u64]);
    out.extend(&content.memory);
    out
}

/// `mach_header_64` of a core of x86-64 and one `LC_SEGMENT_64`.
pub(super) fn macho(content: &Content) -> Vec<u8> {
    let length = content.memory.len() as u64;
    let mut out = Vec::new();
    words(&mut out, &[0xfeed_facf, 0x0100_0007, 3, 4, 1, 72, 0, 0]);
    words(&mut out, &[0x19, 72]);
    out.extend([0; 16]);
    longs(&mut out, &[ADDRESS, length, PAGE as u64, length]);
    words(&mut out, &[7, 3, 0, 0]);
    out.resize(PAGE, 0);
    out.extend(&content.memory);
    out
}

/// A segment with an array of bytes, and the end of the heap dump (`heapDumper.cpp` of OpenJDK).
pub(super) fn hprof(content: &Content) -> Vec<u8> {
    let mut array = vec![0x23];
    array.extend(0x1000_u64.to_be_bytes());
    array.extend(0_u32.to_be_bytes());
    array.extend(length32(content.memory.len()).to_be_bytes());
    array.push(8);
    array.extend(&content.memory);
    let mut out = b"JAVA PROFILE 1.0.2\0\0\0\0\x08\0\0\0\0\0\0\0\0".to_vec();
    for (tag, body) in [(0x1c, array.as_slice()), (0x2c, &[])] {
        out.push(tag);
        out.extend(0_u32.to_be_bytes());
        out.extend(length32(body.len()).to_be_bytes());
        out.extend(body);
    }
    out
}

/// Parameters, one object, the end (`runtime/heapdump.go`).
pub(super) fn goheap(content: &Content) -> Vec<u8> {
    const ARENA: u64 = 0xc0_0000_0000;
    let mut out = b"go1.7 heap dump\n".to_vec();
    for number in [6, 0, 8, ARENA, ARENA + (64 << 20)] {
        leb128(&mut out, number);
    }
    for name in [&b"amd64"[..], b"go1.22.2"] {
        leb128(&mut out, name.len() as u64);
        out.extend(name);
    }
    for number in [2, 1, ARENA, content.memory.len() as u64] {
        leb128(&mut out, number);
    }
    out.extend(&content.memory);
    // No fields, and no more records.
    out.extend([0, 0]);
    out
}

/// One range (`lime_mem_range_header`).
pub(super) fn lime(content: &Content) -> Vec<u8> {
    let last = PHYSICAL + content.memory.len() as u64 - 1;
    let mut out = b"EMiL\x01\0\0\0".to_vec();
    longs(&mut out, &[PHYSICAL, last, 0]);
    out.extend(&content.memory);
    out
}

/// A full dump of x64 with one run of frames (`DUMP_HEADER64` of the WDK's `ntiodump.h`).
pub(super) fn dump64(content: &Content) -> Vec<u8> {
    let pages = (content.memory.len() / PAGE) as u64;
    let mut out = b"PAGE".repeat(0x2000 / 4);
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(4, b"DU64");
    put(8, &[15, 0, 0, 0, 0x5d, 0x58, 0, 0]);
    put(0x30, &0x8664_u32.to_le_bytes());
    let mut runs = Vec::new();
    longs(&mut runs, &[1, pages, 1, pages]);
    put(0x88, &runs);
    put(0xf98, &1_u32.to_le_bytes());
    out.extend(&content.memory);
    out
}

/// Version 6, both bitmaps, a descriptor for each page, and the pages in zlib where that makes them shorter
/// (`struct disk_dump_header`, `kdump_sub_header` and `page_desc` of makedumpfile's `diskdump_mod.h`).
pub(super) fn kdump(content: &Content) -> Vec<u8> {
    let pages = content.memory.len() / PAGE;
    let bitmap = pages.div_ceil(8).next_multiple_of(PAGE);
    let mut out = b"KDUMP   \x06\0\0\0".to_vec();
    out.resize(428, 0);
    // `block_size`, `sub_hdr_size`, `bitmap_blocks`, `max_mapnr`.
    words(&mut out, &[4096, 1, length32(2 * bitmap / PAGE), length32(pages)]);
    out.resize(PAGE + 96, 0);
    longs(&mut out, &[pages as u64]);
    out.resize(2 * PAGE, 0);
    for _ in 0..2 {
        let start = out.len();
        out.extend((0..pages.div_ceil(8)).map(|byte| match pages - byte * 8 {
            8.. => 0xff,
            rest => (1_u8 << rest) - 1,
        }));
        out.resize(start + bitmap, 0);
    }
    let mut data = Vec::new();
    let first = out.len() + pages * 24;
    for page in content.memory.chunks(PAGE) {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        let packed = std::io::Write::write_all(&mut packed, page).and_then(|()| packed.finish());
        let (flags, stored) = match &packed {
            Ok(packed) if packed.len() < PAGE => (1, packed.as_slice()),
            _ => (0, page),
        };
        longs(&mut out, &[(first + data.len()) as u64]);
        words(&mut out, &[length32(stored.len()), flags, 0, 0]);
        data.extend(stored);
    }
    [out, data].concat()
}

fn words(out: &mut Vec<u8>, words: &[u32]) {
    out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

fn longs(out: &mut Vec<u8>, longs: &[u64]) {
    out.extend(longs.iter().flat_map(|long| long.to_le_bytes()));
}

fn length32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn leb128(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    out.push((value & 127) as u8);
}
