//! Machine words of a space: which of them are addresses.

use coredact_dump::{Image, Origin, Space};
use std::ops::Range;

/// Bytes of one machine word; pointers are aligned to it in both ABIs.
pub const WORD: u64 = 8;

/// Bytes of a space, seen as machine words.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The dump.
    pub image: &'a Image,
    /// The space.
    pub space: &'a Space,
    /// Position in the space of the first byte.
    pub start: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl Words<'_> {
    /// The start of the machine word that holds a position of the space.
    #[must_use]
    pub fn align_down(&self, position: u64) -> u64 {
        let address = self.space.address.unwrap_or(0).wrapping_add(position);
        position.saturating_sub(address % WORD)
    }

    /// The word at a position of the space, if it is shown.
    #[must_use]
    pub fn word(&self, position: u64) -> Option<[u8; 8]> {
        let at = usize::try_from(position.checked_sub(self.start)?).ok()?;
        self.bytes.get(at..at.checked_add(8)?)?.try_into().ok()
    }

    /// True if the word at a position is an address that exists in the process; of 32 bits, if one of its halves is.
    #[must_use]
    pub fn is_pointer(&self, position: u64) -> bool {
        let Some(word) = self.word(position).map(u64::from_le_bytes) else { return false };
        if self.image.machine.pointer_bytes() == WORD {
            return self.image.is_pointer(word);
        }
        [word & 0xffff_ffff, word >> 32].into_iter().any(|half| leads_to_frame(self.image, half))
    }

    /// True if the 32 bits at a position are an address of a module or of a live stack. So many values are addresses of
    /// something there that others are taken for what they look like.
    fn is_short_pointer(&self, position: u64) -> bool {
        let at = position.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let bytes = at.and_then(|at| self.bytes.get(at..)?.first_chunk());
        bytes.is_some_and(|bytes| leads_to_frame(self.image, u64::from(u32::from_le_bytes(*bytes))))
    }

    /// The parts of a range of the space that belong to no pointer.
    #[must_use]
    pub fn without_pointers(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut out = Vec::new();
        let mut from = range.start;
        let mut word = self.align_down(range.start);
        let step = self.image.machine.pointer_bytes();
        while word < range.end {
            if if step == WORD { self.is_pointer(word) } else { self.is_short_pointer(word) } {
                if from < word {
                    out.push(from..word);
                }
                from = word + step;
            }
            word += step;
        }
        if from < range.end {
            out.push(from..range.end);
        }
        out
    }

    /// A range of a note without the zeros at its ends; of memory as it is. In notes the register beside a random
    /// one is none of its edge: gdb 13 reads the mask registers of AMD processors from the upper halves of vectors,
    /// and shows zeros there that were overwritten.
    #[must_use]
    pub fn without_edge_zeros(&self, range: Range<u64>) -> Range<u64> {
        if !matches!(self.space.origin, Origin::Note { .. } | Origin::Registers { .. }) {
            return range;
        }
        let zero = |position: u64| {
            let at = position.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| self.bytes.get(at)) == Some(&0)
        };
        let (mut start, mut end) = (range.start, range.end);
        while start < end && zero(start) {
            start += 1;
        }
        while start < end && zero(end - 1) {
            end -= 1;
        }
        start..end
    }
}

/// True for an address of a module or of the live stack of a thread.
fn leads_to_frame(image: &Image, address: u64) -> bool {
    image.mappings.iter().any(|mapping| mapping.range.contains(&address))
        || image
            .threads
            .iter()
            .filter_map(|thread| thread.stack.as_ref())
            .any(|stack| stack.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_edges_of_a_register_stay() {
        let image = coredact_dump::raw(&vec![0]);
        let note = Origin::Note { name: "NT_X86_XSTATE", kind: 0x202, thread: None };
        for (origin, expected) in [(note, 102..105), (Origin::Memory, 100..112)] {
            let space = Space { origin, address: None, pieces: Vec::new(), length: 112 };
            let bytes = [0, 0, 7, 0, 9, 0, 0, 0, 0, 0, 0, 0];
            let words = Words { image: &image, space: &space, start: 100, bytes: &bytes };
            assert_eq!(words.without_edge_zeros(100..112), expected);
        }
    }

    #[test]
    fn of_short_pointers_those_to_modules_are_cut_out() {
        let mut image = coredact_dump::raw(&vec![0]);
        image.machine = coredact_dump::Machine::X86;
        image.mapped = std::iter::once(0..u64::from(u32::MAX)).collect();
        let path = "a.dll".to_owned();
        image.mappings.push(coredact_dump::image::Mapping { range: 0x1000..0x2000, file_offset: 0, path });
        let mut bytes = vec![0xee; 40];
        bytes[20..24].copy_from_slice(&0x1234_u32.to_le_bytes());
        let space = Space { origin: Origin::Memory, address: Some(0x8000), pieces: Vec::new(), length: 40 };
        let words = Words { image: &image, space: &space, start: 0, bytes: &bytes };
        let parts: Vec<_> = words.without_pointers(0..40).iter().map(|part| (part.start, part.end)).collect();
        assert_eq!(parts, [(0, 20), (24, 40)]);
        assert!(words.is_pointer(16) && !words.is_pointer(8));
    }

    #[test]
    fn pointers_are_cut_out_whole() {
        let mut image = coredact_dump::raw(&vec![0]);
        image.mapped = std::iter::once(0x1000..0x2000).collect();
        let mut bytes = vec![0xee; 40];
        bytes[16..24].copy_from_slice(&0x1234_u64.to_le_bytes());
        let space = Space { origin: Origin::Memory, address: Some(0x8000), pieces: Vec::new(), length: 40 };
        let words = Words { image: &image, space: &space, start: 0, bytes: &bytes };
        let check = |range: Range<u64>, expected: &[(u64, u64)]| {
            let parts: Vec<(u64, u64)> =
                words.without_pointers(range.clone()).iter().map(|part| (part.start, part.end)).collect();
            assert_eq!(parts, expected, "{range:?}");
        };
        check(0..40, &[(0, 16), (24, 40)]);
        check(3..19, &[(3, 16)]);
        check(18..30, &[(24, 30)]);
        check(17..23, &[]);
        check(0..8, &[(0, 8)]);
    }
}
