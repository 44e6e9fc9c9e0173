//! One object in a pack: what stands before its bytes, and the bytes expanded.

use crate::archive::fields::block;
use crate::cursor::to_u64;
use crate::read::ReadAt;
use flate2::Crc;
use flate2::bufread::ZlibDecoder;
use sha1::{Digest, Sha1};
use std::io::{self, BufReader, Read};

/// Name of an object: SHA-1.
pub(super) type Id = [u8; 20];

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole, under its name in git.
    Whole(&'static str),
    /// The difference to the object that begins at an offset of the pack.
    Offset(u64),
    /// The difference to an object that is named.
    Named(Id),
}

/// What stands before an object's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Length of what its stream expands to.
    pub(super) length: u64,
    /// Where the stream begins.
    pub(super) start: u64,
}

/// Longest header: a length of ten bytes, and an offset of as many or a name.
const HEADER_BYTES: usize = 32;

/// Reads the header at `at`; `None` if there is none (gitformat-pack(5), "Object entries").
pub(super) fn header(source: &dyn ReadAt, at: u64) -> io::Result<Option<Header>> {
    // The trailer, 20 bytes, and the shortest stream, 8 bytes, are behind each header.
    let Some(bytes) = block::<HEADER_BYTES>(source, at)? else {
        let left = usize::try_from(source.length().saturating_sub(at)).unwrap_or(0).min(HEADER_BYTES);
        let mut bytes = [0; HEADER_BYTES];
        let there = bytes.get_mut(..left).unwrap_or_default();
        source.read_exact_at(at.min(source.length()), there)?;
        return Ok(parse(at, there));
    };
    Ok(parse(at, &bytes))
}

fn parse(at: u64, bytes: &[u8]) -> Option<Header> {
    let (first, mut rest) = bytes.split_first()?;
    let mut length = u64::from(first & 15);
    let (mut more, mut shift) = (first & 0x80 != 0, 4_u32);
    while more {
        let (byte, behind) = rest.split_first()?;
        // Sixty bits and no more: shorter than any pack could say.
        length |= u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < LENGTH_BITS_MAX)?;
        shift = shift.saturating_add(7);
        (more, rest) = (byte & 0x80 != 0, behind);
    }
    let kind = match first >> 4 & 7 {
        1 => Kind::Whole("commit"),
        2 => Kind::Whole("tree"),
        3 => Kind::Whole("blob"),
        4 => Kind::Whole("tag"),
        6 => Kind::Offset(at.checked_sub(distance(&mut rest)?).filter(|base| *base < at)?),
        7 => {
            let (id, behind) = rest.split_first_chunk()?;
            rest = behind;
            Kind::Named(*id)
        }
        _ => return None,
    };
    let used = bytes.len().checked_sub(rest.len())?;
    Some(Header { kind, length, start: at.checked_add(to_u64(used))? })
}

/// Bits of a length.
const LENGTH_BITS_MAX: u32 = 60;

/// How far before it the base of a difference begins: seven bits to a byte, most significant first, each but the last
/// one more than it says.
fn distance(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    loop {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value = value.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

/// What a stream expanded to.
pub(super) struct Expanded {
    /// All of it, if it was to be held.
    pub(super) bytes: Vec<u8>,
    /// CRC-32 of it.
    pub(super) crc32: u32,
    /// Where in the pack the stream ends.
    pub(super) end: u64,
    /// The name that an object of the kind has that was asked for.
    pub(super) id: Id,
}

/// Expands the stream of an object; holds it if `is_held`. `kind` is what its name is made of.
///
/// # Errors
/// Those of the medium, and of a stream that is damaged or says another length than the header
/// ([`io::ErrorKind::InvalidData`]).
pub(super) fn expand(
    source: &dyn ReadAt,
    header: &Header,
    kind: &str,
    is_held: bool,
) -> io::Result<Expanded> {
    let reader = BufReader::with_capacity(CHUNK_BYTES, From { source, at: header.start });
    let mut stream = ZlibDecoder::new(reader);
    let (mut bytes, mut crc, mut digest) = (Vec::new(), Crc::new(), named(kind, header.length));
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut left = header.length;
    loop {
        let count = match stream.read(&mut chunk) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let part = chunk.get(..count).unwrap_or_default();
        left = left.checked_sub(to_u64(count)).ok_or_else(|| wrong("it is longer than its header says"))?;
        crc.update(part);
        digest.update(part);
        if is_held {
            bytes.extend_from_slice(part);
        }
        if count == 0 {
            break;
        }
    }
    if left > 0 {
        return Err(wrong("it is shorter than its header says"));
    }
    let end = header.start.saturating_add(stream.total_in());
    Ok(Expanded { bytes, crc32: crc.sum(), end, id: digest.finalize().into() })
}

/// The name of an object (git-hash-object(1)).
pub(super) fn id(kind: &str, bytes: &[u8]) -> Id {
    let mut digest = named(kind, to_u64(bytes.len()));
    digest.update(bytes);
    digest.finalize().into()
}

fn named(kind: &str, length: u64) -> Sha1 {
    Sha1::new_with_prefix(format!("{kind} {length}\0"))
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Bytes read and expanded at once.
const CHUNK_BYTES: usize = 16 << 10;

/// A file from an offset to its end.
struct From<'a> {
    source: &'a dyn ReadAt,
    at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.source.length().saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        self.source.read_exact_at(self.at, buffer.get_mut(..count).unwrap_or_default())?;
        self.at = self.at.saturating_add(to_u64(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_kind_length_and_base() {
        let whole = |kind, length, start| Some(Header { kind, length, start });
        for (bytes, expected) in [
            (&[0x3b][..], whole(Kind::Whole("blob"), 11, 101)),
            (&[0x9f, 1], whole(Kind::Whole("commit"), 31, 102)),
            (&[0x65, 10], whole(Kind::Offset(90), 5, 102)),
            (&[0x65, 0x80, 1], None),
            (&[0x65, 0], None),
            (&[0x50], None),
            (&[0x80], None),
            (&[0x70, 1, 2], None),
            (&[0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], None),
        ] {
            assert_eq!(parse(100, bytes), expected, "{bytes:x?}");
        }
        // One byte more than 127 before: the first byte counts one more than it says.
        assert_eq!(parse(1000, &[0x65, 0x80, 0]).map(|header| header.kind), Some(Kind::Offset(1000 - 128)));
    }

    /// `printf hello | git hash-object --stdin`.
    #[test]
    fn names_are_those_of_git() {
        let hex: String = id("blob", b"hello").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
    }
}
