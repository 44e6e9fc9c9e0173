//! Checks that a rule may ask for beyond its regex.

use super::jwt;
use super::surprise::{entropy, half_bits, looks_random};
use super::value::{digit_or_shuffled, placeholder, sweepable, wordy};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// One check, by its name in a rule file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Check {
    /// `base62-crc32`: the last six characters are the CRC-32 of those before them
    /// in base 62 (GitHub's and npm's tokens).
    Base62Crc32,
    /// `base58check`: the last four of the decoded bytes are the double SHA-256 of the others (Bitcoin).
    Base58Sum,
    /// `jwt-header`: the part before the first full stop is a JOSE header.
    JwtHeader,
    /// `basic-pair`: base64 of printable `user:password`.
    BasicPair,
    /// `base64-length N`: decodes to exactly N bytes.
    Base64Length(usize),
    /// `entropy >= X` bits a character (Shannon, over the characters of the text itself).
    Entropy(f64),
    /// `surprise >= X` bits a character, as [`half_bits`] counts them.
    Surprise(f64),
    /// `random`: looks generated, not written, or has a part between hyphens that does.
    Random,
    /// `mixed`: upper case, lower case and digits.
    Mixed,
    /// `strong`: strong enough to be searched for ([`sweepable`]).
    Strong,
    /// `no-words`: not made of words of a name, with numbers between them.
    NoWords,
    /// `digit`: at least one digit, or letters as only chance puts them in order ([`digit_or_shuffled`]).
    Digit,
    /// `no-placeholder`: no variable, mask or word that stands for a secret.
    NoPlaceholder,
}

impl Check {
    /// Reads the name of a check; `None` if there is no such check.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let check = match (words.next()?, words.next(), words.next()) {
            ("base62-crc32", None, _) => Self::Base62Crc32,
            ("base58check", None, _) => Self::Base58Sum,
            ("jwt-header", None, _) => Self::JwtHeader,
            ("basic-pair", None, _) => Self::BasicPair,
            ("base64-length", Some(length), None) => Self::Base64Length(length.parse().ok()?),
            ("entropy", Some(">="), Some(bits)) => {
                Self::Entropy(bits.parse().ok().filter(|b: &f64| b.is_finite())?)
            }
            ("surprise", Some(">="), Some(bits)) => {
                Self::Surprise(bits.parse().ok().filter(|b: &f64| b.is_finite())?)
            }
            ("random", None, _) => Self::Random,
            ("mixed", None, _) => Self::Mixed,
            ("strong", None, _) => Self::Strong,
            ("no-words", None, _) => Self::NoWords,
            ("digit", None, _) => Self::Digit,
            ("no-placeholder", None, _) => Self::NoPlaceholder,
            _ => return None,
        };
        words.next().is_none().then_some(check)
    }

    /// Whether `text` passes.
    pub(super) fn passes(self, text: &[u8]) -> bool {
        match self {
            Self::Base62Crc32 => base62_crc32(text),
            Self::Base58Sum => base58check(text),
            Self::JwtHeader => text.split(|&b| b == b'.').next().is_some_and(jwt::is_header),
            Self::BasicPair => basic_password(text).is_some(),
            Self::Base64Length(length) => decode(text).is_some_and(|bytes| bytes.len() == length),
            Self::Entropy(bits) => entropy(text) >= bits,
            Self::Surprise(bits) => {
                let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
                f64::from(half_bits(text)) >= 2.0 * bits * length
            }
            Self::Random => text
                .split(|byte| *byte == b'-')
                .filter(|part| part.len() >= PART_BYTES)
                .chain([text])
                .any(looks_random),
            Self::Mixed => {
                text.iter().any(u8::is_ascii_uppercase)
                    && text.iter().any(u8::is_ascii_lowercase)
                    && text.iter().any(u8::is_ascii_digit)
            }
            Self::Strong => sweepable(text),
            Self::NoWords => !wordy(text),
            Self::Digit => digit_or_shuffled(text),
            Self::NoPlaceholder => !placeholder(text),
        }
    }
}

/// The password of base64 `user:password` (RFC 7617), if both are printable UTF-8.
pub(super) fn basic_password(text: &[u8]) -> Option<Vec<u8>> {
    let pair = String::from_utf8(decode(text)?).ok()?;
    if pair.chars().any(char::is_control) {
        return None;
    }
    let (_, password) = pair.split_once(':')?;
    Some(password.as_bytes().to_vec())
}

/// The six characters that close `body`: its CRC-32 in base 62, digits first, then capitals.
pub(super) fn crc32_suffix(body: &[u8]) -> [u8; 6] {
    let mut rest = crc32fast::hash(body);
    let mut suffix = [b'0'; 6];
    for place in suffix.iter_mut().rev() {
        let digit = usize::try_from(rest % 62).unwrap_or(0);
        *place = BASE62.get(digit).copied().unwrap_or(b'0');
        rest /= 62;
    }
    suffix
}

/// base58 of `payload` and its checksum: how Bitcoin writes keys.
pub(super) fn base58check_encode(payload: &[u8]) -> Vec<u8> {
    bs58::encode(payload).with_check().into_vec()
}

fn base62_crc32(text: &[u8]) -> bool {
    text.split_last_chunk::<6>()
        .is_some_and(|(body, suffix)| !body.is_empty() && crc32_suffix(body) == *suffix)
}

fn base58check(text: &[u8]) -> bool {
    bs58::decode(text).with_check(None).into_vec().is_ok()
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    const FORGIVING: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, FORGIVING);
    let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, FORGIVING);
    standard.decode(text).or_else(|_| url_safe.decode(text)).ok()
}

/// Shortest part of a text in parts that is looked at by itself: longer than those of a UUID.
const PART_BYTES: usize = 16;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_of_the_bitcoin_wiki_passes() {
        // https://en.bitcoin.it/wiki/Wallet_import_format, its example.
        let wif = b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ";
        assert!(Check::Base58Sum.passes(wif));
        let mut wrong = *wif;
        wrong[9] = b'2';
        assert!(!Check::Base58Sum.passes(&wrong));
    }

    #[test]
    fn basic_of_the_specification_decodes() {
        // RFC 7617, section 2.
        assert_eq!(basic_password(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Some(b"open sesame".to_vec()));
    }

    #[test]
    fn unknown_checks_are_refused() {
        for text in ["", "entropy", "entropy >= x", "entropy >= nan", "random yes", "base64-length", "crc"] {
            assert_eq!(Check::parse(text), None, "{text}");
        }
        assert_eq!(Check::parse("entropy >= 3.5"), Some(Check::Entropy(3.5)));
    }
}
