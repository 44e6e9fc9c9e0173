//! Minidumps made for tests.

use crate::cursor::{to_u64, to_usize};

/// A file under construction: streams are added with what they point to.
#[derive(Default)]
pub(super) struct Builder {
    /// Behind the header: everything but the directory.
    bytes: Vec<u8>,
    streams: Vec<(u32, u32, u32)>,
}

const HEADER: usize = 32;

fn short(value: usize) -> u32 {
    u32::try_from(value).unwrap()
}

impl Builder {
    /// Adds bytes that some stream points to; returns their offset.
    pub(super) fn blob(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let at = short(HEADER + self.bytes.len());
        self.bytes.extend_from_slice(bytes);
        at
    }

    /// Adds a stream.
    pub(super) fn stream(&mut self, kind: u32, bytes: &[u8]) {
        let at = self.blob(bytes);
        self.streams.push((kind, short(bytes.len()), at));
    }

    /// Adds a stream that lies where a blob does.
    pub(super) fn stream_at(&mut self, kind: u32, length: u32, at: u32) {
        self.streams.push((kind, length, at));
    }

    /// A `MINIDUMP_STRING`.
    pub(super) fn string(&mut self, text: &str) -> u32 {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.blob(&[&short(units.len()).to_le_bytes()[..], &units, &[0, 0]].concat())
    }

    /// A `MinidumpUTF8String`.
    pub(super) fn text(&mut self, text: &str) -> u32 {
        self.blob(&[&short(text.len()).to_le_bytes()[..], text.as_bytes(), &[0]].concat())
    }

    /// The file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let directory = self.blob(&[]);
        let entries = self.streams.iter().flat_map(|(kind, length, at)| [*kind, *length, *at]);
        self.bytes.extend(entries.flat_map(u32::to_le_bytes));
        let mut header = b"MDMP".to_vec();
        header.extend(0xa793_u32.to_le_bytes());
        header.extend(short(self.streams.len()).to_le_bytes());
        header.extend(directory.to_le_bytes());
        header.resize(HEADER, 0);
        [header, self.bytes].concat()
    }
}

/// Numbers one behind the other, each in its own width.
pub(super) fn fields(fields: &[(u64, usize)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (value, width) in fields {
        let end = out.len() + width;
        out.extend(value.to_le_bytes().into_iter().take(*width));
        out.resize(end, 0);
    }
    out
}

/// Where the stack of the thread lies in [`whole`], and where it points.
pub(super) const STACK: u64 = 0x7ffd_0000_1000;
pub(super) const STACK_POINTER: u64 = STACK + 0x100;
pub(super) const PROGRAM_COUNTER: u64 = 0x40_1234;

/// A minidump of x86-64 with a thread, its stack of 1 KiB, an exception, a module, code, texts and annotations.
pub(super) fn whole() -> Vec<u8> {
    let mut file = Builder::default();
    file.stream(7, &fields(&[(9, 2), (0, 22), (0, 4), (0, 28)]));
    let mut context = vec![0; 1232];
    let mut put = |at: usize, value: u64| context[at..at + 8].copy_from_slice(&value.to_le_bytes());
    put(248, PROGRAM_COUNTER);
    put(152, STACK_POINTER);
    (288..768).step_by(8).for_each(|at| put(at, to_u64(at).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let context = u64::from(file.blob(&context));
    let stack = u64::from(file.blob(&[0x5a; 1024]));
    let thread =
        fields(&[(7, 4), (0, 12), (0, 8), (STACK, 8), (1024, 4), (stack, 4), (1232, 4), (context, 4)]);
    file.stream(3, &[fields(&[(1, 4)]), thread].concat());
    file.stream(6, &fields(&[(7, 4), (0, 4), (0, 152), (1232, 4), (context, 4)]));
    let name = u64::from(file.string("C:\\Users\\someone\\prog.exe"));
    let record = u64::from(file.blob(b"RSDS0123456789abcdefprog.pdb\0"));
    let module =
        fields(&[(0x40_0000, 8), (0x2000, 4), (0, 8), (name, 4), (0, 52), (29, 4), (record, 4), (0, 24)]);
    file.stream(4, &[fields(&[(1, 4)]), module].concat());
    let code = u64::from(file.blob(&[0xcc; 256]));
    let memory = [
        fields(&[(2, 4), (0, 4)]),
        fields(&[(PROGRAM_COUNTER & !0xff, 8), (256, 4), (code, 4)]),
        fields(&[(STACK, 8), (1024, 4), (stack, 4)]),
    ];
    file.stream(5, &memory.concat());
    file.stream(0x4767_0007, b"HOME=/root\0API_TOKEN=abc\0");
    file.stream(0x4767_0006, b"prog\0--password\0geheim\0--user=me\0");
    let (key, value) = (u64::from(file.text("session_token")), u64::from(file.text("Zq7vXb2kPw9")));
    let pairs = fields(&[(1, 4), (key, 4), (value, 4)]);
    let at = u64::from(file.blob(&pairs));
    file.stream(0x4350_0001, &fields(&[(1, 4), (0, 32), (to_u64(pairs.len()), 4), (at, 4), (0, 8), (0, 8)]));
    file.blob(b"bytes that belong to nobody");
    file.finish()
}

/// Every offset of the file, once per owner.
pub(super) fn owners(image: &crate::Image) -> Vec<u8> {
    let mut owners = vec![0_u8; to_usize(image.file_length)];
    for piece in image.spaces.iter().flat_map(|space| &space.pieces) {
        for at in piece.file_offset..piece.file_offset + piece.length {
            owners[to_usize(at)] += 1;
        }
    }
    owners
}
