//! The parts of a file that `object` may look at: read beforehand, each with a limit.

use object::ReadRef;
use std::ops::Range;

/// Runs of a file's bytes, held in memory.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// Length of the file in bytes.
    pub(super) length: u64,
    /// Runs of bytes by their offset in the file.
    pub(super) parts: Vec<(u64, Vec<u8>)>,
}

impl<'a> ReadRef<'a> for &'a Loaded {
    fn len(self) -> Result<u64, ()> {
        Ok(self.length)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        let part = |(start, bytes): &'a (u64, Vec<u8>)| {
            let at = usize::try_from(offset.checked_sub(*start)?).ok()?;
            bytes.get(at..at.checked_add(usize::try_from(size).ok()?)?)
        };
        self.parts.iter().find_map(part).ok_or(())
    }

    fn read_bytes_at_until(self, _range: Range<u64>, _delimiter: u8) -> Result<&'a [u8], ()> {
        Err(())
    }
}
