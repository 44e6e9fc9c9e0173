//! From a name to a [`Source`]: plain files in place, everything else through a spool.

use super::checked::{Container, Opened, Packed, Source};
use super::limits::{BLOCK_BYTES, INPUT_BYTES_MAX};
use super::{Error, fifo};
use crate::spool::{Spool, SpoolWriter};
use coredact_dump::archive::flat;
use coredact_dump::container::{self, Compression, DecodeLimits, limits::DETECT_BYTES};
use coredact_dump::read::PlainFile;
use coredact_dump::{ReadAt, physical};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// How an input is opened.
pub struct Opening<'a> {
    /// Folder for the encrypted spool of a pipe or a compressed input.
    pub spool_folder: PathBuf,
    /// Limits of the decompression; `None` reads compressed files as the bytes that they are.
    pub decompress: Option<DecodeLimits>,
    /// Told how many more bytes have been spooled, in bytes of the plain dump.
    pub advance: &'a dyn Fn(u64),
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening(spool in {})", self.spool_folder.display())
    }
}

impl Source {
    /// Opens `path`; `-` is the standard input.
    ///
    /// A regular file that is not compressed is read where it lies. A pipe and
    /// a compressed file go through an encrypted spool, once, so that all later
    /// reads see the same bytes.
    ///
    /// # Errors
    /// Folders, devices, empty files, a compressed file that cannot be read to
    /// its end, a full disk below the spool: each with its name.
    pub fn open(path: &Path, opening: &Opening<'_>) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        if path == Path::new("-") {
            let file = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(failed)?);
            if file.is_terminal() {
                return Err(Error::NotRegular { path: path.to_owned() });
            }
            return Self::from_file(path, file, opening);
        }
        // Asked before it is opened: opening a device can have effects.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        refuse_kind(path, &metadata)?;
        if metadata.file_type().is_fifo() {
            return Self::from_stream(path, fifo::open(path)?, opening);
        }
        Self::from_file(path, File::open(path).map_err(failed)?, opening)
    }

    fn from_file(path: &Path, mut file: File, opening: &Opening<'_>) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::Folder { path: path.to_owned() });
        }
        // A shell may hand over a file that something else has read the beginning of.
        if !metadata.is_file() || file.stream_position().map_err(failed)? != 0 {
            return Self::from_stream(path, file, opening);
        }
        if metadata.len() == 0 {
            return Err(Error::Empty { path: path.to_owned() });
        }
        let mut head = [0; DETECT_BYTES];
        let count = file.read_at(&mut head, 0).map_err(failed)?;
        let head = head.get(..count).unwrap_or_default();
        if Compression::detect(head).is_some() && opening.decompress.is_some() {
            let mut source = Self::from_stream(path, file, opening)?;
            source.opened = Some(Opened::new(&metadata, None));
            return Ok(source);
        }
        if physical::is_packed(head) && opening.decompress.is_some() {
            let again = file.try_clone().map_err(failed)?;
            let medium: Arc<dyn ReadAt> = Arc::new(PlainFile::new(again).map_err(failed)?);
            if let Some(mut source) = Self::expanded(path, &medium, None, opening)? {
                source.opened = Some(Opened::new(&metadata, None));
                return Ok(source);
            }
        }
        if flat::is_zip(head) && opening.decompress.is_some() {
            let medium = PlainFile::new(file).map_err(failed)?;
            let mut source = Self::flat(path, &medium, None, opening)?;
            source.opened = Some(Opened::new(&metadata, None));
            return Ok(source);
        }
        // Advice alone: a file system that takes none is read all the same.
        let _advised = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        let watched = file.try_clone().map_err(failed)?;
        let mut source = Self::new(path, Box::new(PlainFile::new(file).map_err(failed)?))?;
        source.opened = Some(Opened::new(&metadata, Some(watched)));
        Ok(source)
    }

    /// Lays a dump of packed physical memory out in a spool of its own; `None` if it is plain.
    fn expanded(
        path: &Path,
        medium: &Arc<dyn ReadAt>,
        compression: Option<Packed>,
        opening: &Opening<'_>,
    ) -> Result<Option<Self>, Error> {
        let Some(limits) = &opening.decompress else { return Ok(None) };
        let expanded = physical::expand(medium, limits).map_err(|error| explain(path, 0, error))?;
        let Some(expanded) = expanded else { return Ok(None) };
        let mut source = Self::from_spool(path, spool(path, expanded.stream, opening)?)?;
        source.container = Some(Container { compression, format: Some(expanded.format) });
        Ok(Some(source))
    }

    /// Lays a ZIP archive out in a spool of its own.
    fn flat(
        path: &Path,
        medium: &dyn ReadAt,
        compression: Option<Packed>,
        opening: &Opening<'_>,
    ) -> Result<Self, Error> {
        let full = |source| Error::Spool { folder: opening.spool_folder.clone(), source };
        let mut writer: SpoolWriter = Spool::create(&opening.spool_folder).map_err(full)?;
        let limits = opening.decompress.unwrap_or_default();
        match flat::lay_out(medium, &limits, &mut writer) {
            Ok(()) => {}
            Err(flat::Error::Write(error)) => return Err(full(error)),
            Err(flat::Error::Read(source)) => return Err(Error::Read { offset: 0, source }),
            Err(source) => return Err(Error::Zip { path: path.to_owned(), source }),
        }
        let mut source = Self::from_spool(path, writer.finish().map_err(full)?)?;
        source.container = Some(Container { compression, format: Some(ZIP) });
        Ok(source)
    }

    /// Keeps what was spooled, or lays it out if it is a dump of packed physical memory.
    fn laid_out(self, opening: &Opening<'_>) -> Result<Self, Error> {
        let mut head = [0; DETECT_BYTES];
        let count = usize::try_from(self.length()).map_or(DETECT_BYTES, |length| length.min(DETECT_BYTES));
        let head = head.get_mut(..count).unwrap_or_default();
        self.read_exact_at(0, head).map_err(|source| Error::Read { offset: 0, source })?;
        let (path, container) = (self.path.clone(), self.container);
        let compression = container.and_then(|container| container.compression);
        if flat::is_zip(head) && opening.decompress.is_some() {
            return Self::flat(&path, &self, compression, opening);
        }
        if !physical::is_packed(head) {
            return Ok(self);
        }
        let spooled = Arc::new(self);
        let medium: Arc<dyn ReadAt> = Arc::<Self>::clone(&spooled);
        if let Some(source) = Self::expanded(&path, &medium, compression, opening)? {
            return Ok(source);
        }
        drop(medium);
        // Nobody else holds it any more.
        Arc::try_unwrap(spooled).map_err(|_| Error::Read { offset: 0, source: io::ErrorKind::Other.into() })
    }

    /// Spools a stream to its end, decompressed if it is compressed.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn from_stream(
        path: &Path,
        mut stream: impl Read + Send + 'static,
        opening: &Opening<'_>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let mut head = Vec::new();
        stream.by_ref().take(u64_of(DETECT_BYTES)).read_to_end(&mut head).map_err(failed)?;
        let compression = Compression::detect(&head);
        let stream = io::Cursor::new(head).chain(stream);
        let (Some(limits), Some(compression)) = (&opening.decompress, compression) else {
            return Self::from_spool(path, spool(path, stream, opening)?)?.laid_out(opening);
        };
        let packed = Arc::new(Mutex::new(Taken::default()));
        let input = Tee { inner: stream, packed: Arc::clone(&packed) };
        let decoder = compression.decoder(input, limits).map_err(failed)?;
        let mut source = Self::from_spool(path, spool(path, decoder, opening)?)?;
        let packed = std::mem::take(&mut *packed.lock().unwrap_or_else(PoisonError::into_inner));
        let sha256 = packed.digest.finalize().into();
        let packed = Packed { compression, sha256, length: packed.length };
        source.container = Some(Container { compression: Some(packed), format: None });
        source.laid_out(opening)
    }
}

