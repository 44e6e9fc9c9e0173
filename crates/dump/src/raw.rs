//! A file of no known format.

use crate::image::{Access, AddressMap, Image, Machine, Origin, Piece, Space};
use crate::read::ReadAt;

/// The whole file as one space. What could be written is unknown, so all of it counts as writable.
#[must_use]
pub fn raw(source: &dyn ReadAt) -> Image {
    let length = source.length();
    let access = Access { read: true, write: true, execute: false };
    let pieces = if length == 0 { vec![] } else { vec![Piece { start: 0, file_offset: 0, length, access }] };
    let space = Space { origin: Origin::Raw, address: None, pieces, length };
    Image {
        format: "raw",
        machine: Machine::Unknown,
        file_length: length,
        spaces: vec![space],
        protected: vec![],
        mapped: vec![],
        ignored_pointer_bits: 0,
        mappings: vec![],
        threads: vec![],
        marked: vec![],
        remarks: vec![],
        missing_bytes: 0,
        missing: vec![],
        unopened: None,
        addresses: AddressMap::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_file_is_one_writable_space() {
        let image = raw(&vec![1_u8; 10]);
        assert_eq!(image.spaces.len(), 1);
        assert_eq!(image.spaces[0].length, 10);
        assert!(image.spaces[0].pieces[0].access.write);
        assert_eq!(raw(&Vec::<u8>::new()).spaces[0].pieces.len(), 0);
    }
}
