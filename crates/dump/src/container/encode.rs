//! Writing a compressed stream.

use super::Compression;
use std::fmt;
use std::io::{self, Write};

/// A compressing writer. [`Encoder::finish`] must be called: a stream without
/// its end is read as cut off.
pub struct Encoder<W: Write>(Inner<W>);

enum Inner<W: Write> {
    Zstd(zstd::stream::write::Encoder<'static, W>),
    Lz4(Box<lz4_flex::frame::FrameEncoder<W>>),
    Gzip(flate2::write::GzEncoder<W>),
    Xz(liblzma::write::XzEncoder<W>),
}

impl<W: Write> Encoder<W> {
    pub(super) fn new(compression: Compression, output: W) -> io::Result<Self> {
        Ok(Self(match compression {
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(output, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Inner::Zstd(encoder)
            }
            Compression::Lz4 => {
                let info = lz4_flex::frame::FrameInfo::new()
                    .block_size(lz4_flex::frame::BlockSize::Max4MB)
                    .content_checksum(true);
                Inner::Lz4(Box::new(lz4_flex::frame::FrameEncoder::with_frame_info(info, output)))
            }
            Compression::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                Inner::Gzip(flate2::GzBuilder::new().write(output, level))
            }
            Compression::Xz => {
                let check = liblzma::stream::Check::Crc64;
                let stream = liblzma::stream::Stream::new_easy_encoder(XZ_LEVEL, check)?;
                Inner::Xz(liblzma::write::XzEncoder::new_stream(output, stream))
            }
        }))
    }

    /// Writes the end of the stream and gives the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Inner::Zstd(encoder) => encoder.finish(),
            Inner::Lz4(encoder) => encoder.finish().map_err(io::Error::from),
            Inner::Gzip(encoder) => encoder.finish(),
            Inner::Xz(encoder) => encoder.finish(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.0 {
            Inner::Zstd(encoder) => encoder,
            Inner::Lz4(encoder) => encoder,
            Inner::Gzip(encoder) => encoder,
            Inner::Xz(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.writer().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

impl<W: Write> fmt::Debug for Encoder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Inner::Zstd(_) => "Encoder(zstd)",
            Inner::Lz4(_) => "Encoder(lz4)",
            Inner::Gzip(_) => "Encoder(gzip)",
            Inner::Xz(_) => "Encoder(xz)",
        })
    }
}

/// `ZSTD_CLEVEL_DEFAULT` of `zstd.h`, which `systemd-coredump` uses too.
const ZSTD_LEVEL: i32 = 3;

/// Of gzip(1)'s 1 to 9 (6 by default): memory compresses nearly as well at 4, at twice the speed.
const GZIP_LEVEL: u32 = 4;

/// Of xz(1)'s 0 to 9 (6 by default): 6 takes minutes for each GiB; 1 still beats zstd's size.
const XZ_LEVEL: u32 = 1;
