//! Positioned reading, without a cursor that two readers could fight over.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// A file-like thing that can be read at any offset from any thread.
pub trait ReadAt: Send + Sync {
    /// Length in bytes.
    fn length(&self) -> u64;

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` if fewer bytes are there; any other error of the medium.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// True if the bytes of `range` are known to be zeros, so that nobody need read them; false says
    /// nothing.
    fn is_zero(&self, _range: &Range<u64>) -> bool {
        false
    }
}

/// A plain file with the length that it had when it was opened.
#[derive(Debug)]
pub struct PlainFile {
    file: File,
    length: u64,
}

impl PlainFile {
    /// Takes an open file.
    ///
    /// # Errors
    /// If its length cannot be read.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl ReadAt for PlainFile {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// A part of something as a file of its own.
#[derive(Clone)]
pub struct Section<'a> {
    source: &'a dyn ReadAt,
    range: Range<u64>,
}

impl<'a> Section<'a> {
    /// Shows the bytes of `range`, as far as they are there.
    #[must_use]
    pub fn new(source: &'a dyn ReadAt, range: Range<u64>) -> Self {
        let end = range.end.min(source.length());
        Self { source, range: range.start.min(end)..end }
    }

    /// Where the byte at an offset of this file lies in the whole.
    fn outside(&self, offset: u64, length: u64) -> Option<u64> {
        let end = offset.checked_add(length)?;
        (end <= self.length()).then(|| self.range.start.saturating_add(offset))
    }
}

impl std::fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Section({:?})", self.range)
    }
}

impl ReadAt for Section<'_> {
    fn length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        let place = self.outside(offset, length).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.source.read_exact_at(place, buffer)
    }

    fn is_zero(&self, range: &Range<u64>) -> bool {
        let length = range.end.saturating_sub(range.start);
        self.outside(range.start, length)
            .is_some_and(|start| self.source.is_zero(&(start..start.saturating_add(length))))
    }
}

impl ReadAt for Vec<u8> {
    fn length(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let start = usize::try_from(offset).map_err(|_| eof())?;
        let end = start.checked_add(buffer.len()).ok_or_else(eof)?;
        let source = self.get(start..end).ok_or_else(eof)?;
        buffer.copy_from_slice(source);
        Ok(())
    }
}
