//! Keys of TLS session tickets, by the structure that servers keep them in.
//!
//! RFC 5077, section 4: a ticket key is a public name of 16 bytes, a key for the
//! cipher and a key for the authentication. Files of 48 or 80 random bytes hold
//! it (`ssl_session_ticket_key` of nginx, `SSLSessionTicketKeyFile` of Apache),
//! and in memory their length stands before them as a word. Nothing else shows
//! what they are: there is no schedule before the first ticket, and no encoding.

use crate::{Certainty, Component, Hit, Kind, Material, Notation, PublicId, Role, aes};
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::LazyLock;

/// Bytes of a ticket key's name (RFC 5077, section 4).
const NAME_BYTES: usize = 16;

/// Zeros in 16 random bytes: more are one case in 30,000. Behind the size of a free block of glibc's
/// heap stands another size, which is mostly zeros.
const BLOCK_ZEROS_MAX: usize = 2;

/// Equal bytes among 16 random ones: more are one case in a million. CPython writes -1 for a hash that is not yet computed
/// behind the size of a byte string.
const BLOCK_EQUAL_MAX: usize = 4;

/// The places of a ticket key's parts.
struct Layout {
    /// Length of the whole.
    length: usize,
    aes: Range<usize>,
    hmac: Range<usize>,
    /// Fewest different bytes, and how many may have the high bit, so that fewer than one random
    /// string in 100,000 is passed over, and no text, table of pointers or small numbers is taken.
    distinct_min: usize,
    high: Range<usize>,
}

/// With AES-128, and with AES-256 (OpenSSL, `SSL_CTX_set_tlsext_ticket_keys`; nginx, `ngx_ssl_session_ticket_keys`).
static LAYOUTS: [Layout; 2] = [
    Layout { length: 48, aes: 16..32, hmac: 32..48, distinct_min: 35, high: 9..40 },
    Layout { length: 80, aes: 48..80, hmac: 16..48, distinct_min: 57, high: 21..60 },
];

/// The word that says the length, least byte first.
static LENGTHS: LazyLock<Vec<(Finder<'static>, &'static Layout)>> = LazyLock::new(|| {
    let word = |layout: &Layout| (layout.length as u64).to_le_bytes();
    LAYOUTS.iter().map(|layout| (Finder::new(&word(layout)).into_owned(), layout)).collect()
});

/// Appends the ticket keys that stand whole in `bytes`, behind their length.
pub fn scan(bytes: &[u8], out: &mut Vec<Hit>) {
    for (finder, layout) in LENGTHS.iter() {
        for at in finder.find_iter(bytes) {
            let start = at + finder.needle().len();
            let key = bytes.get(start..start + layout.length);
            if let Some(key) = key.filter(|key| looks_random(key, layout)) {
                hits(key, start, layout, out);
            }
        }
    }
}

/// Whether every byte may come from a generator of random numbers.
fn looks_random(key: &[u8], layout: &Layout) -> bool {
    let mut seen = [false; 256];
    key.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let high = key.iter().filter(|byte| **byte >= 0x80).count();
    let (blocks, _) = key.as_chunks::<NAME_BYTES>();
    let count = |block: &[u8; NAME_BYTES], wanted: u8| block.iter().filter(|byte| **byte == wanted).count();
    let dull = |block: &[u8; NAME_BYTES]| {
        count(block, 0) > BLOCK_ZEROS_MAX || block.iter().any(|byte| count(block, *byte) > BLOCK_EQUAL_MAX)
    };
    !blocks.iter().any(dull)
        && seen.iter().filter(|seen| **seen).count() >= layout.distinct_min
        && layout.high.contains(&high)
}

fn hits(key: &[u8], start: usize, layout: &Layout, out: &mut Vec<Hit>) {
    let name = key.get(..NAME_BYTES).unwrap_or_default();
    let name = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = PublicId { name: "ticket-key-name", value: name };
    let part = |range: &Range<usize>| key.get(range.clone()).unwrap_or_default();
    let hmac = Component::new("key", Role::Secret, Notation::Bytes, part(&layout.hmac).to_vec());
    let hmac = Material {
        kind: Kind::SymmetricKey,
        bits: bits(&layout.hmac),
        certainty: Certainty::Structured,
        detector: String::new(),
        components: vec![hmac],
        public_ids: Vec::new(),
        publicly_known: None,
    };
    let both = [(Some(hmac), &layout.hmac), (aes::material_for_key(part(&layout.aes)), &layout.aes)];
    for (material, range) in both {
        let Some(material) = material else { continue };
        out.push(Hit {
            range: start + range.start..start + range.end,
            component: "key",
            form: "ticket-key",
            material: Material {
                certainty: Certainty::Structured,
                detector: "ticket-keys".to_owned(),
                public_ids: vec![name.clone()],
                ..material
            },
        });
    }
}

fn bits(range: &Range<usize>) -> u32 {
    u32::try_from(8 * range.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn fresh(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
        bytes
    }

    fn found(bytes: &[u8]) -> Vec<(Kind, Range<usize>)> {
        let mut hits = Vec::new();
        scan(bytes, &mut hits);
        hits.into_iter().map(|hit| (hit.material.kind, hit.range)).collect()
    }

    #[test]
    fn ticket_key_behind_its_length_is_found() {
        for (length, aes, hmac) in [(48_usize, 16..32, 32..48), (80, 48..80, 16..48)] {
            for at in [0, 3, 64] {
                let before = vec![0x55; at];
                let memory = [&before, (length as u64).to_le_bytes().as_slice(), &fresh(length)].concat();
                let place = |range: &Range<usize>| range.start + at + 8..range.end + at + 8;
                let expected = [(Kind::SymmetricKey, place(&hmac)), (Kind::AesKey, place(&aes))];
                assert_eq!(found(&memory), expected);
                assert_eq!(found(&memory[..memory.len() - 1]), [], "cut off");
            }
        }
    }

    #[test]
    fn byte_string_without_a_hash_is_no_ticket_key() {
        let memory = [48_u64.to_le_bytes().as_slice(), &[0xff; 8], &fresh(48)].concat();
        assert_eq!(found(&memory), []);
    }

    #[test]
    fn random_strings_are_not_passed_over() {
        for layout in &LAYOUTS {
            let missed = (0..20_000).filter(|_| !looks_random(&fresh(layout.length), layout)).count();
            assert!(missed <= 12, "{missed} of 20000 with {} bytes", layout.length);
        }
    }

    #[test]
    fn other_things_with_a_length_are_no_keys() {
        let length = 80_u64.to_le_bytes();
        let text = b"The quick brown fox jumps over 13 lazy dogs; SPHINX of black quartz, JUDGE my v.0w";
        let pointers: Vec<u8> =
            (0..10_u64).flat_map(|i| (0x55d0_1234_5678 + 0x9f3 * i).to_le_bytes()).collect();
        let steps: Vec<u8> = (0..80).collect();
        let heap = [0x211_u64.to_le_bytes().as_slice(), &fresh(72)].concat();
        for other in [&text[..80], &pointers, &steps, &[7; 80], &heap] as [&[u8]; 5] {
            assert_eq!(found(&[&length, other].concat()), []);
        }
    }
}
