//! Why an output cannot be written or published.

use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};

/// A fault of the output. After any of them nothing stands under its name that
/// did not stand there before, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something has the output's name already.
    #[error("write {path}: it exists; name another file or pass --force")]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// A folder has the output's name.
    #[error("write {path}: it is a folder; name a file in it")]
    Folder {
        /// The output.
        path: PathBuf,
    },
    /// The name is too long, or of characters that the file system does not take.
    #[error("write {path}: no file can be called that there; choose another name")]
    BadName {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A device, pipe or socket has the output's name, or it is a link to one; it is never replaced.
    #[error("write {path}: it is neither a file nor free; name another file, or - for standard output")]
    NotRegular {
        /// The output.
        path: PathBuf,
    },
    /// A file that is to be gone on with is not what it should be.
    #[error("go on in {path}: it was not begun by this program for that; name a new file")]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Another run writes to it.
    #[error("go on in {path}: another run has it open; wait for that, or name another file")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The output's folder does not exist.
    #[error("write {path}: there is no folder {folder}; make it first")]
    NoFolder {
        /// The output.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// No permission.
    #[error("write {path}: no permission; choose a folder that you may write to")]
    Permission {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No room: disk, quota or file size limit.
    #[error(
        "write {path}: no room on its disk, in its quota or under its limit (ulimit -f); free some or choose another folder (nothing was published)"
    )]
    Full {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The finished file cannot be given its name.
    #[error(
        "publish {path}: the file is complete, but its folder takes no new name for it (it may be append-only or \
         immutable, its file system may know no links, or a security rule forbids them); choose another folder \
         (nothing was published)"
    )]
    NotNamed {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder has been replaced by one on another file system.
    #[error("publish {path}: its folder lies on another file system now; run again")]
    OtherFileSystem {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output has its name, but a power cut may still take it away.
    #[error("sync the folder of {path}: the file is complete, but may be gone after a power cut")]
    NotDurable {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The standard output is a terminal, which cannot show a dump.
    #[error("write the clean dump to a terminal: redirect standard output to a file or a pipe")]
    Terminal,
    /// Nobody would ever see what is written to the standard output.
    #[error("write the clean dump to standard output: it is closed; redirect it to a file or a pipe")]
    Closed,
    /// The standard output does not take the whole dump. What it took was verified.
    #[error(
        "write the clean dump to standard output, which holds only a part of it now; delete that part and run again"
    )]
    Stream {
        /// What the system says.
        source: io::Error,
    },
    /// The output is no file: it has no name to give.
    #[error("publish {path}: whoever made it takes it elsewhere, which is a fault of coredact")]
    Elsewhere {
        /// The output.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{action} {path}: its disk or file system fails; choose another folder (nothing was published)")]
    Io {
        /// `write`, `sync`, `publish`.
        action: &'static str,
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// Sorts an error of the system.
    pub(super) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind as Kind;
        let path = path.to_owned();
        match source.kind() {
            Kind::AlreadyExists => Self::Exists { path },
            Kind::IsADirectory => Self::Folder { path },
            Kind::InvalidFilename => Self::BadName { path, source },
            Kind::ReadOnlyFilesystem => Self::Permission { path, source },
            Kind::PermissionDenied if action != PUBLISH => Self::Permission { path, source },
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full { path, source },
            _ if action == PUBLISH && is_refused_link(&source) => Self::NotNamed { path, source },
            Kind::CrossesDevices => Self::OtherFileSystem { path, source },
            _ => Self::Io { action, path, source },
        }
    }
}

/// The action of giving a file its name.
pub(super) const PUBLISH: &str = "publish";

/// link(2): `EPERM` where the file system has no links or the folder is append-only, `EACCES` from security
/// modules, `EOPNOTSUPP` and `ENOSYS` from file systems in user space, `EMLINK` at their limit.
fn is_refused_link(error: &io::Error) -> bool {
    let refusals = [Errno::PERM, Errno::ACCESS, Errno::OPNOTSUPP, Errno::NOSYS, Errno::MLINK];
    error.raw_os_error().is_some_and(|code| refusals.iter().any(|one| one.raw_os_error() == code))
}
