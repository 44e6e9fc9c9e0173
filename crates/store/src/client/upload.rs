//! An object on its way to the server.

use super::Task;
use crate::error::Error;
use crate::limits::FRAME_BYTES_MAX;
use crate::wire::{self, Frame, garbled};
use std::fmt;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;

/// An object that is being stored. It exists when [`Upload::commit`] has returned; dropped before, or if this process is
/// killed, the fetcher takes back what was sent. Errors carry [`Error`] inside ([`Error::of`]).
pub struct Upload {
    pub(super) lane: UnixStream,
    pub(super) task: Task,
}

impl Upload {
    /// Waits until the server has all bytes; the object does not exist yet.
    ///
    /// # Errors
    /// What the server says; [`Error::Ended`].
    pub fn ready(&mut self) -> Result<(), Error> {
        let sent = Frame::End.write(&mut self.lane);
        sent.map_err(|error| self.why(error))?;
        self.expect(&Frame::Ready)
    }

    /// Lets the object exist.
    ///
    /// # Errors
    /// As [`Upload::ready`]; then there is no object, unless it is the answer that was lost.
    pub fn commit(mut self) -> Result<(), Error> {
        let sent = Frame::Commit.write(&mut self.lane);
        sent.map_err(|error| self.why(error))?;
        self.expect(&Frame::Done)
    }

    fn expect(&mut self, wanted: &Frame) -> Result<(), Error> {
        let answer = self.task.answer(&mut self.lane)?;
        if answer == *wanted { Ok(()) } else { Err(self.task.ended(garbled("another answer"))) }
    }

    /// Why nothing more is taken: the last words of the fetcher, if it had any.
    fn why(&mut self, error: io::Error) -> Error {
        match Frame::read(&mut self.lane) {
            Ok(Frame::Fault(fault)) => self.task.fault(fault),
            _ => self.task.ended(error),
        }
    }
}

impl Write for Upload {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let bytes = buffer.get(..buffer.len().min(FRAME_BYTES_MAX)).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(0);
        }
        let sent = wire::head(DATA, bytes.len())
            .and_then(|head| self.lane.write_all(&head))
            .and_then(|()| self.lane.write_all(bytes));
        match sent {
            Ok(()) => Ok(bytes.len()),
            Err(error) => Err(self.why(error).into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The byte of [`Frame::Data`], whose payload is sent from where it stands.
const DATA: u8 = 1;

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({})", self.task.name)
    }
}
