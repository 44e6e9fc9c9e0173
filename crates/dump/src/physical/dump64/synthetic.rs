//! Writes Windows kernel dumps for tests, and shares no code with what reads them.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

pub(super) const PAGE: usize = 4096;

/// Types of dump that are written.
pub(super) const TYPES: [u32; 6] = [1, 5, 6, 8, 9, 10];

/// What is written: frames in ascending order and their pages.
pub(super) struct Recipe {
    pub(super) kind: u32,
    pub(super) machine: u16,
    pub(super) pages: Vec<(u64, [u8; PAGE])>,
}

impl Recipe {
    pub(super) fn new(kind: u32, frames: &[u64]) -> Self {
        let page = |frame: u64| {
            let mut page = [0; PAGE];
            page.chunks_mut(8).for_each(|word| word.copy_from_slice(&(frame * 7 + 1).to_le_bytes()));
            page
        };
        Self { kind, machine: 0x8664, pages: frames.iter().map(|frame| (*frame, page(*frame))).collect() }
    }

    /// Neighbouring frames: the first, and how many.
    fn runs(&self) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (frame, _) in &self.pages {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == *frame => *count += 1,
                _ => runs.push((*frame, 1)),
            }
        }
        runs
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = b"PAGE".repeat(0x2000 / 4);
        put(&mut out, 4, b"DU64");
        put(&mut out, 0x30, &u32::from(self.machine).to_le_bytes());
        put(&mut out, 0x348, &[0; 1232]);
        put(&mut out, 0xf98, &self.kind.to_le_bytes());
        put(&mut out, 0xfb0, b"made for a test\0");
        let count = u64::try_from(self.pages.len()).unwrap();
        let runs = words(self.runs().into_iter().flat_map(|(frame, count)| [frame, count]));
        match self.kind {
            1 => {
                put(&mut out, 0x88, &u32::try_from(runs.len() / 16).unwrap().to_le_bytes());
                put(&mut out, 0x90, &count.to_le_bytes());
                put(&mut out, 0x98, &runs);
            }
            5 | 6 => out.extend(self.bitmap(count)),
            _ => {
                out.extend([0x40_u32.to_le_bytes(), *b"RDMP", *b"DUMP", [0; 4]].concat());
                // Room for more ranges than there are.
                let room = (runs.len() + 16 + 512).next_multiple_of(16);
                out.extend(words([room as u64, (0x2020 + room) as u64]));
                out.extend(words([runs.len() as u64 / 16, count]));
                out.extend(&runs);
                out.resize(0x2020 + room, 0);
            }
        }
        self.pages.iter().for_each(|(_, page)| out.extend(page));
        out
    }

    fn bitmap(&self, count: u64) -> Vec<u8> {
        let bits = self.pages.last().map_or(0, |(frame, _)| frame + 1);
        let mut bitmap = vec![0_u8; usize::try_from(bits).unwrap().div_ceil(8)];
        for (frame, _) in &self.pages {
            bitmap[usize::try_from(frame / 8).unwrap()] |= 1 << (frame % 8);
        }
        let first = (0x2038 + bitmap.len()).next_multiple_of(PAGE);
        let mut out = if self.kind == 5 { b"FDMPDUMP".to_vec() } else { b"SDMPDUMP".to_vec() };
        out.resize(0x20, 0);
        out.extend(words([first as u64, count, bits]));
        out.extend(&bitmap);
        out.resize(first - 0x2000, 0);
        out
    }
}

pub(super) fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

fn words(words: impl IntoIterator<Item = u64>) -> Vec<u8> {
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}
