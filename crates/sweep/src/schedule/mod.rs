//! Where an AES key schedule may lie: the part of the expansion that needs no
//! S-box.
//!
//! FIPS 197 section 5.2 makes three of every four words (five of six for
//! AES-192) by `w[i] = w[i - Nk] ^ w[i - 1]`. The equation survives a byte swap
//! of each word and `InvMixColumns` (both are linear), and it holds inside each
//! round key, so it also holds when the round keys are stored last first. That
//! leaves six shapes, three key sizes by two directions; each is twelve equal
//! bytes, which chance produces once in 2^96.
//!
//! The kernels report the places where such twelve bytes are; the S-box step
//! that proves a schedule is the business of the caller.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod scalar;

use std::sync::OnceLock;

/// Which shape of the expansion three words in a row obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// AES-128, round keys first to last: `Nk` is 4 words, 16 bytes back.
    Ascending128,
    /// AES-192, round keys first to last: 24 bytes back.
    Ascending192,
    /// AES-256, round keys first to last: 32 bytes back.
    Ascending256,
    /// AES-128, round keys last to first: 16 bytes ahead.
    Descending128,
    /// AES-192, round keys last to first: word 1 of a round key depends on a
    /// word 40 bytes ahead, words 2 and 3 on words 8 bytes ahead.
    Descending192,
    /// AES-256, round keys last to first: 32 bytes ahead.
    Descending256,
}

/// A place where three words in a row obey a [`Relation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// Offset in the window of the word before the three, in bytes. For all
    /// shapes but [`Relation::Ascending192`] a round key begins here.
    pub offset: usize,
    /// Which shape.
    pub relation: Relation,
}

/// Appends every candidate of `window` to `out`, by ascending offset.
///
/// Left out is a run with four zero bytes in a row in the last eight bytes of
/// any of its three operands: blank memory satisfies every equation, and
/// `x ^ 0 == x` is everywhere in tables (one 32-byte block in three of a C
/// program's core). Left out too are patterns in which six words in a row obey,
/// of which a schedule has at most five. Chance does either to one run of a
/// schedule in 2^28. No other filter is applied, so schedules of keys with
/// little entropy are reported too. At most six candidates are reported for one
/// offset.
pub fn candidates(window: &[u8], out: &mut Vec<Candidate>) {
    if let Some((_, kernel)) = kernels().first() {
        kernel(window, out);
    }
}

/// A function that does what [`candidates`] says.
pub type Kernel = fn(&[u8], &mut Vec<Candidate>);

/// Every kernel that this CPU can run with its name, fastest first. The last
/// one is always `scalar`, which defines the result of all.
///
/// `avx2` passes 8 GiB/s and more on one core, as fast as memory delivers. The
/// same kernel in AVX-512 was a quarter slower (example `schedule_rate`) and is left out.
pub fn kernels() -> &'static [(&'static str, Kernel)] {
    static KERNELS: OnceLock<Vec<(&'static str, Kernel)>> = OnceLock::new();
    KERNELS.get_or_init(|| {
        let mut found: Vec<(&'static str, Kernel)> = Vec::new();
        #[cfg(target_arch = "x86_64")]
        found.extend(avx2::kernel().map(|kernel| ("avx2", kernel)));
        found.push(("scalar", scalar::candidates));
        found
    })
}

#[cfg(test)]
mod tests;
