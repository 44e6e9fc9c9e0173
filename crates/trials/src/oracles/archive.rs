//! Walking through archives.

use super::elf::check;
use coredact_dump::ReadAt;
use coredact_dump::archive::{Archive, Content, Entry, StoredFile, flat};
use coredact_dump::container::DecodeLimits;
use std::sync::Arc;

/// Most bytes of one member that are read: a sparse one may claim to be long.
const READ_BYTES_MAX: u64 = 1 << 20;

/// What a ZIP archive may expand to, in bytes.
const EXPANDED: u64 = 1 << 22;

/// Walks through bytes as an archive of each format: whatever they are, no panic and an end; what is said of members and faults
/// lies in the file, and what is stored can be read.
///
/// # Panics
/// If a promise is broken.
pub fn archive_walk(bytes: &[u8]) {
    let source: Arc<dyn ReadAt> = Arc::new(bytes.to_vec());
    for archive in [Archive::Tar, Archive::Zip, Archive::Ar, Archive::Cpio, Archive::Multipart, Archive::Pack]
    {
        let mut entries = 0;
        for entry in archive.walk(&*source) {
            entries += 1;
            assert!(entries <= bytes.len() + 2, "{archive:?} has no end");
            let range = match entry.expect("memory can be read") {
                Entry::Member(member) => {
                    if let Content::Stored { length, parts } = member.content {
                        let file = StoredFile::new(Arc::clone(&source), length, parts);
                        let some = usize::try_from(length.min(READ_BYTES_MAX)).expect("a megabyte at most");
                        file.read_exact_at(0, &mut vec![0; some]).expect("a stored member can be read");
                    }
                    member.range
                }
                Entry::Fault(fault) => fault.range,
            };
            assert!(range.start <= range.end && range.end <= source.length(), "{archive:?}: {range:?}");
        }
    }
}

/// Opens bytes as a bundle of each kind, a ZIP archive after it is laid out: whatever they are, no panic; each byte belongs
/// to one space, members lie one behind the other, and what was laid out is packed and laid out the same.
///
/// # Panics
/// If a promise is broken.
pub fn bundle_open(bytes: &[u8]) {
    let file = bytes.to_vec();
    opened(&file);
    if !flat::is_zip(&file) {
        return;
    }
    let limits = DecodeLimits::up_to(EXPANDED);
    let mut plain = Vec::new();
    if flat::lay_out(&file, &limits, &mut plain).is_err() {
        return;
    }
    opened(&plain);
    let (mut packed, mut again) = (Vec::new(), Vec::new());
    if flat::pack(&plain, &mut packed).is_ok() {
        flat::lay_out(&packed, &limits, &mut again).expect("what was packed is laid out");
        assert!(again == plain, "what was packed is laid out otherwise");
    }
}

/// Opens what may be a bundle, and checks it.
fn opened(file: &Vec<u8>) {
    let Ok(image) = coredact_engine::open::dump(file) else { return };
    if image.members.is_empty() {
        return;
    }
    check(&image, file.len() as u64);
    let mut end = 0;
    for member in &image.members {
        assert!(end <= member.range.start && member.range.start < member.range.end, "{:?}", member.range);
        end = member.range.end;
    }
    assert!(end <= file.len() as u64, "a member leaves the bundle");
}
