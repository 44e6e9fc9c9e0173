//! Reads that are checked against the first reading.

use super::cache::Cache;
use super::holes::Holes;
use super::limits::{BLOCK_BYTES, BLOCK_LENGTH};
use super::open::ZIP;
use super::{Digests, Error, is_zero};
use crate::spool::Spool;
use coredact_dump::ReadAt;
use coredact_dump::container::Compression;
use rustix::fs::fstat;
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A read-only input whose bytes cannot change unnoticed.
///
/// Every read touches whole blocks of [`BLOCK_BYTES`](super::limits::BLOCK_BYTES),
/// aligned in the file. Errors carry [`Error`] inside. After
/// [`Error::InputChanged`] the input is spent: [`Source::confirm`] fails for good.
pub struct Source {
    medium: Box<dyn ReadAt>,
    digests: Arc<Digests>,
    cache: Cache,
    changed: OnceLock<u64>,
    /// Name for messages.
    pub(super) path: PathBuf,
    /// The file that was opened, whatever was done to its content then.
    pub(super) opened: Option<Opened>,
    pub(super) container: Option<Container>,
}

/// What the input was packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// The compression of the whole file, outermost.
    pub compression: Option<Packed>,
    /// The format of physical memory in which pages were packed, or records of the file: `avml`, `kdump`, `flattened`, `zip`.
    pub format: Option<&'static str>,
}

/// A file that is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its compression.
    pub compression: Compression,
    /// SHA-256 of the packed bytes as they were read.
    pub sha256: [u8; 32],
    /// Packed length in bytes.
    pub length: u64,
}

impl Container {
    /// The compression of the whole file.
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        self.compression.map(|packed| packed.compression)
    }

    /// Whether it is a ZIP archive, which was laid out and is packed again.
    #[must_use]
    pub fn is_zip(&self) -> bool {
        self.format == Some(ZIP)
    }

    /// What reports call it, from the outermost: `zst`, `kdump`, `kdump in gz`.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.format, self.compression()) {
            (Some(format), Some(compression)) => format!("{format} in {}", compression.extension()),
            (Some(format), None) => format.to_owned(),
            (None, compression) => compression.map_or("", Compression::extension).to_owned(),
        }
    }
}

impl Source {
    /// Reads `medium` under digests.
    ///
    /// # Errors
    /// [`Error::Empty`] or [`Error::TooLong`].
    pub fn new(path: &Path, medium: Box<dyn ReadAt>) -> Result<Self, Error> {
        let length = medium.length();
        if length == 0 {
            return Err(Error::Empty { path: path.to_owned() });
        }
        let digests = Digests::unseen(length).ok_or_else(|| Error::TooLong { path: path.to_owned() })?;
        Ok(Self::over(path, medium, Arc::new(digests)))
    }

    /// Reads a spool under the digests that were made when it was written.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn from_spool(path: &Path, spool: Spool) -> Result<Self, Error> {
        if spool.length() == 0 {
            return Err(Error::Empty { path: path.to_owned() });
        }
        let digests = spool.digests();
        Ok(Self::over(path, Box::new(spool), digests))
    }

    fn over(path: &Path, medium: Box<dyn ReadAt>, digests: Arc<Digests>) -> Self {
        let (cache, changed) = (Cache::new(), OnceLock::new());
        Self { medium, digests, cache, changed, path: path.to_owned(), opened: None, container: None }
    }

    /// The input's name, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the input was packed in; `None` if its bytes are read as they lie.
    #[must_use]
    pub fn container(&self) -> Option<&Container> {
        self.container.as_ref()
    }

    /// True if `path` leads to the very file that was opened: by another name,
    /// a symbolic or a hard link. Writing there would destroy the input.
    #[must_use]
    pub fn same_file(&self, path: &Path) -> bool {
        let Some(opened) = &self.opened else { return false };
        std::fs::metadata(path).is_ok_and(|there| opened.device == there.dev() && opened.inode == there.ino())
    }

    /// True if this descriptor leads to the very file that was opened, whatever it is called.
    #[must_use]
    pub fn is_open_as(&self, descriptor: impl AsFd) -> bool {
        let Some(opened) = &self.opened else { return false };
        fstat(descriptor).is_ok_and(|there| opened.device == there.st_dev && opened.inode == there.st_ino)
    }

    /// Asks once more whether the input is still the one that was opened; to be
    /// called after the last read and before anything is released.
    ///
    /// # Errors
    /// [`Error::InputChanged`] if any read has ever disagreed, or the file has
    /// grown, shrunk or been written to since.
    pub fn confirm(&self) -> Result<(), Error> {
        if let Some(&offset) = self.changed.get() {
            return Err(Error::InputChanged { offset });
        }
        match &self.opened {
            Some(opened) => opened.confirm(&self.path, self.length()),
            None => Ok(()),
        }
    }

    /// True if the file system keeps no bytes for `range`.
    fn is_hole(&self, range: &Range<u64>) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.holes.contain(range))
    }

    /// Reads a whole block and checks it.
    fn load(&self, index: u64, block: &mut [u8]) -> io::Result<()> {
        let offset = index.saturating_mul(BLOCK_LENGTH);
        let end = offset.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        if self.is_hole(&(offset..end)) {
            block.fill(0);
            return Ok(());
        }
        let agrees = match self.medium.read_exact_at(offset, block) {
            Ok(()) => self.digests.agrees(index, block),
            // The bytes were there when the length was taken.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(source) => return Err(Error::Read { offset, source }.into()),
        };
        if agrees {
            return Ok(());
        }
        let &offset = self.changed.get_or_init(|| offset);
        Err(Error::InputChanged { offset }.into())
    }
}

