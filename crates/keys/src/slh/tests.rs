use super::key::private_key;
use super::set::Set;
use super::{conclude, tree};
use crate::ec;
use crate::material::Certainty;
use curve25519_dalek::edwards::EdwardsPoint;
use sha2::{Digest as _, Sha512};
use std::io::Read as _;

fn fresh(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

fn key(set: Set) -> Vec<u8> {
    let seeds = fresh(3 * set.n);
    let root = tree::root(set, &seeds[..set.n], &seeds[2 * set.n..]);
    [seeds, root].concat()
}

#[test]
fn key_is_proven_by_its_root_where_that_is_cheap() {
    for set in Set::ALL {
        let is_cheap = set.height < 8;
        let bytes = if is_cheap { key(set) } else { fresh(4 * set.n) };
        let material = private_key(&set.oid(), &bytes, "der").unwrap();
        let expected = if is_cheap { Certainty::Proven } else { Certainty::Structured };
        assert_eq!(material.certainty, expected, "{}", set.name);
        assert_eq!(material.components[1].value.bytes(), &bytes[..set.n]);
        let other = private_key(&set.oid(), &fresh(4 * set.n), "der").unwrap();
        assert_eq!(other.certainty, Certainty::Structured);
        assert!(private_key(&set.oid(), &bytes[1..], "der").is_none());
    }
}

fn search(parts: &[&[u8]]) -> (Vec<crate::lattice::Found>, super::Coverage) {
    let (mut bytes, mut runs) = (vec![0; 256], Vec::new());
    for part in parts {
        let start = bytes.len();
        bytes.extend_from_slice(part);
        runs.push(start..bytes.len());
        bytes.resize(bytes.len().next_multiple_of(64) + 256, 0);
    }
    let mut gathered = ec::Harvest::default();
    gathered.collect(&bytes, 0, &runs);
    conclude(&gathered, super::Origin::Memory)
}

#[test]
fn keys_are_proven_beside_their_public_keys() {
    for (set, label) in Set::ALL.into_iter().filter(|set| set.height < 8).zip(0_u8..) {
        // The same keys each time: one in some thousand has zeros where a string begins, and is told by none.
        let seeds = [Sha512::digest([label, 1]), Sha512::digest([label, 2])].concat();
        let seeds = &seeds[..3 * set.n];
        let root = tree::root(set, &seeds[..set.n], &seeds[2 * set.n..]);
        let key = [seeds, &root].concat();
        let other = [Sha512::digest([label, 3]), Sha512::digest([label, 4])].concat();
        let (found, _) = search(&[&other[..96], &key, &key[2 * set.n..]]);
        assert_eq!(found.len(), 1, "{}", set.name);
        assert_eq!(found[0].material.components[1].value.bytes(), &key[..set.n]);
        let (found, coverage) = search(&[&key, &key]);
        assert_eq!((found.len(), coverage.candidates), (0, 0), "{} alone", set.name);
    }
}

#[test]
fn other_strings_of_that_length_are_no_keys() {
    let public = fresh(32);
    let (found, coverage) = search(&[&public, &[fresh(32), public.clone()].concat()]);
    assert_eq!(found.len(), 0);
    assert!(coverage.candidates > 0 && coverage.skipped == 0);
}

#[test]
fn keys_of_ed25519_are_not_tried() {
    let seed = fresh(32);
    let low = *Sha512::digest(&seed).first_chunk::<32>().unwrap();
    let public = EdwardsPoint::mul_base_clamped(low).compress().to_bytes();
    let key = [&seed[..], &public].concat();
    assert_eq!(search(&[&key, &public]).1.candidates, 0);
}
