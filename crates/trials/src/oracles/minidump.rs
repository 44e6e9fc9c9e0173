//! Opening a minidump, and what the judge reads of it.

use super::elf::check;
use super::judge::verify_alone;
use coredact_dump::minidump;

/// Opens bytes as a minidump: whatever they are, no panic; if there is an image, each byte of the file belongs to one space;
/// and the judge, who reads it by himself, has an answer. The first bytes are taken for those of any minidump.
pub fn minidump_open(bytes: &[u8]) {
    let mut file = bytes.to_vec();
    if let Some(head) = file.first_chunk_mut::<6>() {
        // `MINIDUMP_SIGNATURE` and `MINIDUMP_VERSION`.
        *head = *b"MDMP\x93\xa7";
    }
    if let Ok(image) = minidump::open(&file) {
        check(&image, file.len() as u64);
    }
    verify_alone(&file);
}
