//! Examples of rules as templates: `ghp_[[{base62:30}{crc32}]]`.
//!
//! No token may stand in the repository, so examples are made when rules are
//! checked, from a seed. `{set:length}` stands for random characters, a few
//! other words for structured texts, `[[` and `]]` enclose what a rule must
//! take as the secret.

use super::check::{base58check_encode, crc32_suffix};
use super::limits::TEMPLATE_BYTES_MAX;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::ops::Range;

/// A text made of a template.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) text: Vec<u8>,
    /// What stood in double brackets.
    pub(super) secrets: Vec<Range<usize>>,
}

/// Fills in `template`; the same seed gives the same text.
pub(super) fn expand(template: &str, seed: u64) -> Expanded {
    let mut random = Random(seed);
    let mut out = Expanded { text: Vec::new(), secrets: Vec::new() };
    let mut open = None;
    // Where the text begins that `{crc32}` sums up.
    let mut body = 0;
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if out.text.len() > TEMPLATE_BYTES_MAX {
            break;
        }
        if let Some(after) = rest.strip_prefix("[[") {
            open = Some(out.text.len());
            body = out.text.len();
            rest = after;
        } else if let (Some(after), Some(start)) = (rest.strip_prefix("]]"), open) {
            out.secrets.push(start..out.text.len());
            open = None;
            rest = after;
        } else if let Some((made, after)) =
            variable(rest, out.text.get(body..).unwrap_or_default(), &mut random)
        {
            out.text.extend(made);
            rest = after;
        } else {
            out.text.extend(first.to_string().bytes());
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// Reads `{...}` at the start of `text`; braces that mean nothing here stay as they are.
fn variable<'a>(text: &'a str, body: &[u8], random: &mut Random) -> Option<(Vec<u8>, &'a str)> {
    let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
    let made = match inside.split_once(':') {
        Some((set, length)) => {
            let length: usize = length.parse().ok().filter(|length| *length <= TEMPLATE_BYTES_MAX)?;
            random.text(alphabet(set)?, length)
        }
        None => match inside {
            "crc32" => crc32_suffix(body).to_vec(),
            "basic" => {
                let mut pair = b"deploy:".to_vec();
                pair.extend(random.text(PASSWORD, 14));
                STANDARD.encode(pair).into_bytes()
            }
            "jose" => URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","typ":"JWT"}"#).into_bytes(),
            "claims" => {
                let identifier = String::from_utf8(random.text(b"0123456789abcdef", 32)).ok()?;
                URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"1234","jti":"{identifier}"}}"#)).into_bytes()
            }
            "wif" => {
                let mut key = vec![0x80];
                key.extend((0..32).map(|_| random.byte()));
                key.push(1);
                base58check_encode(&key)
            }
            _ => return None,
        },
    };
    Some((made, after))
}

fn alphabet(set: &str) -> Option<&'static [u8]> {
    Some(match set {
        "base62" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "base58" => b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "digits" => b"0123456789",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lower" => b"abcdefghijklmnopqrstuvwxyz",
        "letters" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "alnum" => b"0123456789abcdefghijklmnopqrstuvwxyz",
        "password" => PASSWORD,
        _ => return None,
    })
}

const PASSWORD: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#*+_";

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() >> 56).unwrap_or(0)
    }

    /// Random characters. A real generated text of 12 or more has more than one
    /// kind of them where the set has; a rare sample without is drawn again.
    fn text(&mut self, set: &[u8], length: usize) -> Vec<u8> {
        let kinds = |text: &[u8]| {
            let has = |kind: fn(&u8) -> bool| usize::from(text.iter().any(kind));
            has(u8::is_ascii_digit) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_lowercase)
        };
        let mut made = Vec::new();
        for _ in 0..64 {
            made = (0..length).filter_map(|_| self.pick(set)).collect();
            if length < 12 || kinds(&made) == kinds(set) {
                break;
            }
        }
        made
    }

    fn pick(&mut self, set: &[u8]) -> Option<u8> {
        let size = u64::try_from(set.len()).ok().filter(|size| *size > 0)?;
        set.get(usize::try_from(self.next() % size).ok()?).copied()
    }
}
