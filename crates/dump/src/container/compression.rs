//! The compression formats and how to tell them apart.

use super::{DecodeLimits, Encoder, decode};
use std::fmt;
use std::io::{self, Read, Write};

/// A compression format of a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compression {
    /// Zstandard (RFC 8878).
    Zstd,
    /// LZ4 frames (`lz4_Frame_format.md`), the legacy frame included.
    Lz4,
    /// gzip (RFC 1952).
    Gzip,
    /// xz (`xz-file-format.txt`).
    Xz,
}

impl Compression {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Zstd, Self::Lz4, Self::Gzip, Self::Xz];

    /// The format of a file that starts with `head`; give it
    /// [`DETECT_BYTES`](super::limits::DETECT_BYTES) or the whole file.
    ///
    /// Skippable frames, which zstd and LZ4 share, are looked past; if `head`
    /// ends in one, it is taken for zstd, whose parallel writers put one first.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        if let Some(found) = Self::ALL.into_iter().find(|it| it.magics().iter().any(|m| head.starts_with(m)))
        {
            return Some(found);
        }
        let (header, rest) = head.split_first_chunk::<8>()?;
        let (low, length) = header.split_first_chunk::<4>()?;
        if !SKIPPABLE_MAGICS.contains(&u32::from_le_bytes(*low)) {
            return None;
        }
        let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
        match rest.get(length..) {
            Some(next) if next.len() >= 8 => Self::detect(next),
            _ => Some(Self::Zstd),
        }
    }

    /// The format that a file name's extension (without the dot) stands for.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "zst" | "zstd" => Some(Self::Zstd),
            "lz4" => Some(Self::Lz4),
            "gz" | "gzip" => Some(Self::Gzip),
            "xz" => Some(Self::Xz),
            _ => None,
        }
    }

    /// The usual extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zstd => "zst",
            Self::Lz4 => "lz4",
            Self::Gzip => "gz",
            Self::Xz => "xz",
        }
    }

    /// Decompresses `input` to its end: every frame or member, one after the other.
    ///
    /// # Errors
    /// If the decoder cannot be set up. Faults of the stream come from the
    /// returned reader, with an [`Error`](super::Error) inside.
    pub fn decoder(
        self,
        input: impl Read + Send + 'static,
        limits: &DecodeLimits,
    ) -> io::Result<Box<dyn Read + Send>> {
        decode::decoder(self, input, limits)
    }

    /// Compresses into `output` at the format's usual level, with a checksum over the content.
    ///
    /// # Errors
    /// If the encoder cannot be set up.
    pub fn encoder<W: Write>(self, output: W) -> io::Result<Encoder<W>> {
        Encoder::new(self, output)
    }

    /// First bytes of a frame, with their source.
    fn magics(self) -> &'static [&'static [u8]] {
        match self {
            // RFC 8878 section 3.1.1: 0xFD2FB528, little-endian.
            Self::Zstd => &[&[0x28, 0xb5, 0x2f, 0xfd]],
            // lz4_Frame_format.md, "Magic Number" 0x184D2204 and "Legacy frame" 0x184C2102.
            Self::Lz4 => &[&[0x04, 0x22, 0x4d, 0x18], &[0x02, 0x21, 0x4c, 0x18]],
            // RFC 1952 section 2.3.1: ID1, ID2, CM = deflate.
            Self::Gzip => &[&[0x1f, 0x8b, 0x08]],
            // xz-file-format.txt section 2.1.1.1.
            Self::Xz => &[&[0xfd, b'7', b'z', b'X', b'Z', 0x00]],
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
        })
    }
}

/// Frames to be skipped: RFC 8878 section 3.1.2, `lz4_Frame_format.md` "Skippable Frames".
pub(super) const SKIPPABLE_MAGICS: std::ops::RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_head_and_extension() {
        for compression in Compression::ALL {
            let mut encoder = compression.encoder(Vec::new()).unwrap();
            encoder.write_all(b"some bytes").unwrap();
            let packed = encoder.finish().unwrap();
            assert_eq!(Some(compression), Compression::detect(&packed), "{compression}");
            assert_eq!(Some(compression), Compression::from_extension(compression.extension()));
        }
    }

    #[test]
    fn other_heads_are_no_compression() {
        for head in [&b""[..], b"\x7fELF\x02\x01\x01", b"\x1f\x8b", b"P", &[0; 64]] {
            assert_eq!(None, Compression::detect(head), "{head:?}");
        }
    }

    #[test]
    fn frames_behind_a_skippable_frame_are_found() {
        let mut head = vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        head.extend([0x04, 0x22, 0x4d, 0x18, 0, 0, 0, 0]);
        assert_eq!(Some(Compression::Lz4), Compression::detect(&head));
        assert_eq!(Some(Compression::Zstd), Compression::detect(&head[..9]), "the rest is not seen");
    }
}
