//! One record of the directory (section 4.3.12).

use super::super::fields::{block, bytes};
use super::long;
use crate::cursor::{array_at, u16_at, u32_at, u64_at};
use crate::read::ReadAt;
use std::io;
use std::ops::Range;

/// Signature of a record.
pub(super) const RECORD: [u8; 4] = *b"PK\x01\x02";

/// Fixed part of a record.
pub(super) const RECORD_BYTES: u64 = 46;

/// Most bytes of name and extra fields: each length has 16 bits.
const FIELDS_BYTES_MAX: u64 = 2 * 65_535;

/// Header of the extra field with ZIP64's lengths (section 4.5.3).
pub(super) const EXTRA64: u16 = 1;

/// Bits of the general flags that say that the bytes are encrypted: traditionally, strongly (section 4.4.4).
const ENCRYPTED: u16 = 1 | 1 << 6;

/// Method of `WinZip`'s AES (section 4.4.5), which hides the real one in an extra field.
const METHOD_AES: u16 = 99;

/// What the directory says of a member.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc32: u32,
    pub(super) packed_length: u64,
    pub(super) length: u64,
    /// Where the archive says that the local header is.
    pub(super) local_offset: u64,
    /// Where the record itself stands.
    pub(super) place: Range<u64>,
    /// Lengths of its name, extra fields and comment.
    pub(super) sizes: [u16; 3],
}

impl Record {
    /// Reads the record at `at`, and says where the next one is; `None` if there is none that ends by `end`.
    pub(super) fn read(source: &dyn ReadAt, at: u64, end: u64) -> io::Result<Option<(Self, u64)>> {
        let Some(fixed) = block::<46>(source, at)? else { return Ok(None) };
        let Some((record, sizes)) = Self::fixed(&fixed) else { return Ok(None) };
        let [name, extra, comment] = sizes.map(u64::from);
        let fields = at.saturating_add(RECORD_BYTES);
        let extra_start = fields.saturating_add(name);
        let extra_end = extra_start.saturating_add(extra);
        let next = extra_end.saturating_add(comment);
        if next > end {
            return Ok(None);
        }
        let Some(text) = bytes(source, &(fields..extra_end), FIELDS_BYTES_MAX)? else { return Ok(None) };
        let (name, extra) = text.split_at_checked(usize::from(sizes[0])).unwrap_or_default();
        Ok(record.with(name, extra).map(|record| (Self { place: at..next, ..record }, next)))
    }

    fn fixed(bytes: &[u8; 46]) -> Option<(Self, [u16; 3])> {
        let record = Self {
            name: Vec::new(),
            flags: u16_at(bytes, 8)?,
            method: u16_at(bytes, 10)?,
            crc32: u32_at(bytes, 16)?,
            packed_length: long(bytes, 20)?,
            length: long(bytes, 24)?,
            local_offset: long(bytes, 42)?,
            place: 0..0,
            sizes: [u16_at(bytes, 28)?, u16_at(bytes, 30)?, u16_at(bytes, 32)?],
        };
        let sizes = record.sizes;
        (array_at(bytes, 0)? == RECORD).then_some((record, sizes))
    }

    /// Adds the name, and lengths and offset from the extra fields where they do not fit in the fixed ones.
    fn with(mut self, name: &[u8], mut extra: &[u8]) -> Option<Self> {
        self.name = name.to_vec();
        while let (Some(kind), Some(size)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let (field, rest) = extra.get(4..)?.split_at_checked(usize::from(size))?;
            extra = rest;
            if kind != EXTRA64 {
                continue;
            }
            // Only those stand there, in this order, that are all ones in the fixed part.
            let mut at = 0_usize;
            for value in [&mut self.length, &mut self.packed_length, &mut self.local_offset] {
                if *value == u64::from(u32::MAX) {
                    *value = u64_at(field, at)?;
                    at = at.checked_add(8)?;
                }
            }
        }
        Some(self)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0 || self.method == METHOD_AES
    }
}

/// What a method is called (section 4.4.5).
pub(super) fn method_name(method: u16) -> String {
    let name = match method {
        1 => "Shrink",
        6 => "Implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        98 => "PPMd",
        other => return format!("method {other}"),
    };
    name.to_owned()
}
