//! Writes Mach-O cores for tests, and shares no code with what reads them.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "test arithmetic on small numbers"
)]

/// Where memory begins in [`core`], and the addresses of code, stack and heap, a page each.
pub(super) const DATA: usize = 0x1000;
pub(super) const CODE: u64 = 0x1_0000_0000;
pub(super) const STACK: u64 = 0x7000_0000_0000;
pub(super) const HEAP: u64 = 0x6000_0000_0000;

/// Offsets of the commands in [`core`]: three segments, two threads, two notes, one of no known kind.
pub(super) const SEGMENTS: usize = 32;
pub(super) const THREADS: usize = SEGMENTS + 3 * 72;
pub(super) const THREAD_BYTES: usize = 8 + 8 + 168 + 8 + 524;
pub(super) const NOTES: usize = THREADS + 2 * THREAD_BYTES;
pub(super) const LAST: usize = NOTES + 2 * 40;
pub(super) const END: usize = LAST + 24;

/// Where the payloads of the notes lie.
pub(super) const PAYLOADS: usize = 0xe00;

/// A core of two threads on x86-64, with a chain of frames that begins on the stack and ends in the heap.
pub(super) fn core() -> Vec<u8> {
    let mut out = words32(&[0xfeed_facf, 0x0100_0007, 3, 4, 8, (END - SEGMENTS) as u32, 0, 0]);
    for (index, (address, rights)) in [(CODE, 5), (STACK, 3), (HEAP, 3)].into_iter().enumerate() {
        out.extend(words32(&[0x19, 72]));
        out.extend([0; 16]);
        let file = (DATA + 0x1000 * index) as u64;
        out.extend(words64(&[address, 0x1000, file, 0x1000]));
        out.extend(words32(&[7, rights, 0, 0]));
    }
    for thread in 0..2 {
        out.extend(words32(&[4, THREAD_BYTES as u32, 4, 42]));
        let stack = STACK + 0x100 * thread;
        let mut registers = [0x1111_2222_3333_4444; 21];
        (registers[6], registers[7], registers[16]) = (stack + 0x40, stack, CODE + 0x10);
        out.extend(words64(&registers));
        out.extend(words32(&[5, 131]));
        out.extend([0x5a; 524]);
    }
    for (owner, at, length) in
        [(&b"process metadata"[..], PAYLOADS, 64), (b"somebody's own", PAYLOADS + 64, 32)]
    {
        out.extend(words32(&[0x31, 40]));
        out.extend(owner);
        out.resize(out.len().next_multiple_of(8), 0);
        out.extend(words64(&[at as u64, length]));
    }
    out.extend(words32(&[0x77, 24]));
    out.extend(b"a text of no use");
    assert_eq!(out.len(), END);
    out.resize(DATA, 0xcc);
    out.resize(DATA + 0x3000, 0);
    // Frames at 0x40 and 0x80 of the stack, then one in the heap, then none.
    for (at, word) in [
        (0x1040, STACK + 0x80),
        (0x1048, CODE + 0x20),
        (0x1080, HEAP + 0x500),
        (0x1088, CODE + 0x30),
        (0x2500, 7),
        (0x2508, CODE + 0x40),
        (0x1140, 0),
    ] {
        put(&mut out, DATA + at, &word.to_le_bytes());
    }
    out
}

/// Puts the header of a library at the beginning of the code, which wanted to be at 0x4000.
pub(super) fn with_library(core: &mut [u8]) {
    let name = b"/usr/lib/libx.dylib\0\0\0\0\0";
    let mut header = words32(&[0xfeed_facf, 0x0100_0007, 3, 6, 3, 2 * 72 + 48, 0, 0]);
    for (segment, address) in [(b"__TEXT\0\0", 0x4000_u64), (b"__LINKED", 0x9000)] {
        header.extend(words32(&[0x19, 72]));
        header.extend(segment);
        header.extend(if segment == b"__LINKED" { *b"IT\0\0\0\0\0\0" } else { [0; 8] });
        header.extend(words64(&[address, 0x800, 0, 0x800]));
        header.extend(words32(&[5, 5, 0, 0]));
    }
    header.extend(words32(&[0xd, 48, 24, 0, 0, 0]));
    header.extend(name);
    put(core, DATA, &header);
}

pub(super) fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

pub(super) fn words32(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn words64(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
