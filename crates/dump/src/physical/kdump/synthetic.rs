//! Writes kdumps for tests, and shares no code with what reads them.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use flate2::write::ZlibEncoder;
use std::io::Write;

pub(super) const BLOCK: usize = 4096;

/// How pages are packed: the flag in the descriptor.
pub(super) const PACKINGS: [u32; 5] = [0, 1, 2, 4, 0x20];

/// What is written.
pub(super) struct Recipe {
    /// Frames and their pages; pages of zeros share one.
    pub(super) pages: Vec<(u64, Vec<u8>)>,
    pub(super) flags: u32,
    pub(super) frames: u64,
    pub(super) is_long: bool,
    /// Whether numbers are big-endian; then of 64 bits.
    pub(super) is_big: bool,
    pub(super) signature: &'static [u8; 8],
    /// Put behind the pages.
    pub(super) erased: Vec<u8>,
    pub(super) machine: &'static [u8],
}

impl Recipe {
    pub(super) fn new(pages: Vec<(u64, Vec<u8>)>, flags: u32) -> Self {
        let frames = pages.iter().map(|(frame, _)| frame + 1).max().unwrap_or(0);
        Self {
            pages,
            flags,
            frames,
            is_long: true,
            is_big: false,
            signature: b"KDUMP   ",
            erased: Vec::new(),
            machine: b"x86_64",
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let head = 2 * BLOCK;
        let bitmap = usize::try_from(self.frames).unwrap().div_ceil(8).next_multiple_of(BLOCK).max(BLOCK);
        let descriptors = head + 2 * bitmap;
        let mut data = descriptors + 24 * self.pages.len();
        let mut out = vec![0; descriptors];
        for (frame, _) in &self.pages {
            for bitmap in [head, head + bitmap] {
                out[bitmap + usize::try_from(frame / 8).unwrap()] |= 1 << (frame % 8);
            }
        }
        let zeros = pack(self.flags, &[0; BLOCK]);
        let mut packed = zeros.clone();
        let start = data;
        data += zeros.len();
        for (_, page) in &self.pages {
            let bytes = pack(self.flags, page);
            let is_shorter = bytes.len() < page.len();
            let (bytes, flags) = if is_shorter { (bytes, self.flags) } else { (page.clone(), 0) };
            let is_zero = page.iter().all(|byte| *byte == 0);
            let (at, size, flags) =
                if is_zero { (start, zeros.len(), self.flags) } else { (data, bytes.len(), flags) };
            out.extend(self.number(u64::try_from(at).unwrap(), 8));
            out.extend(self.number(u64::try_from(size).unwrap(), 4));
            out.extend(self.number(u64::from(flags), 4));
            out.extend(self.number(0x11, 8));
            if !is_zero {
                data += bytes.len();
                packed.extend(bytes);
            }
        }
        out.extend(packed);
        self.headers(&mut out, bitmap, data);
        out.extend(&self.erased);
        out
    }

    /// The lowest bytes of a number, in the order of the machine.
    fn number(&self, number: u64, bytes: usize) -> Vec<u8> {
        let mut out = number.to_le_bytes()[..bytes].to_vec();
        if self.is_big {
            out.reverse();
        }
        out
    }

    fn headers(&self, out: &mut [u8], bitmap: usize, data: usize) {
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        let blocks = u64::try_from(2 * bitmap / BLOCK).unwrap();
        let status = if self.is_long { 424 } else { 412 };
        put(0, self.signature);
        put(8, &self.number(6, 4));
        put(12 + 4 * 65, self.machine);
        for (index, number) in [u64::from(self.flags), 4096, 1, blocks, self.frames].into_iter().enumerate() {
            put(status + 4 * index, &self.number(number, 4));
        }
        if self.signature != b"KDUMP   " {
            // Registers, where kdump has its fields.
            put(BLOCK, &[0x5a; 216]);
            return;
        }
        let note = note();
        let info = b"OSRELEASE=6.1.0\nPAGESIZE=4096\n";
        put(BLOCK + 512, &note);
        put(BLOCK + 512 + note.len(), info);
        let erased = (u64::try_from(data).unwrap(), self.erased.len());
        let places = [(4608 + u64::try_from(note.len()).unwrap(), info.len()), (4608, note.len()), erased];
        let fields = if self.is_long { [32, 48, 64] } else { [20, 32, 44] };
        for ((offset, length), at) in places.into_iter().zip(fields) {
            if length > 0 {
                put(BLOCK + at, &self.number(offset, 8));
                let length = u64::try_from(length).unwrap();
                put(BLOCK + at + 8, &self.number(length, if self.is_long { 8 } else { 4 }));
            }
        }
        put(BLOCK + if self.is_long { 96 } else { 72 }, &self.number(self.frames, 8));
    }
}

/// `NT_PRSTATUS` of x86-64 with registers that count.
fn note() -> Vec<u8> {
    let mut out = [5_u32, 336, 1].map(u32::to_le_bytes).concat();
    out.extend(b"CORE\0\0\0\0");
    out.extend((0..336_u32).map(|at| at.to_le_bytes()[0]));
    out
}

/// One page, packed.
fn pack(flags: u32, page: &[u8]) -> Vec<u8> {
    match flags {
        1 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(page).unwrap();
            encoder.finish().unwrap()
        }
        2 => lzokay_native::compress(page).unwrap(),
        4 => snap::raw::Encoder::new().compress_vec(page).unwrap(),
        0x20 => zstd::bulk::compress(page, 1).unwrap(),
        _ => page.to_vec(),
    }
}
