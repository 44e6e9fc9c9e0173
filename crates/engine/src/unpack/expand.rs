//! Compressed bytes become bytes that can be read at any offset.

use super::limits::HELD_BYTES_MAX;
use crate::error::Error;
use crate::source::{self, Source};
use crate::spool::{Spool, SpoolWriter};
use coredact_dump::ReadAt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a stream expanded to.
pub(super) struct Expanded {
    /// As far as it came; nothing if it is empty.
    pub(super) content: Option<Arc<dyn ReadAt>>,
    /// How many bytes.
    pub(super) length: u64,
    /// CRC-32 of them.
    pub(super) crc32: u32,
    /// Why it is not all.
    pub(super) fault: Option<String>,
}

/// Reads a stream of at most `most` bytes to its end, or to where it is damaged.
///
/// # Errors
/// If the medium fails, or the spool's.
pub(super) fn expand(mut stream: impl Read, most: u64, folder: &Path) -> Result<Expanded, Error> {
    let full = |source| source::Error::Spool { folder: folder.to_owned(), source };
    let mut held = Vec::new();
    let mut spool: Option<SpoolWriter> = None;
    let mut buffer = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let (mut crc, mut length, mut fault) = (flate2::Crc::new(), 0_u64, None);
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if source::Error::of(&error).is_some() => return Err(Error::read(error)),
            Err(error) => {
                fault = Some(format!("its packed bytes are damaged: {error}"));
                break;
            }
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        let next = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if next > most {
            fault = Some(
                "it expands beyond the limit: if it is no bomb, allow more with --max-expanded".to_owned(),
            );
            break;
        }
        length = next;
        crc.update(bytes);
        if spool.is_none() && held.len().saturating_add(count) > HELD_BYTES_MAX {
            let mut writer = Spool::create(folder).map_err(full)?;
            writer.write_all(&std::mem::take(&mut held)).map_err(full)?;
            spool = Some(writer);
        }
        match &mut spool {
            Some(writer) => writer.write_all(bytes).map_err(full)?,
            None => held.extend_from_slice(bytes),
        }
    }
    let content: Option<Arc<dyn ReadAt>> = match spool {
        Some(writer) => Some(Arc::new(Source::from_spool(folder, writer.finish().map_err(full)?)?)),
        None if held.is_empty() => None,
        None => Some(Arc::new(held)),
    };
    Ok(Expanded { content, length, crc32: crc.sum(), fault })
}

/// Bytes expanded at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Part of a source as a stream.
pub(super) struct Stream {
    pub(super) source: Arc<dyn ReadAt>,
    pub(super) at: u64,
    pub(super) end: u64,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        let part = buffer.get_mut(..count).unwrap_or_default();
        self.source.read_exact_at(self.at, part)?;
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
