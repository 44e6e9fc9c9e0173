//! The smallest client of HTTP/1.1, over TCP and Unix sockets.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| -> Option<usize> {
            let (own, _) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then_some(own.len() + 1)
        };
        self.head.lines().find_map(|line| of(line).map(|at| line[at..].trim()))
    }
}

/// A place to connect to.
pub(crate) trait Place {
    type Stream: Read + Write;
    fn open(&self) -> io::Result<Self::Stream>;
}

impl Place for SocketAddr {
    type Stream = TcpStream;
    fn open(&self) -> io::Result<TcpStream> {
        TcpStream::connect(self)
    }
}

impl Place for &Path {
    type Stream = UnixStream;
    fn open(&self) -> io::Result<UnixStream> {
        UnixStream::connect(self)
    }
}

/// Asks for a path with headers.
pub(crate) fn get(place: impl Place, path: &str, headers: &[(&str, &str)]) -> Answer {
    try_get(&place, path, headers).expect("an answer")
}

/// Sends a body to a path.
pub(crate) fn post(place: impl Place, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_send(&place, "POST", path, headers, body).expect("an answer")
}

pub(crate) fn try_get(place: &impl Place, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
    try_send(place, "GET", path, headers, "")
}

fn try_send(
    place: &impl Place,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let mut stream = place.open()?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: mail.example\r\nConnection: close\r\n");
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status =
        head.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
