//! AVML's format (`src/image.rs` of microsoft/avml): LiME's headers with a magic and version of their own, before memory in
//! Snappy's frames and the length that it has so. Laid out as LiME.

use super::expand::within;
use super::lime::HEADER_BYTES;
use crate::container::{DecodeLimits, Error};
use crate::cursor::{to_u64, to_usize, u64_at};
use crate::limits::CHUNK_BYTES;
use crate::read::ReadAt;
use snap::read::FrameDecoder;
use std::io::{self, Read};
use std::sync::Arc;

/// How errors name this format.
const FORMAT: &str = "AVML dump";

/// `AVML_MAGIC` and the version, as they stand in the file.
pub(super) const MAGIC: [u8; 8] = *b"AVML\x02\0\0\0";

/// The header of a range that is not compressed, and of what is made of one that is.
const PLAIN: [u8; 8] = *b"EMiL\x01\0\0\0";

/// Bytes of the length after a range.
const FOOTER_BYTES: u64 = 8;

/// A place in the packed file.
struct Place {
    source: Arc<dyn ReadAt>,
    at: u64,
}

impl Place {
    fn left(&self) -> u64 {
        self.source.length().saturating_sub(self.at)
    }
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = to_usize(self.left()).min(buffer.len());
        let part = buffer.get_mut(..count).unwrap_or_default();
        self.source.read_exact_at(self.at, part)?;
        self.at = self.at.saturating_add(to_u64(count));
        Ok(count)
    }
}

/// What comes next.
enum State {
    /// A header, at this place of the packed file.
    Header(u64),
    /// Memory: what of it was not yet given out, and where its frames begin.
    Memory { frames: Box<FrameDecoder<Place>>, left: u64, start: u64 },
    /// As many bytes as they stand there, and then a header.
    AsItStands { place: Place, left: u64 },
}

/// The same memory as LiME has it.
///
/// A file that ends early makes a LiME dump that ends early: whoever reads it says what is missing.
pub(super) struct Expander {
    source: Arc<dyn ReadAt>,
    limits: DecodeLimits,
    state: State,
    /// Bytes of a header that were not yet given out.
    header: Vec<u8>,
    expanded: u64,
}

impl Expander {
    pub(super) fn new(source: Arc<dyn ReadAt>, limits: &DecodeLimits) -> Self {
        Self { source, limits: *limits, state: State::Header(0), header: Vec::new(), expanded: 0 }
    }

    /// Reads the header at `at`.
    fn header(&mut self, at: u64) -> io::Result<()> {
        let place = Place { source: Arc::clone(&self.source), at };
        let mut header = [0; 32];
        let rest = place.left();
        let memory = if rest < HEADER_BYTES { None } else { self.memory(at, &mut header)? };
        let start = at.saturating_add(HEADER_BYTES);
        self.state = match memory {
            // What is no header is searched as it stands, to the end.
            None => State::AsItStands { place, left: rest },
            Some(left) if header.starts_with(&PLAIN) => {
                State::AsItStands { place, left: left.saturating_add(HEADER_BYTES).min(rest) }
            }
            Some(left) => {
                header.first_chunk_mut().map(|magic| *magic = PLAIN).unwrap_or_default();
                self.header = header.to_vec();
                let frames = FrameDecoder::new(Place { source: Arc::clone(&self.source), at: start });
                State::Memory { frames: Box::new(frames), left, start }
            }
        };
        Ok(())
    }

    /// How much memory the range has whose header stands at `at`, if it is one.
    fn memory(&self, at: u64, header: &mut [u8; 32]) -> io::Result<Option<u64>> {
        self.source.read_exact_at(at, header)?;
        if !header.starts_with(&MAGIC) && !header.starts_with(&PLAIN) {
            return Ok(None);
        }
        let (first, last) = (u64_at(header, 8).unwrap_or(0), u64_at(header, 16).unwrap_or(0));
        Ok(last.checked_sub(first).and_then(|memory| memory.checked_add(1)))
    }

