//! One header block.

use super::super::fields::{number, text};

/// Headers and contents begin at multiples of it.
pub(super) const BLOCK_BYTES: u64 = 512;

/// Where the checksum stands, and how long it is.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    /// Name with its prefix.
    pub(super) name: Vec<u8>,
    /// Bytes that follow; `None` if that is no number.
    pub(super) size: Option<u64>,
    /// `typeflag`.
    pub(super) kind: u8,
    /// Of GNU's old sparse members: their length with holes.
    pub(super) real_size: Option<u64>,
    /// Of GNU's old sparse members: the map in the header, and whether more blocks of it follow.
    pub(super) map: Vec<u8>,
    pub(super) is_extended: bool,
}

impl Header {
    /// Takes a block for a header if its checksum says so.
    pub(super) fn parse(block: &[u8; 512]) -> Option<Self> {
        let stated = number(block.get(CHECKSUM)?, 8)?;
        if !sums(block).contains(&stated) || stated == 0 {
            return None;
        }
        let kind = *block.get(156)?;
        let magic = block.get(257..263)?;
        let base = text(block.get(..100)?);
        let prefix = if magic == b"ustar\0" { text(block.get(345..500)?) } else { b"" };
        let name = if prefix.is_empty() { base.to_vec() } else { [prefix, b"/", base].concat() };
        let is_sparse = kind == b'S';
        Some(Self {
            name,
            size: size(block.get(124..136)?),
            kind,
            real_size: if is_sparse { size(block.get(483..495)?) } else { None },
            map: block.get(386..482)?.to_vec(),
            is_extended: block.get(482).is_some_and(|flag| *flag != 0),
        })
    }
}

/// The sum of a header's bytes with spaces for the checksum, and the same over signed bytes, as some old programs
/// have it.
fn sums(block: &[u8; 512]) -> [u64; 2] {
    let bytes = block.iter().enumerate().map(|(at, byte)| if CHECKSUM.contains(&at) { b' ' } else { *byte });
    let (mut plain, mut high) = (0_u64, 0_u64);
    for byte in bytes {
        plain = plain.saturating_add(u64::from(byte));
        high = high.saturating_add(if byte >= 0x80 { 256 } else { 0 });
    }
    [plain, plain.wrapping_sub(high)]
}

/// A size: octal digits, or binary if the first bit is set (GNU, star).
pub(super) fn size(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((first, rest)) if *first >= 0x80 => {
            let (high, low) = rest.split_last_chunk::<8>()?;
            let is_small = *first == 0x80 && high.iter().all(|byte| *byte == 0);
            is_small.then(|| u64::from_be_bytes(*low))
        }
        _ => number(field, 8),
    }
}

/// Whether a file begins with a header: by its magic, or by its checksum, which is all that v7 has.
pub(in super::super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar") || head.first_chunk().and_then(Header::parse).is_some()
}
