//! Heap dumps written from the documented records.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use std::ops::Range;

/// Addresses of the heap that [`Writer::new`] states.
pub(crate) const ARENA: u64 = 0xc0_0000_0000;

/// A file in the making.
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    /// The beginning and `params` of a machine with such pointers.
    pub(crate) fn new(pointer_bytes: u64, architecture: &str) -> Self {
        let mut out = Self { bytes: super::SIGNATURE.to_vec() };
        out.numbers(&[6, 0, pointer_bytes, ARENA, ARENA + (64 << 20)]);
        out.blob(architecture.as_bytes());
        out.blob(b"go1.19.8");
        out.numbers(&[2]);
        out
    }

    pub(crate) fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            let mut left = *number;
            while left > 0x7f {
                self.bytes.push((left & 0x7f) as u8 | 0x80);
                left >>= 7;
            }
            self.bytes.push((left & 0x7f) as u8);
        }
    }

    /// A length and bytes; where they lie.
    pub(crate) fn blob(&mut self, bytes: &[u8]) -> Range<usize> {
        self.numbers(&[bytes.len() as u64]);
        self.bytes.extend(bytes);
        self.bytes.len() - bytes.len()..self.bytes.len()
    }

    pub(crate) fn fields(&mut self, offsets: &[u64]) {
        offsets.iter().for_each(|offset| self.numbers(&[1, *offset]));
        self.numbers(&[0]);
    }

    /// An object, or a segment of variables if `kind` says so; where its memory lies.
    pub(crate) fn memory(
        &mut self,
        kind: u64,
        address: u64,
        memory: &[u8],
        pointers: &[u64],
    ) -> Range<usize> {
        self.numbers(&[kind, address]);
        let range = self.blob(memory);
        self.fields(pointers);
        range
    }

    /// A stack frame; where its memory lies.
    pub(crate) fn frame(
        &mut self,
        address: u64,
        memory: &[u8],
        name: &str,
        pointers: &[u64],
    ) -> Range<usize> {
        self.numbers(&[5, address, 0, 0]);
        let range = self.blob(memory);
        self.numbers(&[0x40_1000, 0x40_1010, 0x40_1010]);
        self.blob(name.as_bytes());
        self.fields(pointers);
        range
    }
}

/// A heap dump with one record of each kind, and where the bytes lie that may be overwritten on suspicion.
pub(crate) fn sample() -> (Vec<u8>, Vec<Range<usize>>) {
    let mut out = Writer::new(8, "amd64");
    let mut free = Vec::new();
    out.numbers(&[3, 0x48_0000, 24]);
    out.blob(b"main.vault");
    out.numbers(&[1, 8, 0x4a_0000, 0x48_0000]);
    // A pointer, 16 bytes of something, a pointer to nothing.
    let object = [&(ARENA + 64).to_le_bytes()[..], &[7; 16], &[0; 8]].concat();
    let at = out.memory(1, ARENA, &object, &[0, 24]);
    free.push(at.start + 8..at.end - 8);
    free.push(out.memory(1, ARENA + 64, b"0123456789abcdef", &[]));
    out.numbers(&[4, ARENA + 0x1000, ARENA + 0x2000, 1, 2, 4, 0, 0, 0]);
    out.blob(b"chan receive");
    out.numbers(&[0; 4]);
    // Of a function in assembly language all words are named: a key, and a pointer.
    let frame = [&[0x9e; 16][..], &(ARENA + 64).to_le_bytes()].concat();
    let at = out.frame(ARENA + 0x2000, &frame, "crypto/aes.encryptBlockAsm", &[0, 8, 16]);
    free.push(at.start..at.end - 8);
    out.numbers(&[14, 1, 2, 3, 4, 5, 6, 7, 15, 1, 2, 3, 4, 5, 6, 9, 1, 2, 3]);
    let data = [&[1; 8][..], &ARENA.to_le_bytes()].concat();
    let at = out.memory(12, 0x4b_0000, &data, &[8]);
    free.push(at.start..at.end - 8);
    free.push(out.memory(13, 0x4c_0000, &[3; 8], &[]));
    out.numbers(&[7, 1, 2, 3, 4, 5, 11, 1, 2, 3, 4, 5, 2]);
    out.blob(b"finalizers");
    out.numbers(&[ARENA]);
    out.numbers(&[10]);
    out.numbers(&[300; 281]);
    out.numbers(&[16, ARENA, 64, 1]);
    out.blob(b"main.main");
    out.blob(b"/src/main.go");
    out.numbers(&[12, 1, 0, 17, ARENA, 5, 0]);
    (out.bytes, free)
}
