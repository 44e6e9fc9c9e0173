//! What an index keeps of a secret, and how it is made.

use super::estimate::{bits, distinct, is_text};
use super::key::{CONFIRM_BYTES, Key};
use super::limits::{
    DECODED_BYTES, DISTINCT_MIN, END_BYTES, ENDS_FROM_BYTES, GUESSABLE_BITS, SECRET_BYTES_MAX,
    SECRET_BYTES_MIN,
};
use super::text::{base64_whole, hexadecimal_whole};
use zeroize::Zeroizing;

/// Which bytes of a secret a fingerprint is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All, as they were given.
    Whole,
    /// The bytes that its text stands for, in hexadecimal or base64.
    Decoded,
    /// Its characters in ISO 8859-1, as Java and JavaScript keep them.
    Latin1,
    /// Its characters in UTF-16, least byte first: of a text that is neither ASCII nor ISO 8859-1.
    Utf16,
    /// The first 16 bytes.
    Head,
    /// The last 16 bytes.
    Tail,
    /// The first 16 of the bytes that its text stands for.
    DecodedHead,
    /// The last 16 of them.
    DecodedTail,
}

impl Part {
    /// Every part there is.
    pub const ALL: [Self; 8] = [
        Self::Whole,
        Self::Decoded,
        Self::Latin1,
        Self::Utf16,
        Self::Head,
        Self::Tail,
        Self::DecodedHead,
        Self::DecodedTail,
    ];

    /// The name in index files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole-secret",
            Self::Decoded => "decoded",
            Self::Latin1 => "latin-1",
            Self::Utf16 => "utf-16",
            Self::Head => "head",
            Self::Tail => "tail",
            Self::DecodedHead => "decoded-head",
            Self::DecodedTail => "decoded-tail",
        }
    }

    /// The part of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Whether it is but an end of the secret.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Head | Self::Tail | Self::DecodedHead | Self::DecodedTail)
    }

    /// Whether it is bytes though the secret is text.
    #[must_use]
    pub fn is_bytes(self) -> bool {
        !matches!(self, Self::Whole | Self::Head | Self::Tail)
    }

    /// The byte that tells parts apart in full fingerprints.
    pub(super) fn tag(self) -> u8 {
        match self {
            Self::Whole => 0,
            Self::Decoded => 1,
            Self::Latin1 => 2,
            Self::Utf16 => 3,
            Self::Head => 4,
            Self::Tail => 5,
            Self::DecodedHead => 6,
            Self::DecodedTail => 7,
        }
    }
}

/// Two fingerprints of some bytes of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Which bytes.
    pub part: Part,
    /// How many.
    pub length: u32,
    /// Where the eight bytes of the coarse fingerprint begin.
    pub at: u32,
    /// The coarse fingerprint.
    pub screen: u32,
    /// The full one.
    pub confirm: [u8; CONFIRM_BYTES],
}

/// A secret without itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// What its owner calls it. Not secret.
    pub label: String,
    /// Length of the secret in bytes.
    pub length: u32,
    /// Whether it is text.
    pub is_text: bool,
    /// What it is recognised by.
    pub fingerprints: Vec<Fingerprint>,
}

/// Why a secret is not taken into an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Fewer than [`SECRET_BYTES_MIN`] bytes.
    #[error("it has {0} bytes, and what has fewer than {SECRET_BYTES_MIN} stands in a dump by chance")]
    TooShort(usize),
    /// More than [`SECRET_BYTES_MAX`] bytes.
    #[error("it has {0} bytes, more than the {SECRET_BYTES_MAX} that are looked for")]
    TooLong(usize),
    /// Hardly any two bytes differ.
    #[error("its bytes are all alike, and would be found everywhere")]
    Dull,
    /// It could be guessed with the index in hand.
    #[error(
        "it carries about {0} bits, and an index that holds its own key lets anybody try guesses; with a key file, \
         which does not travel with the index, it can be taken"
    )]
    Guessable(u32),
}

