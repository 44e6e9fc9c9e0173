//! Archives put together by hand after their specifications; those of the usual programs are in the trials.

use super::{Archive, Content, Entry, Member, Stored, StoredFile};
use crate::ReadAt;
use proptest::prelude::*;
use std::sync::Arc;

/// A header of the ustar format.
fn header(name: &str, kind: u8, size: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..].iter_mut().zip(size).for_each(|(to, from)| *to = *from);
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    change(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.resize(bytes.len().next_multiple_of(512), 0);
    out
}

fn tar(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let size = format!("{:011o}", data.len());
    [header(name, kind, size.as_bytes(), |_| ()), padded(data)].concat()
}

/// What ends a tar archive.
const END: [u8; 1024] = [0; 1024];

/// Name and bytes of each member, as far as it is stored, and what is wrong.
fn listed(archive: Archive, bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let (mut members, mut faults) = (Vec::new(), Vec::new());
    let source: Arc<dyn ReadAt> = Arc::new(bytes.to_vec());
    for entry in archive.walk(&*source) {
        match entry.unwrap() {
            Entry::Member(Member { name, content: Content::Stored { length, parts }, .. }) => {
                let file = StoredFile::new(Arc::clone(&source), length, parts);
                let mut content = vec![1; usize::try_from(length).unwrap()];
                file.read_exact_at(0, &mut content).unwrap();
                members.push((name, content));
            }
            Entry::Member(Member { name, range, .. }) => {
                let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                members.push((name, bytes[range].to_vec()));
            }
            Entry::Fault(fault) => faults.push(fault.why),
        }
    }
    (members, faults)
}

fn check(archive: Archive, bytes: &[u8], expected: &[(&str, &[u8])], faults: &[&str]) {
    assert_eq!(Archive::detect(bytes), Some(archive));
    let (members, found) = listed(archive, bytes);
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    assert_eq!(members, expected);
    assert_eq!(found.len(), faults.len(), "{found:?}");
    for (found, part) in found.iter().zip(faults) {
        assert!(found.contains(part), "{found} does not say {part}");
    }
}

#[test]
fn members_of_tar_are_found_under_their_names() {
    let end = vec![0; 1024];
    let first = tar("one", b'0', b"first");
    let long = tar("././@LongLink", b'L', b"a/very/long/name\0");
    let pax = tar("PaxHeaders/x", b'g', b"20 comment=whatever\n");
    let link = tar("link", b'2', b"");
    let folder = header("folder/", b'5', b"00000007777", |_| ());
    let prefixed = header("base", b'0', b"00000000000", |block| block[345..351].copy_from_slice(b"before"));
    let v7 = {
        let mut block = header("old", 0, b"5", |block| block[257..].fill(0));
        block.extend(padded(b"seven"));
        block
    };
    let many = [&first, &long, &tar("cut", b'0', b"second"), &pax, &tar("x", b'0', b"third")[..]].concat();
    let names: [(&str, &[u8]); 3] = [("one", b"first"), ("a/very/long/name", b"second"), ("x", b"third")];
    check(Archive::Tar, &[many.clone(), end.clone()].concat(), &names, &[]);
    check(Archive::Tar, &[&v7[..], &link, &folder, &prefixed, &end].concat(), &[("old", b"seven")], &[]);
    // One archive behind another, as `cat` puts them.
    let two = [&first[..], &end, &end, &tar("two", b'0', b"more"), &end].concat();
    check(Archive::Tar, &two, &[("one", b"first"), ("two", b"more")], &[]);
    // A size in binary, as GNU writes those of 8 GiB and more.
    let binary = header("big", b'0', b"\x80\0\0\0\0\0\0\0\0\0\0\x04", |_| ());
    check(Archive::Tar, &[&binary[..], &padded(b"size"), &end].concat(), &[("big", b"size")], &[]);
    check(Archive::Tar, &first, &[("one", b"first")], &["it does not end"]);
    check(Archive::Tar, &first[..700], &[("one", b"first")], &["it does not end"]);
}

