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

/// Where a kdump has its second header, and pages of 4 KiB: enough for the rest to be reached.
const KDUMP: [(usize, &[u8]); 3] =
    [(0, b"KDUMP   \x06\0\0\0"), (428, &[0, 0x10, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]), (441, &[0, 0])];

/// Opens bytes as a kdump, as flattened records and as AVML: whatever they are, no panic, nothing longer than the limit; if
/// there is an image of what was laid out, each byte belongs to one space; and the judge has an answer. The first bytes are
/// taken for those of the format.
pub fn physical_open(bytes: &[u8]) {
    let mut kdump = bytes.to_vec();
    for (at, field) in KDUMP {
        if let Some(place) = kdump.get_mut(at..at + field.len()) {
            place.copy_from_slice(field);
        }
    }
    opened(&kdump);
    let flattened =
        [b"makedumpfile\0\0\0\0", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 4064]].concat();
    opened(&[&flattened[..], bytes].concat());
    opened(&[&flattened[..], &[0; 8], &(kdump.len() as u64).to_be_bytes(), &kdump, &[0xff; 16]].concat());
    opened(&[b"AVML\x02\0\0\0", bytes].concat());
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
    for open in [physical::kdump, physical::lime] {
        if let Ok(image) = open(&file) {
            check(&image, file.len() as u64);
        }
    }
    verify_alone(&file);
}
