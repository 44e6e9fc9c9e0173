//! Notes that describe the process.

/// One note; its owner is `CORE` or `LINUX`.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Name as in `elf.h`.
    pub(crate) name: &'static str,
    pub(crate) owner: &'static [u8],
    pub(crate) kind: u32,
    /// Index of the thread that it describes.
    pub(crate) thread: Option<usize>,
    pub(crate) descriptor: Vec<u8>,
}

impl Note {
    pub(crate) fn new(name: &'static str, kind: u32, descriptor: Vec<u8>) -> Self {
        Self { name, owner: b"CORE", kind, thread: None, descriptor }
    }

    pub(crate) fn of_thread(self, thread: usize) -> Self {
        Self { thread: Some(thread), ..self }
    }

    pub(crate) fn of_linux(self) -> Self {
        Self { owner: b"LINUX", ..self }
    }

    /// Bytes from the start of the note to its descriptor.
    pub(crate) fn head_bytes(&self) -> usize {
        12 + (self.owner.len() + 1).next_multiple_of(4)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let sizes =
            [self.owner.len() + 1, self.descriptor.len()].map(|size| u32::try_from(size).unwrap_or(0));
        let mut out: Vec<u8> =
            [sizes[0], sizes[1], self.kind].into_iter().flat_map(u32::to_le_bytes).collect();
        out.extend(self.owner);
        out.resize(self.head_bytes(), 0);
        out.extend(&self.descriptor);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }
}

/// `struct elf_prpsinfo` of both processors: 16 bytes of name at 40, 80 of arguments at 56.
pub(crate) fn prpsinfo(process: u32, name: &str, arguments: &str) -> Note {
    let mut bytes = vec![0; 136];
    bytes[..4].copy_from_slice(&[0, b'R', 0, 0]);
    for (at, number) in [(16, 1000), (20, 1000), (24, process), (28, 1), (32, process), (36, process)] {
        bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
    }
    let fields = [(40, 15, name), (56, 79, arguments)];
    for (at, most, text) in fields {
        let text = &text.as_bytes()[..text.len().min(most)];
        bytes[at..at + text.len()].copy_from_slice(text);
    }
    Note::new("NT_PRPSINFO", 3, bytes)
}

/// `siginfo_t` of a segmentation fault at `address`.
pub(crate) fn siginfo(address: u64) -> Note {
    let mut bytes = vec![0; 128];
    bytes[0] = 11;
    bytes[8] = 1;
    bytes[16..24].copy_from_slice(&address.to_le_bytes());
    Note::new("NT_SIGINFO", 0x5349_4749, bytes)
}

/// The auxiliary vector.
pub(crate) fn auxv(entries: &[(u64, u64)]) -> Note {
    let words = entries.iter().flat_map(|entry| [entry.0, entry.1]);
    Note::new("NT_AUXV", 6, words.flat_map(u64::to_le_bytes).collect())
}

/// `NT_FILE`: start, end and offset of each mapped file.
pub(crate) fn files(mappings: &[(u64, u64, u64, &str)]) -> Note {
    let mut bytes: Vec<u8> = [mappings.len() as u64, 4096].into_iter().flat_map(u64::to_le_bytes).collect();
    for (start, end, offset, _) in mappings {
        bytes.extend([*start, *end, *offset / 4096].into_iter().flat_map(u64::to_le_bytes));
    }
    for (.., path) in mappings {
        bytes.extend(path.as_bytes());
        bytes.push(0);
    }
    Note::new("NT_FILE", 0x4649_4c45, bytes)
}
