//! A ZIP archive whose members are stored as they are, so that each can be searched and scrubbed in place; and back.
//!
//! [`lay_out`] writes an archive anew with every member expanded, and without what depends on how it was packed: methods,
//! checksums, packed lengths. Names, times, rights, links, extra fields, comments and the order stay. [`pack`] makes a usual
//! archive of that. Whatever was laid out, packed and laid out again is the same, so that a packed archive can be read back
//! and compared with what was verified.

use super::super::fields::{block, bytes, name};
use super::super::limits::DIRECTORY_BYTES_MAX;
use super::directory::Directory;
use super::record::{EXTRA64, RECORD_BYTES, Record, method_name};
use super::{LOCAL, LOCAL_BYTES, directory};
use crate::container::DecodeLimits;
use crate::cursor::{grouped, to_u64, to_usize, u16_at};
use crate::read::{ReadAt, Section};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{self, BufReader, Read, Write};
use std::ops::Range;

/// Why an archive is not laid out or packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive cannot be read.
    #[error("read the zip archive")]
    Read(#[source] io::Error),
    /// The output cannot be written.
    #[error("write the zip archive")]
    Write(#[source] io::Error),
    /// The archive holds what cannot be searched, or what no program would find again in a new one.
    #[error("open the zip archive: {0}")]
    Refused(String),
}

/// Bit 3 of the general flags: lengths and checksum follow the bytes (section 4.4.4).
const DESCRIBED: u16 = 1 << 3;

/// Methods (section 4.4.5): stored, deflated.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Version needed to extract deflated members, 2.0 (section 4.4.3).
const VERSION: u16 = 20;

/// Signature of a data descriptor (section 4.3.9.3), and the lengths that one can have.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const DESCRIPTOR_BYTES: [u64; 4] = [12, 16, 20, 24];

/// Length of the end record without its comment (section 4.3.16), and of both records of ZIP64 before it.
const END_BYTES: u64 = 22;
const END64_BYTES: u64 = 56 + 20;

/// Most bytes of a header's fields: three lengths of 16 bits.
const FIELDS_BYTES_MAX: u64 = 3 * 65_535;

/// Bytes that are copied at once.
const COPY_BYTES: usize = 256 << 10;

fn refused(why: impl Into<String>) -> Error {
    Error::Refused(why.into())
}

/// Whether a file that begins with `head` is an archive that has members.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(&LOCAL)
}

/// Writes an archive with every member as it is.
///
/// # Errors
/// If something in the archive cannot be searched (encrypted, packed in another way, listed in no directory), if it
/// contradicts itself, or needs lengths of more than 32 bits.
pub fn lay_out(source: &dyn ReadAt, limits: &DecodeLimits, out: &mut dyn Write) -> Result<(), Error> {
    let mut directory = find(source)?;
    let mut anew = Anew { out, at: 0, directory: Vec::new(), count: 0 };
    let mut owned: Vec<Owned> = Vec::new();
    while let Some(record) = next(&mut directory)? {
        let local = Local::read(source, &record)?;
        let label = name(&record.name);
        if record.is_encrypted() {
            return Err(refused(format!(
                "member {label} is encrypted, so that nobody can search it; decrypt it or take it out (zip -d)"
            )));
        }
        if !matches!(record.method, STORED | DEFLATED) {
            let how = method_name(record.method);
            return Err(refused(format!(
                "member {label} is packed in a way that is not written anew ({how}); pack the archive again with deflate"
            )));
        }
        let end = local.data.checked_add(record.packed_length).filter(|end| *end <= source.length());
        let data = local.data..end.ok_or_else(|| refused(format!("member {label} is cut off")))?;
        owned.push((record.local_offset..data.end, local.flags & DESCRIBED != 0));
        if anew.at.saturating_add(record.length) > limits.expanded_bytes_max {
            return Err(refused(format!(
                "member {label} expands beyond the limit: if it is no bomb, allow more with --max-expanded"
            )));
        }
        let mut header = Headers::of(source, &record, local)?;
        header.set(STORED, false, 0, record.length, record.length)?;
        anew.member(header, |out| {
            let packed = Stream { section: Section::new(source, data), at: 0 };
            let written = match record.method {
                STORED => copy(packed, record.length, out)?,
                _ => copy(DeflateDecoder::new(BufReader::new(packed)), record.length, out)?,
            };
            if written != (record.length, record.crc32) {
                return Err(refused(format!(
                    "member {label}: its length or checksum is not what the archive says"
                )));
            }
            Ok(record.length)
        })?;
    }
    accounted(owned, directory.records().start)?;
    anew.finish(&comment(source, &directory)?)
}