#[test]
fn pax_headers_name_and_measure_what_follows() {
    let record = |text: &str| {
        // The length counts itself.
        let length = text.len() + 4;
        format!("{length} {text}\n")
    };
    let records = [record("path=renamed.bin"), record("size=00000000006")].concat();
    let bytes = [tar("x", b'x', records.as_bytes()), tar("short", b'0', b"longer"), END.to_vec()].concat();
    check(Archive::Tar, &bytes, &[("renamed.bin", b"longer")], &[]);
}

#[test]
fn sparse_members_have_their_holes_back() {
    let runs = |pairs: &[(u64, u64)], start: usize, block: &mut [u8]| {
        for (index, (offset, length)) in pairs.iter().enumerate() {
            let text = format!("{offset:011o}\0{length:011o}\0");
            block[start + 24 * index..start + 24 * index + 24].copy_from_slice(text.as_bytes());
        }
    };
    let content = [b"abc".to_vec(), vec![0; 997], b"defg".to_vec(), vec![0; 6]].concat();
    let gnu = header("sparse", b'S', b"00000000007", |block| {
        block[257..265].copy_from_slice(b"ustar  \0");
        runs(&[(0, 3), (1000, 4), (1010, 0)], 386, block);
        block[483..494].copy_from_slice(b"00000001762");
    });
    check(Archive::Tar, &[gnu, padded(b"abcdefg"), END.to_vec()].concat(), &[("sparse", &content)], &[]);
    // The map goes on in a block of its own.
    let gnu = header("sparse", b'S', b"00000000007", |block| {
        runs(&[(0, 1), (1, 1), (2, 0), (2, 0)], 386, block);
        block[482] = 1;
        block[483..494].copy_from_slice(b"00000001762");
    });
    let mut more = vec![0; 512];
    runs(&[(2, 1), (1000, 4)], 0, &mut more);
    check(
        Archive::Tar,
        &[gnu, more, padded(b"abcdefg"), END.to_vec()].concat(),
        &[("sparse", &content)],
        &[],
    );
    // pax 0.1, and 1.0 with the map before the bytes.
    let old = b"22 GNU.sparse.major=0\n34 GNU.sparse.map=0,3,1000,4,1010,0\n28 GNU.sparse.name=realname\n27 GNU.sparse.size=1010\n";
    let bytes = [tar("x", b'x', old), tar("GNUSparseFile.0/x", b'0', b"abcdefg"), END.to_vec()].concat();
    let (members, faults) = listed(Archive::Tar, &bytes);
    assert_eq!((faults.len(), members.len()), (0, 1), "{faults:?} {members:?}");
    let new = b"22 GNU.sparse.major=1\n28 GNU.sparse.name=realname\n31 GNU.sparse.realsize=1010\n";
    let data = [padded(b"3\n0\n3\n1000\n4\n1010\n0\n"), b"abcdefg".to_vec()].concat();
    let bytes = [tar("x", b'x', new), tar("GNUSparseFile.0/x", b'0', &data), END.to_vec()].concat();
    let (members, faults) = listed(Archive::Tar, &bytes);
    assert_eq!(faults, Vec::<String>::new());
    assert!(members.len() == 1 && members[0].1 == content, "{members:?}");
}

#[test]
fn damaged_tar_is_read_as_far_as_it_goes_and_told() {
    let bytes = [tar("one", b'0', &[7; 700]), tar("two", b'0', b"second"), END.to_vec()].concat();
    check(Archive::Tar, &bytes[..1000], &[("one", &[7; 488])], &["member one is cut off: 488 of 700"]);
    check(Archive::Tar, &bytes[..1600], &[("one", &[7; 700])], &["it ends in a header"]);
    let mut damaged = bytes.clone();
    damaged[3] = b'x';
    assert_eq!(Archive::detect(&damaged), Some(Archive::Tar));
    check(Archive::Tar, &damaged, &[("two", b"second")], &["offset 0x0: there is no header"]);
    let hostile = header("huge", b'0', b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", |_| ());
    check(Archive::Tar, &hostile, &[], &["member huge is cut off"]);
    let unknown = header("what", b'0', b"no number", |_| ());
    check(Archive::Tar, &[&unknown[..], &END].concat(), &[], &["its size is no number"]);
    let long = header("l", b'L', b"77777777777", |_| ());
    check(Archive::Tar, &long, &[], &["the description of a member", "it does not end"]);
}

fn le16(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap().to_le_bytes()
}

fn le32(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_le_bytes()
}

/// A ZIP archive of stored members, and the flags and the method that it claims of each.
fn zip(members: &[(&str, &[u8], usize, usize)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, data, flags, method) in members {
        let offset = out.len();
        let common = [
            &[20, 0][..],
            &le16(*flags),
            &le16(*method),
            &[0; 8],
            &le32(data.len()),
            &le32(data.len()),
            &le16(name.len()),
            &[0; 2],
        ]
        .concat();
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory
            .extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &le32(offset), name.as_bytes()].concat());
    }
    let start = out.len();
    let count = le16(members.len());
    out.extend(&directory);
    out.extend(
        [b"PK\x05\x06\0\0\0\0", &count[..], &count, &le32(directory.len()), &le32(start), &[0; 2]].concat(),
    );
    out
}

