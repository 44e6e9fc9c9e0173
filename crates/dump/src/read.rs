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
