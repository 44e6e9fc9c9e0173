//! The masks without vectors, eight bytes at a time: the only kernel on
//! processors without AVX2.

use crate::chunk::CHUNK;
use crate::chunk::words::{HIGH, ONES, mask, word, zeros};
use crate::random::rule::{DISTANCES, is_code, is_plain, is_text};
use crate::random::scan::{Far, Near, REACH, runs as scan};
use std::ops::Range;

/// The portable kernel.
pub(super) fn runs(window: &[u8], out: &mut Vec<Range<usize>>) {
    scan(window, out, near, far);
}

fn near(bytes: &[u8; CHUNK]) -> Near {
    Near {
        zero: mask(|at| zeros(word(bytes, at))),
        high: mask(|at| word(bytes, at) & HIGH),
        top: mask(|at| zeros(!word(bytes, at)) | zeros(word(bytes, at) ^ (0xaa * ONES))),
    }
}

fn far(bytes: &[u8; REACH]) -> Far {
    let [mut text, mut plain, mut code] = [0; 3];
    for (at, byte) in bytes.iter().take(CHUNK).enumerate() {
        let class = CLASSES[usize::from(*byte)];
        text |= u64::from(class & 1) << at;
        plain |= u64::from(class >> 1 & 1) << at;
        code |= u64::from(class >> 2) << at;
    }
    Far { equal: DISTANCES.map(|distance| equal(bytes, distance)), text, plain, code }
}

fn equal(bytes: &[u8; REACH], distance: usize) -> u64 {
    mask(|at| zeros(word(bytes, at) ^ word(bytes, at + distance)))
}

/// Bit 0: text, bit 1: plain, bit 2: code.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] =
            is_text(byte) as u8 | (is_plain(byte) as u8) << 1 | (is_code(byte) as u8) << 2;
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};