/// What the container of a ZIP archive that was laid out is called.
pub(super) const ZIP: &str = "zip";

/// Refuses what is neither a file nor a pipe.
fn refuse_kind(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Err(Error::Folder { path: path.to_owned() })
    } else if kind.is_file() || kind.is_fifo() {
        Ok(())
    } else {
        Err(Error::NotRegular { path: path.to_owned() })
    }
}

/// Copies a stream into a fresh spool.
fn spool(path: &Path, mut stream: impl Read, opening: &Opening<'_>) -> Result<Spool, Error> {
    let full = |source| Error::Spool { folder: opening.spool_folder.clone(), source };
    let mut writer: SpoolWriter = Spool::create(&opening.spool_folder).map_err(full)?;
    let mut buffer = Zeroizing::new(vec![0; BLOCK_BYTES]);
    let mut position = 0_u64;
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(explain(path, position, error)),
        };
        position = position.saturating_add(u64_of(count));
        if position > INPUT_BYTES_MAX {
            return Err(Error::TooLong { path: path.to_owned() });
        }
        writer.write_all(buffer.get(..count).unwrap_or_default()).map_err(full)?;
        (opening.advance)(u64_of(count));
    }
    writer.finish().map_err(full)
}

/// Tells a fault of the compressed stream from one of its medium.
fn explain(path: &Path, offset: u64, error: io::Error) -> Error {
    match error.downcast::<container::Error>() {
        Ok(source) => Error::Container { path: path.to_owned(), source },
        Err(source) => Error::Read { offset, source },
    }
}

/// Digest and length of the packed bytes.
#[derive(Default)]
struct Taken {
    digest: Sha256,
    length: u64,
}

/// Takes note of every byte on its way to the decoder.
struct Tee<R> {
    inner: R,
    packed: Arc<Mutex<Taken>>,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut packed = self.packed.lock().unwrap_or_else(PoisonError::into_inner);
        packed.digest.update(buffer.get(..count).unwrap_or_default());
        packed.length = packed.length.saturating_add(u64_of(count));
        Ok(count)
    }
}

fn u64_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
