//! Which words of memory are objects.

use super::limits::SEEN_MAX;
use super::{Hint, go, java, nettle, openssl, pkcs11, python};

/// Lengths of secret keys, in bytes: of ciphers, and of digests.
pub(super) const KEY_BYTES: [usize; 7] = [16, 20, 24, 28, 32, 48, 64];

/// The language whose arrays of bytes do not say who holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    /// Java (HotSpot): `byte[]`.
    Java,
    /// CPython: `bytes`.
    Python,
    /// CPython: a row of attributes, in which `bytes` have this place; the object is the row.
    PythonRow(u8),
}

/// An array of random bytes of the length of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Array {
    /// Address of the object.
    pub object: u64,
    /// Address of its bytes.
    pub address: u64,
    /// Their number.
    pub length: usize,
    /// Whose object it is.
    pub runtime: Runtime,
}

/// What was seen in memory.
#[derive(Debug, Default)]
pub struct Seen {
    /// Objects that point to keys.
    pub hints: Vec<Hint>,
    /// Arrays that may be keys if the right object holds them.
    pub arrays: Vec<Array>,
    /// Objects beyond [`limits::SEEN_MAX`](super::limits::SEEN_MAX).
    pub skipped: u64,
}

impl Seen {
    /// True if nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hints.is_empty() && self.arrays.is_empty() && self.skipped == 0
    }
}

/// Adds the objects among the machine words of `bytes`, the first of which begins one and has the address `first`.
pub fn scan(bytes: &[u8], first: u64, seen: &mut Seen) {
    let (words, _) = bytes.as_chunks::<8>();
    let (hints, arrays) = (seen.hints.len(), seen.arrays.len());
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // One comparison sends most words away: addresses, text, numbers of 64 bits, zeros.
        if word == 0 || word > MOST && word & 0xffff_ffff > 1 {
            continue;
        }
        let at = |distance: isize| {
            let at = index.checked_add_signed(distance)?;
            words.get(at).map(|word| u64::from_le_bytes(*word))
        };
        let here = || first.wrapping_add(8 * index as u64);
        if openssl::may_end(word) {
            seen.hints
                .extend(at(-2).zip(at(-1)).and_then(|(address, limbs)| openssl::bignum(address, limbs)));
            continue;
        }
        // Age 2 in a mark word is the number of PKCS#11's values.
        if java::may_begin(word) {
            seen.arrays.extend(java::array(bytes, 8 * index, here()));
        }
        if pkcs11::may_begin(word) {
            seen.hints.extend(
                at(1).zip(at(2)).and_then(|(address, length)| pkcs11::attribute(word, address, length)),
            );
        }
        if nettle::may_begin(word) {
            seen.hints.extend(nettle::private_key(word, here(), at));
        }
        if usize::try_from(word).is_ok_and(|word| KEY_BYTES.contains(&word)) {
            go::slices(word, at, &mut seen.hints);
            seen.arrays.extend(python::array(bytes, 8 * index, here()));
        }
    }
    seen.skipped += cut(&mut seen.hints, hints) + cut(&mut seen.arrays, arrays);
}

/// The largest of the small numbers with which objects begin: a modulus in bytes.
const MOST: u64 = 2048;

/// Drops what was added since `before` beyond [`limits::SEEN_MAX`](super::limits::SEEN_MAX), and says how much that was.
fn cut<T>(all: &mut Vec<T>, before: usize) -> u64 {
    let most = before.saturating_add(SEEN_MAX);
    let skipped = all.len().saturating_sub(most);
    all.truncate(most);
    skipped as u64
}
