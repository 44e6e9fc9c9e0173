//! What memory is full of when it holds no secret, made page by page from a seed: so a core of any
//! size is written in little memory, and any page can be made again.

use crate::random::Random;

/// Bytes of a page: the unit in which the class of content changes.
pub(crate) const PAGE: u64 = 4096;

/// A class of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing but zeros.
    Zeros,
    /// All classes, in shares as in a service's heap.
    Mixed,
    /// Words of English.
    Text,
    /// Lines of a log with times, numbers and addresses.
    Log,
    /// Text in UTF-16.
    WideText,
    /// Pointers into mapped memory.
    Pointers,
    /// Integers of 32 bits, small.
    Integers,
    /// Floating-point numbers.
    Doubles,
    /// Noise: what compressed data looks like.
    Noise,
    /// Lines of base64 that hold compressed data.
    Base64,
    /// Bytes distributed as in machine code.
    Code,
}

/// Shares of the classes in [`Content::Mixed`], of 64 pages.
const SHARES: [(Content, usize); 10] = [
    (Content::Zeros, 20),
    (Content::Text, 8),
    (Content::Log, 8),
    (Content::WideText, 3),
    (Content::Pointers, 9),
    (Content::Integers, 6),
    (Content::Doubles, 2),
    (Content::Noise, 1),
    (Content::Base64, 1),
    (Content::Code, 6),
];

impl Content {
    /// Fills `out` with page `number` of what `seed` describes.
    pub fn page(self, seed: u64, number: u64, out: &mut [u8]) {
        let mut random = Random::of(seed, number);
        match self.of_page(&mut random) {
            Self::Zeros | Self::Mixed => out.fill(0),
            Self::Text => words(&mut random, out, |word, out| out.extend(word)),
            Self::WideText => {
                words(&mut random, out, |word, out| out.extend(word.iter().flat_map(|byte| [*byte, 0])));
            }
            Self::Log => log(&mut random, out),
            Self::Pointers => eights(&mut random, out, pointer),
            Self::Integers => eights(&mut random, out, |random| {
                let (low, high) = (random.below(50_000), random.below(300));
                low | high << 32
            }),
            Self::Doubles => eights(&mut random, out, |random| {
                let whole = u32::try_from(random.below(100_000)).unwrap_or(0);
                (f64::from(whole) / 7.0).to_bits()
            }),
            Self::Noise => random.fill(out),
            Self::Base64 => base64(&mut random, out),
            Self::Code => code(&mut random, out),
        }
    }

    fn of_page(self, random: &mut Random) -> Self {
        if self != Self::Mixed {
            return self;
        }
        let mut ticket = random.index(SHARES.iter().map(|share| share.1).sum());
        for (content, share) in SHARES {
            if ticket < share {
                return content;
            }
            ticket -= share;
        }
        Self::Zeros
    }
}

fn eights(random: &mut Random, out: &mut [u8], mut make: impl FnMut(&mut Random) -> u64) {
    for chunk in out.chunks_mut(8) {
        let word = make(random).to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
}

/// Half of them zero, the rest to one of a few regions, eight-byte aligned.
fn pointer(random: &mut Random) -> u64 {
    let word = random.word();
    match word & 7 {
        0..=3 => 0,
        4 | 5 => 0x7f00_0000_0000 | (word >> 36) & !7,
        6 => 0x5555_5560_0000 | (word >> 44) & !7,
        _ => 0x7fff_f7c0_0000 | (word >> 44) & !7,
    }
}

fn words(random: &mut Random, out: &mut [u8], put: impl Fn(&[u8], &mut Vec<u8>)) {
    let mut text = Vec::with_capacity(out.len() + 64);
    while text.len() < out.len() {
        put(WORDS[random.index(WORDS.len())], &mut text);
    }
    out.copy_from_slice(&text[..out.len()]);
}

fn log(random: &mut Random, out: &mut [u8]) {
    let mut text: Vec<u8> = Vec::with_capacity(out.len() + 128);
    while text.len() < out.len() {
        text.extend(b"2026-11-");
        decimal(&mut text, 10 + random.below(20));
        text.extend(b"T0");
        decimal(&mut text, random.below(10));
        text.extend(b":12:");
        decimal(&mut text, 10 + random.below(50));
        text.extend(b"Z INFO request id=");
        decimal(&mut text, random.below(1 << 30));
        text.extend(b" client=10.0.");
        decimal(&mut text, random.below(256));
        text.extend(b".17 status=200 path=/api/v1/");
        for _ in 0..3 {
            text.extend(WORDS[random.index(WORDS.len())].trim_ascii_end());
            text.push(b'/');
        }
        text.push(b'\n');
    }
    out.copy_from_slice(&text[..out.len()]);
}

fn decimal(text: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        decimal(text, number / 10);
    }
    text.push(b"0123456789"[usize::try_from(number % 10).unwrap_or(0)]);
}

fn base64(random: &mut Random, out: &mut [u8]) {
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = if at % 77 == 76 { b'\n' } else { BASE64[random.index(64)] };
    }
}

/// Frequent bytes of x86-64 code between rare ones.
fn code(random: &mut Random, out: &mut [u8]) {
    for chunk in out.chunks_mut(8) {
        let mut word = random.word();
        for byte in chunk {
            let pick = usize::from(word.to_le_bytes()[0]);
            word = word.rotate_right(8);
            *byte = if pick < 192 { CODE[pick % CODE.len()] } else { word.to_le_bytes()[3] };
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const CODE: [u8; 24] = [
    0x48, 0x89, 0x8b, 0x00, 0x00, 0x00, 0xe8, 0xff, 0x0f, 0x24, 0x85, 0xc0, 0x74, 0x75, 0x83, 0x41, 0x4c,
    0x8d, 0x44, 0xc3, 0x90, 0x31, 0xeb, 0x5d,
];

const WORDS: [&[u8]; 32] = [
    b"the ",
    b"service ",
    b"memory ",
    b"was ",
    b"of ",
    b"connection ",
    b"closed ",
    b"by ",
    b"peer ",
    b"request ",
    b"handler ",
    b"returned ",
    b"a ",
    b"value ",
    b"in ",
    b"queue ",
    b"worker ",
    b"and ",
    b"buffer ",
    b"config ",
    b"page ",
    b"table ",
    b"index ",
    b"to ",
    b"retry ",
    b"after ",
    b"timeout ",
    b"thread ",
    b"session ",
    b"lock ",
    b"is ",
    b"ready.\n",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_the_same_each_time_it_is_made() {
        for content in SHARES.map(|share| share.0) {
            let (mut one, mut two) = ([1; 4096], [2; 4096]);
            content.page(5, 9, &mut one);
            content.page(5, 9, &mut two);
            assert_eq!(one, two, "{content:?}");
        }
    }

    #[test]
    fn a_third_of_mixed_pages_is_zero() {
        let mut page = [0; 4096];
        let zeros = (0..1000).filter(|number| {
            Content::Mixed.page(1, *number, &mut page);
            page.iter().all(|byte| *byte == 0)
        });
        let zeros = zeros.count();
        assert!((250..380).contains(&zeros), "{zeros}");
    }
}
