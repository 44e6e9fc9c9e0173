//! Reads under digests, over media that misbehave.

use super::limits::BLOCK_BYTES;
use super::{Error, Opening, Source};
use coredact_dump::ReadAt;
use coredact_dump::container::{self, Compression, DecodeLimits};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A medium whose bytes, length of reads and health a test can change.
#[derive(Default)]
struct Medium {
    bytes: Mutex<Vec<u8>>,
    length: u64,
    reads: AtomicUsize,
    /// The read that fails, counted from zero.
    failing: Option<usize>,
}

impl Medium {
    fn of(bytes: &[u8]) -> Arc<Self> {
        Arc::new(Self { length: bytes.len() as u64, bytes: Mutex::new(bytes.to_vec()), ..Self::default() })
    }
}

struct Shared(Arc<Medium>);

impl ReadAt for Shared {
    fn length(&self) -> u64 {
        self.0.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if Some(self.0.reads.fetch_add(1, Ordering::Relaxed)) == self.0.failing {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.0.bytes.lock().unwrap().read_exact_at(offset, buffer)
    }
}

fn source_over(medium: &Arc<Medium>) -> Source {
    Source::new(Path::new("test"), Box::new(Shared(Arc::clone(medium)))).unwrap()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i / 7).to_le_bytes()[0] ^ (i / 5003).to_le_bytes()[0]).collect()
}

fn read(source: &Source, offset: usize, count: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; count];
    source.read_exact_at(offset as u64, &mut buffer)?;
    Ok(buffer)
}

fn assert_changed(result: io::Result<Vec<u8>>, at: u64) {
    let error = result.unwrap_err();
    assert!(matches!(Error::of(&error), Some(&Error::InputChanged { offset }) if offset == at), "{error:?}");
}

#[test]
fn a_byte_that_changes_between_two_reads_is_refused_for_good() {
    let medium = Medium::of(&pattern(3 * BLOCK_BYTES));
    let source = source_over(&medium);
    read(&source, 0, 3 * BLOCK_BYTES).unwrap();
    medium.bytes.lock().unwrap()[BLOCK_BYTES + 5] ^= 1;
    read(&source, 0, BLOCK_BYTES).unwrap();
    assert_changed(read(&source, BLOCK_BYTES + 100, 1), BLOCK_BYTES as u64);
    medium.bytes.lock().unwrap()[BLOCK_BYTES + 5] ^= 1;
    assert!(matches!(source.confirm(), Err(Error::InputChanged { .. })));
}

#[test]
fn a_zero_block_that_gains_a_byte_is_refused() {
    let medium = Medium::of(&vec![0; 2 * BLOCK_BYTES]);
    let source = source_over(&medium);
    read(&source, 0, 2 * BLOCK_BYTES).unwrap();
    medium.bytes.lock().unwrap()[BLOCK_BYTES] = 1;
    assert_changed(read(&source, 0, 2 * BLOCK_BYTES), BLOCK_BYTES as u64);
}

#[test]
fn a_medium_that_became_shorter_is_a_changed_input() {
    let medium = Medium::of(&pattern(BLOCK_BYTES + 10));
    let source = source_over(&medium);
    medium.bytes.lock().unwrap().truncate(BLOCK_BYTES + 9);
    assert_changed(read(&source, BLOCK_BYTES, 2), BLOCK_BYTES as u64);
}

#[test]
fn a_failing_read_is_an_error_and_no_change() {
    for failing in 0..3 {
        let medium = Arc::new(Medium {
            bytes: Mutex::new(pattern(3 * BLOCK_BYTES)),
            length: 3 * BLOCK_BYTES as u64,
            failing: Some(failing),
            ..Medium::default()
        });
        let source = source_over(&medium);
        let error = read(&source, 0, 3 * BLOCK_BYTES).unwrap_err();
        assert!(matches!(Error::of(&error), Some(Error::Read { .. })), "{error:?}");
        assert_eq!(pattern(3 * BLOCK_BYTES), read(&source, 0, 3 * BLOCK_BYTES).unwrap());
        source.confirm().unwrap();
    }
}

#[test]
fn overlapping_windows_read_each_block_once() {
    let bytes = pattern(16 * BLOCK_BYTES);
    let medium = Medium::of(&bytes);
    let source = source_over(&medium);
    for window in 0..4 {
        let start = window * 4 * BLOCK_BYTES;
        let count = (4 * BLOCK_BYTES + 8192).min(bytes.len() - start);
        assert!(bytes[start..start + count] == read(&source, start, count).unwrap());
    }
    for start in (0..3 * BLOCK_BYTES).step_by(50_000) {
        read(&source, start, 100).unwrap();
    }
    assert_eq!(16 + 3, medium.reads.load(Ordering::Relaxed), "the small reads load three blocks once more");
}

