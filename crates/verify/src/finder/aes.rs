//! AES key schedules by recomputation (FIPS 197, section 5.2), encryption order, both byte orders of the
//! words.

/// A byte of zeros is no key, so pages of them are passed over.
const PAGE: [u8; 4096] = [0; 4096];

/// Words that the first test looks at.
const TEST_BYTES: usize = 40;

/// Calls `add` with offset, length and name of every schedule.
pub(super) fn find(bytes: &[u8], add: &mut dyn FnMut(usize, usize, &'static str)) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= TEST_BYTES) {
        if rest.starts_with(&PAGE) {
            at += PAGE.len() - TEST_BYTES;
            continue;
        }
        let page = rest.get(..rest.len().min(PAGE.len() + TEST_BYTES - 1)).unwrap_or(rest);
        for (index, window) in page.windows(TEST_BYTES).enumerate() {
            let Some(window) = window.first_chunk::<TEST_BYTES>() else { continue };
            let key_words = may_begin(window);
            if key_words != 0 {
                let here = rest.get(index..).unwrap_or_default();
                if let Some(length) = [4, 6, 8].into_iter().find_map(|words| schedule(here, words)) {
                    add(at + index, length, "AES key schedule");
                }
            }
        }
        at += PAGE.len();
    }
}

/// The relation w[i] = w[i - Nk] ^ w[i - 1] for one i, for each of the three key lengths: not zero if one
/// holds. It is the same in either byte order.
#[inline]
fn may_begin(window: &[u8; TEST_BYTES]) -> u8 {
    let word = |index: usize| match window.get(index * 4..index * 4 + 4) {
        Some([a, b, c, d]) => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    let holds = |nk: usize| word(nk + 1) == word(1) ^ word(nk) && word(nk) != 0;
    u8::from(holds(4)) | u8::from(holds(6)) | u8::from(holds(8))
}

/// Length in bytes of the schedule of a key of `key_words` words that begins here.
fn schedule(bytes: &[u8], key_words: usize) -> Option<usize> {
    let words = 4 * (key_words + 7);
    let bytes = bytes.get(..words * 4)?;
    let is = |swap: bool| {
        let stored: Vec<u32> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|word| if swap { u32::from_le_bytes(*word) } else { u32::from_be_bytes(*word) })
            .collect();
        expand(&stored, key_words)
    };
    (is(false) || is(true)).then_some(words * 4)
}

/// True if every word follows from those before it.
fn expand(words: &[u32], key_words: usize) -> bool {
    let mut constant = 1_u8;
    for index in key_words..words.len() {
        let (Some(before), Some(first), Some(this)) =
            (words.get(index - 1), words.get(index - key_words), words.get(index))
        else {
            return false;
        };
        let mut mixed = *before;
        if index.is_multiple_of(key_words) {
            mixed = substituted(mixed.rotate_left(8)) ^ u32::from(constant) << 24;
            constant = doubled(constant);
        } else if key_words == 8 && index % 8 == 4 {
            mixed = substituted(mixed);
        }
        if first ^ mixed != *this {
            return false;
        }
    }
    true
}

fn substituted(word: u32) -> u32 {
    u32::from_be_bytes(word.to_be_bytes().map(substitute))
}

/// Multiplication by x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, section 4.2).
fn doubled(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

/// The S-box (FIPS 197, section 5.1.1): the inverse in GF(2^8), which is the 254th power, then an affine map.
fn substitute(byte: u8) -> u8 {
    let times = |mut a: u8, mut b: u8| {
        let mut product = 0;
        while b != 0 {
            if b & 1 == 1 {
                product ^= a;
            }
            a = doubled(a);
            b >>= 1;
        }
        product
    };
    let (mut inverse, mut power) = (1, byte);
    for _ in 0..7 {
        power = times(power, power);
        inverse = times(inverse, power);
    }
    inverse
        ^ inverse.rotate_left(1)
        ^ inverse.rotate_left(2)
        ^ inverse.rotate_left(3)
        ^ inverse.rotate_left(4)
        ^ 0x63
}

/// True for the first bytes of keys that stand in FIPS 197, appendices A and C: libraries test themselves
/// with them.
pub(super) fn is_published(beginning: &[u8]) -> bool {
    const PUBLISHED: [[u8; 16]; 4] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c],
        [0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52, 0xc8, 0x10, 0xf3, 0x2b, 0x80, 0x90, 0x79, 0xe5],
        [0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81],
    ];
    PUBLISHED.iter().any(|key| beginning.starts_with(key))
}

/// Expands with the functions above; the vectors in the tests hold them to FIPS 197.
#[cfg(test)]
pub(crate) fn expanded(key: &[u8]) -> Vec<u8> {
    let key_words = key.len() / 4;
    let mut words: Vec<u32> = key.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
    let mut constant = 1;
    for index in key_words..4 * (key_words + 7) {
        let mut mixed = words[index - 1];
        if index % key_words == 0 {
            mixed = substituted(mixed.rotate_left(8)) ^ u32::from(constant) << 24;
            constant = doubled(constant);
        } else if key_words == 8 && index % 8 == 4 {
            mixed = substituted(mixed);
        }
        words.push(words[index - key_words] ^ mixed);
    }
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_is_that_of_the_standard() {
        // FIPS 197, appendix A.1: w[40..44]; A.2: w[48..52]; A.3: w[56..60].
        let check = |key: u128, low: u128, length: usize, last: u128| {
            let key = [key.to_be_bytes(), low.to_be_bytes()].concat();
            assert!(expanded(&key[..length]).ends_with(&last.to_be_bytes()));
        };
        check(0x2b7e151628aed2a6abf7158809cf4f3c, 0, 16, 0xd014f9a8c9ee2589e13f0cc8b6630ca6);
        check(
            0x8e73b0f7da0e6452c810f32b809079e5,
            0x62f8ead2522c6b7b << 64,
            24,
            0xe98ba06f448c773c8ecc720401002202,
        );
        check(
            0x603deb1015ca71be2b73aef0857d7781,
            0x1f352c073b6108d72d9810a30914dff4,
            32,
            0xfe4890d1e6188d0b046df344706c631e,
        );
    }

    #[test]
    fn schedules_of_all_lengths_are_found_at_any_offset_in_both_byte_orders() {
        for length in [16, 24, 32] {
            let key: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(37) ^ 0x5a).collect();
            let schedule = expanded(&key);
            let swapped: Vec<u8> = schedule.chunks(4).flat_map(|word| word.iter().rev()).copied().collect();
            for schedule in [&schedule, &swapped] {
                for at in [0, 3, 4095, 8191, 9001] {
                    let mut bytes = vec![0; 12_000];
                    bytes[at..at + schedule.len()].copy_from_slice(schedule);
                    let mut found = Vec::new();
                    find(&bytes, &mut |at, length, _| found.push((at, length)));
                    assert_eq!(found, [(at, schedule.len())]);
                    bytes[at + 70] ^= 1;
                    found.clear();
                    find(&bytes, &mut |at, length, _| found.push((at, length)));
                    assert_eq!(found, []);
                }
            }
        }
    }
}
