//! Concatenated LZ4 frames.
//!
//! `lz4_flex` reads one frame and takes a file that ends between two blocks for
//! complete; this reader walks the frames itself and tells the two apart. It
//! also reads the legacy frame, whose incompressible blocks `lz4_flex` refuses.

use super::compression::SKIPPABLE_MAGICS;
use std::io::{self, BufRead, Read};

/// Reads every frame of `input`.
pub(super) struct Decoder<R: BufRead>(State<R>);

enum State<R: BufRead> {
    /// Before a frame; the bytes of its magic number if the last frame has read them.
    Between(R, Option<[u8; 4]>),
    /// In a frame.
    Frame(Box<lz4_flex::frame::FrameDecoder<Edge<R>>>),
    /// In a legacy frame.
    Legacy(Legacy<R>),
    /// After the last frame, or after an error.
    End,
}

impl<R: BufRead> Decoder<R> {
    pub(super) fn new(input: R) -> Self {
        Self(State::Between(input, None))
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.0 = match std::mem::replace(&mut self.0, State::End) {
                State::End => return Ok(0),
                State::Between(input, magic) => start(input, magic)?,
                State::Frame(mut frame) => {
                    let count = frame.read(buffer)?;
                    if count > 0 {
                        self.0 = State::Frame(frame);
                        return Ok(count);
                    }
                    let edge = frame.into_inner();
                    if edge.ended {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    State::Between(edge.inner, None)
                }
                State::Legacy(mut legacy) => {
                    let count = legacy.pending().read(buffer)?;
                    if count > 0 {
                        legacy.given = legacy.given.saturating_add(count);
                        self.0 = State::Legacy(legacy);
                        return Ok(count);
                    }
                    legacy.next_block()?
                }
            };
        }
    }
}

/// Looks at the magic number of the next frame.
fn start<R: BufRead>(mut input: R, magic: Option<[u8; 4]>) -> io::Result<State<R>> {
    let Some(magic) = magic.map_or_else(|| word(&mut input), |magic| Ok(Some(magic)))? else {
        return Ok(State::End);
    };
    match u32::from_le_bytes(magic) {
        FRAME_MAGIC => {
            let edge = Edge { magic, given: 0, inner: input, ended: false };
            Ok(State::Frame(Box::new(lz4_flex::frame::FrameDecoder::new(edge))))
        }
        LEGACY_MAGIC => Ok(State::Legacy(Legacy { input, packed: Vec::new(), block: Vec::new(), given: 0 })),
        other if SKIPPABLE_MAGICS.contains(&other) => {
            let length =
                u64::from(u32::from_le_bytes(word(&mut input)?.ok_or(io::ErrorKind::UnexpectedEof)?));
            let skipped = io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
            if skipped < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(State::Between(input, None))
        }
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "no frame starts here")),
    }
}

/// Reads four bytes, or none at the end of the file.
fn word(input: &mut impl BufRead) -> io::Result<Option<[u8; 4]>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// Gives a frame decoder its magic number back and notes whether it has run
/// into the end of the file.
struct Edge<R> {
    magic: [u8; 4],
    given: usize,
    inner: R,
    ended: bool,
}

impl<R: Read> Read for Edge<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut head = self.magic.get(self.given..).unwrap_or_default();
        if !head.is_empty() {
            let count = head.read(buffer)?;
            self.given = self.given.saturating_add(count);
            return Ok(count);
        }
        let count = self.inner.read(buffer)?;
        self.ended |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

/// `lz4_Frame_format.md`, "Legacy frame": blocks of 8 MiB with their packed
/// size before them, up to the end of the file or the next magic number.
struct Legacy<R> {
    input: R,
    packed: Vec<u8>,
    block: Vec<u8>,
    /// How much of `block` has been handed out.
    given: usize,
}

impl<R: BufRead> Legacy<R> {
    fn pending(&self) -> &[u8] {
        self.block.get(self.given..).unwrap_or_default()
    }

    fn next_block(mut self) -> io::Result<State<R>> {
        let Some(size) = word(&mut self.input)? else {
            return Ok(State::End);
        };
        let packed_bytes = u32::from_le_bytes(size);
        if packed_bytes > LEGACY_PACKED_BYTES_MAX {
            return Ok(State::Between(self.input, Some(size)));
        }
        self.packed.resize(usize::try_from(packed_bytes).unwrap_or(usize::MAX), 0);
        self.input.read_exact(&mut self.packed)?;
        self.block.resize(LEGACY_BLOCK_BYTES, 0);
        let count = lz4_flex::block::decompress_into(&self.packed, &mut self.block)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.block.truncate(count);
        self.given = 0;
        Ok(State::Legacy(self))
    }
}

/// `lz4_Frame_format.md`, "Magic Number".
const FRAME_MAGIC: u32 = 0x184D_2204;

/// `lz4_Frame_format.md`, "Legacy frame".
const LEGACY_MAGIC: u32 = 0x184C_2102;

/// Decompressed size of every legacy block but the last.
const LEGACY_BLOCK_BYTES: usize = 8 << 20;

/// `LZ4_COMPRESSBOUND(8 MiB)` of `lz4.h`: n + n/255 + 16. A larger "size" is the next frame's magic number.
const LEGACY_PACKED_BYTES_MAX: u32 = (8 << 20) + (8 << 20) / 255 + 16;