impl ReadAt for Source {
    fn length(&self) -> u64 {
        self.digests.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = u64::try_from(buffer.len()).map_err(|_| eof())?;
        offset.checked_add(length).filter(|&end| end <= self.length()).ok_or_else(eof)?;
        let (mut position, mut rest) = (offset, buffer);
        while !rest.is_empty() {
            let index = position / BLOCK_LENGTH;
            let block_length = self.digests.block_length(index);
            let within = usize::try_from(position % BLOCK_LENGTH).map_err(|_| eof())?;
            let count = block_length.saturating_sub(within).min(rest.len());
            let (part, tail) = rest.split_at_mut_checked(count).ok_or_else(eof)?;
            if count == 0 {
                return Err(eof());
            }
            if count < block_length {
                self.cache.copy_part(index, block_length, within, part, |block| self.load(index, block))?;
            } else if !self.cache.copy(index, part) {
                self.load(index, part)?;
            }
            position = position.saturating_add(u64::try_from(count).map_err(|_| eof())?);
            rest = tail;
        }
        Ok(())
    }

    /// Also true if every block that `range` touches has been read and is all zeros.
    fn is_zero(&self, range: &Range<u64>) -> bool {
        let mut blocks = range.start / BLOCK_LENGTH..range.end.div_ceil(BLOCK_LENGTH);
        range.end <= self.length()
            && (self.is_hole(range) || blocks.all(|index| self.digests.is_zero(index) == Some(true)))
    }
}

/// True if the file system keeps bytes for a part of `range` that are not zeros.
fn is_written(file: &File, range: &Range<u64>) -> io::Result<bool> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut at = range.start;
    while at < range.end {
        let left = usize::try_from(range.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let part = block.get_mut(..left.min(BLOCK_BYTES)).unwrap_or_default();
        file.read_exact_at(part, at)?;
        if !is_zero(part) {
            return Ok(true);
        }
        at = at.saturating_add(BLOCK_LENGTH);
    }
    Ok(false)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.path.display(), self.length())
    }
}

/// Which file was opened, and as what.
#[derive(Debug)]
pub(super) struct Opened {
    device: u64,
    inode: u64,
    modified: (i64, i64),
    /// Still open if its bytes are read again and again.
    file: Option<File>,
    /// What is not read.
    holes: Holes,
}

impl Opened {
    /// Notes a file; give `file` too if its content must stay as it is until [`Source::confirm`].
    pub(super) fn new(metadata: &Metadata, file: Option<File>) -> Self {
        let holes =
            file.as_ref().map(|file| Holes::of(file, metadata.len(), BLOCK_LENGTH)).unwrap_or_default();
        Self { device: metadata.dev(), inode: metadata.ino(), modified: modified(metadata), file, holes }
    }

    fn confirm(&self, path: &Path, length: u64) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let now = file.metadata().map_err(|source| Error::Open { path: path.to_owned(), source })?;
        if now.len() != length || modified(&now) != self.modified {
            return Err(Error::InputChanged { offset: now.len().min(length) });
        }
        self.confirm_holes(file, length)
    }
}

impl Opened {
    /// A hole may have got room on the disk, but no bytes other than zeros.
    fn confirm_holes(&self, file: &File, length: u64) -> Result<(), Error> {
        if self.holes.is_empty() {
            return Ok(());
        }
        for range in self.holes.filled(&Holes::of(file, length, BLOCK_LENGTH)) {
            let written = is_written(file, &range);
            if written.map_err(|source| Error::Read { offset: range.start, source })? {
                return Err(Error::InputChanged { offset: range.start });
            }
        }
        Ok(())
    }
}

fn modified(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}
