//! Following page tables.

use coredact_dump::physical;
use coredact_dump::{Image, Origin};

/// Pages of the memory that is made up.
const PAGES: u64 = 64;

/// Bytes of a page, and of what says one word of memory: its page, its place there, and what it is.
const PAGE: u64 = 4096;
const RECORD: usize = 8;

/// What a table says beside an address: of x86-64 a table or page, and a large page; of AArch64 a table, a page and a block.
const FLAGS: [u64; 6] = [0x67, 0xe7, 3, 3 | 1 << 59, 0xf43, 0xf41];

/// Puts words into memory as bytes say, most of them as page tables have them, and has it read as the memory of a machine:
/// whatever stands there, no panic; what is shown in virtual order lies in the file, in pieces that follow each other.
///
/// # Panics
/// If a promise is broken.
pub fn page_tables(bytes: &[u8]) {
    let mut memory = vec![0; usize::try_from(PAGES * PAGE).expect("a small number")];
    for record in bytes.chunks_exact(RECORD) {
        let [page, low, high, leads_to, flags, rest @ ..] = record else { continue };
        let place = u64::from(*page) % PAGES * PAGE + u64::from(u16::from_le_bytes([*low, *high])) % 512 * 8;
        let flags = FLAGS.get(usize::from(*flags)).copied().unwrap_or(u64::from(*flags));
        let base = [0, 1 << 30][usize::from(rest[0] & 1)];
        let word = (base + u64::from(*leads_to) % (PAGES + 8) * PAGE) | flags | u64::from(rest[1]) << 56;
        let place = usize::try_from(place).expect("within the memory");
        memory[place..place + 8].copy_from_slice(&word.to_le_bytes());
    }
    let image = physical::raw(&memory).expect("memory can be read");
    check(&image, PAGES * PAGE);
}

fn check(image: &Image, length: u64) {
    for space in image.spaces.iter().filter(|space| space.origin == Origin::Paged) {
        let mut at = 0;
        for piece in &space.pieces {
            assert_eq!(piece.start, at, "pieces leave a hole or overlap");
            assert!(
                piece.length > 0 && piece.file_offset + piece.length <= length,
                "{piece:?} leaves the file"
            );
            at += piece.length;
        }
        assert_eq!(space.length, at);
        assert!(space.pieces.len() > 1, "nothing lies apart");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_words_are_read(words in proptest::collection::vec((0_u8..6, 0_u16..4, 0_u8..40, 0_u8..7, any::<[u8; 3]>()), 0..300)) {
            let record = |(page, index, leads_to, flags, rest): &(u8, u16, u8, u8, [u8; 3])| {
                let [low, high] = index.to_le_bytes();
                [&[*page, low, high, *leads_to, *flags][..], rest].concat()
            };
            page_tables(&words.iter().flat_map(record).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn what_tables_put_side_by_side_is_shown() {
        // Four levels in the first pages, and two pages that lie apart.
        for (to_table, to_page) in [(0, 0), (3, 4)] {
            let mut bytes: Vec<u8> =
                (0..3).flat_map(|page| [page, 0, 0, page + 1, to_table, 0, 0, 0]).collect();
            bytes[3 * 8 - 5] = 3;
            bytes.extend([3, 0, 0, 40, to_page, 0, 0, 0, 3, 1, 0, 20, to_page, 0, 0, 0]);
            // Address zero is no table: the first lies in the second page.
            let bytes: Vec<u8> = bytes
                .chunks(8)
                .flat_map(|record| {
                    let leads_to = if record[0] < 3 { record[3] + 1 } else { record[3] };
                    [record[0] + 1, record[1], record[2], leads_to, record[4], 0, 0, 0]
                })
                .collect();
            page_tables(&bytes);
        }
    }
}
