//! Page tables: physical memory in the order in which programs saw it.
//!
//! A machine scatters the pages of a program over its memory, and what crosses from one page into the next lies in two
//! places. Nothing says where the page tables are, but nothing looks like them either: the table at the top is found by
//! its form, and what it leads to says which pages follow each other (Intel SDM, volume 3A, 4.5.4). Where they do not lie
//! side by side in the file, an overlay shows the surroundings of the joint.
//!
//! Four levels of x86-64; the tables under a fifth level are found as well, for each is a table at the top by its form. And
//! those of AArch64.

mod aarch64;
mod entry;
mod joints;
mod root;
#[cfg(test)]
mod tests;
mod walk;

use crate::error::Error;
use crate::image::{AddressMap, Image};
use crate::read::ReadAt;
use joints::Joints;
use root::Reading;

/// Bytes of a page, and of a table.
pub(super) const PAGE: u64 = 4096;

/// How errors name what is read here.
const FORMAT: &str = "physical memory";

/// Holes in the physical addresses of memory files that have no headers, by where they begin: below 4 GiB, where devices
/// are. None; Firecracker and Cloud Hypervisor (`MMIO_MEM_START`); VMware and QEMU's `pc` (3 GiB); VirtualBox and QEMU with
/// less; QEMU's `q35` (2 GiB, 2.75 GiB for small guests).
const HOLES: [Option<u64>; 6] =
    [None, Some(0xd000_0000), Some(0xc000_0000), Some(0xe000_0000), Some(0x8000_0000), Some(0xb000_0000)];

/// Where memory goes on above a hole: 4 GiB.
const ABOVE: u64 = 1 << 32;

/// Where the memory of machines with AArch64 begins: at zero; QEMU's `virt` and Cloud Hypervisor (1 GiB); Firecracker (2 GiB,
/// `DRAM_MEM_START`).
const BASES: [u64; 3] = [0, 0x4000_0000, 0x8000_0000];

/// Adds overlays of what page tables put side by side to a dump that says at which physical address its memory was.
///
/// # Errors
/// If the medium fails.
pub(crate) fn add(source: &dyn ReadAt, image: &mut Image, memory: &AddressMap) -> Result<(), Error> {
    let candidates = root::candidates(source, memory, image.machine)?;
    let mut best = Joints::default();
    for (reading, offsets) in candidates.offsets {
        best = best.or(follow(source, reading, &offsets, memory)?);
    }
    finish(image, best, memory, candidates.left);
    Ok(())
}

/// The same for a file that is memory and nothing else: addresses are offsets, but for a hole below 4 GiB or where memory
/// begins above zero. That is taken by which the tables lead to most memory.
///
/// # Errors
/// If the medium fails.
pub(crate) fn add_raw(source: &dyn ReadAt, image: &mut Image) -> Result<(), Error> {
    let flat = AddressMap::of(std::iter::once((0, 0, source.length())));
    let candidates = root::candidates(source, &flat, image.machine)?;
    let (mut best, mut best_memory) = (Joints::default(), flat);
    for (reading, offsets) in candidates.offsets.into_iter().filter(|(_, offsets)| !offsets.is_empty()) {
        for memory in places(reading, source.length()) {
            let joints = follow(source, reading, &offsets, &memory)?;
            if joints.bytes > best.bytes {
                (best, best_memory) = (joints, memory);
            }
        }
    }
    finish(image, best, &best_memory, candidates.left);
    Ok(())
}

/// Where the memory of a file without headers may have been.
fn places(reading: Reading, length: u64) -> Vec<AddressMap> {
    match reading {
        Reading::X86_64 => HOLES
            .into_iter()
            .filter(|hole| hole.is_none_or(|start| start < length))
            .map(|hole| {
                let low = hole.unwrap_or(length);
                let high =
                    length.checked_sub(low).filter(|bytes| *bytes > 0).map(|bytes| (ABOVE, low, bytes));
                AddressMap::of(std::iter::once((0, 0, low)).chain(high))
            })
            .collect(),
        Reading::Aarch64(_) => {
            BASES.into_iter().map(|base| AddressMap::of(std::iter::once((base, 0, length)))).collect()
        }
    }
}

/// What the page tables below these tops put side by side.
fn follow(
    source: &dyn ReadAt,
    reading: Reading,
    candidates: &[u64],
    memory: &AddressMap,
) -> Result<Joints, Error> {
    let mut joints = Joints::default();
    match reading {
        Reading::X86_64 => {
            let mut walk = walk::Walk::new(source, memory);
            for offset in candidates {
                joints.roots = joints.roots.saturating_add(u64::from(walk.root(*offset, &mut joints)?));
            }
        }
        Reading::Aarch64(granule) => {
            aarch64::Walk::new(source, memory, granule).tops(candidates, &mut joints)?;
        }
    }
    Ok(joints)
}

/// Adds what was found to the image.
fn finish(image: &mut Image, joints: Joints, memory: &AddressMap, candidates_left: u64) {
    let (roots, left) = (joints.roots, joints.left.saturating_add(candidates_left));
    if left > 0 {
        image.joints_left = image.joints_left.saturating_add(left);
    }
    if roots > 0 {
        let spaces = joints.spaces(memory);
        image.remarks.push(format!(
            "page tables of {roots} address spaces were found: {} stretches of pages that lie apart are searched in the order of virtual addresses",
            spaces.len()
        ));
        image.spaces.extend(spaces);
    }
}
