//! A pipe or a decompressed dump at rest, unreadable for everyone else.
//!
//! Detection reads the input more than once, and a dump does not fit into
//! memory. So it is written to a file without a name, encrypted under a key
//! that lives in this process alone: after a kill or a power cut the disk holds
//! noise. Each block's digest is made before it is encrypted;
//! [`Source`](crate::source::Source) checks it at every reading, so that a bit
//! that flips on the disk is found.

use crate::source::limits::{BLOCK_BYTES, BLOCK_LENGTH, INPUT_BYTES_MAX};
use crate::source::{Digests, Seen};
use crate::writer::unnamed;
use chacha20::ChaCha20Legacy;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use coredact_dump::ReadAt;
use coredact_keys::Secret;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A finished spool, read at any offset from any thread.
///
/// It decrypts and checks nothing; that is [`Source`](crate::source::Source)'s work.
pub struct Spool {
    file: File,
    cipher: Cipher,
    digests: Arc<Digests>,
}

impl Spool {
    /// Starts an empty spool in `folder`: no name, mode 0600, fresh key.
    ///
    /// # Errors
    /// If no file can be made in `folder`, or the system gives no random bytes.
    pub fn create(folder: &Path) -> io::Result<SpoolWriter> {
        let file = unnamed::create_private(folder)?;
        let pending = Zeroizing::new(Vec::with_capacity(BLOCK_BYTES));
        Ok(SpoolWriter { file, cipher: Cipher::fresh()?, pending, blocks: Vec::new(), broken: false })
    }

    pub(crate) fn digests(&self) -> Arc<Digests> {
        Arc::clone(&self.digests)
    }
}

impl ReadAt for Spool {
    fn length(&self) -> u64 {
        self.digests.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = u64::try_from(buffer.len()).map_err(|_| eof())?;
        offset.checked_add(length).filter(|&end| end <= self.length()).ok_or_else(eof)?;
        let (mut position, mut rest) = (offset, buffer);
        while !rest.is_empty() {
            let left = BLOCK_LENGTH.saturating_sub(position % BLOCK_LENGTH);
            let count = usize::try_from(left).map_err(|_| eof())?.min(rest.len());
            let (part, tail) = rest.split_at_mut_checked(count).ok_or_else(eof)?;
            // Zero blocks were never written: a sparse dump is a sparse spool.
            if self.digests.is_zero(position / BLOCK_LENGTH) == Some(true) {
                part.fill(0);
            } else {
                self.file.read_exact_at(part, position)?;
                self.cipher.apply(position, part)?;
            }
            position = position.saturating_add(u64::try_from(count).map_err(|_| eof())?);
            rest = tail;
        }
        Ok(())
    }

    fn is_zero(&self, range: &Range<u64>) -> bool {
        let mut blocks = range.start / BLOCK_LENGTH..range.end.div_ceil(BLOCK_LENGTH);
        range.end <= self.length() && blocks.all(|index| self.digests.is_zero(index) == Some(true))
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spool({} bytes)", self.length())
    }
}

/// A spool that is being filled.
pub struct SpoolWriter {
    file: File,
    cipher: Cipher,
    /// Plain bytes of the block that is not yet full. Wiped when dropped.
    pending: Zeroizing<Vec<u8>>,
    blocks: Vec<Seen>,
    /// A write has failed. `pending` may be encrypted already, and encrypting it
    /// again would give the plain bytes back: nothing more is written.
    broken: bool,
}

impl SpoolWriter {
    /// Writes the last block.
    ///
    /// # Errors
    /// If the disk is full or fails.
    pub fn finish(mut self) -> io::Result<Spool> {
        let last = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        let length = self.position().saturating_add(last);
        if last > 0 || self.broken {
            self.write_block()?;
        }
        self.file.set_len(length)?;
        let digests = Arc::new(Digests::written(length, self.blocks));
        Ok(Spool { file: self.file, cipher: self.cipher, digests })
    }

    fn position(&self) -> u64 {
        u64::try_from(self.blocks.len()).unwrap_or(u64::MAX).saturating_mul(BLOCK_LENGTH)
    }

    fn write_block(&mut self) -> io::Result<()> {
        let position = self.position();
        if self.broken {
            return Err(io::Error::other("an earlier write has failed"));
        }
        if position >= INPUT_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.broken = true;
        let seen = Seen::of(&self.pending);
        if seen != Seen::Zero {
            self.cipher.apply(position, &mut self.pending)?;
            self.file.write_all_at(&self.pending, position)?;
        }
        self.blocks.push(seen);
        self.pending.clear();
        self.broken = false;
        Ok(())
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::Error::other("an earlier write has failed"));
        }
        let count = BLOCK_BYTES.saturating_sub(self.pending.len()).min(buffer.len());
        self.pending.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if self.pending.len() >= BLOCK_BYTES {
            self.write_block()?;
        }
        Ok(count)
    }

    /// Does nothing: a block is written when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for SpoolWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpoolWriter({} blocks)", self.blocks.len())
    }
}

