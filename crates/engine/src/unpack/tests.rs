//! What comes out of files in files. The archives are tars, whose headers are the shortest to write.

use super::limits::{DEPTH_MAX, HELD_BYTES_MAX};
use super::{Item, Unpacking, unpack};
use crate::Error;
use crate::report::Subject;
use crate::source::Source;
use coredact_dump::container::{Compression, DecodeLimits};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        block[148..156].fill(b' ');
        block[156] = b'0';
        block[257..262].copy_from_slice(b"ustar");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(block);
        out.extend(*data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = Compression::Gzip.encoder(Vec::new()).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpacked_within(limits: DecodeLimits, bytes: Vec<u8>) -> Vec<Item> {
    let folder = std::env::temp_dir();
    let source = Source::new(Path::new("f"), Box::new(bytes)).unwrap();
    let unpacking = Unpacking { spool_folder: &folder, limits };
    let mut items = Vec::new();
    let mut each = |item| {
        items.push(item);
        Ok::<_, Error>(ControlFlow::Continue(()))
    };
    assert!(unpack(Subject::named(Path::new("f")), source, &unpacking, &mut each).unwrap().is_continue());
    items
}

fn unpacked(bytes: Vec<u8>) -> Vec<Item> {
    unpacked_within(DecodeLimits::default(), bytes)
}

/// Name, compression, what the image is, how many bytes are searched, and how often it is said that some are not.
fn rows(items: &[Item]) -> Vec<(String, Option<String>, &'static str, u64, usize)> {
    let row = |item: &Item| {
        let image = item.image().unwrap();
        let searched: u64 = image.spaces.iter().map(|space| space.length).sum();
        assert_eq!(searched, item.bytes());
        let Subject { name, compression, .. } = item.subject.clone();
        (name, compression, image.format, searched, item.unread.len())
    };
    items.iter().map(row).collect()
}

fn row(
    name: &str,
    compression: Option<&str>,
    format: &'static str,
    searched: u64,
) -> (String, Option<String>, &'static str, u64, usize) {
    (name.to_owned(), compression.map(str::to_owned), format, searched, 0)
}

#[test]
fn every_byte_of_an_archive_is_a_members_or_its_own() {
    let inner = tar(&[("deep", b"bytes")]);
    let packed = gzip(&inner);
    let outer = tar(&[("plain", &[7; 600]), ("in.tar", &inner), ("in.tgz", &packed), ("empty", b"")]);
    let own = outer.len() - 600 - inner.len() - packed.len();
    let rest = u64::try_from(inner.len() - 5).unwrap();
    let expected = [
        row("f!plain", None, "raw", 600),
        row("f!in.tar!deep", None, "raw", 5),
        row("f!in.tar", None, "tar", rest),
        row("f!in.tgz!deep", None, "raw", 5),
        row("f!in.tgz", Some("gz"), "tar", rest),
        row("f", None, "tar", u64::try_from(own).unwrap()),
    ];
    assert_eq!(rows(&unpacked(outer)), expected);
}

#[test]
fn a_file_that_is_no_archive_is_itself() {
    assert_eq!(rows(&unpacked(b"some text".to_vec())), [row("f", None, "raw", 9)]);
    assert_eq!(rows(&unpacked(gzip(b"some text"))), [row("f", Some("gz"), "raw", 9)]);
    assert_eq!(rows(&unpacked(gzip(&gzip(b"some text")))), [row("f", Some("gz+gz"), "raw", 9)]);
}

#[test]
fn long_members_go_through_a_spool_and_come_back() {
    let long: Vec<u8> = (0..HELD_BYTES_MAX + 100).map(|at| (at / 7).to_le_bytes()[0]).collect();
    let items = unpacked(tar(&[("long.gz", &gzip(&long))]));
    let mut back = vec![0; long.len()];
    items[0].source.read_exact_at(0, &mut back).unwrap();
    assert!(items[0].subject.name == "f!long.gz" && back == long);
}

#[test]
fn archives_are_opened_down_to_a_depth_and_what_is_below_is_told() {
    let mut bytes = b"the innermost".to_vec();
    for _ in 0..=DEPTH_MAX {
        bytes = tar(&[("in", &bytes)]);
    }
    let items = unpacked(bytes);
    let unread: Vec<&str> = items.iter().flat_map(|item| &item.unread).map(|one| one.why.as_str()).collect();
    assert_eq!(unread, [format!("archives in archives are opened down to {DEPTH_MAX} levels")]);
    let lowest = &items[0];
    assert!(lowest.unread.len() == 1 && lowest.bytes() == 512 + 512 + 1024, "{lowest:?}");
}

#[test]
fn bombs_end_at_the_limit_for_the_file_as_a_whole() {
    let bomb = gzip(&vec![7; 1 << 20]);
    let members: Vec<(&str, &[u8])> = vec![("bomb.gz", &bomb); 10];
    let items = unpacked_within(DecodeLimits::up_to(3 << 20), tar(&members));
    let read: u64 = items.iter().filter(|item| item.unread.is_empty()).map(Item::bytes).sum();
    assert!(read <= 4 << 20, "{read}");
    let told = items.iter().filter(|item| item.unread.iter().any(|one| one.why.contains("--max-expanded")));
    assert!(told.count() >= 7, "{items:?}");
}

#[test]
fn damaged_members_are_read_as_far_as_they_go() {
    let noise: Vec<u8> = (0..9000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let packed = gzip(&noise);
    let items = unpacked(tar(&[("cut.gz", &packed[..packed.len() / 2])]));
    assert!(items[0].unread[0].why.contains("damaged"), "{:?}", items[0].unread);
    assert!(items[0].bytes() > 1000, "{:?}", items[0]);
}