#[test]
fn members_of_zip_are_found_by_the_directory() {
    let bytes = zip(&[("a", b"one", 0, 0), ("b/c", b"two more", 0, 0), ("a", b"same name", 0, 0)]);
    let members: [(&str, &[u8]); 3] = [("a", b"one"), ("b/c", b"two more"), ("a", b"same name")];
    check(Archive::Zip, &bytes, &members, &[]);
    let (members, faults) = listed(Archive::Zip, &[b"a program before it".to_vec(), bytes].concat());
    assert_eq!(
        (members.len(), members[1].1.as_slice(), faults.len()),
        (3, &b"two more"[..], 0),
        "{faults:?}"
    );
    check(Archive::Zip, &zip(&[]), &[], &[]);
}

#[test]
fn what_zip_hides_is_told() {
    let check = |bytes: &[u8], fault: &str| {
        let (_, faults) = listed(Archive::Zip, bytes);
        assert!(faults.first().is_some_and(|first| first.contains(fault)), "{faults:?} does not say {fault}");
    };
    check(&zip(&[("secret", b"xyz", 1, 8)]), "member secret is encrypted");
    check(&zip(&[("secret", b"xyz", 0, 99)]), "member secret is encrypted");
    check(&zip(&[("old", b"xyz", 0, 14)]), "not opened (LZMA)");
    let mut bytes = zip(&[("a", b"first", 0, 0)]);
    let end = bytes.len();
    check(&bytes[..end - 30], "without a directory");
    // A member behind which a program that reads from the front comes upon another one.
    let hidden = [b"PK\x03\x04".to_vec(), vec![0; 40]].concat();
    let shifted = [hidden, bytes.clone()].concat();
    check(&shifted, "no directory lists");
    let local = end - 22 - 47 + 42;
    bytes[local] = 9;
    check(&bytes, "is not where the directory has it");
}

#[test]
fn members_of_ar_and_cpio_are_found() {
    let one = |name: &str, data: &[u8]| {
        let mut out =
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, data.len()).into_bytes();
        out.extend(data);
        out.resize(out.len().next_multiple_of(2), b'\n');
        out
    };
    let names = one("//", b"a long name of a file/\n");
    let bytes =
        [b"!<arch>\n".to_vec(), names, one("short/", b"odd"), one("/0", b"two"), one("#1/5", b"bsd.xrest")];
    let bytes = bytes.concat();
    let (members, faults) = listed(Archive::Ar, &bytes);
    let got: Vec<_> = members.iter().map(|(name, data)| (name.as_str(), data.as_slice())).skip(1).collect();
    let expected: [(&str, &[u8]); 3] =
        [("short", b"odd"), ("a long name of a file", b"two"), ("bsd.x", b"rest")];
    assert_eq!((got.as_slice(), faults.len()), (&expected[..], 0), "{faults:?}");
    let cpio = |name: &str, mode: u32, data: &[u8]| {
        let fields = [
            0,
            mode,
            0,
            0,
            1,
            0,
            u32::try_from(data.len()).unwrap(),
            0,
            0,
            0,
            0,
            u32::try_from(name.len() + 1).unwrap(),
            0,
        ];
        let mut out = b"070701".to_vec();
        out.extend(fields.iter().flat_map(|field| format!("{field:08x}").into_bytes()));
        for part in [[name.as_bytes(), b"\0"].concat(), data.to_vec()] {
            out.extend(part);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out
    };
    let first = [
        cpio("early", 0o100_644, b"microcode"),
        cpio("link", 0o120_777, b"target"),
        cpio("TRAILER!!!", 0, b""),
    ];
    let bytes =
        [first.concat(), vec![0; 512], cpio("late", 0o100_600, b"key"), cpio("TRAILER!!!", 0, b"")].concat();
    let (members, faults) = listed(Archive::Cpio, &bytes);
    let got: Vec<_> =
        members.iter().filter(|(_, data)| !data.is_empty()).map(|(name, _)| name.as_str()).collect();
    assert_eq!((got, faults.len()), (vec!["early", "late"], 0), "{faults:?}");
    // Many ends behind each other are one step after the other, not one inside the other.
    let ends = cpio("TRAILER!!!", 0, b"").repeat(20_000);
    assert_eq!(listed(Archive::Cpio, &ends).0.len(), 0);
}

