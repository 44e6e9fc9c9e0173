//! Cores that lie: cut off at every structure, and with every number that a reader goes by
//! replaced by those that break readers.

use crate::truth::{Field, Structure, Truth};

/// One way to spoil a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The file ends after so many bytes.
    Truncate {
        /// What the end falls into.
        structure: &'static str,
        /// Length of the file.
        length: u64,
    },
    /// A number is another one.
    Set {
        /// Which number.
        field: Field,
        /// The new value, of which the low `field.width` bytes are written.
        value: u64,
    },
    /// One structure is copied over the start of another.
    Overlay {
        /// Where from.
        from: Structure,
        /// Where to.
        to: Structure,
    },
}

impl Mutation {
    /// The spoiled core.
    #[must_use]
    pub fn apply(&self, core: &[u8]) -> Vec<u8> {
        let mut out = core.to_vec();
        match self {
            Self::Truncate { length, .. } => out.truncate(crate::memory::size(*length)),
            Self::Set { field, value } => {
                let width = crate::memory::size(field.width);
                put(&mut out, field.file_offset, &value.to_le_bytes()[..width]);
            }
            Self::Overlay { from, to } => {
                let start = crate::memory::size(from.file_offset);
                let end = start + crate::memory::size(from.length.min(to.length));
                if let Some(bytes) = core.get(start..end) {
                    put(&mut out, to.file_offset, bytes);
                }
            }
        }
        out
    }
}

/// Every mutation of a core, in a fixed order.
pub fn mutations(truth: &Truth) -> impl Iterator<Item = Mutation> + '_ {
    truncations(truth).chain(lies(truth)).chain(overlays(truth))
}

/// The file ends before, inside and just before the end of each structure.
pub fn truncations(truth: &Truth) -> impl Iterator<Item = Mutation> + '_ {
    truth.structures.iter().flat_map(|structure| {
        let Structure { name, file_offset, length } = *structure;
        let mut ends = vec![file_offset, file_offset + 1, file_offset + length / 2, file_offset + length - 1];
        ends.dedup();
        ends.into_iter().map(move |length| Mutation::Truncate { structure: name, length })
    })
}

/// Each number becomes zero, one, the largest, the largest that is no sign, its own place, the
/// length of the file, one byte around it, an odd one, and a place that something else owns.
pub fn lies(truth: &Truth) -> impl Iterator<Item = Mutation> + '_ {
    let length = truth.file_length;
    let address = truth.segments.first().map_or(0, |segment| segment.address);
    truth.fields.iter().flat_map(move |field| {
        let bits = field.width * 8;
        let max = u64::MAX >> (64 - bits);
        let values = [
            0,
            1,
            3,
            max,
            max - 1,
            max >> 1,
            (max >> 1) + 1,
            max - 4095,
            field.file_offset,
            length,
            length - 1,
            length + 1,
            64,
            address,
            0xffff,
        ];
        values.into_iter().map(|value| Mutation::Set { field: *field, value })
    })
}

/// Each structure is laid over the next two.
fn overlays(truth: &Truth) -> impl Iterator<Item = Mutation> + '_ {
    (1..3).flat_map(|distance| {
        let pairs = truth.structures.iter().zip(truth.structures.iter().skip(distance));
        pairs.map(|(from, to)| Mutation::Overlay { from: from.clone(), to: to.clone() })
    })
}

fn put(out: &mut [u8], offset: u64, bytes: &[u8]) {
    let start = crate::memory::size(offset);
    if let Some(place) = out.get_mut(start..start + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keyring, Recipe};

    #[test]
    fn each_mutation_of_a_kind_changes_the_core() {
        let (core, truth) = Recipe::small(1).bytes(&Keyring::default());
        let all: Vec<Mutation> = mutations(&truth).collect();
        assert!(all.len() > 1000, "{}", all.len());
        for mutation in all.iter().step_by(37) {
            let spoiled = mutation.apply(&core);
            match mutation {
                Mutation::Truncate { length, .. } => assert_eq!(spoiled.len() as u64, *length),
                Mutation::Set { field, value } => {
                    let start = usize::try_from(field.file_offset).unwrap();
                    let width = usize::try_from(field.width).unwrap();
                    assert_eq!(spoiled[start..start + width], value.to_le_bytes()[..width], "{}", field.name);
                }
                Mutation::Overlay { .. } => assert_eq!(spoiled.len(), core.len()),
            }
        }
    }

    #[test]
    fn fields_hold_what_their_names_say() {
        let (core, truth) = Recipe::small(1).bytes(&Keyring::default());
        let value = |name: &str| {
            let field = truth.fields.iter().find(|field| field.name == name).unwrap();
            let (start, width) =
                (usize::try_from(field.file_offset).unwrap(), usize::try_from(field.width).unwrap());
            core[start..start + width].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
        };
        assert_eq!(value("e_phoff"), 64);
        assert_eq!(value("e_phentsize"), 56);
        assert_eq!(value("e_phnum"), 0xffff);
        assert_eq!(value("sh_info"), truth.segments.len() as u64 + 1);
        assert_eq!(value("n_namesz"), 5);
        // The program's entry of the linker's list names the program's base.
        assert_ne!(value("r_map"), 0);
        assert_ne!(value("DT_DEBUG"), 0);
    }
}