#[test]
fn zero_blocks_are_remembered_once_read() {
    let bytes = [vec![0; 2 * BLOCK_BYTES], pattern(10)].concat();
    let source = source_over(&Medium::of(&bytes));
    let block = BLOCK_BYTES as u64;
    assert!(!source.is_zero(&(0..1)), "nobody has read it");
    read(&source, 0, bytes.len()).unwrap();
    assert!(source.is_zero(&(0..2 * block)) && source.is_zero(&(block + 1..block + 2)));
    assert!(!source.is_zero(&(0..2 * block + 1)) && !source.is_zero(&(0..4 * block)));
}

#[test]
fn reads_beyond_the_end_are_refused() {
    let source = source_over(&Medium::of(&[1; 100]));
    for (offset, count) in [(0, 101), (100, 1), (usize::MAX, 1), (usize::MAX, 2)] {
        assert_eq!(io::ErrorKind::UnexpectedEof, read(&source, offset, count).unwrap_err().kind());
    }
    read(&source, 100, 0).unwrap();
}

#[test]
fn many_threads_read_the_same_bytes() {
    let bytes = pattern(9 * BLOCK_BYTES + 77);
    let source = source_over(&Medium::of(&bytes));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (source, bytes) = (&source, &bytes);
            scope.spawn(move || {
                for step in 0..40 {
                    let start = (step * 977_777 + thread * 333_333) % bytes.len();
                    let count = (1_500_000 + thread * 1000).min(bytes.len() - start);
                    assert!(bytes[start..start + count] == read(source, start, count).unwrap());
                }
            });
        }
    });
}

