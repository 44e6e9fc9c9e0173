//! The socket between the two processes: messages with one descriptor each.

use crate::limits::REQUEST_BYTES_MAX;
use rustix::cmsg_space;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

/// Two ends that keep messages apart (`SOCK_SEQPACKET`, unix(7)).
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Sends a message with a descriptor.
pub(crate) fn send(socket: impl AsFd, message: &[u8], descriptor: impl AsFd) -> io::Result<()> {
    let descriptors = [descriptor.as_fd()];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if message.is_empty()
        || message.len() > REQUEST_BYTES_MAX
        || !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors))
    {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    loop {
        match sendmsg(&socket, &[IoSlice::new(message)], &mut ancillary, SendFlags::NOSIGNAL) {
            Ok(count) if count == message.len() => return Ok(()),
            Ok(_) => return Err(io::ErrorKind::WriteZero.into()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Receives a message with its descriptor; nothing if the other end is closed.
pub(crate) fn receive(socket: impl AsFd) -> io::Result<Option<(Vec<u8>, OwnedFd)>> {
    let mut message = vec![0; REQUEST_BYTES_MAX];
    loop {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut message)];
        let count = match recvmsg(&socket, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => received.bytes,
            Err(Errno::INTR) => continue,
            Err(Errno::CONNRESET) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if count == 0 {
            return Ok(None);
        }
        let mut descriptors = ancillary.drain().filter_map(|one| match one {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        });
        let descriptor = descriptors.next().and_then(|mut descriptors| descriptors.next());
        drop(descriptors);
        message.truncate(count);
        return match descriptor {
            Some(descriptor) => Ok(Some((message, descriptor))),
            None => Err(io::ErrorKind::InvalidData.into()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn messages_come_one_by_one_with_their_descriptors() {
        let (here, there) = pair().unwrap();
        let (mut near, far) = UnixStream::pair().unwrap();
        send(&here, b"first", &far).unwrap();
        send(&here, &vec![7; REQUEST_BYTES_MAX], &far).unwrap();
        assert!(send(&here, &vec![7; REQUEST_BYTES_MAX + 1], &far).is_err());
        drop((here, far));
        let (message, descriptor) = receive(&there).unwrap().unwrap();
        assert_eq!(message, b"first");
        near.write_all(b"x").unwrap();
        let mut byte = [0];
        UnixStream::from(descriptor).read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"x");
        assert_eq!(receive(&there).unwrap().unwrap().0.len(), REQUEST_BYTES_MAX);
        assert!(receive(&there).unwrap().is_none());
    }
}
