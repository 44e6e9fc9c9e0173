use super::key::private_key;
use super::set::Set;
use super::tree;
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
