#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::*;
use crate::image::Origin;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Flags of an entry: present, writable, user, accessed, dirty.
const FLAGS: u64 = 0x67;

/// Memory with page tables that map what it is told to.
struct Machine {
    memory: Vec<u8>,
    free: Vec<u64>,
    /// Tables by level and by what they cover.
    tables: BTreeMap<(u32, u64), u64>,
    top: u64,
}

impl Machine {
    /// A machine with so many pages, the first of which are for tables.
    fn new(pages: usize, for_tables: usize) -> Self {
        let free = (1..for_tables as u64).rev().map(|page| page * PAGE).collect();
        let mut out = Self { memory: vec![0; pages * 4096], free, tables: BTreeMap::new(), top: 0 };
        out.top = out.free.pop().unwrap();
        out
    }

    fn put(&mut self, table: u64, index: u64, word: u64) {
        let at = usize::try_from(table + 8 * index).unwrap();
        self.memory[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }

    /// Maps a page of 4 KiB, or of 2 MiB at level 1.
    fn map(&mut self, address: u64, physical: u64, level: u32) {
        let mut table = self.top;
        for above in (level + 1..4).rev() {
            let key = (above, address >> (12 + 9 * above));
            let next = match self.tables.get(&key) {
                Some(next) => *next,
                None => {
                    let next = self.free.pop().unwrap();
                    self.tables.insert(key, next);
                    self.put(table, address >> (12 + 9 * above) & 511, next | FLAGS);
                    next
                }
            };
            table = next;
        }
        let large = if level > 0 { 0x80 } else { 0 };
        self.put(table, address >> (12 + 9 * level) & 511, physical | FLAGS | large | 1 << 63);
    }

    fn fill(&mut self, physical: u64, byte: u8) {
        let at = usize::try_from(physical).unwrap();
        self.memory[at..at + 4096].fill(byte);
    }

    fn image(&self) -> Image {
        let mut image = crate::raw(&self.memory);
        add_raw(&self.memory, &mut image).unwrap();
        image
    }
}

/// What the overlays of an image show.
fn shown(image: &Image, memory: &[u8]) -> Vec<Vec<u8>> {
    let overlays = image.spaces.iter().filter(|space| space.origin == Origin::Paged);
    overlays
        .map(|space| {
            let ranges = space.file_ranges(0..space.length);
            ranges.flat_map(|range| memory[index(range.start)..index(range.end)].to_vec()).collect()
        })
        .collect()
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

/// The number of the page that each page of a stretch is.
fn pages(shown: &[u8]) -> Vec<u8> {
    shown.chunks(4096).map(|page| page[0]).collect()
}

#[test]
fn pages_that_lie_apart_are_shown_in_a_row() {
    let mut machine = Machine::new(64, 16);
    for (page, physical) in [(0, 40), (1, 30), (2, 31), (3, 20)] {
        machine.map(0x5555_0000_0000 + page * PAGE, physical * PAGE, 0);
        machine.fill(physical * PAGE, u8::try_from(physical).unwrap());
    }
    // Somewhere else: a page alone, and two that lie in a row.
    for (page, physical) in [(0, 50), (0x1000, 51), (0x1001, 52)] {
        machine.map(0x7fff_0000_0000 + page * PAGE, physical * PAGE, 0);
    }
    let image = machine.image();
    let shown = shown(&image, &machine.memory);
    assert_eq!(shown.iter().map(|bytes| pages(bytes)).collect::<Vec<_>>(), [vec![40, 30, 31, 20]]);
    assert!(image.remarks[0].contains("1 address spaces"), "{:?}", image.remarks);
}

#[test]
fn joints_that_two_address_spaces_share_are_shown_once() {
    let mut machine = Machine::new(64, 24);
    for (page, physical) in [(0, 40), (1, 30), (2, 50)] {
        machine.map(0x5555_0000_0000 + page * PAGE, physical * PAGE, 0);
        machine.fill(physical * PAGE, u8::try_from(physical).unwrap());
    }
    // A child: one page is its own.
    machine.top = machine.free.pop().unwrap();
    machine.tables.clear();
    for (page, physical) in [(0, 40), (1, 30), (2, 60)] {
        machine.map(0x5555_0000_0000 + page * PAGE, physical * PAGE, 0);
        machine.fill(physical * PAGE, u8::try_from(physical).unwrap());
    }
    let image = machine.image();
    let shown: Vec<_> = shown(&image, &machine.memory).iter().map(|bytes| pages(bytes)).collect();
    assert_eq!(shown, [vec![40, 30, 50], vec![40, 30, 60]]);
}

#[test]
fn large_pages_are_followed_and_only_their_joints_are_shown() {
    let mut machine = Machine::new(2048, 16);
    machine.map(0x4000_0000, 0x40_0000, 1);
    machine.map(0x4020_0000, 0x20_0000, 1);
    machine.fill(0x5f_f000, 1);
    machine.fill(0x20_0000, 2);
    let image = machine.image();
    let shown = shown(&image, &machine.memory);
    assert_eq!(shown.iter().map(|bytes| pages(bytes)).collect::<Vec<_>>(), [vec![0, 0, 0, 1, 2, 0, 0, 0]]);
}

#[test]
fn what_lies_above_the_hole_is_found() {
    // A machine whose memory goes on at 4 GiB: what the tables say of it is beyond the file.
    struct Split(Vec<u8>);
    const LOW: u64 = 0xc000_0000;
    impl ReadAt for Split {
        fn length(&self) -> u64 {
            LOW + self.0.len() as u64
        }
        fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
            buffer.fill(0);
            for (byte, at) in buffer.iter_mut().zip(offset..) {
                if let Some(inside) = at.checked_sub(LOW) {
                    *byte = self.0[index(inside)];
                }
            }
            Ok(())
        }
        fn is_zero(&self, range: &std::ops::Range<u64>) -> bool {
            range.end <= LOW
        }
    }
    let mut machine = Machine::new(64, 16);
    for (page, physical) in [(0, 40), (1, 30)] {
        machine.map(0x5555_0000_0000 + page * PAGE, physical * PAGE, 0);
    }
    // Every address that a table names is 4 GiB further up.
    for table in (1..16).map(|page| page * 4096) {
        for at in (table..table + 4096).step_by(8) {
            let word = u64::from_le_bytes(machine.memory[at..at + 8].try_into().unwrap());
            if word & 1 == 1 {
                machine.memory[at..at + 8].copy_from_slice(&(word + ABOVE).to_le_bytes());
            }
        }
    }
    let source = Split(machine.memory);
    let mut image = crate::raw(&vec![0]);
    add_raw(&source, &mut image).unwrap();
    let paged: Vec<_> = image.spaces.iter().filter(|space| space.origin == Origin::Paged).collect();
    assert_eq!(paged.len(), 1);
    let places: Vec<u64> = paged[0].pieces.iter().map(|piece| piece.file_offset).collect();
    assert_eq!(places, [LOW + 40 * PAGE, LOW + 30 * PAGE]);
}

#[test]
fn tables_that_map_themselves_and_each_other_come_to_an_end() {
    let mut machine = Machine::new(64, 16);
    let top = machine.top;
    for index in 0..512 {
        machine.put(top, index, (top + (index % 3) * PAGE) | FLAGS);
        machine.put(top + PAGE, index, (top + (index % 2) * PAGE) | FLAGS);
        machine.put(top + 2 * PAGE, index, (top + 2 * PAGE) | FLAGS);
    }
    let image = machine.image();
    assert_eq!(image.file_length, 64 * PAGE);
}

proptest! {
    /// Whatever stands in memory: no panic, and overlays lie within the file.
    #[test]
    fn any_memory_is_read(seed in proptest::collection::vec((0_u64..64, 0_u64..512, 0_u64..80, 0_u64..4096), 0..200)) {
        let mut machine = Machine::new(64, 16);
        machine.map(0x1000, 40 * PAGE, 0);
        machine.map(0x2000, 20 * PAGE, 0);
        for (page, index, physical, flags) in seed {
            machine.put(page * PAGE, index, (physical * PAGE) | flags);
        }
        let image = machine.image();
        for space in image.spaces.iter().filter(|space| space.origin == Origin::Paged) {
            prop_assert!(space.pieces.len() > 1);
            for piece in &space.pieces {
                prop_assert!(piece.length > 0 && piece.file_offset + piece.length <= image.file_length);
            }
        }
    }
}
