use super::search::private_key;
use super::set::Set;
use super::{conclude, tree};
use crate::ec;
use crate::material::Certainty;
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
    conclude(&gathered)
}

#[test]
fn keys_are_proven_alone_and_with_their_public_key() {
    for set in Set::ALL.into_iter().filter(|set| set.height < 8) {
        let key = key(set);
        let (found, _) = search(&[&key]);
        assert_eq!(found.len(), 1, "{}", set.name);
        assert_eq!(found[0].places[0].position, 256);
        let (found, _) = search(&[&fresh(96), &key, &key[2 * set.n..]]);
        assert_eq!(found.len(), 1, "{} with its public key", set.name);
        assert_eq!(found[0].material.components[1].value.bytes(), &key[..set.n]);
    }
}

#[test]
fn other_strings_of_that_length_are_no_keys() {
    let (found, coverage) = search(&[&fresh(64), &fresh(96), &fresh(128)]);
    assert_eq!(found.len(), 0);
    assert!(coverage.candidates > 0 && !coverage.is_cut_off());
    let public = fresh(64);
    let (found, _) = search(&[&public, &[fresh(64), public.clone()].concat()]);
    assert_eq!(found.len(), 0);
}

#[test]
fn private_key_info_holds_the_bare_key() {
    for set in Set::ALL {
        let bytes = fresh(4 * set.n);
        let material = private_key(&set.oid(), &bytes, "der").unwrap();
        assert_eq!(material.certainty, Certainty::Structured);
        assert!(private_key(&set.oid(), &bytes[1..], "der").is_none());
    }
}
