#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::*;
use crate::image::Origin;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// How a machine writes its tables.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Bits of an address within a page.
    page_bits: u32,
    /// Bits of an address that a table translates.
    index_bits: u32,
    /// Levels of tables.
    levels: u32,
    /// What is set in an entry that leads to a table, a page, and what is larger.
    flags: [u64; 3],
}

impl Kind {
    /// Bytes of a page and of a table.
    fn page(self) -> u64 {
        1 << self.page_bits
    }

    /// Which entry of a table at a height translates an address.
    fn index(self, address: u64, height: u32) -> u64 {
        address >> (self.page_bits + self.index_bits * height) & ((1 << self.index_bits) - 1)
    }
}

/// Present, writable, user, accessed, dirty; no execution; large.
const X86_64: Kind = Kind { page_bits: 12, index_bits: 9, levels: 4, flags: [0x67, 0x67 | 1 << 63, 0xe7] };

/// As Linux writes them: no execution by the kernel below; user, shareable, accessed, not global.
const AARCH64: [Kind; 5] = [aarch64(12, 4), aarch64(12, 3), aarch64(12, 2), aarch64(14, 3), aarch64(16, 2)];

const fn aarch64(page_bits: u32, levels: u32) -> Kind {
    Kind {
        page_bits,
        index_bits: page_bits - 3,
        levels,
        flags: [3 | 1 << 59, 0xf43 | 1 << 53, 0xf41 | 1 << 53],
    }
}

fn kinds() -> impl Iterator<Item = Kind> {
    std::iter::once(X86_64).chain(AARCH64)
}

/// Memory with page tables that map what it is told to.
struct Machine {
    kind: Kind,
    memory: Vec<u8>,
    free: Vec<u64>,
    /// Tables by level and by what they cover.
    tables: BTreeMap<(u32, u64), u64>,
    top: u64,
}

impl Machine {
    /// A machine with so many pages, the first of which are for tables.
    fn new(kind: Kind, pages: usize, for_tables: usize) -> Self {
        let free = (1..for_tables as u64).rev().map(|page| page * kind.page()).collect();
        let memory = vec![0; pages << kind.page_bits];
        let mut out = Self { kind, memory, free, tables: BTreeMap::new(), top: 0 };
        out.top = out.free.pop().unwrap();
        out
    }

