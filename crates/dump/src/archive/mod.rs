//! Archives: which members they hold, and where in the file the bytes of each lie.
//!
//! An archive is walked once, in bounded memory, whatever its directory claims. A member that is stored as it is
//! becomes a list of parts of the file, so that nobody need copy it; what is encrypted, damaged or packed in a
//! way that is not opened comes out as a [`Fault`], by name: no byte is passed over in silence. Bytes that no
//! member owns (headers, padding, what follows the end) are left to the caller, who knows them from what the
//! members own.
//!
//! The walks are our own because libraries for these formats hold whole directories and long names of any
//! length in memory, let one of two members of the same name win, and do not say which bytes they left out.

mod ar;
mod cpio;
mod fields;
pub mod limits;
mod member;
mod multipart;
mod pack;
mod tar;
mod zip;

pub use zip::flat;

pub use member::{Content, Entry, Fault, Held, Member, Packing, Stored, StoredFile};

use crate::read::ReadAt;
use std::io;

/// An archive format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// tar: v7, ustar, pax and GNU, sparse members too.
    Tar,
    /// ZIP and ZIP64.
    Zip,
    /// ar, as of static libraries and Debian packages.
    Ar,
    /// cpio in its new ASCII formats, as of initial RAM disks and RPM.
    Cpio,
    /// A body of multipart/form-data, as crash reporters upload it.
    Multipart,
    /// A pack of git's objects.
    Pack,
}

/// Gives the members of an archive, one after the other; an error of the medium ends it.
pub type Walk<'a> = Box<dyn Iterator<Item = io::Result<Entry>> + Send + 'a>;

impl Archive {
    /// The format of a file that starts with `head`; give it [`HEAD_BYTES`](crate::container::HEAD_BYTES) or the
    /// whole file.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        if zip::is_zip(head) {
            Some(Self::Zip)
        } else if head.starts_with(&ar::MAGIC) {
            Some(Self::Ar)
        } else if cpio::is_cpio(head) {
            Some(Self::Cpio)
        } else if pack::is_pack(head) {
            Some(Self::Pack)
        } else if multipart::is_multipart(head) {
            Some(Self::Multipart)
        } else if tar::is_tar(head) {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// Name of the format in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Zip => "zip",
            Self::Ar => "ar",
            Self::Cpio => "cpio",
            Self::Multipart => "multipart",
            Self::Pack => "git-pack",
        }
    }

    /// Walks through the members of an archive of this format.
    #[must_use]
    pub fn walk(self, source: &dyn ReadAt) -> Walk<'_> {
        match self {
            Self::Tar => Box::new(tar::Tar::new(source)),
            Self::Zip => Box::new(zip::Zip::new(source)),
            Self::Ar => Box::new(ar::Ar::new(source)),
            Self::Cpio => Box::new(cpio::Cpio::new(source)),
            Self::Multipart => Box::new(multipart::Multipart::new(source)),
            Self::Pack => Box::new(pack::Pack::new(source)),
        }
    }
}

#[cfg(test)]
mod tests;