/// Writes an archive that was laid out with its members deflated.
///
/// # Errors
/// If it cannot be read or written.
pub fn pack(flat: &dyn ReadAt, out: &mut dyn Write) -> Result<(), Error> {
    let mut directory = find(flat)?;
    let mut anew = Anew { out, at: 0, directory: Vec::new(), count: 0 };
    while let Some(record) = next(&mut directory)? {
        let local = Local::read(flat, &record)?;
        let data = local.data..local.data.saturating_add(record.length);
        let mut header = Headers::of(flat, &record, local)?;
        if record.length == 0 {
            header.set(STORED, false, 0, 0, 0)?;
            anew.member(header, |_| Ok(0))?;
            continue;
        }
        // What is written before the bytes cannot know what they come to.
        header.set(DEFLATED, true, 0, 0, 0)?;
        let start = anew.header(&header)?;
        let mut encoder =
            DeflateEncoder::new(Counted { out: &mut *anew.out, count: 0 }, flate2::Compression::default());
        let stream = Stream { section: Section::new(flat, data), at: 0 };
        let (length, crc32) = copy(stream, record.length, &mut encoder)?;
        let packed = encoder.finish().map_err(Error::Write)?.count;
        header.set(DEFLATED, true, crc32, packed, length)?;
        anew.at = anew.at.saturating_add(packed);
        let numbers = [crc32.to_le_bytes(), short(packed)?, short(length)?].concat();
        anew.write(&[DESCRIPTOR.as_slice(), &numbers].concat())?;
        anew.list(&header, start)?;
    }
    anew.finish(&comment(flat, &directory)?)
}

fn find(source: &dyn ReadAt) -> Result<Directory<'_>, Error> {
    let found = Directory::find(source).map_err(Error::Read)?;
    found.ok_or_else(|| refused("it has no directory: it is cut off, or one of several files"))
}

fn next(directory: &mut Directory<'_>) -> Result<Option<Record>, Error> {
    match directory.next().map_err(Error::Read)? {
        None => Ok(None),
        Some(Ok(record)) => Ok(Some(record)),
        Some(Err(_)) => Err(refused("its directory is damaged")),
    }
}

/// The comment at the end, behind which nothing may follow.
fn comment(source: &dyn ReadAt, directory: &Directory<'_>) -> Result<Vec<u8>, Error> {
    let (place, length) = (directory.place(), source.length());
    let between = place.saturating_sub(directory.records().end);
    let start = place.saturating_add(END_BYTES);
    let end = block::<22>(source, place).map_err(Error::Read)?;
    let stated = end.and_then(|end| u16_at(&end, 20)).map(u64::from);
    if !(between == 0 || between == END64_BYTES) || stated != length.checked_sub(start) {
        return Err(refused("something that no directory lists follows its members; write the archive anew"));
    }
    let comment = bytes(source, &(start..length), FIELDS_BYTES_MAX).map_err(Error::Read)?;
    Ok(comment.unwrap_or_default())
}

/// The bytes of a member with its header, and whether lengths may follow them.
type Owned = (Range<u64>, bool);

/// Makes sure that every byte before the directory is a member's: what is not would be searched by nobody.
fn accounted(mut owned: Vec<Owned>, directory: u64) -> Result<(), Error> {
    owned.sort_unstable_by_key(|(range, _)| range.start);
    owned.push((directory..directory, false));
    let (mut end, mut is_described) = (0_u64, false);
    for (range, next) in owned {
        let gap = range.start.checked_sub(end);
        let gap = gap.ok_or_else(|| refused(format!("its members overlap at offset {:#x}", range.start)))?;
        if gap != 0 && !(is_described && DESCRIPTOR_BYTES.contains(&gap)) {
            return Err(refused(format!(
                "{} bytes at offset {end:#x} belong to no member that its directory lists; write the archive anew",
                grouped(gap)
            )));
        }
        (end, is_described) = (range.end, next);
    }
    Ok(())
}