    fn put(&mut self, table: u64, index: u64, word: u64) {
        let at = usize::try_from(table + 8 * index).unwrap();
        self.memory[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }

    /// Maps a page, or what is larger at level 1; the address as far as the tables translate it.
    fn map(&mut self, address: u64, physical: u64, level: u32) {
        let Kind { page_bits, index_bits, levels, flags: [to_table, to_page, large] } = self.kind;
        let address = address & ((1 << (page_bits + index_bits * levels)) - 1);
        let mut table = self.top;
        for above in (level + 1..levels).rev() {
            let key = (above, address >> (page_bits + index_bits * above));
            let next = match self.tables.get(&key) {
                Some(next) => *next,
                None => {
                    let next = self.free.pop().unwrap();
                    self.tables.insert(key, next);
                    self.put(table, self.kind.index(address, above), next | to_table);
                    next
                }
            };
            table = next;
        }
        let flags = if level > 0 { large } else { to_page };
        self.put(table, self.kind.index(address, level), physical | flags);
    }

    fn fill(&mut self, physical: u64, byte: u8) {
        let at = usize::try_from(physical).unwrap();
        self.memory[at..at + (1 << self.kind.page_bits)].fill(byte);
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
fn pages(shown: &[u8], kind: Kind) -> Vec<u8> {
    shown.chunks(4096.max(1 << kind.page_bits)).map(|page| page[0]).collect()
}

#[test]
fn pages_that_lie_apart_are_shown_in_a_row() {
    for kind in kinds() {
        let mut machine = Machine::new(kind, 64, 16);
        let page = kind.page();
        for (index, physical) in [(0, 40), (1, 30), (2, 31), (3, 20)] {
            machine.map(0x5555_0000_0000 + index * page, physical * page, 0);
            machine.fill(physical * page, u8::try_from(physical).unwrap());
        }
        // Somewhere else: a page alone, and two that lie in a row.
        for (index, physical) in [(0, 50), (0x100, 51), (0x101, 52)] {
            machine.map(0x7fff_1000_0000 + index * page, physical * page, 0);
        }
        let image = machine.image();
        let shown = shown(&image, &machine.memory);
        if kind.page() == PAGE {
            assert_eq!(
                shown.iter().map(|bytes| pages(bytes, kind)).collect::<Vec<_>>(),
                [vec![40, 30, 31, 20]],
                "{kind:?}"
            );
        } else {
            // Of larger pages, what lies beside each joint: 16 KiB of each page.
            let joints: Vec<Vec<u8>> =
                shown.iter().map(|bytes| bytes.chunks(4 * 4096).map(|part| part[0]).collect()).collect();
            let numbers: Vec<u8> = joints.concat();
            assert!([40, 30, 31, 20].iter().all(|page| numbers.contains(page)), "{kind:?}: {joints:?}");
        }
        assert!(image.remarks[0].contains("1 address spaces"), "{kind:?}: {:?}", image.remarks);
    }
}

#[test]
fn joints_that_two_address_spaces_share_are_shown_once() {
    for kind in kinds().filter(|kind| kind.page() == PAGE) {
        let mut machine = Machine::new(kind, 64, 24);
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
        let shown: Vec<_> = shown(&image, &machine.memory).iter().map(|bytes| pages(bytes, kind)).collect();
        assert_eq!(shown, [vec![40, 30, 50], vec![40, 30, 60]], "{kind:?}");
        // Of x86-64 the tables below the top are tops by their form too.
        let count = if kind.levels == 4 && kind.flags[0] == 0x67 { "4" } else { "2" };
        assert!(
            image.remarks[0].contains(&format!("{count} address spaces")),
            "{kind:?}: {:?}",
            image.remarks
        );
    }
}

#[test]
fn large_pages_are_followed_and_only_their_joints_are_shown() {
    for kind in [X86_64, aarch64(12, 4), aarch64(12, 3)] {
        let mut machine = Machine::new(kind, 2048, 16);
        machine.map(0x4000_0000, 0x40_0000, 1);
        machine.map(0x4020_0000, 0x20_0000, 1);
        machine.fill(0x5f_f000, 1);
        machine.fill(0x20_0000, 2);
        let image = machine.image();
        let shown = shown(&image, &machine.memory);
        let shown: Vec<_> = shown.iter().map(|bytes| pages(bytes, kind)).collect();
        assert_eq!(shown, [vec![0, 0, 0, 1, 2, 0, 0, 0]], "{kind:?}");
    }
}

#[test]
fn the_machine_that_a_dump_names_is_the_only_one_looked_for() {
    for kind in kinds() {
        let mut machine = Machine::new(kind, 64, 16);
        for (index, physical) in [(0, 40), (1, 30)] {
            machine.map(0x5555_0000_0000 + index * kind.page(), physical * kind.page(), 0);
        }
        for (named, is_x86_64) in
            [(crate::image::Machine::X86_64, true), (crate::image::Machine::Aarch64, false)]
        {
            let mut image = crate::raw(&machine.memory);
            image.machine = named;
            let memory = AddressMap::of(std::iter::once((0, 0, machine.memory.len() as u64)));
            add(&machine.memory, &mut image, &memory).unwrap();
            assert_eq!(
                image.remarks.len() == 1,
                is_x86_64 == (kind.index_bits == 9 && kind.flags[0] == 0x67),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn memory_of_aarch64_may_begin_above_zero() {
    let kind = aarch64(12, 4);
    for base in BASES {
        let mut machine = Machine::new(kind, 64, 16);
        for (index, physical) in [(0, 40), (1, 30)] {
            machine.map(0x5555_0000_0000 + index * PAGE, physical * PAGE, 0);
        }
        for at in (PAGE..16 * PAGE).step_by(8).map(index) {
            let word = u64::from_le_bytes(machine.memory[at..at + 8].try_into().unwrap());
            if word & 1 == 1 {
                machine.memory[at..at + 8].copy_from_slice(&(word + base).to_le_bytes());
            }
        }
        let image = machine.image();
        assert_eq!(shown(&image, &machine.memory).len(), 1, "{base:#x}");
    }
}

#[test]
fn what_only_looks_like_a_table_of_aarch64_is_none() {
    let kind = aarch64(12, 4);
    let check = |what: &str, change: &dyn Fn(&mut Machine)| {
        let mut machine = Machine::new(kind, 64, 16);
        for (index, physical) in [(0, 40), (1, 30)] {
            machine.map(0x5555_0000_0000 + index * PAGE, physical * PAGE, 0);
        }
        let top = machine.top;
        assert_eq!(top, PAGE);
        change(&mut machine);
        let image = machine.image();
        assert!(image.remarks.is_empty(), "{what}: {:?}", image.remarks);
    };
    // The tables lie from the second page on, the lowest in the fifth.
    check("every level says more", &|machine| {
        for table in 1..4 {
            machine.put(table * PAGE, 100, 0x1234_5678_9abc_def1);
        }
    });
    check("no level says where", &|machine| {
        for table in 1..4 {
            machine.put(table * PAGE, 100, 0x7fff_ffff_f003);
        }
    });
    check("pages without attributes", &|machine| {
        for index in 0..512 {
            machine.put(4 * PAGE, index, (40 * PAGE) | 3);
        }
    });
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
    let mut machine = Machine::new(X86_64, 64, 16);
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
    for kind in kinds() {
        let mut machine = Machine::new(kind, 64, 16);
        let (top, page, [to_table, ..]) = (machine.top, kind.page(), kind.flags);
        for index in 0..1 << kind.index_bits {
            machine.put(top, index, (top + (index % 3) * page) | to_table);
            machine.put(top + page, index, (top + (index % 2) * page) | to_table);
            machine.put(top + 2 * page, index, (top + 2 * page) | to_table);
        }
        let image = machine.image();
        assert_eq!(image.file_length, 64 * page);
    }
}

proptest! {
    /// Whatever stands in memory: no panic, and overlays lie within the file.
    #[test]
    fn any_memory_is_read(
        kind in 0..6_usize,
        seed in proptest::collection::vec((0_u64..64, 0_u64..512, 0_u64..80, 0_u64..4096), 0..200),
    ) {
        let kind = kinds().nth(kind).unwrap();
        let mut machine = Machine::new(kind, 64, 16);
        let page_bytes = kind.page();
        machine.map(page_bytes, 40 * page_bytes, 0);
        machine.map(2 * page_bytes, 20 * page_bytes, 0);
        for (page, index, physical, flags) in seed {
            machine.put(page * page_bytes, index, (physical * page_bytes) | flags);
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
