//! The process with the network.

mod cloud;
mod download;
mod fault;
mod lane;
mod listing;
mod upload;

use crate::control;
use crate::error::Kind;
use crate::limits::FAREWELL_SECONDS_MAX;
use crate::place::Place;
use crate::wire::{Entry, Fault, Frame, Request};
use cloud::Clouds;
use lane::Lane;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What may be asked for: nothing else is given or taken.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Objects, and folders of objects, that may be read.
    pub read: Vec<Place>,
    /// Objects that may be written.
    pub written: Vec<Place>,
}

/// Answers what is asked on the standard input, a control socket, until it is closed.
///
/// # Errors
/// If there is no runtime, or the standard input is no such socket.
pub fn serve(places: Places) -> io::Result<()> {
    let control = io::stdin().as_fd().try_clone_to_owned()?;
    // Two providers of cryptography could be compiled in by others; ours is installed once, before any client.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, receiver) = mpsc::channel(REQUESTS_WAITING);
    // Waits for messages; ends with the other process.
    let listener =
        std::thread::Builder::new().name("requests".to_owned()).spawn(move || receive(&control, &sender))?;
    runtime.block_on(answer(receiver, Arc::new(Fetcher { clouds: Clouds::default(), places })));
    // What does not end by itself, a transfer that hangs, ends with the process.
    runtime.shutdown_background();
    listener.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

/// Requests that wait for the runtime.
const REQUESTS_WAITING: usize = 64;

/// Passes requests on until the other process is gone.
fn receive(control: &OwnedFd, sender: &mpsc::Sender<(Request, OwnedFd)>) -> io::Result<()> {
    while let Some((message, lane)) = control::receive(control)? {
        if sender.blocking_send((serde_json::from_slice(&message)?, lane)).is_err() {
            break;
        }
    }
    Ok(())
}

async fn answer(mut requests: mpsc::Receiver<(Request, OwnedFd)>, fetcher: Arc<Fetcher>) {
    let mut tasks = JoinSet::new();
    while let Some((request, lane)) = requests.recv().await {
        let Ok(lane) = Lane::new(UnixStream::from(lane)) else { continue };
        tasks.spawn(one(Arc::clone(&fetcher), request, lane));
        // Those that have ended are forgotten.
        while tasks.try_join_next().is_some() {}
    }
    // Uploads see that nobody commits them, and take back what was sent.
    let farewell = async { while tasks.join_next().await.is_some() {} };
    let _too_late = tokio::time::timeout(Duration::from_secs(FAREWELL_SECONDS_MAX), farewell).await;
}

/// Answers one request, a fault included.
async fn one(fetcher: Arc<Fetcher>, request: Request, mut lane: Lane) {
    if let Err(Stopped::Fault(fault)) = fetcher.answer(request, &mut lane).await {
        // Whoever has closed the lane does not want to hear it.
        let _closed = lane.send(Frame::Fault(fault)).await;
    }
}

/// Why a request is not answered to its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The other process has closed the lane.
    Closed,
    /// Something went wrong.
    Fault(Fault),
}

impl From<io::Error> for Stopped {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl From<object_store::Error> for Stopped {
    fn from(error: object_store::Error) -> Self {
        Self::Fault(fault::of(&error))
    }
}

/// A fault in words of our own.
fn refuse(kind: Kind, text: impl Into<String>) -> Stopped {
    Stopped::Fault(Fault { kind, text: text.into() })
}

/// Clients for the places that were named.
struct Fetcher {
    clouds: Clouds,
    places: Places,
}

impl Fetcher {
    async fn answer(&self, request: Request, lane: &mut Lane) -> Result<(), Stopped> {
        match request {
            Request::List { place } => {
                let place = named(&self.places.read, place)?;
                listing::list(&*self.clouds.of(place)?, place, lane).await
            }
            Request::Get { place, entry } => {
                let place = named(&self.places.read, place)?;
                let path = path_within(place, &entry)?;
                download::download(&self.clouds.of(place)?, &path, &entry, lane).await
            }
            Request::Check { place, replace } => {
                let place = named(&self.places.written, place)?;
                upload::check(&*self.clouds.of(place)?, &path_of(place)?, replace).await?;
                Ok(lane.send(Frame::Ready).await?)
            }
            Request::Put { place, replace, length } => {
                let place = named(&self.places.written, place)?;
                let wanted = upload::Wanted { path: path_of(place)?, replace, length };
                upload::upload(&*self.clouds.of(place)?, &wanted, lane).await
            }
        }
    }
}

fn named(places: &[Place], number: usize) -> Result<&Place, Stopped> {
    places.get(number).ok_or_else(|| refuse(Kind::Refused, "no such number"))
}

/// An object, if it lies within a place.
fn path_within(place: &Place, entry: &Entry) -> Result<object_store::path::Path, Stopped> {
    if !place.holds(&entry.key) {
        return Err(refuse(Kind::Refused, "it lies elsewhere"));
    }
    object_store::path::Path::parse(&entry.key).map_err(|error| refuse(Kind::Name, error.to_string()))
}

/// The one object of a place.
fn path_of(place: &Place) -> Result<object_store::path::Path, Stopped> {
    if place.is_folder {
        return Err(refuse(Kind::Settings, "it is the name of a folder; name an object"));
    }
    object_store::path::Path::parse(&place.key).map_err(|error| refuse(Kind::Name, error.to_string()))
}
