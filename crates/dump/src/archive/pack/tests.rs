use super::super::{Archive, Content, Entry};
use super::object::id;
use super::{hex, is_pack};
use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use std::io::Write;

/// Kind, what stands between header and stream, and what the stream holds.
type Part = (u8, Vec<u8>, Vec<u8>);

const BLOB: u8 = 3;
const OFFSET: u8 = 6;
const NAMED: u8 = 7;

/// A pack, and where each object begins in it.
fn pack(parts: &[Part]) -> (Vec<u8>, Vec<usize>) {
    let mut out = [b"PACK\0\0\0\x02", &u32::try_from(parts.len()).unwrap().to_be_bytes()[..]].concat();
    let mut starts = Vec::new();
    for (kind, between, content) in parts {
        starts.push(out.len());
        let length = content.len();
        assert!(length < 1 << 11, "two bytes are enough");
        out.push(0x80 | kind << 4 | u8::try_from(length & 15).unwrap());
        out.push(u8::try_from(length >> 4).unwrap());
        out.extend(between);
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
        stream.write_all(content).unwrap();
        out.extend(stream.finish().unwrap());
    }
    out.extend([9; 20]);
    (out, starts)
}

/// Names and bytes of the objects, and what is wrong.
fn listed(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let (mut members, mut faults) = (Vec::new(), Vec::new());
    let source = bytes.to_vec();
    for entry in Archive::Pack.walk(&source) {
        match entry.unwrap() {
            Entry::Member(member) => {
                assert!(member.range.end <= bytes.len() as u64);
                let Content::Held(held) = member.content else { panic!("{} is not held", member.name) };
                members.push((member.name, held.bytes().to_vec()));
            }
            Entry::Fault(fault) => {
                assert!(!fault.is_hidden && fault.range.end <= bytes.len() as u64);
                faults.push(fault.why);
            }
        }
    }
    (members, faults)
}

const BASE: &[u8] = b"the quick brown fox";

/// Makes "the slow b fox" of it, and of that the same once more.
fn difference() -> Vec<u8> {
    [&[19, 14, 0x90, 4, 6][..], b"slow b", &[0x91, 15, 4]].concat()
}

fn again() -> Vec<u8> {
    vec![14, 14, 0x90, 14]
}

fn check(parts: &[Part], expected: &[&[u8]], faults: &[&str]) {
    let (bytes, _) = pack(parts);
    assert!(is_pack(&bytes) && Archive::detect(&bytes) == Some(Archive::Pack));
    let (members, found) = listed(&bytes);
    let names: Vec<String> =
        expected.iter().map(|bytes| format!("blob {}", hex(&id("blob", bytes)))).collect();
    let expected: Vec<(String, Vec<u8>)> =
        names.into_iter().zip(expected.iter().map(|bytes| bytes.to_vec())).collect();
    assert_eq!((members, found.len()), (expected, faults.len()), "{found:?}");
    for (found, part) in found.iter().zip(faults) {
        assert!(found.contains(part), "{found} does not say {part}");
    }
}

#[test]
fn differences_are_put_together() {
    let whole = (BLOB, vec![], BASE.to_vec());
    let (bytes, starts) = pack(&[whole.clone(), whole.clone()]);
    let distance = u8::try_from(starts[1] - starts[0]).unwrap();
    let slow: &[u8] = b"the slow b fox";
    check(std::slice::from_ref(&whole), &[BASE], &[]);
    check(&[whole.clone(), (OFFSET, vec![distance], difference())], &[BASE, slow], &[]);
    let named = |base: &[u8], delta| (NAMED, id("blob", base).to_vec(), delta);
    check(&[whole.clone(), named(BASE, difference())], &[BASE, slow], &[]);
    // The base comes last, and what differs from a difference first.
    check(&[named(slow, again()), named(BASE, difference()), whole.clone()], &[BASE, slow, slow], &[]);
    let (two, starts) = pack(&[named(BASE, difference()), whole.clone()]);
    let distance = u8::try_from(starts[1] - starts[0]).unwrap();
    assert!(two.len() < bytes.len() + 40);
    check(&[named(BASE, difference()), (OFFSET, vec![distance], again()), whole], &[BASE, slow, slow], &[]);
}

