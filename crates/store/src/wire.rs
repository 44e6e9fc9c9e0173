//! What the two processes say to each other.
//!
//! A request is one message on the control socket, with one end of a fresh
//! socket attached: the lane, on which the answer comes, and the bytes of the
//! object. Whoever has enough closes the lane. A lane carries frames: a byte
//! that says what it is, the length of its payload in four bytes, little-endian,
//! and the payload.

use crate::error::Kind;
use crate::limits::FRAME_BYTES_MAX;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// The objects of a place that was named to be read, by its number.
    List {
        /// Number of the place.
        place: usize,
    },
    /// The bytes of one of them.
    Get {
        /// Number of the place.
        place: usize,
        /// The object, as it was listed.
        entry: Entry,
    },
    /// Whether an object can be stored at a place that was named to be written.
    Check {
        /// Number of the place.
        place: usize,
        /// Whether an object that is there is replaced.
        replace: bool,
    },
    /// To store an object there.
    Put {
        /// Number of the place.
        place: usize,
        /// Whether an object that is there is replaced.
        replace: bool,
        /// Length of the object in bytes.
        length: u64,
    },
}

/// An object as a listing tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its key in the bucket.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// What the server calls this content of it.
    pub etag: Option<String>,
    /// When it was stored, in nanoseconds since 1970.
    pub modified: i64,
}

/// Why the other process could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// What kind of fault.
    pub(crate) kind: Kind,
    /// What the server or the library says.
    pub(crate) text: String,
}

/// A frame of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Bytes of the object.
    Data(Vec<u8>),
    /// An object of a listing.
    Entry(Entry),
    /// No more objects, or no more bytes.
    End,
    /// The object may be stored, or all parts of it are.
    Ready,
    /// Now it shall exist.
    Commit,
    /// It does.
    Done,
    /// It went wrong; nothing follows.
    Fault(Fault),
}

/// Length of what stands before a payload.
pub(crate) const HEAD_BYTES: usize = 5;

impl Frame {
    /// The byte that says what it is, and the payload.
    pub(crate) fn parts(self) -> io::Result<(u8, Vec<u8>)> {
        Ok(match self {
            Self::Data(bytes) => (1, bytes),
            Self::Entry(entry) => (2, serde_json::to_vec(&entry)?),
            Self::End => (3, Vec::new()),
            Self::Ready => (4, Vec::new()),
            Self::Commit => (5, Vec::new()),
            Self::Done => (6, Vec::new()),
            Self::Fault(fault) => (7, serde_json::to_vec(&fault)?),
        })
    }

    /// A frame of its byte and payload.
    pub(crate) fn of(kind: u8, payload: Vec<u8>) -> io::Result<Self> {
        let empty =
            |frame: Self| if payload.is_empty() { Ok(frame) } else { Err(garbled("a payload too many")) };
        match kind {
            1 => Ok(Self::Data(payload)),
            2 => Ok(Self::Entry(serde_json::from_slice(&payload)?)),
            3 => empty(Self::End),
            4 => empty(Self::Ready),
            5 => empty(Self::Commit),
            6 => empty(Self::Done),
            7 => Ok(Self::Fault(serde_json::from_slice(&payload)?)),
            _ => Err(garbled("an unknown frame")),
        }
    }

    /// Reads one.
    pub(crate) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut head = [0; HEAD_BYTES];
        from.read_exact(&mut head)?;
        let (kind, length) = heading(head)?;
        let mut payload = vec![0; length];
        from.read_exact(&mut payload)?;
        Self::of(kind, payload)
    }

    /// Writes one.
    pub(crate) fn write(self, to: &mut impl Write) -> io::Result<()> {
        let (kind, payload) = self.parts()?;
        to.write_all(&head(kind, payload.len())?)?;
        to.write_all(&payload)
    }
}

/// What stands before a payload of `length` bytes.
pub(crate) fn head(kind: u8, length: usize) -> io::Result<[u8; HEAD_BYTES]> {
    let length = u32::try_from(length).ok().filter(|_| length <= FRAME_BYTES_MAX);
    let [a, b, c, d] = length.ok_or_else(|| garbled("a frame too long"))?.to_le_bytes();
    Ok([kind, a, b, c, d])
}

/// Kind and length of what follows.
pub(crate) fn heading([kind, a, b, c, d]: [u8; HEAD_BYTES]) -> io::Result<(u8, usize)> {
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > FRAME_BYTES_MAX {
        return Err(garbled("a frame too long"));
    }
    Ok((kind, length))
}

/// The other process does not keep to this page.
pub(crate) fn garbled(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the process with the network sent {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_comes_as_it_was_sent() {
        let entry = Entry { key: "a/\"b\"\n".to_owned(), length: u64::MAX, etag: None, modified: -1 };
        let frames = [
            Frame::Data(vec![7; FRAME_BYTES_MAX]),
            Frame::Entry(entry),
            Frame::End,
            Frame::Ready,
            Frame::Commit,
            Frame::Done,
            Frame::Fault(Fault { kind: Kind::Permission, text: "no".to_owned() }),
        ];
        let mut line = Vec::new();
        for frame in frames.clone() {
            frame.write(&mut line).unwrap();
        }
        let mut line = line.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut line).unwrap(), frame);
        }
        assert!(Frame::read(&mut line).is_err(), "nothing more");
    }

    #[test]
    fn frames_that_break_the_rules_are_refused() {
        assert!(Frame::Data(vec![0; FRAME_BYTES_MAX + 1]).write(&mut Vec::new()).is_err());
        for bad in
            [&[1, 0xff, 0xff, 0xff, 0xff][..], &[9, 0, 0, 0, 0], &[3, 1, 0, 0, 0, 0], &[2, 1, 0, 0, 0, b'{']]
        {
            assert!(Frame::read(&mut &bad[..]).is_err(), "{bad:?}");
        }
    }
}
