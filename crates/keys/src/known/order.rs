//! The orders in which the words of a value may stand.

use zeroize::Zeroizing;

/// An order: which unit of bytes is turned around in place, and whether the units run backwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// The name in reports, that of the same form in [`crate::forms`].
    pub(super) name: &'static str,
    /// The value's length must be a multiple of this.
    pub(super) unit: usize,
    /// Whether the last unit comes first.
    pub(super) backwards: bool,
    /// How the bytes of a unit of eight, or of four, stand.
    within: Within,
    /// Whether text is looked for in it.
    pub(super) of_text: bool,
}

#[derive(Clone, Copy, Debug)]
enum Within {
    Kept,
    Turned,
    Halved,
    HalvedTurned,
}

/// Every order that shares a coarse fingerprint.
pub(super) const ORDERS: [Order; 8] = [
    Order { name: "be", unit: 1, backwards: false, within: Within::Kept, of_text: true },
    Order { name: "le", unit: 1, backwards: true, within: Within::Kept, of_text: true },
    Order { name: "int-array", unit: 4, backwards: false, within: Within::Turned, of_text: false },
    Order {
        name: "le-order of be 4-byte words",
        unit: 4,
        backwards: true,
        within: Within::Kept,
        of_text: false,
    },
    Order {
        name: "be-order of 8-byte words",
        unit: 8,
        backwards: false,
        within: Within::Turned,
        of_text: false,
    },
    Order {
        name: "le-order of be 8-byte words",
        unit: 8,
        backwards: true,
        within: Within::Kept,
        of_text: false,
    },
    Order {
        name: "be-order of halved 8-byte words",
        unit: 8,
        backwards: false,
        within: Within::Halved,
        of_text: false,
    },
    Order {
        name: "le-order of halved 8-byte words",
        unit: 8,
        backwards: true,
        within: Within::HalvedTurned,
        of_text: false,
    },
];

impl Order {
    /// Where the value starts, if its window of eight bytes at `window_at` stands at `at`.
    pub(super) fn start(&self, at: usize, window_at: usize, length: usize) -> Option<usize> {
        if !length.is_multiple_of(self.unit) {
            return None;
        }
        let before = if self.backwards { length.checked_sub(window_at + 8)? } else { window_at };
        at.checked_sub(before)
    }

    /// The value that stands there in this order.
    pub(super) fn undo(&self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
        if self.backwards {
            bytes.rchunks(self.unit).for_each(|unit| self.unit(unit, &mut out));
        } else {
            bytes.chunks(self.unit).for_each(|unit| self.unit(unit, &mut out));
        }
        out
    }

    fn unit(&self, unit: &[u8], out: &mut Vec<u8>) {
        let (one, two) = unit.split_at(unit.len() / 2);
        match self.within {
            Within::Kept => out.extend_from_slice(unit),
            Within::Turned => out.extend(unit.iter().rev()),
            Within::Halved => {
                out.extend_from_slice(two);
                out.extend_from_slice(one);
            }
            Within::HalvedTurned => {
                out.extend(one.iter().rev());
                out.extend(two.iter().rev());
            }
        }
    }
}
