//! Phrases of BIP 39: twelve to twenty-four words that write down the seed of a wallet.

use crate::material::{Certainty, Component, Hit, Kind, Material, Notation, Role};
use bip39::{Language, Mnemonic};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;
use std::ops::Range;
use zeroize::Zeroizing;

/// Words of a phrase, the longest first (BIP 39, "Generating the mnemonic").
const LENGTHS: [usize; 5] = [24, 21, 18, 15, 12];

/// Lengths of the words of the English list.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=8;

/// Shortest phrase in characters: words of three letters with blanks between.
const PHRASE_CHARS_MIN: usize = 12 * 3 + 11;

/// Characters that are looked at together.
const NEAR: usize = 16;

/// Characters between two places that are looked at: every phrase holds one of them whole.
const STRIDE: usize = PHRASE_CHARS_MIN - NEAR + 1;

/// Phrases of one text whose seed is computed: a millisecond each. Of others the words and what they stand for go.
const SEEDS_MAX: usize = 64;

/// Appends the phrases in `text`, a run of printable characters: words of the English list, in small letters, one
/// blank between two, with the right checksum. Words in the order of the alphabet are the list itself.
pub(crate) fn scan(text: &[u8], out: &mut Vec<Hit>) {
    let is_inside = |byte: &u8| byte.is_ascii_lowercase() || *byte == b' ';
    let (mut at, mut floor, mut seeds) = (0, 0, 0);
    while let Some(near) = text.get(at..).and_then(|rest| rest.first_chunk::<NEAR>()) {
        // Without a branch, so that the processor looks at all of them at once.
        let is_near =
            near.iter().fold(true, |all, byte| all & ((byte.wrapping_sub(b'a') < 26) | (*byte == b' ')));
        if is_near && near.iter().take(LETTERS.end() + 1).any(|byte| *byte == b' ') {
            let before = text.get(floor..at).unwrap_or_default();
            let start = at - before.iter().rev().take_while(|byte| is_inside(byte)).count();
            let behind = text.get(at..).unwrap_or_default();
            floor = at + behind.iter().position(|byte| !is_inside(byte)).unwrap_or(behind.len());
            if floor - start >= PHRASE_CHARS_MIN {
                in_words(text, start..floor, &mut seeds, out);
            }
            at = floor;
        }
        at += STRIDE;
    }
}

/// Looks through words in small letters.
fn in_words(text: &[u8], range: Range<usize>, seeds: &mut usize, out: &mut Vec<Hit>) {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = range.start;
    let end = range.end;
    for word in text.get(range).unwrap_or_default().split(|byte| *byte == b' ') {
        if LETTERS.contains(&word.len()) {
            words.push(start..start + word.len());
        } else {
            in_likely_words(text, &words, seeds, out);
            words.clear();
        }
        start = (start + word.len() + 1).min(end);
    }
    in_likely_words(text, &words, seeds, out);
}

/// Looks through words with as many letters as those of the list.
fn in_likely_words(text: &[u8], words: &[Range<usize>], seeds: &mut usize, out: &mut Vec<Hit>) {
    let word = |range: &Range<usize>| std::str::from_utf8(text.get(range.clone())?).ok();
    let list = Language::English.word_list();
    let mut first = 0;
    while words.len().saturating_sub(first) >= 12 {
        let known: Vec<usize> = words
            .iter()
            .skip(first)
            .take(LENGTHS[0])
            .map_while(|range| list.binary_search(&word(range)?).ok())
            .collect();
        let hit = LENGTHS.iter().filter(|length| **length <= known.len()).find_map(|length| {
            let is_sorted = known.iter().take(*length).is_sorted_by(|one, two| one < two);
            let range = words.get(first)?.start..words.get(first + length - 1)?.end;
            let phrase = std::str::from_utf8(text.get(range.clone())?).ok()?;
            let mnemonic = Mnemonic::parse_in_normalized(Language::English, phrase).ok()?;
            (!is_sorted).then_some((range, mnemonic, *length))
        });
        if let Some((range, mnemonic, length)) = hit {
            *seeds += 1;
            let phrase = text.get(range.clone()).unwrap_or_default();
            let material = material(phrase, &mnemonic, *seeds <= SEEDS_MAX);
            out.push(Hit { range, component: "text", form: "ascii", material });
            first += length;
        } else if known.len() < 12 {
            first += known.len() + 1;
        } else {
            first += 1;
        }
    }
}

