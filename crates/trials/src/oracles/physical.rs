//! Opening physical memory in a format that packs it.

use super::elf::check;
use super::judge::verify_alone;
use coredact_dump::ReadAt;
use coredact_dump::container::DecodeLimits;
use coredact_dump::physical;
use std::io::Read as _;
use std::sync::Arc;

/// What an oracle lets a dump expand to, in bytes.
const EXPANDED: u64 = 1 << 22;

/// Where a kdump has its second header, and pages of 4 KiB: enough for the rest to be reached; of little-endian machines, of
/// big-endian ones, and by diskdump.
const KDUMP: [[(usize, &[u8]); 3]; 3] = [
    [(0, b"KDUMP   \x06\0\0\0"), (428, &[0, 0x10, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]), (441, &[0, 0])],
    [(0, b"KDUMP   \0\0\0\x06"), (428, &[0, 0, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 2]), (440, &[0, 0])],
    [(0, b"DISKDUMP\x01\0\0\0"), (428, &[0, 0x10, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]), (441, &[0, 0])],
];

/// Opens bytes as a kdump, as flattened records, as AVML and as Windows kernel dumps of each kind: whatever they are, no panic, nothing longer than the limit; if
/// there is an image of what was laid out, each byte belongs to one space; and the judge has an answer. The first bytes are
/// taken for those of the format.
pub fn physical_open(bytes: &[u8]) {
    let kdumps = KDUMP.map(|fields| {
        let mut kdump = bytes.to_vec();
        for (at, field) in fields {
            if let Some(place) = kdump.get_mut(at..at + field.len()) {
                place.copy_from_slice(field);
            }
        }
        kdump
    });
    kdumps.iter().for_each(|kdump| opened(kdump));
    let [kdump, ..] = &kdumps;
    let flattened =
        [b"makedumpfile\0\0\0\0", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 4064]].concat();
    opened(&[&flattened[..], bytes].concat());
    opened(&[&flattened[..], &[0; 8], &(kdump.len() as u64).to_be_bytes(), kdump, &[0xff; 16]].concat());
    opened(&[b"AVML\x02\0\0\0", bytes].concat());
    windows(bytes);
}

/// What the type of a Windows kernel dump has behind its header.
const TYPES: [(u32, &[u8]); 3] = [(1, b""), (5, b"FDMPDUMP"), (8, b"\x40\0\0\0RDMPDUMP")];

/// The bytes as what describes the pages: runs from 0x88 of the header on, or what follows it.
fn windows(bytes: &[u8]) {
    for (kind, signature) in TYPES {
        let mut file = b"PAGEDU64".to_vec();
        file.resize(0x2000, 0);
        let runs = if kind == 1 { bytes.split_at(bytes.len().min(700)).0 } else { b"" };
        for (at, field) in [(0x30, &0x8664_u32.to_le_bytes()[..]), (0x88, runs), (0xf98, &kind.to_le_bytes())]
        {
            file[at..at + field.len()].copy_from_slice(field);
        }
        file.extend(signature);
        file.extend(bytes);
        opened(&file);
    }
}

fn opened(bytes: &[u8]) {
    let limits = DecodeLimits { expanded_bytes_max: EXPANDED, ..DecodeLimits::default() };
    let source: Arc<dyn ReadAt> = Arc::new(bytes.to_vec());
    let file = match physical::expand(&source, &limits) {
        Ok(None) => bytes.to_vec(),
        Err(_) => return,
        Ok(Some(mut expanded)) => {
            let mut file = Vec::new();
            let whole = expanded.stream.read_to_end(&mut file);
            assert!(file.len() as u64 <= EXPANDED, "{} bytes", file.len());
            if whole.is_err() {
                return;
            }
            file
        }
    };
    for open in [physical::kdump, physical::dump64, physical::lime] {
        if let Ok(image) = open(&file) {
            check(&image, file.len() as u64);
        }
    }
    if let Ok(Some(room)) = physical::notice_room(&file, 512) {
        let place = usize::try_from(room.place.start).expect("room lies in the file");
        assert!(file[place..place + 512].iter().all(|byte| *byte == 0), "the room for a notice is taken");
    }
    verify_alone(&file);
}
