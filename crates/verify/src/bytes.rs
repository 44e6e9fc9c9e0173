//! Where the judge reads from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// A dump's bytes, readable at any offset from several threads.
pub trait Bytes: Sync {
    /// Length in bytes.
    fn length(&self) -> u64;

    /// Fills `buffer` with the bytes at `offset`.
    ///
    /// # Errors
    /// If they cannot be read, or end before the buffer is full.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl Bytes for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let range = start.and_then(|start| Some(start..start.checked_add(buffer.len())?));
        let bytes = range.and_then(|range| self.get(range)).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

/// A file, with the length it had when it was handed over.
#[derive(Debug)]
pub struct FileBytes {
    file: File,
    length: u64,
}

impl FileBytes {
    /// Takes a file open for reading.
    ///
    /// # Errors
    /// If its length cannot be learned.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl Bytes for FileBytes {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}
