//! Secrets whose every byte has a zero beside it: UTF-16 in either byte order, and bytes that JavaScript keeps as
//! characters.

use super::index::{Found, Index};
use super::material;
use super::order::ORDERS;
use crate::material::Hit;
use zeroize::Zeroizing;

/// The odd bytes of a word.
const ODD: u64 = 0xff00_ff00_ff00_ff00;

/// 1 in each even byte.
const EVEN_ONES: u64 = 0x0001_0001_0001_0001;

/// True for a word whose odd bytes are zero and whose even ones are not.
#[inline(always)]
pub(super) fn may_be(word: u64) -> bool {
    // With nothing between them, taking 1 from each even byte borrows from the odd one above a zero.
    word & ODD == 0 && word.wrapping_sub(EVEN_ONES) & ODD == 0
}

/// Appends the secret whose window starts at `at`, each byte with a zero behind it but the last, which may have none.
#[cold]
pub(super) fn at(index: &Index, bytes: &[u8], at: usize, out: &mut Vec<Hit>) {
    let Some(window) = bytes.get(at..at + 15).and_then(narrow) else { return };
    let Some(word) = window.first_chunk().map(|word| u64::from_le_bytes(*word)) else { return };
    if !index.may_hold(word) {
        return;
    }
    let [order, ..] = &ORDERS;
    for (secret, fingerprint) in index.candidates(word) {
        let Some(start) = at.checked_sub(2 * fingerprint.at as usize) else { continue };
        let range = start..start + 2 * fingerprint.length as usize - 1;
        let Some(value) = bytes.get(range.clone()).and_then(narrow) else { continue };
        if index.confirms(fingerprint, &value) {
            out.push(material::hit(Found { secret, fingerprint, value, range, order }, Some("utf-16")));
        }
    }
}

/// Every second byte, if the others are zero.
fn narrow(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let zeros = bytes.iter().skip(1).step_by(2).all(|byte| *byte == 0);
    zeros.then(|| Zeroizing::new(bytes.iter().step_by(2).copied().collect()))
}