/// A local header (section 4.3.7).
struct Local {
    fixed: [u8; 30],
    flags: u16,
    name: Vec<u8>,
    extra: Vec<u8>,
    /// Where the bytes begin.
    data: u64,
}

impl Local {
    fn read(source: &dyn ReadAt, record: &Record) -> Result<Self, Error> {
        let at = record.local_offset;
        let missing = || refused(format!("member {} is not where the directory has it", name(&record.name)));
        let fixed = block::<30>(source, at).map_err(Error::Read)?;
        let fixed = fixed.filter(|fixed| fixed.starts_with(&LOCAL)).ok_or_else(missing)?;
        let size = |at| u16_at(&fixed, at).unwrap_or_default();
        let (named, extra) = (u64::from(size(26)), u64::from(size(28)));
        let start = at.saturating_add(LOCAL_BYTES);
        let data = start.saturating_add(named).saturating_add(extra);
        let fields = bytes(source, &(start..data), FIELDS_BYTES_MAX).map_err(Error::Read)?;
        let fields = fields.ok_or_else(missing)?;
        let (own, extra) = fields.split_at_checked(to_usize(named)).ok_or_else(missing)?;
        // Programs differ about which of two names counts.
        if own != record.name {
            return Err(refused(format!("member {} has another name in its header", name(&record.name))));
        }
        Ok(Self { flags: size(6), name: own.to_vec(), extra: without_lengths(extra), fixed, data })
    }
}

/// Extra fields without the lengths of ZIP64.
fn without_lengths(mut extra: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let (Some(kind), Some(size)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let whole = usize::from(size).saturating_add(4);
        let Some((field, rest)) = extra.split_at_checked(whole) else { break };
        if kind != EXTRA64 {
            out.extend_from_slice(field);
        }
        extra = rest;
    }
    out.extend_from_slice(extra);
    out
}

/// Both headers of a member.
struct Headers {
    local: Vec<u8>,
    record: Vec<u8>,
}

impl Headers {
    fn of(source: &dyn ReadAt, record: &Record, local: Local) -> Result<Self, Error> {
        let damaged = || refused("its directory is damaged");
        let whole = bytes(source, &record.place, RECORD_BYTES.saturating_add(FIELDS_BYTES_MAX));
        let whole = whole.map_err(Error::Read)?.ok_or_else(damaged)?;
        let [named, extra, _] = record.sizes.map(usize::from);
        let (fixed, fields) = whole.split_at_checked(to_usize(RECORD_BYTES)).ok_or_else(damaged)?;
        let (own, fields) = fields.split_at_checked(named).ok_or_else(damaged)?;
        let (extra, comment) = fields.split_at_checked(extra).ok_or_else(damaged)?;
        let extra = without_lengths(extra);
        let mut headers = Self {
            local: [local.fixed.as_slice(), &local.name, &local.extra].concat(),
            record: [fixed, own, &extra, comment].concat(),
        };
        let size = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or_default().to_le_bytes();
        put(&mut headers.local, 28, &size(&local.extra));
        put(&mut headers.record, 30, &size(&extra));
        Ok(headers)
    }

    /// Sets how a member is packed (sections 4.3.7 and 4.3.12).
    fn set(
        &mut self,
        method: u16,
        described: bool,
        crc32: u32,
        packed: u64,
        length: u64,
    ) -> Result<(), Error> {
        let numbers = [crc32.to_le_bytes(), short(packed)?, short(length)?].concat();
        // The record has one field more before these: who made it.
        for (bytes, at) in [(&mut self.local, 4_usize), (&mut self.record, 6)] {
            let version = u16_at(bytes, at).unwrap_or_default().max(VERSION);
            let flags = u16_at(bytes, at.saturating_add(2)).unwrap_or_default() & !DESCRIBED;
            let flags = if described { flags | DESCRIBED } else { flags };
            put(bytes, at, &version.to_le_bytes());
            put(bytes, at.saturating_add(2), &flags.to_le_bytes());
            put(bytes, at.saturating_add(4), &method.to_le_bytes());
            put(bytes, at.saturating_add(10), &numbers);
        }
        Ok(())
    }
}