    /// More of a range's memory, into a buffer that is not empty; nothing if the file ends.
    fn more(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let State::Memory { frames, left, start } = &mut self.state else { return Ok(0) };
        let count = to_usize(*left).min(buffer.len());
        let at = frames.get_ref().at;
        let problem = match frames.read(buffer.get_mut(..count).unwrap_or_default()) {
            Ok(0) if frames.get_ref().left() > 0 => "the frames end before their memory".to_owned(),
            Ok(count) => {
                *left = left.saturating_sub(to_u64(count));
                return Ok(count);
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
            // The medium's own faults carry no fault of Snappy's.
            Err(error) if error.get_ref().is_none_or(|inner| !inner.is::<snap::Error>()) => {
                return Err(error);
            }
            Err(error) => format!("the frames of the range at {start:#x} are damaged: {error}"),
        };
        Err(Error::Unsound { format: FORMAT, offset: at, problem }.into())
    }

    /// What follows the memory of a range: its length in the file.
    fn footer(&mut self, start: u64, end: u64) -> io::Result<()> {
        let after = end.saturating_add(FOOTER_BYTES);
        if after <= self.source.length() {
            let mut footer = [0; 8];
            self.source.read_exact_at(end, &mut footer)?;
            if u64::from_le_bytes(footer) != end.saturating_sub(start) {
                let problem = format!("the frames from {start:#x} on do not end here");
                return Err(Error::Unsound { format: FORMAT, offset: end, problem }.into());
            }
        }
        self.state = State::Header(after.min(self.source.length()));
        Ok(())
    }

    fn step(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if !self.header.is_empty() {
            let count = self.header.len().min(buffer.len());
            for (to, from) in buffer.iter_mut().zip(self.header.drain(..count)) {
                *to = from;
            }
            return Ok(Some(count));
        }
        match &mut self.state {
            State::Header(at) if *at >= self.source.length() => Ok(Some(0)),
            &mut State::Header(at) => self.header(at).map(|()| None),
            State::Memory { left: 0, frames, start } => {
                let (start, end) = (*start, frames.get_ref().at);
                self.footer(start, end).map(|()| None)
            }
            State::Memory { .. } => self.more(buffer).map(Some),
            State::AsItStands { left: 0, place } => {
                self.state = State::Header(place.at);
                Ok(None)
            }
            State::AsItStands { left, place } => {
                let count = to_usize(*left).min(buffer.len()).min(CHUNK_BYTES);
                let count = place.read(buffer.get_mut(..count).unwrap_or_default())?;
                *left = left.saturating_sub(to_u64(count));
                Ok(Some(count))
            }
        }
    }
}

impl Read for Expander {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(count) = self.step(buffer)? {
                self.expanded = self.expanded.saturating_add(to_u64(count));
                within(&self.limits, FORMAT, self.expanded, self.source.length())?;
                return Ok(count);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod tests {
    use super::*;
    use snap::write::FrameEncoder;
    use std::io::Write;

    fn header(magic: [u8; 8], address: u64, memory: &[u8]) -> Vec<u8> {
        let last = address + to_u64(memory.len()) - 1;
        [&magic[..], &address.to_le_bytes(), &last.to_le_bytes(), &[0; 8]].concat()
    }

    fn packed(address: u64, memory: &[u8]) -> Vec<u8> {
        let mut encoder = FrameEncoder::new(Vec::new());
        encoder.write_all(memory).unwrap();
        let frames = encoder.into_inner().unwrap();
        [&header(MAGIC, address, memory)[..], &frames, &to_u64(frames.len()).to_le_bytes()].concat()
    }

    fn plain(address: u64, memory: &[u8]) -> Vec<u8> {
        [&header(PLAIN, address, memory)[..], memory].concat()
    }

    fn expand(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Expander::new(Arc::new(packed.to_vec()), &DecodeLimits::default()).read_to_end(&mut out)?;
        Ok(out)
    }

    fn memory(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at / 5).to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect()
    }

    #[test]
    fn compressed_ranges_become_those_of_lime() {
        let (one, two) = (memory(200_000), memory(4096));
        let file = [packed(0x1000, &one), plain(0x10_0000, &two), packed(0x20_0000, &two)].concat();
        let expected = [plain(0x1000, &one), plain(0x10_0000, &two), plain(0x20_0000, &two)].concat();
        assert!(expand(&file).unwrap() == expected);
        assert!(super::super::lime::open(&expected).unwrap().remarks.is_empty());
    }

    #[test]
    fn a_file_that_ends_early_makes_a_dump_that_ends_early() {
        let (one, two) = (memory(70_000), memory(9000));
        let (file, whole) = (
            [packed(0x1000, &one), packed(0x20_0000, &two)].concat(),
            [plain(0x1000, &one), plain(0x20_0000, &two)].concat(),
        );
        for cut in (32..file.len()).step_by(7) {
            let found = expand(&file[..cut]).unwrap();
            let image = super::super::lime::open(&found).unwrap();
            let is_said = image.missing_bytes > 0 || !image.remarks.is_empty();
            assert!(is_said || whole.starts_with(&found), "{cut}");
        }
    }

    #[test]
    fn damage_is_an_error_or_shows() {
        let file = packed(0x1000, &memory(5000));
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x41;
            let found = expand(&damaged);
            assert!(at < 32 || found.is_err() || found.unwrap() != plain(0x1000, &memory(5000)), "{at}");
        }
        let limits = DecodeLimits::up_to(100);
        let mut long = Expander::new(Arc::new(file), &limits);
        let error = long.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("--max-expanded"), "{error}");
    }
}
