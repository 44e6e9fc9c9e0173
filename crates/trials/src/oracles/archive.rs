//! Walking through archives.

use coredact_dump::ReadAt;
use coredact_dump::archive::{Archive, Content, Entry, StoredFile};
use std::sync::Arc;

/// Most bytes of one member that are read: a sparse one may claim to be long.
const READ_BYTES_MAX: u64 = 1 << 20;

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
