//! The objects of a place, one after the other.

use super::{Listed, Task};
use crate::error::Error;
use crate::place::Place;
use crate::wire::{Frame, garbled};
use std::io::BufReader;
use std::os::unix::net::UnixStream;

/// Objects in the order in which the server lists them, which is that of their names' bytes. After an error there are no more.
#[derive(Debug)]
pub struct Listing {
    pub(super) lane: BufReader<UnixStream>,
    pub(super) task: Task,
    pub(super) place: Place,
    pub(super) number: usize,
    pub(super) is_over: bool,
}

impl Iterator for Listing {
    type Item = Result<Listed, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let answer = self.task.answer(&mut self.lane);
        self.is_over = !matches!(answer, Ok(Frame::Entry(_)));
        match answer {
            Ok(Frame::Entry(entry)) => {
                Some(Ok(Listed { name: self.place.of_key(&entry.key), entry, number: self.number }))
            }
            Ok(Frame::End) => None,
            Ok(_) => Some(Err(self.task.ended(garbled("another answer")))),
            Err(error) => Some(Err(error)),
        }
    }
}