/// Writes over a part of a header.
fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(value.len())) {
        place.copy_from_slice(value);
    }
}

/// A length or offset of 32 bits.
fn short(value: u64) -> Result<[u8; 4], Error> {
    let value = u32::try_from(value).ok().filter(|value| *value != u32::MAX);
    let value = value.ok_or_else(|| {
        refused("it holds more than 4 GiB, expanded; scrub its members in a tar, or one by one")
    })?;
    Ok(value.to_le_bytes())
}

/// An archive that is being written.
struct Anew<'a> {
    out: &'a mut dyn Write,
    at: u64,
    directory: Vec<u8>,
    count: u64,
}

impl Anew<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.out.write_all(bytes).map_err(Error::Write)?;
        self.at = self.at.saturating_add(to_u64(bytes.len()));
        Ok(())
    }

    /// Writes the header of a member; where it begins.
    fn header(&mut self, header: &Headers) -> Result<u64, Error> {
        let start = self.at;
        self.write(&header.local)?;
        Ok(start)
    }

    /// Writes a member whose header says everything; `content` says how many bytes it has written.
    fn member(
        &mut self,
        header: Headers,
        content: impl FnOnce(&mut dyn Write) -> Result<u64, Error>,
    ) -> Result<(), Error> {
        let start = self.header(&header)?;
        let written = content(&mut *self.out)?;
        self.at = self.at.saturating_add(written);
        self.list(&header, start)
    }

    /// Adds a member to the directory.
    fn list(&mut self, header: &Headers, start: u64) -> Result<(), Error> {
        let mut record = header.record.clone();
        put(&mut record, 34, &[0, 0]);
        put(&mut record, 42, &short(start)?);
        self.directory.extend_from_slice(&record);
        self.count = self.count.saturating_add(1);
        if self.directory.len() > DIRECTORY_BYTES_MAX || self.count >= u64::from(u16::MAX) {
            return Err(refused("it has more than 65,534 members, or names longer than are held; split it"));
        }
        Ok(())
    }

    fn finish(mut self, comment: &[u8]) -> Result<(), Error> {
        let start = self.at;
        let directory = std::mem::take(&mut self.directory);
        self.write(&directory)?;
        let count = u16::try_from(self.count).unwrap_or(u16::MAX).to_le_bytes();
        let mut end = directory::END.to_vec();
        end.extend([0; 4]);
        end.extend([count, count].concat());
        end.extend([short(to_u64(directory.len()))?, short(start)?].concat());
        end.extend(u16::try_from(comment.len()).unwrap_or_default().to_le_bytes());
        end.extend_from_slice(comment);
        self.write(&end)
    }
}

/// Copies at most one byte more than `most`; how many were copied, and their CRC-32.
fn copy(stream: impl Read, most: u64, out: &mut dyn Write) -> Result<(u64, u32), Error> {
    let mut stream = stream.take(most.saturating_add(1));
    let mut buffer = vec![0; COPY_BYTES];
    let (mut crc, mut length) = (Crc::new(), 0_u64);
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok((length, crc.sum())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(refused("the packed bytes of a member are damaged"));
            }
            Err(error) => return Err(Error::Read(error)),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        crc.update(bytes);
        length = length.saturating_add(to_u64(count));
        out.write_all(bytes).map_err(Error::Write)?;
    }
}

/// A part of a file as a stream.
struct Stream<'a> {
    section: Section<'a>,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = to_usize(self.section.length().saturating_sub(self.at));
        let part = buffer.get_mut(..left.min(buffer.len())).unwrap_or_default();
        self.section.read_exact_at(self.at, part)?;
        self.at = self.at.saturating_add(to_u64(part.len()));
        Ok(part.len())
    }
}

/// Counts what is written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    count: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.count = self.count.saturating_add(to_u64(count));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