impl Blind {
    /// Makes the fingerprints of a secret; `alone` if the key comes from a file that does not travel with the index.
    ///
    /// # Errors
    /// If the secret should not be taken.
    pub fn new(label: &str, secret: &[u8], key: &Key, key_is_apart: bool) -> Result<Self, Refusal> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(Refusal::TooShort(secret.len()));
        }
        if secret.len() > SECRET_BYTES_MAX {
            return Err(Refusal::TooLong(secret.len()));
        }
        let bits = bits(secret);
        if !key_is_apart && bits < GUESSABLE_BITS {
            return Err(Refusal::Guessable(bits));
        }
        let is_text = is_text(secret);
        let mut fingerprints = Vec::new();
        let mut add = |part: Part, value: &[u8]| {
            fingerprints.extend(fingerprint(part, value, key));
        };
        add(Part::Whole, secret);
        ends([Part::Head, Part::Tail], secret, &mut add);
        if let Some(decoded) = decoded(secret).filter(|decoded| DECODED_BYTES.contains(&decoded.len())) {
            add(Part::Decoded, &decoded);
            ends([Part::DecodedHead, Part::DecodedTail], &decoded, &mut add);
        }
        match other_characters(secret) {
            Some((part, value)) if value.len() >= SECRET_BYTES_MIN => add(part, &value),
            _ => {}
        }
        if fingerprints.first().is_none_or(|first| first.part != Part::Whole) {
            return Err(Refusal::Dull);
        }
        let length = u32::try_from(secret.len()).map_err(|_| Refusal::TooLong(secret.len()))?;
        Ok(Self { label: label.to_owned(), length, is_text, fingerprints })
    }
}

/// Both ends of a long value, as far as neither can be guessed.
fn ends(parts: [Part; 2], value: &[u8], add: &mut impl FnMut(Part, &[u8])) {
    if value.len() < ENDS_FROM_BYTES {
        return;
    }
    let (head, tail) = (value.first_chunk::<END_BYTES>(), value.last_chunk::<END_BYTES>());
    for (part, end) in parts.into_iter().zip([head, tail]) {
        if let Some(end) = end.filter(|end| bits(*end) >= GUESSABLE_BITS) {
            add(part, end);
        }
    }
}

fn fingerprint(part: Part, value: &[u8], key: &Key) -> Option<Fingerprint> {
    let at = window(value)?;
    let word = value.get(at..).and_then(|rest| rest.first_chunk()).map(|word| u64::from_le_bytes(*word))?;
    Some(Fingerprint {
        part,
        length: u32::try_from(value.len()).ok()?,
        at: u32::try_from(at).ok()?,
        screen: key.screen(word),
        confirm: key.confirm(part, value),
    })
}

/// Where the eight most telling bytes begin: as far from the end as words of eight allow, without zeros, with as many
/// different bytes as possible, and of those the ones least like written text.
fn window(value: &[u8]) -> Option<usize> {
    let places = value.array_windows::<8>().enumerate();
    let aligned = places.filter(|(at, _)| (value.len() - at).is_multiple_of(8));
    let rate = |window: &[u8; 8]| (!window.contains(&0), crate::tokens::half_bits(window), distinct(window));
    let best = aligned.max_by_key(|(at, window)| (rate(window), *at))?;
    (distinct(best.1) >= DISTINCT_MIN).then_some(best.0)
}

/// What a text stands for, if it is hexadecimal or base64 and that is no text again: programs keep the bytes.
fn decoded(secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = hexadecimal_whole(secret).or_else(|| base64_whole(secret))?;
    (!is_text(&bytes) && bits(&bytes) >= GUESSABLE_BITS).then_some(bytes)
}

/// The same characters as other runtimes keep them, if that differs beyond a zero beside each of them.
fn other_characters(secret: &[u8]) -> Option<(Part, Zeroizing<Vec<u8>>)> {
    let text = std::str::from_utf8(secret).ok().filter(|text| !text.is_ascii())?;
    let narrow: Option<Vec<u8>> = text.chars().map(|one| u8::try_from(u32::from(one)).ok()).collect();
    let wide = || text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Some(match narrow {
        Some(narrow) => (Part::Latin1, Zeroizing::new(narrow)),
        None => (Part::Utf16, Zeroizing::new(wide())),
    })
}
