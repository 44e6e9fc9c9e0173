//! A folder, a name in it that is still to be given, and the file that will get it.

use super::error::PUBLISH;
use super::{Error, abandoned, unnamed};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, fcntl_getfl, fstat, linkat, major, minor, readlinkat,
    renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The name that means the standard output, as it means the standard input for a source.
pub const STANDARD_OUTPUT: &str = "-";

/// Bytes copied to the standard output at once.
const STREAM_BYTES: usize = 1 << 20;

/// The output's place and the file that is on its way there.
#[derive(Debug)]
pub(super) struct Target {
    /// As the caller named it, for messages.
    pub(super) path: PathBuf,
    pub(super) file: File,
    folder: OwnedFd,
    name: OsString,
    goes: Goes,
    force: bool,
    /// Name of the file until it is published, if it cannot do without. Removed when dropped.
    hidden: Option<OsString>,
}

/// What becomes of the file when it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    /// It gets its name.
    Named,
    /// It is copied to the standard output.
    Streamed,
    /// Somebody has read it and taken it elsewhere.
    Elsewhere,
}

impl Target {
    /// Checks everything that can be checked now and makes the file.
    pub(super) fn create(path: &Path, force: bool, mode: Mode) -> Result<Self, Error> {
        if path == Path::new(STANDARD_OUTPUT) {
            return Self::for_stream();
        }
        Self::create_by(path, force, |folder| {
            if unnamed::can_be_named_later() {
                unnamed::create(folder, OFlags::empty(), mode)
            } else {
                unnamed::named(folder, mode)
            }
        })
    }

    /// A private file in the folder for temporary ones that never gets a name: its content goes to the
    /// standard output when it is published.
    fn for_stream() -> Result<Self, Error> {
        if io::stdout().is_terminal() {
            return Err(Error::Terminal);
        }
        if is_closed(io::stdout()) {
            return Err(Error::Closed);
        }
        Self::private("standard output", Goes::Streamed)
    }

    /// A private file for what `output` names, which is no file.
    pub(super) fn for_elsewhere(output: &Path) -> Result<Self, Error> {
        Self::private(&output.to_string_lossy(), Goes::Elsewhere)
    }

