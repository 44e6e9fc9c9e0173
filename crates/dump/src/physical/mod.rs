//! Physical memory: LiME, as its kernel module, AVML and others write it; kdump, as makedumpfile and QEMU write it, and what
//! either is packed in; and Windows' own dumps.

mod avml;
mod dump64;
mod expand;
mod flattened;
mod kdump;
mod lime;

pub use dump64::{MAGIC as DUMP64_MAGIC, open as dump64};
pub use expand::{Expanded, expand, is_packed};
pub use kdump::{MAGIC as KDUMP_MAGIC, open as kdump};
pub use lime::{MAGIC as LIME_MAGIC, open as lime};

use crate::image::Image;
use crate::read::ReadAt;
use std::ops::Range;

/// A file that is the memory of a machine and nothing else, as Firecracker, Cloud Hypervisor and VMware leave it.
#[must_use]
pub fn raw(source: &dyn ReadAt) -> Image {
    Image { mapped: POINTERS.to_vec(), ..crate::raw(source) }
}

/// Addresses of the kernel's half under four- and five-level paging, and of programs, stacks and libraries as Linux places
/// them on x86-64 and AArch64 (`Documentation/arch/x86/x86_64/mm.rst`, `Documentation/arch/arm64/memory.rst`): words with
/// these values are pointers, though nothing says to what. One random word in 60,000 has one.
pub(crate) const POINTERS: [Range<u64>; 3] =
    [0x5500_0000_0000..0x5700_0000_0000, 0x7e00_0000_0000..0x8000_0000_0000, 0xffff_0000_0000_0000..u64::MAX];
