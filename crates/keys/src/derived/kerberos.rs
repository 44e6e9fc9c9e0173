//! Kerberos keys of AES-128 near the schedules of keys that were derived from them.
//!
//! Sixteen random bytes that stand alone are too many to be gathered from a whole dump. Where the schedule of an AES-128 key
//! was proven, those of the same window are tried: a library keeps what it derived in the same heap.

use super::candidate::may_be_secret;
use super::limits::KERBEROS_CANDIDATES_MAX;
use super::protocols::{PROTOCOLS, Protocol};
use super::secret;
use crate::Hit;
use std::ops::Range;

/// Bytes of a key.
const KEY: usize = 16;

/// Bytes by which the ends of a run and of the key in it may differ.
const EDGE_BYTES: usize = 4;

/// Appends the Kerberos keys at the ends of random `runs` from which one of the AES-128 `keys` was derived. Returns how many possible keys were
/// left out because of their number.
pub fn scan(bytes: &[u8], runs: &[Range<usize>], keys: &[Vec<u8>], out: &mut Vec<Hit>) -> u64 {
    if keys.is_empty() {
        return 0;
    }
    let mut places: Vec<usize> = runs.iter().flat_map(ends).collect();
    places.sort_unstable();
    places.dedup();
    let candidates = places.into_iter().filter_map(|at| Some((at, bytes.get(at..at + KEY)?)));
    let mut tried = 0_usize;
    for (at, key) in candidates.filter(|(_, key)| may_be_secret(key)) {
        tried += 1;
        if tried > KERBEROS_CANDIDATES_MAX {
            continue;
        }
        let derives = |protocol: &&Protocol| {
            protocol.lengths.contains(&KEY)
                && (protocol.outputs)(key).iter().any(|output| keys.contains(output))
        };
        let Some(protocol) = PROTOCOLS.iter().find(derives) else { continue };
        let derived = (protocol.all)(key).into_iter().map(|value| ("derived_key", value.to_vec()));
        let material = secret::material(protocol.detector, key, derived.collect());
        out.push(Hit { range: at..at + KEY, component: "secret", form: "raw", material });
    }
    tried.saturating_sub(KERBEROS_CANDIDATES_MAX) as u64
}

/// Where a key may start that begins or ends with a run.
fn ends(run: &Range<usize>) -> impl Iterator<Item = usize> {
    let around = |place: usize| {
        let first = place.saturating_sub(EDGE_BYTES).next_multiple_of(4);
        (first..=place + EDGE_BYTES).step_by(4)
    };
    around(run.start).chain(around(run.end.saturating_sub(KEY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: [u8; 16] =
        [0x37, 0x05, 0xd9, 0x60, 0x80, 0xc1, 0x77, 0x28, 0xa0, 0xe8, 0x00, 0xea, 0xb6, 0xe0, 0xd2, 0x3c];

    #[test]
    fn base_key_is_found_by_a_key_derived_from_it() {
        let memory = [&[0; 32][..], &BASE, &[0; 32]].concat();
        for name in ["kerberos-aes-sha1-key", "kerberos-aes-sha2-key"] {
            let protocol = PROTOCOLS.iter().find(|one| one.detector == name).unwrap();
            let derived = (protocol.outputs)(&BASE)[3].to_vec();
            let check = |keys: &[Vec<u8>], expected: &[(&str, Range<usize>)]| {
                let mut hits = Vec::new();
                assert_eq!(scan(&memory, std::slice::from_ref(&(33..48)), keys, &mut hits), 0);
                let found: Vec<_> =
                    hits.iter().map(|hit| (hit.material.detector.as_str(), hit.range.clone())).collect();
                assert_eq!(found, expected);
            };
            check(&[vec![7; 16], derived], &[(name, 32..48)]);
            check(&[vec![7; 16]], &[]);
            check(&[], &[]);
        }
    }

    /// The key of RFC 3962, appendix B, of one iteration, and what MIT Kerberos' test t_derive.c has for usage 2.
    #[test]
    fn keys_of_sha1_are_those_of_mit_kerberos() {
        let base = 0x4226_3c6e_89f4_fc28_b8df_68ee_0979_9f15_u128.to_be_bytes();
        let protocol = PROTOCOLS.iter().find(|one| one.detector == "kerberos-aes-sha1-key").unwrap();
        let outputs = (protocol.outputs)(&base);
        for expected in [
            0x3428_0a38_2bc9_2769_b2da_2f9e_f066_854b_u128,
            0x5b14_fc4e_250e_14dd_f9dc_cf1a_f667_4f53,
            0x4ed3_1063_6216_84f0_9ae8_d899_91af_3e8f,
        ] {
            assert!(outputs.iter().any(|output| output.as_slice() == expected.to_be_bytes()));
        }
    }
}
