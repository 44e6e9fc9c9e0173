//! Named pipes: opening one must not wait for ever for somebody to write.

use super::Error;
use super::limits::FIFO_WAIT_SECONDS;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, fcntl_setfl, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is asked whether a writer has come, in nanoseconds: poll(2) tells of bytes only.
const SLICE_NANOSECONDS: i64 = 100_000_000;

/// Opens a named pipe to which somebody writes; waits [`FIFO_WAIT_SECONDS`] for that somebody, and for
/// its bytes as long as it takes.
///
/// # Errors
/// [`Error::NoWriter`] if nobody has opened it by then.
pub(super) fn open(path: &Path) -> Result<impl Read + Send + use<>, Error> {
    let failed = |source: Errno| Error::Open { path: path.to_owned(), source: source.into() };
    // Without blocking, so that it opens before there is a writer (fifo(7)).
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = File::from(openat(CWD, path, flags, Mode::empty()).map_err(failed)?);
    let first = first(&mut file, Duration::from_secs(FIFO_WAIT_SECONDS))
        .map_err(|source| Error::Open { path: path.to_owned(), source })?
        .ok_or_else(|| Error::NoWriter { path: path.to_owned() })?;
    fcntl_setfl(&file, OFlags::RDONLY).map_err(failed)?;
    Ok(io::Cursor::new(first).chain(file))
}

/// Waits for a writer; the bytes that were read on the way, or nothing if none came.
fn first(file: &mut File, wait: Duration) -> io::Result<Option<Vec<u8>>> {
    let started = Instant::now();
    let slice = Timespec { tv_sec: 0, tv_nsec: SLICE_NANOSECONDS };
    let mut byte = [0; 1];
    while started.elapsed() < wait {
        let mut asked = [PollFd::new(&*file, PollFlags::IN)];
        match poll(&mut asked, Some(&slice)) {
            // Bytes, or a writer that has come and gone.
            Ok(1..) => return Ok(Some(Vec::new())),
            Ok(0) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // read(2): end of file while nobody has it open for writing, EAGAIN once somebody has.
        match file.read(&mut byte) {
            Ok(0) => {}
            Ok(_) => return Ok(Some(byte.to_vec())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Some(Vec::new())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn fifo(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("fifo");
        rustix::fs::mknodat(CWD, &path, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        path
    }

    #[test]
    fn writer_that_comes_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(&folder);
        let writer = std::thread::spawn({
            let path = path.clone();
            #[expect(clippy::disallowed_methods, reason = "the writing end of a test's pipe")]
            move || std::fs::OpenOptions::new().write(true).open(path).unwrap().write_all(&vec![7; 200_000])
        });
        let mut bytes = Vec::new();
        open(&path).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(bytes == vec![7; 200_000]);
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn nobody_is_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let mut file = File::from(openat(CWD, fifo(&folder), flags, Mode::empty()).unwrap());
        assert!(first(&mut file, Duration::from_millis(150)).unwrap().is_none());
    }
}