/// `ChaCha20` with a 64-bit block counter (Bernstein's original construction):
/// the 32-bit counter of RFC 8439 would wrap after 256 GiB. The key encrypts
/// one spool, each byte of it once.
struct Cipher {
    key: Secret,
    nonce: [u8; 8],
}

impl Cipher {
    fn fresh() -> io::Result<Self> {
        let mut key = vec![0; 32];
        let mut nonce = [0; 8];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        Ok(Self { key: Secret::new(key), nonce })
    }

    /// Encrypts or decrypts bytes that lie at `offset`.
    fn apply(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut cipher =
            ChaCha20Legacy::new_from_slices(self.key.bytes(), &self.nonce).map_err(io::Error::other)?;
        cipher.try_seek(offset).map_err(io::Error::other)?;
        cipher.try_apply_keystream(bytes).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spooled(parts: &[&[u8]]) -> Spool {
        let mut writer = Spool::create(&std::env::temp_dir()).unwrap();
        for part in parts {
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap()
    }

    fn on_disk(spool: &Spool) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(spool.file.metadata().unwrap().len()).unwrap()];
        spool.file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    #[test]
    fn the_disk_holds_no_plain_word() {
        let text = b"-----BEGIN PRIVATE KEY-----\n".repeat(100_000);
        let disk = on_disk(&spooled(&[&text]));
        assert_eq!(text.len(), disk.len());
        for word in [&b"BEGIN"[..], b"PRIVATE", b"-----"] {
            assert_eq!(0, disk.windows(word.len()).filter(|window| *window == word).count());
        }
        // The keystream never repeats: no 16 bytes of this repetitive text look the same twice.
        let mut runs: Vec<&[u8]> = disk.chunks_exact(16).collect();
        runs.sort_unstable();
        assert!(runs.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn two_spools_of_the_same_bytes_differ() {
        assert_ne!(on_disk(&spooled(&[&[7; 4096]])), on_disk(&spooled(&[&[7; 4096]])));
    }

    #[test]
    fn the_counter_does_not_wrap_at_256_gib() {
        let cipher = Cipher::fresh().unwrap();
        let (mut low, mut high) = ([0; 64], [0; 64]);
        cipher.apply(0, &mut low).unwrap();
        cipher.apply(256 << 30, &mut high).unwrap();
        assert_ne!(low, high);
        cipher.apply((4 << 40) - 1, &mut [0; 64]).unwrap();
    }

    #[test]
    fn zero_blocks_take_no_room() {
        let spool = spooled(&[&vec![0; 5 << 20], b"end"]);
        let mut bytes = vec![1; 5 << 20];
        spool.read_exact_at(3, &mut bytes).unwrap();
        assert!(bytes.ends_with(b"end") && bytes[..bytes.len() - 3].iter().all(|&byte| byte == 0));
        assert!(on_disk(&spool)[..5 << 20].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn nothing_is_written_after_a_failure() {
        // `/dev/full` refuses every write with ENOSPC (full(4)).
        #[expect(clippy::disallowed_methods, reason = "the medium of a test")]
        let full = std::fs::OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
        let mut writer = Spool::create(&std::env::temp_dir()).unwrap();
        let disk = std::mem::replace(&mut writer.file, full);
        writer.write_all(&vec![b'k'; BLOCK_BYTES - 1]).unwrap();
        assert_eq!(io::ErrorKind::StorageFull, writer.write_all(b"k").unwrap_err().kind());
        writer.file = disk.try_clone().unwrap();
        assert!(writer.write_all(b"more").is_err());
        assert!(writer.finish().is_err());
        assert_eq!(0, disk.metadata().unwrap().len());
    }

    #[test]
    fn reads_beyond_the_end_are_refused() {
        let spool = spooled(&[b"four"]);
        for (offset, count) in [(0, 5), (4, 1), (u64::MAX, 1)] {
            assert!(spool.read_exact_at(offset, &mut vec![0; count]).is_err(), "{offset} {count}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn reading_anywhere_gives_the_plain_bytes(
            seed in any::<u8>(),
            parts in prop::collection::vec(0..1_500_000_usize, 1..4),
            reads in prop::collection::vec((any::<prop::sample::Index>(), 1..1_500_000_usize), 1..8),
        ) {
            let parts: Vec<Vec<u8>> =
                parts.iter().map(|&length| (0..length).map(|i| (i / 61).to_le_bytes()[0] ^ seed).collect()).collect();
            let plain = parts.concat();
            let spool = spooled(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(plain.len() as u64, spool.length());
            for (start, count) in reads.into_iter().filter(|_| !plain.is_empty()) {
                let start = start.index(plain.len());
                let end = plain.len().min(start + count);
                let mut buffer = vec![0; end - start];
                spool.read_exact_at(start as u64, &mut buffer).unwrap();
                prop_assert!(buffer == plain[start..end]);
            }
        }
    }
}
