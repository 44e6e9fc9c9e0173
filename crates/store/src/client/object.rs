//! The bytes of an object.

use super::Task;
use crate::error::Error;
use crate::wire::{Frame, garbled};
use std::fmt;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;

/// The bytes of an object as they come. It ends after as many as were listed, or with an error; dropped, it is no longer
/// fetched. Errors carry [`Error`] inside ([`Error::of`]).
pub struct Object {
    lane: UnixStream,
    task: Task,
    /// Bytes that are still to come.
    left: u64,
    /// Bytes of the last frame, and how many of them were read.
    frame: Vec<u8>,
    read: usize,
    is_over: bool,
}

impl Object {
    pub(super) fn new(lane: UnixStream, task: Task, length: u64) -> Self {
        Self { lane, task, left: length, frame: Vec::new(), read: 0, is_over: false }
    }

    /// The next bytes; false if there are none.
    fn more(&mut self) -> Result<bool, Error> {
        let frame = self.task.answer(&mut self.lane)?;
        match frame {
            Frame::Data(bytes) if !bytes.is_empty() => {
                let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                let left =
                    self.left.checked_sub(count).ok_or_else(|| self.task.ended(garbled("too many bytes")))?;
                (self.frame, self.read, self.left) = (bytes, 0, left);
                Ok(true)
            }
            Frame::End if self.left == 0 => Ok(false),
            Frame::End => Err(self.task.ended(garbled("too few bytes"))),
            _ => Err(self.task.ended(garbled("another answer"))),
        }
    }
}

impl Read for Object {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.frame.len() && !buffer.is_empty() && !self.is_over {
            self.is_over = !self.more()?;
        }
        let rest = self.frame.get(self.read..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        let (to, from) = (buffer.get_mut(..count), rest.get(..count));
        if let (Some(to), Some(from)) = (to, from) {
            to.copy_from_slice(from);
        }
        self.read = self.read.saturating_add(count);
        Ok(count)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({}, {} bytes to come)", self.task.name, self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Action, Kind};
    use crate::wire::Fault;
    use std::io::Write;

    /// What is read of an object of `length` bytes if the other process sends `frames` and ends.
    fn read(length: u64, frames: Vec<Frame>) -> io::Result<Vec<u8>> {
        let (near, mut far) = UnixStream::pair().unwrap();
        for frame in frames {
            frame.write(&mut far).unwrap();
        }
        far.flush().unwrap();
        drop(far);
        let task = Task { action: Action::Read, name: "s3://b/k".to_owned() };
        let mut bytes = Vec::new();
        Object::new(near, task, length).read_to_end(&mut bytes).map(|_| bytes)
    }

    #[test]
    fn only_whole_objects_are_whole() {
        let data = |bytes: &[u8]| Frame::Data(bytes.to_vec());
        assert_eq!(read(5, vec![data(b"abc"), data(b"de"), Frame::End]).unwrap(), b"abcde");
        let fault = Frame::Fault(Fault { kind: Kind::Changed, text: "412".to_owned() });
        for frames in [
            vec![data(b"abc")],
            vec![data(b"abc"), Frame::End],
            vec![data(b"abcdef"), Frame::End],
            vec![data(b"abcde")],
            vec![data(b"abc"), Frame::Done],
            vec![data(b"abc"), fault],
            vec![],
        ] {
            let error = read(5, frames.clone()).unwrap_err();
            assert!(Error::of(&error).is_some(), "{frames:?}: {error}");
            assert!(error.to_string().starts_with("read s3://b/k: "), "{error}");
        }
    }
}