#[test]
fn what_is_not_put_together_is_told() {
    let whole = (BLOB, vec![], BASE.to_vec());
    let (_, starts) = pack(&[whole.clone(), whole.clone()]);
    let distance = u8::try_from(starts[1] - starts[0]).unwrap();
    let missing = (NAMED, id("blob", b"elsewhere").to_vec(), difference());
    check(&[missing, whole.clone()], &[BASE], &["is not in this pack"]);
    check(&[whole.clone(), (OFFSET, vec![distance], again())], &[BASE], &["no difference"]);
    check(
        &[whole.clone(), (OFFSET, vec![distance - 1], difference())],
        &[BASE],
        &["it differs from is damaged"],
    );
    check(&[(5, vec![], BASE.to_vec())], &[], &["there is no object"]);
    let (mut bytes, starts) = pack(&[whole.clone(), whole]);
    bytes[starts[1] + 4] ^= 0x55;
    let (members, faults) = listed(&bytes);
    assert!(members.len() == 1 && faults.len() == 1 && faults[0].contains("damaged"), "{faults:?}");
    bytes[11] = 1;
    assert!(listed(&bytes).1[0].contains("something follows"));
}

#[test]
fn pack_that_is_cut_anywhere_says_so() {
    let whole = (BLOB, vec![], BASE.to_vec());
    let (_, starts) = pack(&[whole.clone(), whole.clone()]);
    let distance = u8::try_from(starts[1] - starts[0]).unwrap();
    let (bytes, _) = pack(&[whole, (OFFSET, vec![distance], difference())]);
    // The trailer is a checksum and holds nothing.
    for cut in 8..bytes.len() - 20 {
        let (members, faults) = listed(&bytes[..cut]);
        assert!(members.len() < 2 && faults.len() == 1, "{cut}: {faults:?}");
    }
}

#[test]
fn differences_without_end_end() {
    // Each object is as long as the one before it, twice over: 64 MiB and no more.
    let mut parts = vec![(BLOB, vec![], vec![7; 1 << 10])];
    let mut length = 1_usize << 10;
    let size = |mut value: usize| {
        let mut out = Vec::new();
        while value > 127 {
            out.push(u8::try_from(value & 127).unwrap() | 0x80);
            value >>= 7;
        }
        out.push(u8::try_from(value).unwrap());
        out
    };
    for _ in 0..20 {
        let copy = [&[0xf0][..], &length.to_le_bytes()[..3]].concat();
        let delta = [size(length), size(2 * length), copy.clone(), copy].concat();
        let (_, starts) = pack(&[parts.clone(), vec![(OFFSET, vec![1], delta.clone())]].concat());
        let [.., before, last] = starts[..] else { panic!("there are two") };
        parts.push((OFFSET, vec![u8::try_from(last - before).unwrap()], delta));
        length *= 2;
    }
    let (members, faults) = listed(&pack(&parts).0);
    let longest = members.iter().map(|(_, bytes)| bytes.len()).max().unwrap();
    assert!(longest <= 64 << 20 && members.len() + faults.len() == 21, "{longest}: {faults:?}");
    assert!(!faults.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_pack_is_walked_to_its_end(
        changes in prop::collection::vec((12_usize..200, any::<u8>()), 0..8),
    ) {
        let whole = (BLOB, vec![], BASE.to_vec());
        let named = (NAMED, id("blob", BASE).to_vec(), difference());
        let (mut bytes, _) = pack(&[whole.clone(), named, whole]);
        let before = listed(&bytes).0;
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let (members, faults) = listed(&bytes);
        // Whatever is not what it was is told, or another object under another name.
        let same = before.iter().filter(|member| members.contains(member)).count();
        prop_assert!(same == before.len() || !faults.is_empty() || members.len() == before.len());
    }
}
