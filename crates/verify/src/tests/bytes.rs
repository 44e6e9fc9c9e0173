//! Bytes outside and inside the plan, digests and lengths.

use super::fixture::{named, one_key};
use crate::answer::question::{BELONG, COVERAGE, INSIDE, OUTSIDE};
use coredact_record::Unread;
use proptest::prelude::*;

#[test]
fn honest_scrub_passes_every_question() {
    let (made, ..) = one_key();
    made.check(&[]);
    let verdict = made.verdict();
    assert_eq!(verdict.answers.len(), 8);
    assert_eq!(named(&verdict, INSIDE).numbers["bytes_compared"], 64);
    let outside = named(&verdict, OUTSIDE).numbers["bytes_compared"];
    assert_eq!(outside, made.original.len() as u64 - 64);
}

#[test]
fn byte_changed_outside_the_plan_is_seen() {
    let (mut made, _, core) = one_key();
    made.clean[core.heap + 0x1000 - 1] ^= 1;
    made.seal_output();
    made.check(&[OUTSIDE]);
    assert!(named(&made.verdict(), OUTSIDE).detail.contains(&format!("{:#x}", core.heap + 0xfff)));
}

#[test]
fn byte_inside_the_plan_that_is_not_fill_is_seen() {
    let (mut made, _, core) = one_key();
    made.clean[core.heap + 0x1000 + 63] = b'?';
    made.seal_output();
    made.check(&[INSIDE]);
}

#[test]
fn fill_that_names_another_finding_is_no_fill() {
    let (mut made, _, core) = one_key();
    for (byte, fill) in made.clean[core.heap + 0x1000..][..64].iter_mut().zip(b"[RSA#2]".iter().cycle()) {
        *byte = *fill;
    }
    made.seal_output();
    made.check(&[INSIDE]);
}

#[test]
fn digest_of_either_file_that_differs_is_seen() {
    let (mut made, ..) = one_key();
    made.report.input.sha256 = Some("00".repeat(32));
    made.check(&[BELONG]);
    let (mut made, ..) = one_key();
    made.report.output.as_mut().unwrap().sha256 = "00".repeat(32);
    made.check(&[BELONG]);
    // Of a compressed output the digest is that of the file, which the judge does not see.
    made.report.output.as_mut().unwrap().compression = Some("zstd".into());
    made.check(&[]);
}

#[test]
fn dump_of_another_length_fails_at_once() {
    let (mut made, ..) = one_key();
    made.clean.pop();
    made.check(&[BELONG]);
    assert!(named(&made.verdict(), BELONG).detail.contains("lengths differ"));
}

#[test]
fn unread_bytes_are_repeated() {
    let (mut made, ..) = one_key();
    made.report.unread.push(Unread { file_offset: 9, length: 77, why: "the file ends".into() });
    made.check(&[]);
    let verdict = made.verdict();
    assert_eq!(named(&verdict, COVERAGE).numbers["bytes_unread"], 77);
    assert!(named(&verdict, COVERAGE).detail.contains("77"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_flipped_byte_is_seen(at: prop::sample::Index, bit in 0u8..8) {
        let (mut made, ..) = one_key();
        let at = at.index(made.clean.len());
        made.clean[at] ^= 1 << bit;
        made.seal_output();
        let verdict = made.verdict();
        prop_assert!(!verdict.passed);
        prop_assert!(!named(&verdict, OUTSIDE).passed || !named(&verdict, INSIDE).passed);
    }
}