fn material(phrase: &[u8], mnemonic: &Mnemonic, with_seed: bool) -> Material {
    let (entropy, length) = mnemonic.to_entropy_array();
    let entropy = Zeroizing::new(entropy);
    let entropy = entropy.get(..length).unwrap_or_default();
    let mut components = vec![
        Component::new("text", Role::Secret, Notation::Text, phrase.to_vec()),
        Component::new("entropy", Role::Secret, Notation::Bytes, entropy.to_vec()),
    ];
    // Programs write these down as text too, which only secrets are looked for in.
    if with_seed {
        let seed = Zeroizing::new(mnemonic.to_seed_normalized(""));
        components.push(Component::new("seed", Role::Secret, Notation::Bytes, seed.to_vec()));
        components.extend(master(&seed[..]));
    }
    Material {
        kind: Kind::OtherPrivateKey,
        bits: u32::try_from(8 * length).unwrap_or(u32::MAX),
        certainty: Certainty::Structured,
        detector: "bip39".to_owned(),
        components,
        public_ids: Vec::new(),
        publicly_known: is_constant(entropy).then(|| "BIP 39, test vectors".to_owned()),
    }
}

/// Master key and chain code (BIP 32, "Master key generation").
fn master(seed: &[u8]) -> Vec<Component> {
    let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(b"Bitcoin seed") else { return Vec::new() };
    mac.update(seed);
    let output = Zeroizing::new(mac.finalize().into_bytes().to_vec());
    let (key, chain) = output.split_at(output.len() / 2);
    vec![
        Component::new("master_key", Role::Secret, Notation::Number, key.to_vec()),
        Component::new("chain_code", Role::Secret, Notation::Bytes, chain.to_vec()),
    ]
}

/// The entropy of the published vectors is one byte throughout.
fn is_constant(entropy: &[u8]) -> bool {
    entropy.windows(2).all(|pair| pair.first() == pair.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(length: usize) -> Vec<u8> {
        use std::hash::{BuildHasher as _, Hasher as _};
        let byte = || std::collections::hash_map::RandomState::new().build_hasher().finish().to_le_bytes()[0];
        (0..length).map(|_| byte()).collect()
    }

    fn found(text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        scan(text.as_bytes(), &mut hits);
        hits
    }

    #[test]
    fn phrases_of_every_length_are_found_amid_other_words() {
        for length in [16, 20, 24, 28, 32] {
            let entropy = fresh(length);
            let phrase = Mnemonic::from_entropy(&entropy).unwrap().to_string();
            for text in
                [phrase.clone(), format!("the seed is {phrase} of my wallet"), format!("a: {phrase}\n")]
            {
                let hits = found(&text);
                assert_eq!(hits.len(), 1, "{length}");
                let components = &hits[0].material.components;
                assert_eq!(components[1].value.bytes(), entropy);
                assert_eq!(&text[hits[0].range.clone()], phrase);
            }
        }
    }

    /// The first vector of the reference implementation (BIP 39, "Test vectors") with an empty pass phrase.
    #[test]
    fn seed_of_the_published_phrase_is_that_of_the_specification() {
        let phrase = format!("{}about", "abandon ".repeat(11));
        let hits = found(&phrase);
        let seed = hits[0].material.components.iter().find(|one| one.name == "seed").unwrap();
        assert!(seed.value.bytes().starts_with(&[0x5e, 0xb0, 0x0b, 0xbd, 0xdc, 0xf0, 0x69, 0x08]));
        assert!(hits[0].material.publicly_known.is_some());
    }

    #[test]
    fn list_of_words_and_prose_are_no_phrases() {
        assert!(found(&Language::English.word_list().join(" ")).is_empty());
        let prose = "they walk along the river every morning before work and hear nothing about the other \
                     people that live inside old houses near this quiet village above the green valley";
        assert!(found(prose).is_empty());
    }
}
