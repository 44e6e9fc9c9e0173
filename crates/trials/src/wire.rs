//! A line between `coredact` and a server, which breaks when it is told to.

use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Forwards connections until so many bytes have gone one way; then all of them break, and no new one is taken.
#[derive(Debug)]
pub struct Line {
    /// `127.0.0.1:port`.
    pub address: String,
    /// Says that the line is broken, once.
    pub broken: Receiver<()>,
}

/// Which bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What the server sends.
    Down,
    /// What the server is sent.
    Up,
}

/// What happens to the bytes after those that pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// All connections end, and new ones are refused.
    Dead,
    /// Nothing comes any more, and nothing ends.
    Silent,
}

impl Line {
    /// Lets `bytes` bytes of one way pass to and from the server at `to`.
    ///
    /// # Errors
    /// If there is no port.
    pub fn start(to: &str, way: Way, bytes: u64, then: Then) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listen")?;
        let address = listener.local_addr().context("ask for the port")?.to_string();
        let (sender, broken) = channel();
        let (to, left) = (to.to_owned(), Arc::new(AtomicU64::new(bytes)));
        thread::spawn(move || {
            let mut all: Vec<TcpStream> = Vec::new();
            for here in listener.incoming() {
                let (Ok(here), Ok(there)) = (here, TcpStream::connect(&to)) else { return };
                let dead = left.load(Ordering::SeqCst) == 0 && then == Then::Dead;
                if dead {
                    all.iter().for_each(|one| drop(one.shutdown(Shutdown::Both)));
                    return;
                }
                let (Ok(one), Ok(other)) = (here.try_clone(), there.try_clone()) else { return };
                all.extend(here.try_clone());
                all.extend(there.try_clone());
                let counted = |is_counted: bool| Counted {
                    left: is_counted.then(|| Arc::clone(&left)),
                    then,
                    told: sender.clone(),
                };
                let (up, down) = (counted(way == Way::Up), counted(way == Way::Down));
                thread::spawn(move || up.forward(one, there));
                thread::spawn(move || down.forward(other, here));
            }
        });
        Ok(Self { address, broken })
    }
}

struct Counted {
    left: Option<Arc<AtomicU64>>,
    then: Then,
    told: Sender<()>,
}

impl Counted {
    fn forward(self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let wanted = count as u64;
            let had = self.left.as_ref().map_or(Ok(u64::MAX), |left| {
                left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |had| Some(had.saturating_sub(wanted)))
            });
            let passes = had.unwrap_or_default().min(wanted);
            if to.write_all(&buffer[..usize::try_from(passes).unwrap_or(count)]).is_err() {
                break;
            }
            if passes < wanted {
                self.told.send(()).ok();
                if self.then == Then::Silent {
                    // The connection stays open as long as this thread has it.
                    loop {
                        thread::park();
                    }
                }
                break;
            }
        }
        from.shutdown(Shutdown::Both).ok();
        to.shutdown(Shutdown::Both).ok();
    }
}
