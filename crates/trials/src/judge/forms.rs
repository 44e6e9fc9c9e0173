//! The ways to write a value.

use crate::secret::{Component, Kind};
use base64::prelude::{BASE64_STANDARD, Engine};
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Shortest fragment that counts, in bytes of the value.
const FRAGMENT: usize = 8;

/// Longest value that is sought in more than its plain form.
const FORMS_LONGEST: usize = 2048;

/// Longest value whose words are sought apart, in bytes: the schedules of block ciphers.
const SPREAD_LONGEST: usize = 512;

/// Digits of fewer bits than their word: bits, bytes of the word. CPython 30 in
/// 4 and 15 in 2, libtommath 60 in 8 and 28 in 4, JavaScript's small integers whatever they are in 8,
/// Java's and curve code's the rest.
const DIGITS: &[(u32, usize)] = &[
    (15, 2),
    (25, 8),
    (26, 4),
    (26, 8),
    (28, 4),
    (28, 8),
    (29, 4),
    (30, 4),
    (31, 4),
    (32, 8),
    (51, 8),
    (52, 8),
    (56, 8),
    (57, 8),
    (58, 8),
    (60, 8),
    (62, 8),
    (63, 8),
];

/// One way to write a component.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    /// Name for messages.
    pub name: String,
    /// The component so written.
    pub bytes: Vec<u8>,
    /// Shortest fragment of `bytes` that counts.
    pub least: usize,
    /// True if line breaks may stand in it.
    pub wraps: bool,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// Every form of a component, each once.
#[must_use]
pub fn forms(component: &Component, kind: Kind) -> Vec<Form> {
    let value = &component.bytes;
    let mut list = List { value: value.len(), forms: Vec::new() };
    list.add("plain", value.clone());
    if value.len() > FORMS_LONGEST {
        return list.forms;
    }
    if component.is_text {
        texts(&mut list, value);
    } else {
        numbers(&mut list, value, matches!(kind, Kind::Rsa | Kind::Curve));
    }
    spelled(&mut list, "", value);
    list.forms
}

/// The forms so far of a value of `value` bytes.
struct List {
    value: usize,
    forms: Vec<Form>,
}

impl List {
    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.push(name, bytes, false);
    }

    fn push(&mut self, name: &str, bytes: Vec<u8>, wraps: bool) {
        if bytes.is_empty() || self.forms.iter().any(|known| known.bytes == bytes) {
            return;
        }
        let least = (FRAGMENT.min(self.value) * bytes.len()).div_ceil(self.value.max(1));
        let least = least.max(FRAGMENT).min(bytes.len());
        self.forms.push(Form { name: name.to_owned(), bytes, least, wraps });
    }

    /// The text, and the same in UTF-16.
    fn text(&mut self, name: &str, text: &[u8], wraps: bool) {
        self.push(name, text.to_vec(), wraps);
        let wide = text.iter().flat_map(|&letter| [letter, 0]).collect();
        self.add(&format!("{name} in UTF-16"), wide);
    }
}

/// Texts as programs quote them.
fn texts(list: &mut List, text: &[u8]) {
    let percent = text.iter().flat_map(|&letter| match letter {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => vec![letter],
        _ => format!("%{letter:02X}").into_bytes(),
    });
    list.add("percent-encoded", percent.collect());
    for quoted in ["\"\\", "\"\\/"] {
        let escape = |letter: &u8| match letter {
            letter if quoted.as_bytes().contains(letter) => vec![b'\\', *letter],
            letter => vec![*letter],
        };
        list.add("JSON", text.iter().flat_map(escape).collect());
    }
    list.add("in UTF-16", text.iter().flat_map(|&letter| [letter, 0]).collect());
    list.add("reversed", text.iter().rev().copied().collect());
}

/// Byte strings and numbers in the orders of memory.
fn numbers(list: &mut List, value: &[u8], is_number: bool) {
    let number = BigUint::from_bytes_be(value);
    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    list.add("little-endian", reversed.clone());
    for width in [4, 8] {
        let mut words: Vec<Vec<u8>> = reversed.chunks(width).map(<[u8]>::to_vec).collect();
        if let Some(last) = words.last_mut() {
            last.resize(width, 0);
        }
        let big: Vec<u8> = words.iter().flat_map(|word| word.iter().rev().copied()).collect();
        list.add(&format!("big-endian {width}-byte limbs, least first"), big);
        words.reverse();
        list.add(&format!("little-endian {width}-byte limbs, most first"), words.concat());
        if value.len().is_multiple_of(width) {
            let swapped = value.chunks(width).flat_map(|word| word.iter().rev().copied());
            list.add(&format!("swapped {width}-byte words"), swapped.collect());
        }
    }
    if value.len() >= 16 {
        for &(bits, width) in DIGITS.iter().filter(|(bits, _)| *bits != 15 || value.len() <= 600) {
            list.add(&format!("{bits} bits in {width} bytes"), digits(&number, value.len(), bits, width));
        }
    }
    spread(list, value);
    if is_number {
        shifted(list, &number);
        list.text("decimal", number.to_string().as_bytes(), false);
        list.add("decimal of the reverse", BigUint::from_bytes_le(value).to_string().into_bytes());
        spelled(list, "reversed ", &reversed);
    }
}

