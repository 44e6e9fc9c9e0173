//! Classes of bytes as two tables over nibbles, for shuffle instructions.

use crate::random::rule::{is_code, is_plain, is_text};

/// A byte belongs to the class if its entries in both tables share a bit.
///
/// Each distinct row of the class (the low nibbles that go with a high one)
/// has a bit; there may be eight. The tables of 16 entries are repeated four
/// times, the width of the widest register.
pub(super) struct Nibbles {
    pub(super) low: [u8; 64],
    pub(super) high: [u8; 64],
}

pub(super) static TEXT: Nibbles = nibbles(&members(Class::Text));
pub(super) static PLAIN: Nibbles = nibbles(&members(Class::Plain));
pub(super) static CODE: Nibbles = nibbles(&members(Class::Code));

enum Class {
    Text,
    Plain,
    Code,
}

#[expect(clippy::cast_possible_truncation, reason = "counts to 256 over bytes")]
const fn members(class: Class) -> [bool; 256] {
    let mut members = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        members[byte] = match class {
            Class::Text => is_text(byte as u8),
            Class::Plain => is_plain(byte as u8),
            Class::Code => is_code(byte as u8),
        };
        byte += 1;
    }
    members
}

const fn nibbles(members: &[bool; 256]) -> Nibbles {
    let mut tables = Nibbles { low: [0; 64], high: [0; 64] };
    let mut used = 0;
    let mut high = 0;
    while high < 16 {
        if !is_empty(members, high) {
            let mut twin = 0;
            while !is_same(members, twin, high) {
                twin += 1;
            }
            let bit = if twin < high {
                tables.high[twin]
            } else {
                assert!(used < 8, "a class has at most eight distinct rows");
                used += 1;
                1 << (used - 1)
            };
            let mut at = 0;
            while at < 64 {
                if at % 16 == high {
                    tables.high[at] = bit;
                }
                if members[high * 16 + at % 16] {
                    tables.low[at] |= bit;
                }
                at += 1;
            }
        }
        high += 1;
    }
    tables
}

const fn is_empty(members: &[bool; 256], high: usize) -> bool {
    let mut low = 0;
    while low < 16 {
        if members[high * 16 + low] {
            return false;
        }
        low += 1;
    }
    true
}

const fn is_same(members: &[bool; 256], a: usize, b: usize) -> bool {
    let mut low = 0;
    while low < 16 {
        if members[a * 16 + low] != members[b * 16 + low] {
            return false;
        }
        low += 1;
    }
    true
}
