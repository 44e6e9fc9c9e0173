//! The end of the socket that has no network.

mod listing;
mod object;
mod upload;

pub use listing::Listing;
pub use object::Object;
pub use upload::Upload;

use crate::control;
use crate::error::{Action, Error, Said};
use crate::place::Place;
use crate::wire::{Entry, Fault, Frame, Request, garbled};
use std::fmt;
use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// The way to objects, through the process that has the network.
pub struct Store {
    control: OwnedFd,
    /// Places that may be read, and written, in the order in which the fetcher knows them.
    read: Vec<Place>,
    written: Vec<Place>,
}

impl Store {
    pub(crate) fn new(control: OwnedFd, read: Vec<Place>, written: Vec<Place>) -> Self {
        Self { control, read, written }
    }

    /// Begins to list the objects of a place: that of its very name, or, if there is none, those below it. Empty objects
    /// are among them.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub fn list(&self, path: &Path) -> Result<Listing, Error> {
        let (place, number) = find(&self.read, path, Action::List)?;
        let task = Task { action: Action::List, name: place.to_string() };
        let lane = self.ask(&task, &Request::List { place: number })?;
        Ok(Listing { lane: BufReader::new(lane), task, place: place.clone(), number, is_over: false })
    }

    /// Asks for the bytes of an object that was listed. They come while other things are done.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub fn get(&self, listed: &Listed) -> Result<Object, Error> {
        let task = Task { action: Action::Read, name: listed.name.clone() };
        let request = Request::Get { place: listed.number, entry: listed.entry.clone() };
        let lane = self.ask(&task, &request)?;
        Ok(Object::new(lane, task, listed.entry.length))
    }

    /// The object of a place that means one.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub fn one(&self, path: &Path) -> Result<Listed, Error> {
        let mut listing = self.list(path)?;
        let first = listing.next().transpose()?;
        match first {
            Some(listed) if path.to_str() == Some(listed.name.as_str()) => Ok(listed),
            _ => Err(listing.task.fault(Fault {
                kind: crate::error::Kind::NotFound,
                text: "it is a folder of objects; name one of them".to_owned(),
            })),
        }
    }

    /// Makes sure, before long work, that an object can be stored, and that there is none unless `replace`.
    ///
    /// # Errors
    /// If not; [`Error::Ended`].
    pub fn check(&self, path: &Path, replace: bool) -> Result<(), Error> {
        let (place, number) = find(&self.written, path, Action::Write)?;
        let task = Task { action: Action::Write, name: place.to_string() };
        let mut lane = self.ask(&task, &Request::Check { place: number, replace })?;
        match task.answer(&mut lane)? {
            Frame::Ready => Ok(()),
            _ => Err(task.ended(garbled("another answer"))),
        }
    }

    /// Begins to store an object of `length` bytes, which exists only after [`Upload::commit`].
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub fn put(&self, path: &Path, length: u64, replace: bool) -> Result<Upload, Error> {
        let (place, number) = find(&self.written, path, Action::Write)?;
        let task = Task { action: Action::Write, name: place.to_string() };
        let lane = self.ask(&task, &Request::Put { place: number, replace, length })?;
        Ok(Upload { lane, task })
    }

    /// Sends a request with one end of a fresh lane, and gives the other.
    fn ask(&self, task: &Task, request: &Request) -> Result<UnixStream, Error> {
        let sent = || -> io::Result<UnixStream> {
            let (near, far) = UnixStream::pair()?;
            control::send(&self.control, &serde_json::to_vec(request)?, far)?;
            Ok(near)
        };
        sent().map_err(|error| task.ended(error))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({} places to read, {} to write)", self.read.len(), self.written.len())
    }
}

/// An object that was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name: `s3://bucket/key`.
    pub name: String,
    /// What the listing says of it.
    pub entry: Entry,
    /// Number of the place below which it lies.
    number: usize,
}

/// What is being done, for messages.
#[derive(Clone, Debug)]
struct Task {
    action: Action,
    name: String,
}

impl Task {
    fn fault(&self, Fault { kind, text }: Fault) -> Error {
        Error::Server { action: self.action, name: self.name.clone(), kind, source: Said(text) }
    }

    fn ended(&self, source: io::Error) -> Error {
        Error::Ended { action: self.action, name: self.name.clone(), source }
    }

    /// The next frame that is no fault.
    fn answer(&self, lane: &mut impl io::Read) -> Result<Frame, Error> {
        match Frame::read(lane) {
            Ok(Frame::Fault(fault)) => Err(self.fault(fault)),
            Ok(frame) => Ok(frame),
            Err(error) => Err(self.ended(error)),
        }
    }
}

/// The place of a name, and its number.
fn find<'a>(places: &'a [Place], path: &Path, action: Action) -> Result<(&'a Place, usize), Error> {
    let wanted = Place::parse(path).and_then(Result::ok);
    let mut numbered = places.iter().zip(0..);
    numbered.find(|(place, _)| Some(*place) == wanted.as_ref()).ok_or_else(|| {
        let task = Task { action, name: path.to_string_lossy().into_owned() };
        task.fault(Fault {
            kind: crate::error::Kind::Refused,
            text: "the fetcher does not know it".to_owned(),
        })
    })
}