/// The number shifted by fewer bits than a byte has, as division normalises its divisors; shifts by more
/// differ in where the bytes start.
fn shifted(list: &mut List, number: &BigUint) {
    for bits in 1..8 {
        let moved: BigUint = number << bits;
        list.add(&format!("little-endian, shifted by {bits}"), moved.to_bytes_le());
        list.add(&format!("big-endian, shifted by {bits}"), moved.to_bytes_be());
    }
}

/// Words of four bytes one by one in the registers of vector code (once in each lane), and in the
/// slots of an array of small integers, as JavaScript has it.
fn spread(list: &mut List, value: &[u8]) {
    if !value.len().is_multiple_of(4) || value.len() > SPREAD_LONGEST {
        return;
    }
    for (order, reverse) in [("", false), ("swapped ", true)] {
        let words = || {
            value.chunks(4).map(move |word| {
                let turned = word.iter().rev().copied().collect::<Vec<u8>>();
                if reverse { turned } else { word.to_vec() }
            })
        };
        let slots = words().flat_map(|word| [word, vec![0; 4]].concat());
        list.add(&format!("{order}4-byte words in 8 bytes"), slots.collect());
        for lanes in [4, 8, 16].iter().filter(|_| value.len() <= 64) {
            let lane = words().flat_map(|word| word.repeat(*lanes));
            list.add(&format!("{order}4-byte words {lanes} times"), lane.collect());
        }
    }
}

/// Digits of `bits` bits, each in a little-endian word of `width` bytes, least first.
fn digits(number: &BigUint, size: usize, bits: u32, width: usize) -> Vec<u8> {
    let mask = (BigUint::from(1_u8) << bits) - 1_u8;
    let mut rest = number.clone();
    let mut out = Vec::new();
    for _ in 0..(8 * size).div_ceil(bits as usize) {
        let digit = (&rest & &mask).to_u64().unwrap_or_default();
        out.extend(&digit.to_le_bytes()[..width]);
        rest >>= bits;
    }
    out
}

/// Hexadecimal and base64 of bytes, at every alignment.
fn spelled(list: &mut List, prefix: &str, value: &[u8]) {
    let pairs: Vec<String> = value.iter().map(|byte| format!("{byte:02x}")).collect();
    for (separator, wraps) in [("", true), (":", false), (" ", false)] {
        let lower = pairs.join(separator);
        list.text(&format!("{prefix}hex{separator}"), lower.as_bytes(), wraps);
        list.text(&format!("{prefix}HEX{separator}"), lower.to_uppercase().as_bytes(), wraps);
    }
    for before in 0..3 {
        let padded = [&[0, 0][..before], value].concat();
        let text = BASE64_STANDARD.encode(&padded);
        // Characters at the edges that depend on the neighbours are left out.
        let first = [0, 2, 3][before];
        let last = 4 * (padded.len() / 3) + [0, 1, 2][padded.len() % 3];
        let Some(core) = text.get(first..last) else { continue };
        list.text(&format!("{prefix}base64+{before}"), core.as_bytes(), true);
        let url = core.replace('+', "-").replace('/', "_");
        list.text(&format!("{prefix}base64url+{before}"), url.as_bytes(), true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_of(value: &[u8], name: &str) -> Vec<u8> {
        let all = forms(&Component::bytes("x", value), Kind::Rsa);
        all.into_iter().find(|form| form.name == name).unwrap().bytes
    }

    #[test]
    fn number_is_written_as_libraries_do() {
        let value: Vec<u8> = (1..=16).collect();
        for (name, expected) in [
            ("little-endian", &[16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1][..]),
            (
                "little-endian 4-byte limbs, most first",
                &[4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13],
            ),
            (
                "big-endian 8-byte limbs, least first",
                &[9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6, 7, 8],
            ),
            ("hex", b"0102030405060708090a0b0c0d0e0f10"),
            ("decimal", b"1339673755198158349044581307228491536"),
            ("base64+0", b"AQIDBAUGBwgJCgsMDQ4PE"),
            ("base64+1", b"ECAwQFBgcICQoLDA0ODx"),
        ] {
            let found = form_of(&value, name);
            if name == "base64+1" {
                assert!(found.starts_with(b"ECAwQFBgcICQoLDA0OD"), "{name}");
            } else {
                assert_eq!(found, expected, "{name}");
            }
        }
        let thirty = form_of(&value, "30 bits in 4 bytes");
        assert_eq!(&thirty[..4], &0x0d0e_0f10_u32.to_le_bytes());
        assert_eq!(thirty.len(), 20);
    }
}