    fn private(output: &str, goes: Goes) -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        // For messages; the user named something else, and room may lack in a folder nobody named.
        let path = format!("a temporary file for {output} in {} (TMPDIR)", parent.display());
        let path = PathBuf::from(path);
        let fault = |source| Error::new("write", &path, source);
        let folder = unnamed::open_folder(&parent).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NoFolder { path: path.clone(), folder: parent.clone() },
            _ => fault(source),
        })?;
        let file = unnamed::create_private(&parent).map_err(fault)?;
        let name = OsString::new();
        Ok(Self { path, file, folder, name, goes, force: false, hidden: None })
    }

    /// Copies the whole file to the standard output.
    fn stream(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let mut buffer = vec![0; STREAM_BYTES];
        let mut position = 0_u64;
        loop {
            let count = match self.file.read_at(&mut buffer, position) {
                Ok(0) => return out.flush(),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            out.write_all(buffer.get(..count).unwrap_or_default())?;
            position = position.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
    }

    pub(super) fn create_by(
        path: &Path,
        force: bool,
        make: impl FnOnce(&OwnedFd) -> io::Result<(File, Option<OsString>)>,
    ) -> Result<Self, Error> {
        let name = name_of(path).ok_or_else(|| Error::Folder { path: path.to_owned() })?.to_owned();
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new("."));
        let folder = unnamed::open_folder(parent).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                Error::NoFolder { path: path.to_owned(), folder: parent.to_owned() }
            }
            _ => Error::new("write", path, source),
        })?;
        match kind_of(&folder, &name) {
            Ok(Some(FileType::Directory)) => return Err(Error::Folder { path: path.to_owned() }),
            Ok(Some(kind)) if is_special(kind) || leads_to_special(&folder, &name) => {
                return Err(Error::NotRegular { path: path.to_owned() });
            }
            Ok(Some(_)) if !force => return Err(Error::Exists { path: path.to_owned() }),
            Ok(_) => {}
            Err(error) => return Err(Error::new("write", path, error.into())),
        }
        abandoned::remove_from(&folder);
        let (file, hidden) = make(&folder).map_err(|source| Error::new("write", path, source))?;
        Ok(Self { path: path.to_owned(), file, folder, name, goes: Goes::Named, force, hidden })
    }

    /// Gives the file its name. An existing file is replaced in one step under
    /// `force`, and left alone otherwise.
    pub(super) fn publish(mut self) -> Result<(), Error> {
        match self.goes {
            Goes::Named => {}
            Goes::Streamed => return self.stream().map_err(|source| Error::Stream { source }),
            Goes::Elsewhere => return Err(Error::Elsewhere { path: self.path.clone() }),
        }
        self.give_name().map_err(|error| Error::new(PUBLISH, &self.path, error.into()))?;
        rustix::fs::fsync(&self.folder)
            .map_err(|error| Error::NotDurable { path: self.path.clone(), source: error.into() })
    }

    fn give_name(&mut self) -> Result<(), Errno> {
        // Asked again: what is replaced must be a file even if the name was taken meanwhile.
        if self.force && kind_of(&self.folder, &self.name)?.is_some_and(is_special) {
            return Err(Errno::EXIST);
        }
        let Some(hidden) = self.hidden.clone() else {
            match self.link(&self.name) {
                Err(Errno::EXIST) if self.force => {}
                result => return result,
            }
            // A link cannot replace a file, a rename can.
            let hidden = unnamed::hidden_name().map_err(|_| Errno::IO)?;
            self.link(&hidden)?;
            self.hidden = Some(hidden.clone());
            renameat(&self.folder, &hidden, &self.folder, &self.name)?;
            self.hidden = None;
            return Ok(());
        };
        if self.force {
            renameat(&self.folder, &hidden, &self.folder, &self.name)?;
            self.hidden = None;
            return Ok(());
        }
        match renameat_with(&self.folder, &hidden, &self.folder, &self.name, RenameFlags::NOREPLACE) {
            Ok(()) => self.hidden = None,
            // rename(2): not every file system knows the flag. The hidden name goes when this is dropped.
            Err(Errno::INVAL | Errno::NOSYS) => {
                linkat(&self.folder, &hidden, &self.folder, &self.name, AtFlags::empty())?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Links the unnamed file to `name`; never replaces.
    fn link(&self, name: &OsStr) -> Result<(), Errno> {
        match linkat(&self.file, "", &self.folder, name, AtFlags::EMPTY_PATH) {
            // linkat(2): AT_EMPTY_PATH wants a capability (before Linux 6.10), /proc does not.
            Err(Errno::NOENT | Errno::PERM | Errno::ACCESS | Errno::INVAL) => {
                let path = format!("/proc/self/fd/{}", self.file.as_fd().as_raw_fd());
                linkat(CWD, path, &self.folder, name, AtFlags::SYMLINK_FOLLOW)
            }
            result => result,
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(hidden) = &self.hidden {
            // Nobody is left to tell; the name says whose file it is.
            let _removed = unlinkat(&self.folder, hidden, AtFlags::empty());
        }
    }
}

/// True if the process was started with this descriptor closed. Rust's start-up opens `/dev/null` in its place, for
/// reading and writing (`sanitize_standard_fds` in std's `sys/pal/unix/mod.rs`); a shell's `> /dev/null`, which
/// is somebody's will, opens it for writing alone.
fn is_closed(descriptor: impl AsFd) -> bool {
    // Linux' admin-guide/devices.txt: 1 char, 3 = /dev/null.
    let is_null = fstat(&descriptor).is_ok_and(|there| {
        FileType::from_raw_mode(there.st_mode) == FileType::CharacterDevice
            && (major(there.st_rdev), minor(there.st_rdev)) == (1, 3)
    });
    fcntl_getfl(descriptor).map_or(true, |flags| is_null && flags & OFlags::RWMODE == OFlags::RDWR)
}

/// What has a name in a folder, if anything.
fn kind_of(folder: &OwnedFd, name: &OsStr) -> Result<Option<FileType>, Errno> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => Ok(Some(FileType::from_raw_mode(there.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// True for a link to what is no file, as `/dev/stdout` is, wherever that happens to lead at present.
fn leads_to_special(folder: &OwnedFd, name: &OsStr) -> bool {
    let Ok(link) = readlinkat(folder, name, Vec::new()) else { return false };
    let there = statat(folder, name, AtFlags::empty()).map(|there| FileType::from_raw_mode(there.st_mode));
    link.to_bytes().starts_with(b"/proc/") || there.is_ok_and(is_special)
}

/// A device, pipe or socket is nobody's old output: replacing one breaks the system.
fn is_special(kind: FileType) -> bool {
    !matches!(kind, FileType::RegularFile | FileType::Symlink | FileType::Directory)
}

/// Last part of the path, unless it names a folder (`a/..`, `a/.`, `a/`, `/`).
fn name_of(path: &Path) -> Option<&OsStr> {
    let name = path.file_name()?;
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.ends_with(name.as_encoded_bytes()).then_some(name)
}