#[test]
fn stored_files_are_read_at_any_offset() {
    let archive: Arc<dyn ReadAt> = Arc::new((0..100_u8).collect::<Vec<_>>());
    let parts = vec![
        Stored { start: 5, file_offset: 10, length: 10 },
        Stored { start: 20, file_offset: 50, length: 5 },
    ];
    let file = StoredFile::new(archive, 30, parts);
    let mut whole = vec![0; 30];
    file.read_exact_at(0, &mut whole).unwrap();
    assert_eq!((whole[4], whole[5], whole[14], whole[15], whole[20], whole[25]), (0, 10, 19, 0, 50, 0));
    for start in 0..30 {
        for end in start..30 {
            let mut part = vec![9; end - start];
            file.read_exact_at(start as u64, &mut part).unwrap();
            assert_eq!(part, whole[start..end]);
        }
    }
    assert!(file.read_exact_at(29, &mut [0; 2]).is_err());
}

/// Walks to the end, and reads what is stored.
fn walk_all(archive: Archive, bytes: &[u8]) {
    let source: Arc<dyn ReadAt> = Arc::new(bytes.to_vec());
    for (count, entry) in archive.walk(&*source).enumerate() {
        assert!(count <= bytes.len(), "there is no end");
        let range = match entry.unwrap() {
            Entry::Member(member) => {
                if let Content::Stored { length, parts } = member.content {
                    let there: u64 = parts.iter().map(|part| part.length).sum();
                    assert!(there <= source.length());
                    let file = StoredFile::new(Arc::clone(&source), length, parts);
                    file.read_exact_at(0, &mut vec![0; usize::try_from(length.min(4096)).unwrap()]).unwrap();
                }
                member.range
            }
            Entry::Fault(fault) => fault.range,
        };
        assert!(range.start <= range.end && range.end <= source.length(), "{range:?}");
    }
}

#[test]
fn archives_that_are_cut_anywhere_end_the_walk() {
    let tar =
        [tar("one", b'0', &[7; 700]), tar("x", b'x', b"11 path=ab\n"), tar("two", b'0', b"second")].concat();
    let zip = zip(&[("a", b"one", 0, 0), ("b/c", b"two more", 0, 8)]);
    for (archive, bytes) in [(Archive::Tar, tar), (Archive::Zip, zip)] {
        for cut in 0..bytes.len() {
            walk_all(archive, &bytes[..cut]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_archives_are_walked_without_a_fault_of_ours(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        let tar = [tar("one", b'0', &[7; 700]), tar("x", b'x', b"11 path=ab\n"), tar("s", b'S', b"second")].concat();
        let zip = zip(&[("a", b"one", 0, 0), ("b/c", b"two more", 0, 8)]);
        for (archive, mut bytes) in [(Archive::Tar, tar), (Archive::Zip, zip)] {
            for (at, value) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            walk_all(archive, &bytes);
            for archive in [Archive::Tar, Archive::Zip, Archive::Ar, Archive::Cpio] {
                walk_all(archive, &noise);
            }
        }
    }
}
