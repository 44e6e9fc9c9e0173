//! RSA numbers whose structure lost its head: a chain of INTEGERs of the sizes
//! that p, q, dp, dq and qinv have.

use super::build::{self, Rsa};
use super::der::{self, Element};
use super::limits::{MAX_MODULUS, MIN_MODULUS};
use crate::material::{Hit, Kind};
use std::ops::Range;

/// How much a chain must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Raw memory: three numbers, or two that no SEQUENCE encloses.
    Memory,
    /// Decoded from base64 lines, where a header of four bytes seldom arises by
    /// chance: one number and the next one's header, or the head of one number
    /// after bytes of another.
    Text,
}

/// Lengths, with the zero byte before the top bit, of the primes of RSA-1536,
/// 2048, 3072, 4096, 6144 and 8192.
const PRIME_LENGTHS: [usize; 6] = [97, 129, 193, 257, 385, 513];

/// Names of a chain of five.
const NAMES: [&str; 5] = ["p", "q", "dp", "dq", "qinv"];

/// Reads the chain that starts with the INTEGER at `at`.
pub(super) fn chain(window: &[u8], at: usize, evidence: Evidence) -> Option<Hit> {
    let first = der::integer(window, at)?;
    if first.declared <= MIN_MODULUS / 2 || !der::random_looking(first.bytes(window)) {
        return None;
    }
    let mut numbers = vec![first.clone()];
    let mut next = first.next();
    while let Some(number) = next.and_then(|next| der::integer(window, next)) {
        if numbers.len() == NAMES.len()
            || !follows(&numbers, &number)
            || !der::random_looking(number.bytes(window))
        {
            break;
        }
        next = number.next();
        numbers.push(number);
    }
    if !enough(window, at, &numbers, evidence) {
        return None;
    }
    Some(report(window, at, &numbers))
}

/// True if a number of this size can follow: as long as the one before (a prime
/// and its companions), or half as long (the private exponent and p).
fn follows(numbers: &[Element], next: &Element) -> bool {
    let Some(last) = numbers.last() else { return false };
    let same = next.declared + 4 >= last.declared && next.declared <= last.declared + 4;
    let half =
        numbers.len() == 1 && next.declared >= last.declared / 2 && next.declared <= last.declared / 2 + 4;
    same || half
}

fn enough(window: &[u8], at: usize, numbers: &[Element], evidence: Evidence) -> bool {
    let Some(first) = numbers.first() else { return false };
    // The two random bytes before a number look like the head of a short SEQUENCE in one case of 500.
    let length = (first.content.start - at).saturating_add(first.declared);
    let enclosed = der::enclosing(window, at, der::SEQUENCE).is_some_and(|(_, declared)| declared >= length);
    let large = first.declared >= 96;
    match evidence {
        Evidence::Memory => {
            numbers.len() >= 3 || (numbers.len() == 2 && !enclosed && large && first.complete())
        }
        Evidence::Text if numbers.len() >= 2 => large || numbers.len() >= 3,
        // A modulus stands after a SEQUENCE header or a version, a prime after random bytes.
        Evidence::Text => {
            let before = window.get(at.saturating_sub(16)..at).unwrap_or_default();
            let prime = !first.complete()
                && PRIME_LENGTHS.contains(&first.declared)
                && first.bytes(window).first() == Some(&0);
            prime
                && before.len() == 16
                && der::random_looking(before)
                && !enclosed
                && !before.ends_with(&[2, 1, 0])
        }
    }
}

/// Builds the hit: the chain, and before it as much of the private exponent as
/// looks random.
fn report(window: &[u8], at: usize, numbers: &[Element]) -> Hit {
    let longest = numbers.iter().map(|number| number.declared).max().unwrap_or(0);
    let mut start = random_start(window, at, 2 * longest + 16);
    // A text before the chain was written over the key.
    start += der::texts(window.get(start..at).unwrap_or_default()).last().map_or(0, |text| text.end);
    let end = numbers.last().map_or(at, |last| last.content.end);
    let mut rsa = Rsa::default();
    let named = numbers.len() == NAMES.len() && numbers.iter().all(Element::complete);
    for (number, name) in numbers.iter().zip(NAMES) {
        let bytes = number.bytes(window);
        if number.complete() {
            rsa.numbers.push((if named { name } else { "number" }, der::trimmed(bytes)));
        } else {
            rsa.fragments.push(bytes);
        }
    }
    let before = window.get(start..at).unwrap_or_default();
    if !before.is_empty() {
        rsa.fragments.push(before);
    }
    build::hit(start..end, "der-pkcs1", rsa.material("der-pkcs1"))
}

