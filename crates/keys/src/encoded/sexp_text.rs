//! Keys in S-expressions as text, as GnuPG's agent keeps its files: `(private-key (ecc (curve Ed25519)(q #40…#)(d #…#)))`
//! (RFC 9804, section 6.3).
//!
//! The text is rewritten in the canonical encoding, which [`super::binary`] reads.

use super::binary;
use super::limits::MAX_OBJECT;
use crate::material::Hit;
use std::ops::Range;
use zeroize::Zeroizing;

/// What every private key without a passphrase begins with.
pub(super) const OPENING: &[u8] = b"(private-key";

/// A string: where it stands in the text, and where in the canonical encoding.
struct Token {
    text: Range<usize>,
    canonical: Range<usize>,
}

/// Reads the key that opens at `at`; returns the end of what was read.
pub(super) fn at_opening(text: &[u8], at: usize, out: &mut Vec<Hit>) -> usize {
    let limit = text.len().min(at.saturating_add(MAX_OBJECT));
    let text = text.get(..limit).unwrap_or_default();
    let (mut canonical, mut tokens) = (Zeroizing::new(Vec::new()), Vec::new());
    let (mut next, mut depth) = (at, 0_usize);
    while let Some(byte) = text.get(next) {
        match byte {
            b'(' | b')' => {
                canonical.push(*byte);
                depth = if *byte == b'(' { depth + 1 } else { depth.saturating_sub(1) };
                next += 1;
                if depth == 0 {
                    break;
                }
            }
            byte if byte.is_ascii_whitespace() => next += 1,
            _ => {
                let (range, value) = string(text, next);
                next = range.end.max(next + 1);
                canonical.extend(format!("{}:", value.len()).into_bytes());
                let start = canonical.len();
                canonical.extend_from_slice(&value);
                tokens.push(Token { text: range, canonical: start..canonical.len() });
            }
        }
    }
    let mut found = Vec::new();
    binary::scan_binary(&canonical, &mut found);
    out.extend(found.into_iter().filter_map(|hit| {
        let token = tokens
            .iter()
            .find(|token| token.canonical.start <= hit.range.start && hit.range.end <= token.canonical.end)?;
        Some(Hit { range: token.text.clone(), ..hit })
    }));
    next
}

/// The string at a place: digits between two hashes, characters between two quotes, or a word. With where it stands.
fn string(text: &[u8], at: usize) -> (Range<usize>, Zeroizing<Vec<u8>>) {
    let rest = text.get(at..).unwrap_or_default();
    let ends =
        |end: u8| rest.iter().skip(1).position(|byte| *byte == end).map_or(rest.len(), |length| length + 2);
    let inside = |length: usize| rest.get(1..length.saturating_sub(1)).unwrap_or_default();
    match rest.first() {
        Some(b'#') => {
            let length = ends(b'#');
            let digits = inside(length).iter().filter_map(|byte| char::from(*byte).to_digit(16));
            let digits: Zeroizing<Vec<u8>> =
                Zeroizing::new(digits.filter_map(|digit| u8::try_from(digit).ok()).collect());
            let bytes = digits.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect();
            (at..at + length, Zeroizing::new(bytes))
        }
        Some(b'"') => {
            let length = ends(b'"');
            (at..at + length, Zeroizing::new(inside(length).to_vec()))
        }
        _ => {
            let is_word = |byte: &&u8| !byte.is_ascii_whitespace() && !b"()#\"".contains(byte);
            let length = rest.iter().take_while(is_word).count();
            (at..at + length, Zeroizing::new(rest.get(..length).unwrap_or_default().to_vec()))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::encoded;
    use crate::material::Kind;
    use sha2::{Digest as _, Sha256};

    fn check(text: &str, expected: &[(Kind, &str)]) {
        let mut hits = Vec::new();
        encoded::scan_text(text.as_bytes(), &mut hits);
        let found: Vec<(Kind, &str)> =
            hits.iter().map(|hit| (hit.material.kind, &text[hit.range.clone()])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn file_of_the_agent_gives_its_key() {
        let fresh = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let key: String =
            Sha256::digest(fresh.to_le_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
        let point = "40".to_owned() + &"A7".repeat(32);
        let broken = format!("#{}\n   {}#", &key[..30], &key[30..]);
        for (curve, secret, kind) in [
            ("Curve25519)(flags djb-tweak", format!("#{key}#"), Kind::MontgomeryPrivateKey),
            ("Ed25519)(flags eddsa", broken, Kind::EdwardsPrivateKey),
            ("\"NIST P-256\"", format!("#{key}#"), Kind::EcPrivateKey),
        ] {
            let text = format!("Key: (private-key (ecc (curve {curve})\n  (q\n  #{point}#)(d {secret})))\n");
            check(&text, &[(kind, &secret)]);
        }
        check(&format!("(public-key (ecc (curve Ed25519)(q #{point}#)))"), &[]);
        check("(private-key", &[]);
        check("(private-key (d #", &[]);
    }
}
