//! One page, unpacked.

use super::lzo;
use flate2::{Decompress, FlushDecompress, Status};
use std::fmt;

/// `DUMP_DH_COMPRESSED_*`, and the bits that say nothing of the page: `DUMP_DH_COMPRESSED_INCOMPLETE` and
/// `DUMP_DH_EXCLUDED_VMEMMAP` stand in the status alone.
const ZLIB: u32 = 1;
const LZO: u32 = 2;
const SNAPPY: u32 = 4;
const ZSTD: u32 = 0x20;

/// Longest packed page, in bytes: writers keep a page as it is if packing makes it longer.
pub(super) const PACKED_BYTES_MAX: u64 = 128 << 10;

/// Unpacks pages, one after the other.
pub(super) struct Unpacker {
    zlib: Decompress,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
    snappy: snap::raw::Decoder,
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unpacker")
    }
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            zlib: Decompress::new(true),
            zstd: zstd::bulk::Decompressor::new().ok(),
            snappy: snap::raw::Decoder::new(),
        }
    }

    /// Fills `page` from what is packed.
    ///
    /// # Errors
    /// What is wrong with it, to stand behind the number of the frame.
    pub(super) fn unpack(&mut self, flags: u32, packed: &[u8], page: &mut [u8]) -> Result<(), &'static str> {
        let done = match flags {
            0 => {
                let is_page = packed.len() == page.len();
                is_page.then(|| page.copy_from_slice(packed))
            }
            ZLIB => self.inflate(packed, page),
            LZO => lzo::decode(packed, page),
            SNAPPY => {
                let count = self.snappy.decompress(packed, page).ok();
                count.filter(|count| *count == page.len()).map(|_| ())
            }
            ZSTD => {
                let zstd = self.zstd.as_mut().and_then(|zstd| zstd.decompress_to_buffer(packed, page).ok());
                zstd.filter(|count| *count == page.len()).map(|_| ())
            }
            _ => return Err("is packed in a way that is not understood"),
        };
        done.ok_or("does not unpack to the bytes of a page")
    }

    fn inflate(&mut self, packed: &[u8], page: &mut [u8]) -> Option<()> {
        self.zlib.reset(true);
        let status = self.zlib.decompress(packed, page, FlushDecompress::Finish).ok()?;
        let is_whole = usize::try_from(self.zlib.total_out()).ok() == Some(page.len());
        (status == Status::StreamEnd && is_whole).then_some(())
    }
}
