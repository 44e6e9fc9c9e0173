//! Opening a dump of physical memory.

use super::elf::check;
use super::judge::verify_alone;
use coredact_dump::physical;

/// Opens bytes as LiME: whatever they are, no panic; if there is an image, each byte of the file belongs to one space; and the
/// judge, who reads it by himself, has an answer. The first bytes are taken for those of a LiME header.
pub fn lime_open(bytes: &[u8]) {
    let mut file = bytes.to_vec();
    if let Some(head) = file.first_chunk_mut::<8>() {
        // `LIME_MAGIC` and the version, 1.
        *head = *b"EMiL\x01\0\0\0";
    }
    if let Ok(image) = physical::lime(&file) {
        check(&image, file.len() as u64);
    }
    verify_alone(&file);
}