/// Bytes before the last one of a length in the encoding of SSH (RFC 4251, section 5).
const LENGTH_ZEROS: usize = 3;

/// The end of a number before the length of the next one, of which nothing is left: OpenSSH's files end with p and
/// q, and of a buffer that was given back and used again the end of p may stay. `at` is where the length ends.
///
/// Sizes of blocks of a heap look alike, but stand at multiples of eight.
pub(super) fn before_cut(window: &[u8], at: usize) -> Option<Hit> {
    let end = at.checked_sub(LENGTH_ZEROS).filter(|_| !at.is_multiple_of(8))?;
    if window.get(end..at)? != [0; LENGTH_ZEROS] {
        return None;
    }
    let length = usize::from(*window.get(at)?);
    let start = random_start(window, end, length).max(end.saturating_sub(length));
    // A text that ends behind the start is seen as one by what of it lies before.
    let wide = start.saturating_sub(16);
    let text_end = der::texts(window.get(wide..end)?).last().map_or(0, |text| wide + text.end);
    let start = start.max(text_end);
    let bytes = window.get(start..end).filter(|bytes| bytes.len() >= 16)?;
    let rsa = Rsa { fragments: vec![bytes], ..Rsa::default() };
    Some(build::hit(start..end, "openssh", rsa.material(CUT)))
}

/// Detector of such an end of a number.
const CUT: &str = "openssh-cut";

/// Whether a hit is the end of a number, of which memory that was used again says little. In what was compressed
/// nothing was used again, and pictures have such bytes everywhere.
#[must_use]
pub fn is_cut(hit: &Hit) -> bool {
    hit.material.detector == CUT
}

/// Walks back from `at` over blocks of sixteen bytes that look random.
fn random_start(window: &[u8], at: usize, limit: usize) -> usize {
    let mut start = at;
    while at - start < limit {
        let block = start.checked_sub(16).and_then(|from| window.get(from..start));
        match block {
            Some(block) if der::random_looking(block) && !pointer_like(block) => start -= 16,
            _ => break,
        }
    }
    start
}

/// True if one of the block's two words has the two zero bytes that end every
/// user-space address.
fn pointer_like(block: &[u8]) -> bool {
    block.chunks_exact(8).any(|word| word.ends_with(&[0, 0]))
}

/// Every chain in decoded text that no key in `out` explains.
pub(super) fn in_decoded(decoded: &[u8], out: &mut Vec<Hit>) {
    let explained: Vec<Range<usize>> = out.iter().map(with_public_numbers).collect();
    let mut at = 0;
    while let Some(found) = decoded.get(at..).and_then(|rest| memchr::memchr(der::INTEGER, rest)) {
        at += found;
        // One exponent of RSA-2048 in 256 has 127 bytes, which the short form still holds.
        let may_be_number = matches!(decoded.get(at + 1), Some(0x7f | 0x81 | 0x82));
        if may_be_number
            && !explained.iter().any(|range| range.contains(&at))
            && let Some(hit) = chain(decoded, at, Evidence::Text)
        {
            at = hit.range.end.max(at + 1);
            out.push(hit);
        } else {
            at += 1;
        }
    }
}

/// The hit's range and the numbers before it that belong to the same structure:
/// n and e of an RSA key; p, q, g and y of a DSA key.
fn with_public_numbers(hit: &Hit) -> Range<usize> {
    let before =
        if hit.material.kind == Kind::FiniteFieldPrivateKey { 4 * MAX_MODULUS } else { hit.range.len() + 64 };
    hit.range.start.saturating_sub(before)..hit.range.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prime_before_a_cut_off_one_is_a_fragment() {
        let prime: Vec<u8> = (0..59_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let text = b"\nHostKey /etc/ssh/host_key_of_this_server\n";
        // A length that ends at 112 may be the size of a block.
        for (shift, expected) in [(0, true), (6, false)] {
            let mut window = vec![b'#'; 2 + shift];
            window.extend(text.iter().chain(&prime).chain(&[0, 0, 0, 0xc1, 0]));
            window.resize(512, 0);
            let end = 2 + shift + text.len() + prime.len();
            let found = before_cut(&window, end + 3).map(|hit| (hit.material.kind, hit.range));
            let wanted = (Kind::PrivateKeyFragment, end - 59..end);
            assert_eq!(found, expected.then_some(wanted), "{}", (end + 3) % 8);
        }
    }
}
