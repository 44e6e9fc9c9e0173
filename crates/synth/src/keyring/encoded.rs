//! Keys in the encodings in which programs load and print them.

use super::Keyring;
use crate::random::Random;
use crate::secret::{Place, Role, Value};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::ops::Range;

/// Bytes, and which of them are secret.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    pub(super) secret_ranges: Vec<Range<usize>>,
    /// How many of the bytes hold eight bytes of a value.
    pub(super) fragment: usize,
}

/// Characters of base64 in a line of PEM (RFC 7468 section 2).
const PEM_LINE: usize = 64;

impl Encoded {
    /// Marks every occurrence of the values.
    pub(super) fn holding<'a>(bytes: Vec<u8>, values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut secret_ranges = Vec::new();
        for value in values {
            let places = bytes.windows(value.len()).enumerate().filter(|(_, window)| *window == value);
            secret_ranges.extend(places.map(|(at, _)| at..at + value.len()));
        }
        secret_ranges.sort_by_key(|range: &Range<usize>| range.start);
        Self { bytes, secret_ranges, fragment: 8 }
    }

    /// For values that the caller wrote in base64.
    pub(super) fn of_base64(self) -> Self {
        Self { fragment: (self.fragment * 4).div_ceil(3), ..self }
    }

    /// In PEM.
    pub(super) fn pem(&self, label: &str) -> Self {
        let flat = self.base64();
        let mut text = format!("-----BEGIN {label}-----\n").into_bytes();
        let start = text.len();
        for line in flat.bytes.chunks(PEM_LINE) {
            text.extend(line);
            text.push(b'\n');
        }
        text.extend(format!("-----END {label}-----\n").into_bytes());
        let place = |character: usize| start + character + character / PEM_LINE;
        let secret_ranges =
            flat.secret_ranges.iter().map(|range| place(range.start)..place(range.end)).collect();
        // A line break may stand in every fragment.
        Self { bytes: text, secret_ranges, fragment: flat.fragment + 1 }
    }

    /// In base64 on one line; of the characters those that hold nothing but secret bits are secret.
    pub(super) fn base64(&self) -> Self {
        Self {
            bytes: STANDARD.encode(&self.bytes).into_bytes(),
            secret_ranges: self.moved(|range| (range.start * 4).div_ceil(3)..range.end * 4 / 3),
            fragment: (self.fragment * 4).div_ceil(3),
        }
    }

    /// Little-endian UTF-16 of ASCII.
    pub(super) fn wide(&self) -> Self {
        Self {
            bytes: self.bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
            secret_ranges: self.moved(|range| range.start * 2..range.end * 2),
            fragment: self.fragment * 2,
        }
    }

    /// A gzip stream (RFC 1952: a header of ten bytes, a trailer of eight), all of whose data counts as secret.
    pub(super) fn gzip(&self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail.
        let bytes = encoder.write_all(&self.bytes).and_then(|()| encoder.finish()).unwrap_or_default();
        let end = bytes.len().saturating_sub(8);
        Self { bytes, secret_ranges: std::iter::once(10..end).collect(), fragment: 8 }
    }

    /// Part of the bytes.
    pub(super) fn part(&self, part: Range<usize>) -> Self {
        let inside = |range: &Range<usize>| {
            let (start, end) = (range.start.max(part.start), range.end.min(part.end));
            (start < end).then(|| start - part.start..end - part.start)
        };
        Self {
            bytes: self.bytes[part.clone()].to_vec(),
            secret_ranges: self.secret_ranges.iter().filter_map(inside).collect(),
            fragment: self.fragment,
        }
    }

    /// With bytes before and after.
    pub(super) fn between(&self, before: &[u8], after: &[u8]) -> Self {
        Self {
            bytes: [before, &self.bytes, after].concat(),
            secret_ranges: self.moved(|range| range.start + before.len()..range.end + before.len()),
            fragment: self.fragment,
        }
    }

    fn moved(&self, to: impl Fn(&Range<usize>) -> Range<usize>) -> Vec<Range<usize>> {
        self.secret_ranges.iter().map(to).collect()
    }
}

/// base64url without padding, as in JWK (RFC 7517).
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Keys of other kinds than RSA and AES.
pub(super) fn plant(random: &mut Random, keyring: &mut Keyring) {
    // RFC 8410 section 7: OneAsymmetricKey with an Ed25519 seed.
    let ed25519 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    pair(random, keyring, ("ed25519", "edwards-private-key", "PRIVATE KEY"), &ed25519, &[]);
    // RFC 5915 section 3: ECPrivateKey with the parameters of secp256r1 and no public key.
    let before = [0x30, 0x31, 2, 1, 1, 4, 0x20];
    let after = [0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    pair(random, keyring, ("p256", "ec-private-key", "EC PRIVATE KEY"), &before, &after);

    let key = random.bytes(32);
    let value = Value { name: "key", role: Role::Component, bytes: key.clone() };
    let secret = keyring.secret("jwk-oct-256".to_owned(), "symmetric-key", 256, vec![value]);
    let text = base64url(&key);
    let json = format!(r#"{{"kty":"oct","alg":"HS256","kid":"synth-1","k":"{text}"}}"#);
    let encoded = Encoded::holding(json.into_bytes(), [text.as_bytes()]).of_base64();
    keyring.plant_encoded(secret, "whole", "jwk", encoded.between(b"\0", b"\0"), Place::Heap(7));
    keyring.plant_encoded(secret, "whole", "jwk utf-16", encoded.wide(), Place::Heap(9));
}

/// One key in DER, another in PEM.
fn pair(
    random: &mut Random,
    keyring: &mut Keyring,
    names: (&str, &'static str, &str),
    before: &[u8],
    after: &[u8],
) {
    let (id, kind, label) = names;
    for form in ["der", "pem"] {
        let mut key = random.bytes(32);
        key[0] &= 0x7f; // Below the order of every 256-bit curve, and above zero.
        let value = Value { name: "d", role: Role::Component, bytes: key.clone() };
        let secret = keyring.secret(format!("{id}-{form}"), kind, 256, vec![value]);
        let der = Encoded::holding([before, &key, after].concat(), [key.as_slice()]);
        let place = Place::Heap(6);
        if form == "der" {
            keyring.plant_encoded(secret, "whole", "der", der, place);
        } else {
            keyring.plant_encoded(secret, "whole", "pem", der.pem(label), place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_ranges_follow_the_bytes_through_every_encoding() {
        let der = Encoded::holding((0..200).collect(), [(60..150).collect::<Vec<u8>>().as_slice()]);
        assert_eq!(der.secret_ranges[0], 60..150);
        let pem = der.pem("TEST");
        let text: Vec<u8> =
            pem.bytes[pem.secret_ranges[0].clone()].iter().copied().filter(|b| *b != b'\n').collect();
        assert_eq!(STANDARD.decode(text).unwrap(), (60..150).collect::<Vec<u8>>());
        let wide = der.base64().wide().between(b"abc", b"");
        assert_eq!(wide.secret_ranges[0], 163..403);
        assert_eq!(der.part(100..180).secret_ranges[0], 0..50);
    }
}
