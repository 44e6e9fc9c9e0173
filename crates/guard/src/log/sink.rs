//! Where events go.

use serde_json::Value;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Takes events.
pub trait Sink: Send + Sync {
    /// Takes one event, and returns when it is as safe as the sink can make it.
    ///
    /// # Errors
    /// If it could not be taken.
    fn write(&self, event: &Value) -> io::Result<()>;
}

/// Writes each event as one line of JSON.
pub struct JsonLines<W>(Mutex<W>);

impl<W: Write + Send> JsonLines<W> {
    /// Writes to a file, a pipe or a socket. Each event is one call of `write`, so that lines of several processes that append to one
    /// file do not mix.
    pub fn new(to: W) -> Self {
        Self(Mutex::new(to))
    }
}

impl<W: Write + Send> Sink for JsonLines<W> {
    fn write(&self, event: &Value) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        let mut to = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        to.write_all(&line)?;
        to.flush()
    }
}

impl<W> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonLines")
    }
}
