//! Schedules of real keys among other memory, through the one way in.

use super::scan;
use crate::{Certainty, Hit};

fn hits(bytes: &[u8]) -> Vec<Hit> {
    let mut out = Vec::new();
    // As if all of it looked random.
    scan(bytes, std::slice::from_ref(&(0..bytes.len())), &mut out);
    out
}

#[test]
fn zeros_counters_text_and_random_bytes_hold_no_key() {
    use std::io::Read;
    let mut random = vec![0; 1 << 20];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut random).unwrap();
    let counter: Vec<u8> = (0..1_u32 << 16).flat_map(u32::to_le_bytes).collect();
    let text = b"The quick brown fox jumps over the lazy dog. 0123456789 ".repeat(1 << 12);
    let small: Vec<u8> = random.iter().map(|byte| byte & 0x3f).collect();
    for bytes in [&random, &counter, &text, &vec![0; 1 << 16], &small] {
        assert!(hits(bytes).is_empty());
        let runs: Vec<_> = (0..bytes.len() / 700).map(|at| 700 * at..700 * at + 690).collect();
        let mut out = Vec::new();
        scan(bytes, &runs, &mut out);
        assert!(out.is_empty());
    }
    assert!(hits(&[]).is_empty());
}

#[test]
fn findings_are_proven() {
    let key: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(73) ^ 0xa9).collect();
    let state = [&b"expand 32-byte k"[..], &key, &[0; 16]].concat();
    let hits = hits(&state);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].material.certainty, Certainty::Proven);
}