/// Runs `test` with a folder and an [`Opening`] that spools there.
fn opening(test: impl FnOnce(&Path, &Opening<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let spool_folder = folder.path().to_owned();
    test(
        folder.path(),
        &Opening { spool_folder, decompress: Some(DecodeLimits::default()), advance: &|_| {} },
    );
}

#[expect(clippy::disallowed_methods, reason = "makes the input of a test")]
fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_no_dump_is_refused_by_name() {
    opening(|folder, opening| {
        let empty = folder.join("empty");
        write(&empty, b"");
        let fault = |path: &Path| Source::open(path, opening).unwrap_err();
        assert!(matches!(fault(folder), Error::Folder { .. }));
        assert!(matches!(fault(&empty), Error::Empty { .. }));
        assert!(matches!(fault(&folder.join("missing")), Error::Open { .. }));
        assert!(matches!(fault(Path::new("/dev/zero")), Error::NotRegular { .. }));
        for path in [folder, &empty, &folder.join("missing"), Path::new("/dev/zero")] {
            let text = fault(path).to_string();
            assert!(text.contains(path.to_str().unwrap()), "{text}");
        }
    });
}

#[test]
fn a_file_longer_than_the_limit_is_refused() {
    struct Endless;
    impl ReadAt for Endless {
        fn length(&self) -> u64 {
            super::limits::INPUT_BYTES_MAX + 1
        }
        fn read_exact_at(&self, _offset: u64, _buffer: &mut [u8]) -> io::Result<()> {
            Ok(())
        }
    }
    let refused = Source::new(Path::new("sparse"), Box::new(Endless));
    assert!(matches!(refused, Err(Error::TooLong { .. })));
}

#[test]
fn a_file_that_grows_or_is_written_to_is_not_confirmed() {
    opening(|folder, opening| {
        let path = folder.join("core");
        for after in [&b"\x7fELF and more than there was"[..], b"\x7fELF", b""] {
            write(&path, b"\x7fELF and more");
            let source = Source::open(&path, opening).unwrap();
            source.confirm().unwrap();
            write(&path, after);
            assert!(matches!(source.confirm(), Err(Error::InputChanged { .. })), "{after:?}");
        }
    });
}

#[test]
fn the_input_is_known_by_every_name() {
    opening(|folder, opening| {
        let (path, hard, soft, other) =
            (folder.join("core"), folder.join("hard"), folder.join("soft"), folder.join("other"));
        write(&path, b"content");
        write(&other, b"content");
        std::fs::hard_link(&path, &hard).unwrap();
        std::os::unix::fs::symlink(&path, &soft).unwrap();
        let source = Source::open(&path, opening).unwrap();
        for same in [&path, &hard, &soft, &folder.join(".").join("core")] {
            assert!(source.same_file(same), "{}", same.display());
        }
        assert!(!source.same_file(&other) && !source.same_file(&folder.join("missing")));
    });
}

#[test]
fn a_compressed_file_is_read_through_a_spool() {
    opening(|folder, opening| {
        for compression in Compression::ALL {
            let plain = [pattern(2 * BLOCK_BYTES + 9), vec![0; BLOCK_BYTES]].concat();
            let mut encoder = compression.encoder(Vec::new()).unwrap();
            encoder.write_all(&plain).unwrap();
            let packed = encoder.finish().unwrap();
            let path = folder.join("core").with_extension(compression.extension());
            write(&path, &packed);
            let source = Source::open(&path, opening).unwrap();
            assert!(plain == read(&source, 0, plain.len()).unwrap(), "{compression}");
            let container = source.container().unwrap().compression.unwrap();
            assert_eq!((compression, packed.len() as u64), (container.compression, container.length));
            assert_eq!(<[u8; 32]>::from(Sha256::digest(&packed)), container.sha256);
            assert!(source.same_file(&path));
            source.confirm().unwrap();

            write(&path, &packed[..packed.len() - 1]);
            let cut = Source::open(&path, opening).unwrap_err();
            assert!(
                matches!(cut, Error::Container { source: container::Error::Truncated { .. }, .. }),
                "{cut:?}"
            );
        }
    });
}

#[test]
fn a_compressed_file_can_be_read_as_it_lies() {
    opening(|folder, opening| {
        let path = folder.join("some.gz");
        write(&path, b"\x1f\x8b\x08 and no gzip");
        let raw = Opening { decompress: None, spool_folder: opening.spool_folder.clone(), advance: &|_| {} };
        assert_eq!(b" and no gzip", &read(&Source::open(&path, &raw).unwrap(), 3, 12).unwrap()[..]);
        assert!(matches!(Source::open(&path, opening), Err(Error::Container { .. })));
    });
}

#[test]
fn a_pipe_is_spooled_and_leaves_no_file() {
    opening(|folder, opening| {
        let (reader, mut writer) = io::pipe().unwrap();
        let plain = pattern(3 * BLOCK_BYTES + 1);
        let sent = plain.clone();
        let sender = std::thread::spawn(move || writer.write_all(&sent).unwrap());
        let source = Source::from_stream(Path::new("-"), reader, opening).unwrap();
        sender.join().unwrap();
        assert!(plain == read(&source, 0, plain.len()).unwrap());
        assert_eq!(0, std::fs::read_dir(folder).unwrap().count());
    });
}

#[test]
fn an_empty_pipe_and_a_missing_spool_folder_are_errors() {
    opening(|folder, opening| {
        let empty = Source::from_stream(Path::new("-"), io::empty(), opening);
        assert!(matches!(empty, Err(Error::Empty { .. })));
        let nowhere = Opening { spool_folder: folder.join("nowhere"), decompress: None, advance: &|_| {} };
        let refused = Source::from_stream(Path::new("-"), &b"x"[..], &nowhere);
        assert!(matches!(refused, Err(Error::Spool { .. })));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_read_gives_the_bytes_that_are_there(
        length in 1..3 * BLOCK_BYTES,
        reads in prop::collection::vec((any::<prop::sample::Index>(), 0..2 * BLOCK_BYTES), 1..10),
    ) {
        let bytes = pattern(length);
        let source = source_over(&Medium::of(&bytes));
        for (start, count) in reads {
            let start = start.index(length);
            let end = length.min(start + count);
            prop_assert!(bytes[start..end] == read(&source, start, end - start).unwrap());
        }
    }
}

/// A sparse file: three blocks of hole, a block of data, and holes again.
fn sparse(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("sparse");
    #[expect(clippy::disallowed_methods, reason = "a file of a test")]
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(64 * BLOCK_BYTES as u64).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &pattern(BLOCK_BYTES), 3 * BLOCK_BYTES as u64).unwrap();
    path
}

fn open_plain(path: &Path, folder: &Path) -> Source {
    let opening = Opening { spool_folder: folder.to_owned(), decompress: None, advance: &|_| {} };
    Source::open(path, &opening).unwrap()
}

#[test]
fn holes_are_known_to_be_zeros_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = sparse(folder.path());
    let source = open_plain(&path, folder.path());
    let block = BLOCK_BYTES as u64;
    assert!(source.is_zero(&(0..3 * block)) && source.is_zero(&(4 * block..64 * block)));
    assert!(!source.is_zero(&(2 * block..4 * block)) && !source.is_zero(&(63 * block..65 * block)));
    let bytes = read(&source, 0, 64 * BLOCK_BYTES).unwrap();
    assert!(bytes == std::fs::read(&path).unwrap(), "holes and data read as they are");
    source.confirm().unwrap();
}

#[test]
fn a_byte_written_into_a_hole_is_seen_although_the_time_was_put_back() {
    let folder = tempfile::tempdir().unwrap();
    for (byte, changed) in [(1, true), (0, false)] {
        let path = sparse(folder.path());
        let source = open_plain(&path, folder.path());
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &[byte], 9 * BLOCK_BYTES as u64 + 17).unwrap();
        file.set_modified(before).unwrap();
        assert_eq!(changed, matches!(source.confirm(), Err(Error::InputChanged { .. })), "byte {byte}");
    }
}
