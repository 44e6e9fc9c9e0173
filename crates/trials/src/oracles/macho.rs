//! Opening a Mach-O core, and what the judge reads of it.

use super::elf::check;
use super::judge::verify_alone;
use coredact_dump::macho;

/// Magics of 64 and 32 bits with their processors: x86-64, arm64, i386, arm.
const BEGINNINGS: [[u32; 2]; 4] =
    [[0xfeed_facf, 0x0100_0007], [0xfeed_facf, 0x0100_000c], [0xfeed_face, 7], [0xfeed_face, 12]];

/// Opens bytes as a Mach-O core of each processor: whatever they are, no panic; if there is an image, each byte of the file
/// belongs to one space; and the judge, who reads it by himself, has an answer. The first bytes are taken for those of a core.
pub fn macho_open(bytes: &[u8]) {
    for [magic, processor] in BEGINNINGS {
        let mut file = bytes.to_vec();
        if let Some(head) = file.first_chunk_mut::<16>() {
            // `magic`, `cputype`, `cpusubtype`, and `MH_CORE`.
            let fields = [magic, processor, 3, 4].map(u32::to_le_bytes);
            head.copy_from_slice(&fields.concat());
        }
        if let Ok(image) = macho::open(&file) {
            check(&image, file.len() as u64);
        }
        verify_alone(&file);
    }
}
