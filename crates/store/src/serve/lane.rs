//! One end of a lane, for the runtime.

use crate::limits::FRAME_BYTES_MAX;
use crate::wire::{self, Frame, HEAD_BYTES};
use bytes::Bytes;
use std::io;
use std::os::unix::net;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Where frames come and go.
pub(super) struct Lane {
    stream: UnixStream,
}

impl Lane {
    pub(super) fn new(stream: net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream: UnixStream::from_std(stream)? })
    }

    /// Sends a frame.
    pub(super) async fn send(&mut self, frame: Frame) -> io::Result<()> {
        let (kind, payload) = frame.parts()?;
        self.write(kind, &payload).await
    }

    /// Sends bytes of an object, in as many frames as it takes.
    pub(super) async fn send_bytes(&mut self, bytes: &Bytes) -> io::Result<()> {
        for part in bytes.chunks(FRAME_BYTES_MAX) {
            self.write(DATA, part).await?;
        }
        Ok(())
    }

    async fn write(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        self.stream.write_all(&wire::head(kind, payload.len())?).await?;
        self.stream.write_all(payload).await
    }

    /// The next frame.
    pub(super) async fn receive(&mut self) -> io::Result<Frame> {
        let mut head = [0; HEAD_BYTES];
        self.stream.read_exact(&mut head).await?;
        let (kind, length) = wire::heading(head)?;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await?;
        Frame::of(kind, payload)
    }
}

/// The byte of [`Frame::Data`], whose payload is sent from where it stands.
const DATA: u8 = 1;
