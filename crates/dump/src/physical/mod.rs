//! Physical memory: LiME, as its kernel module, AVML and others write it; kdump, as makedumpfile and QEMU write it, and what
//! either is packed in; and Windows' own dumps.

mod avml;
mod dump64;
mod expand;
mod flattened;
mod kdump;
mod lime;
pub(crate) mod paging;

pub use dump64::MAGIC as DUMP64_MAGIC;
pub use expand::{Expanded, expand, is_packed};
pub use kdump::is_kdump;
pub use lime::MAGIC as LIME_MAGIC;

use crate::error::Error;
use crate::image::Image;
use crate::read::ReadAt;
use std::ops::Range;

/// Where a clean dump can say what was removed of it, and how its headers lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRoom {
    /// Bytes of the file that are zero and belong to nothing.
    pub place: Range<u64>,
    /// Where the field stands that leads there: an offset of 64 bits and a length.
    pub field_offset: u64,
    /// Whether the length is of 64 bits, else 32.
    is_long: bool,
    /// Whether the numbers of the headers are big-endian.
    is_big: bool,
}

impl NoticeRoom {
    /// What the field has to hold for a notice of so many bytes at the beginning of the room.
    #[must_use]
    pub fn field(&self, bytes: u32) -> Vec<u8> {
        let mut numbers = vec![self.place.start.to_le_bytes().to_vec()];
        numbers.push(if self.is_long {
            u64::from(bytes).to_le_bytes().to_vec()
        } else {
            bytes.to_le_bytes().to_vec()
        });
        if self.is_big {
            numbers.iter_mut().for_each(|number| number.reverse());
        }
        numbers.concat()
    }
}

/// Room for a notice of at most `bytes` bytes in a kdump whose pages are as they are; none if it has none.
///
/// # Errors
/// If the headers say what cannot be, or the medium fails.
pub fn notice_room(source: &dyn ReadAt, bytes: u64) -> Result<Option<NoticeRoom>, Error> {
    kdump::room(source, bytes)
}

/// A LiME dump, with what page tables put side by side.
///
/// # Errors
/// If the first header is none, or the medium fails. What follows a header that is none is remarked and searched.
pub fn lime(source: &dyn ReadAt) -> Result<Image, Error> {
    with_pages(source, lime::open(source)?)
}

/// A kdump file whose pages are as they are, with what page tables put side by side.
///
/// # Errors
/// If the headers say what cannot be, a page is compressed, or the medium fails. What else is strange is remarked, and the
/// bytes concerned are searched as they stand.
pub fn kdump(source: &dyn ReadAt) -> Result<Image, Error> {
    with_pages(source, kdump::open(source)?)
}

/// A kernel dump of Windows, with what page tables put side by side.
///
/// # Errors
/// If the header says what cannot be, or the medium fails. What else is strange is remarked, and the bytes concerned are
/// searched as they stand.
pub fn dump64(source: &dyn ReadAt) -> Result<Image, Error> {
    with_pages(source, dump64::open(source)?)
}

/// A file that is the memory of a machine and nothing else, as Firecracker, Cloud Hypervisor and VMware leave it, with what
/// page tables put side by side.
///
/// # Errors
/// If the medium fails.
pub fn raw(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut image = Image { mapped: POINTERS.to_vec(), ..crate::raw(source) };
    paging::add_raw(source, &mut image)?;
    Ok(image)
}

/// Adds what page tables put side by side to a file that may be the memory of a machine.
///
/// # Errors
/// If the medium fails.
pub fn in_virtual_order(source: &dyn ReadAt, image: &mut Image) -> Result<(), Error> {
    paging::add_raw(source, image)
}

/// Adds what page tables put side by side to a dump whose addresses are physical.
fn with_pages(source: &dyn ReadAt, mut image: Image) -> Result<Image, Error> {
    let memory = std::mem::take(&mut image.addresses);
    paging::add(source, &mut image, &memory)?;
    image.addresses = memory;
    Ok(image)
}

/// Addresses of the kernel's half under four- and five-level paging, and of programs, stacks and libraries as Linux places
/// them on x86-64 and AArch64 (`Documentation/arch/x86/x86_64/mm.rst`, `Documentation/arch/arm64/memory.rst`): words with
/// these values are pointers, though nothing says to what. One random word in 60,000 has one.
pub(crate) const POINTERS: [Range<u64>; 3] =
    [0x5500_0000_0000..0x5700_0000_0000, 0x7e00_0000_0000..0x8000_0000_0000, 0xffff_0000_0000_0000..u64::MAX];
