//! Where text stands: runs of printable characters, in ASCII and in UTF-16 of
//! both byte orders at any address.
//!
//! Tokens in memory end in any byte and stand at odd addresses; a pass that
//! knows words of two bytes only at even addresses loses half of them.

mod kernel;
mod scan;

use std::ops::Range;

/// How the characters of a run are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// One byte a character.
    Ascii,
    /// Two bytes a character, the character first.
    Utf16Le,
    /// Two bytes a character, the zero first.
    Utf16Be,
}

/// A run of printable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRun {
    /// Its bytes in the window; of a UTF-16 run both bytes of each character.
    pub range: Range<usize>,
    /// How it is written.
    pub encoding: Encoding,
}

/// Finds text of at least `min_chars` characters (at least 2 are asked for).
///
/// A character is one of 0x20 to 0x7e, tab, line feed, carriage return. Sets
/// `out` to maximal runs, sorted by start; `out` is cleared first. Runs are
/// disjoint but where the last character of an ASCII run is the first of a
/// UTF-16 run: text that changes its encoding.
///
/// Characters and zeros in turn read as UTF-16 in either order; where both
/// orders fit, the one with more characters is given, little-endian first.
pub fn runs(window: &[u8], min_chars: usize, out: &mut Vec<TextRun>) {
    if let Some((_, fastest)) = kernel::available().first() {
        fastest(window, min_chars, out);
    }
}

/// The characters of a run as ASCII: the run itself, or in `room`, which is cleared first.
pub fn narrow<'a>(bytes: &'a [u8], encoding: Encoding, room: &'a mut Vec<u8>) -> &'a [u8] {
    room.clear();
    match encoding {
        Encoding::Ascii => return bytes,
        Encoding::Utf16Le => room.extend(bytes.iter().step_by(2)),
        Encoding::Utf16Be => room.extend(bytes.iter().skip(1).step_by(2)),
    }
    room
}

/// A kernel: what [`runs`] does, in one way.
pub type Kernel = fn(&[u8], usize, &mut Vec<TextRun>);

/// Every kernel that this processor can run, by name, fastest first; the last
/// is portable. For tests and measurements.
#[must_use]
pub fn kernels() -> &'static [(&'static str, Kernel)] {
    kernel::available()
}

#[cfg(test)]
mod tests;
