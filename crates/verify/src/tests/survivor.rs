//! A removed secret of which something is left, in every form.

use super::fixture::{
    Core, HEAP, HEAP_BYTES, Made, STACK, core, finding, named, one_key, place, random, scrub,
};
use crate::answer::question::SURVIVORS;
use coredact_record::{Certainty, Finding};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::Write as _;

/// A case in which `left` stood, and still stands, in the heap behind the removed secret.
fn with_left(secret: &[u8], kind: &str, component: &str, left: &[u8]) -> Made {
    with_left_as(secret, kind, component, "be", left)
}

/// The same with the form in which the secret is said to stand there.
fn with_left_as(secret: &[u8], kind: &str, component: &str, form: &str, left: &[u8]) -> Made {
    let mut core = core();
    let at = core.heap + 0x1000;
    core.bytes[at..at + secret.len()].copy_from_slice(secret);
    // Across the end of the judge's first chunk, at an odd offset.
    let there = (1 << 20) - left.len() / 2 - 1;
    assert!(there > at + secret.len() && there + left.len() < core.stack);
    core.bytes[there..there + left.len()].copy_from_slice(left);
    let mut one = finding(1, kind, "KEY", vec![place(at, secret.len(), component, form)]);
    one.certainty = Certainty::Matched;
    scrub(core.bytes, vec![one])
}

fn check_key(left: &[u8], survives: bool) {
    let expected: &[&str] = if survives { &[SURVIVORS] } else { &[] };
    with_left(&random(3, 64), "aes-key", "key", left).check(expected);
}

fn check_token(token: &[u8], left: &[u8], survives: bool) {
    let expected: &[&str] = if survives { &[SURVIVORS] } else { &[] };
    with_left(token, "token", "text", left).check(expected);
}

fn swapped(bytes: &[u8], width: usize) -> Vec<u8> {
    bytes.chunks(width).flat_map(|word| word.iter().rev()).copied().collect()
}

fn wide(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| [*byte, 0]).collect()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    super::fixture::hex(bytes).into_bytes()
}

/// Base64, written for the test.
pub(super) fn base64(bytes: &[u8], url: bool) -> Vec<u8> {
    let last: &[u8; 2] = if url { b"-_" } else { b"+/" };
    let alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*last).collect();
    bytes
        .chunks(3)
        .flat_map(|group| {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - group.len()));
            (0..=group.len()).map(move |index| bits >> (18 - 6 * index) & 63).collect::<Vec<_>>()
        })
        .map(|value| alphabet[value as usize])
        .collect()
}

#[test]
fn eight_bytes_left_are_a_survivor_and_seven_are_none() {
    let key = random(3, 64);
    check_key(&key[20..28], true);
    check_key(&key[20..27], false);
    check_key(&random(4, 64), false);
}

/// A symmetric key that a program prints: digits of it are left on stacks.
#[test]
fn binary_key_printed_in_hexadecimal_counts_by_its_bytes() {
    let digits = hex(&random(3, 64));
    let check = |left: &[u8], survives: bool| {
        let expected: &[&str] = if survives { &[SURVIVORS] } else { &[] };
        with_left_as(&digits, "symmetric-key", "secret", "hex", left).check(expected);
    };
    check(&digits[16..30], false);
    check(&digits[16..32], true);
}

/// Digits of a growing number stand all over the memory of a program that reads it digit by digit: eight of them are
/// four bytes.
#[test]
fn number_in_hexadecimal_counts_by_its_bytes_and_a_key_of_characters_by_these() {
    let digits = hex(&random(3, 64));
    let check = |kind: &str, component: &str, left: &[u8], survives: bool| {
        let expected: &[&str] = if survives { &[SURVIVORS] } else { &[] };
        with_left(&digits, kind, component, left).check(expected);
    };
    check("rsa-private-key", "d", &digits[16..30], false);
    check("rsa-private-key", "d", &digits[16..32], true);
    check("aes-key", "key", &digits[16..30], true);
}

#[test]
fn half_a_key_is_a_survivor_in_every_order() {
    let key = random(3, 64);
    let reversed: Vec<u8> = key.iter().rev().copied().collect();
    for bytes in [&key, &reversed] {
        check_key(&bytes[..32], true);
        check_key(&swapped(bytes, 4)[5..29], true);
        check_key(&swapped(bytes, 8)[5..29], true);
    }
}

#[test]
fn number_in_digits_is_a_survivor() {
    let p = random(8, 128);
    // CPython's digits: 30 bits in 4 bytes.
    let bit = |index: usize| p.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
    let digits = (0..1024)
        .step_by(30)
        .map(|start| (0..30).fold(0, |digit, at| digit | u32::from(bit(start + at)) << at));
    let digits: Vec<u8> = digits.flat_map(u32::to_le_bytes).collect();
    with_left(&p, "rsa-private-key", "p", &digits[40..60]).check(&[SURVIVORS]);
    let big_endian: Vec<u8> = p.iter().rev().copied().collect();
    with_left(&big_endian, "rsa-private-key", "p", &digits[40..60]).check(&[SURVIVORS]);
    with_left(&p, "rsa-private-key", "p", &digits[42..49]).check(&[]);
}

#[test]
fn half_a_key_is_a_survivor_in_text() {
    let key = &random(3, 64)[16..48];
    let hexadecimal = hex(key);
    check_key(&hexadecimal, true);
    check_key(&hexadecimal.to_ascii_uppercase(), true);
    check_key(&hexadecimal[3..21], true);
    check_key(&hexadecimal[1..16], false);
    check_key(&wide(&hexadecimal), true);
    let spaced: Vec<u8> = hexadecimal.chunks(2).collect::<Vec<_>>().join(&b':');
    check_key(&spaced[3..26], true);
    check_key(&spaced[3..23], false);
}

#[test]
fn half_a_key_is_a_survivor_in_base64_at_every_phase() {
    let key = random(3, 64);
    for phase in 0..3 {
        for url in [false, true] {
            let text = base64(&key[phase..phase + 30], url);
            check_key(&text, true);
            check_key(&wide(&text), true);
            check_key(&text[..11], true);
            check_key(&text[..10], false);
            let lines = text.chunks(6).collect::<Vec<_>>();
            check_key(&lines.join(&b'\n'), true);
            check_key(&lines.join(b"\\n".as_slice()), true);
            check_key(&lines.join(b"\r\n".as_slice()), true);
        }
    }
}

#[test]
fn key_is_a_survivor_in_compressed_streams() {
    let key = random(3, 64);
    let text = [&random(9, 3000)[..], &key, &random(10, 3000)].concat();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    check_key(&gzip, true);
    // Of a torn stream what can be inflated counts.
    check_key(&gzip[..gzip.len() - 2000], true);
    check_key(&gzip[..1000], false);
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&hex(&text)).unwrap();
    check_key(&zlib.finish().unwrap(), true);
    check_key(&zstd::bulk::compress(&text, 3).unwrap(), true);
    check_key(&zstd::bulk::compress(&random(11, 5000), 3).unwrap(), false);
}

#[test]
fn key_is_a_survivor_in_compression_inside_text_inside_text() {
    let key = random(3, 64);
    let packed = |text: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    };
    // The key lies so far behind that a torn text would not show it.
    let document = packed(&[&random(9, 9000)[..], &key, &random(10, 900)].concat());
    let text = base64(&document, false);
    check_key(&text, true);
    check_key(&[b"\"release\":\"", &text[..], b"\""].concat(), true);
    check_key(&text.chunks(76).collect::<Vec<_>>().join(&b'\n'), true);
    check_key(&hex(&document), true);
    check_key(&base64(&zstd::bulk::compress(&[&random(9, 900)[..], &key].concat(), 3).unwrap(), true), true);
    // As Helm keeps a release, with the key as text in it.
    let inner = [b"{\"tls.key\":\"".to_vec(), base64(&key, false), b"\"}".to_vec()].concat();
    check_key(&base64(&base64(&packed(&inner), false), false), true);
    check_key(&packed(&base64(&packed(&inner), false)), true);
    check_key(&base64(&packed(&random(12, 9000)), false), false);
    check_key(&base64(&document[..8000], false), false);
}

#[test]
fn token_is_a_survivor_in_every_writing() {
    let token = b"tok_R8tZq2LmX7/vB3+nK5=wY9dH4";
    check_token(token, &token[6..20], true);
    check_token(token, &wide(&token[6..20]), true);
    check_token(
        token,
        &[0, 0, token[6], 0].iter().chain(&wide(&token[7..20])).copied().collect::<Vec<_>>(),
        true,
    );
    check_token(token, b"?t=R8tZq2LmX7%2FvB3%2BnK5%3DwY", true);
    check_token(token, b"\"R8tZ\\/q2LmX7\\/vB3+nK5=wY9dH4\"", true);
    check_token(token, &hex(&token[6..20]), true);
    check_token(token, &base64(&token[5..20], false), true);
    check_token(token, &token[..7], false);
}

#[test]
fn words_of_a_token_may_stand_elsewhere() {
    check_token(b"live_token_R8tZq2LmX7vB3nK5", b"the live_token_ prefix", false);
    check_token(b"postgres", b"user postgres connected", false);
    let header = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    let token = [&header[..], b".eyJzdWIiOiIxMjM0In0.", b"Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"].concat();
    check_token(&token, header, false);
    check_token(&token, b"YmFyYmF6cXV4MTIzNDU2", true);
}

#[test]
fn weak_credential_must_be_gone_where_it_stood() {
    let mut made = with_left(b"postgres", "credential", "text", b"");
    made.report.findings[0].places[0].length += 4;
    let verdict = made.verdict();
    let answer = named(&verdict, SURVIVORS);
    assert!(!answer.passed && answer.numbers["bytes_uncovered"] == 4, "{}", answer.detail);
}

#[test]
fn part_of_a_place_that_the_plan_leaves_is_a_survivor() {
    let (mut made, ..) = one_key();
    let place = made.report.findings[0].places[0].clone();
    let keep = (place.file_offset as usize + 40)..(place.file_offset + place.length) as usize;
    made.clean[keep.clone()].copy_from_slice(&made.original[keep]);
    made.report.plan.as_mut().unwrap().cuts[0].length = 40;
    made.seal_output();
    made.check(&[SURVIVORS]);
}

/// A key in an encoding, of which the public number and a private one stand elsewhere too.
fn encoded(kind: &str, encoding: &[u8], public: &[u8], private: &[u8]) {
    let at = |core: &Core| core.heap + 0x1000;
    let build = |left: &[u8]| {
        let mut core = core();
        let start = at(&core);
        core.bytes[start..start + encoding.len()].copy_from_slice(encoding);
        let there = core.heap + HEAP_BYTES / 2;
        core.bytes[there..there + left.len()].copy_from_slice(left);
        scrub(core.bytes, vec![finding(1, kind, "KEY", vec![place(start, encoding.len(), "whole", "pem")])])
    };
    let made = build(public);
    made.check(&[]);
    assert_eq!(named(&made.verdict(), SURVIVORS).numbers["encodings_read"], 1);
    build(&private[4..14]).check(&[SURVIVORS]);
    build(&base64(&private[4..20], false)).check(&[SURVIVORS]);
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

fn rsa_der() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let number = |seed: u64, length: usize| [vec![0x40], random(seed, length - 1)].concat();
    let (modulus, d) = (number(21, 256), number(22, 256));
    let rest: Vec<u8> = (23..28).flat_map(|seed| der(2, &number(seed, 128))).collect();
    let content = [vec![2, 1, 0], der(2, &modulus), vec![2, 3, 1, 0, 1], der(2, &d), rest].concat();
    (der(0x30, &content), modulus, d)
}

fn armour(label: &str, der: &[u8]) -> Vec<u8> {
    let mut text = format!("-----BEGIN {label}-----\n").into_bytes();
    let mut body = base64(der, false);
    body.resize(body.len().next_multiple_of(4), b'=');
    for line in body.chunks(64) {
        text.extend(line);
        text.push(b'\n');
    }
    text.extend(format!("-----END {label}-----\n").bytes());
    text
}

#[test]
fn modulus_may_survive_an_encoded_rsa_key_and_its_private_numbers_may_not() {
    let (pkcs1, modulus, d) = rsa_der();
    let kind = "rsa-private-key";
    encoded(kind, &pkcs1, &modulus, &d);
    let algorithm = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let pkcs8 = der(0x30, &[&[2, 1, 0][..], &algorithm, &der(4, &pkcs1)].concat());
    encoded(kind, &pkcs8, &modulus, &d);
    encoded(kind, &armour("RSA PRIVATE KEY", &pkcs1), &base64(&modulus, false), &d);
    let pem = armour("PRIVATE KEY", &pkcs8);
    encoded(kind, &pem, &modulus, &d);
    encoded(kind, &wide(&pem), &modulus, &d);
    // Cut off at its end, and at its beginning.
    encoded(kind, &pem[..pem.len() / 2], &modulus, &d);
    let q = &rsa_der().0[pkcs1.len() - 4 * 132..][4..132];
    encoded("private-key-fragment", &armour("RSA PRIVATE KEY", &pkcs1)[700..], &modulus, q);
}

#[test]
fn pointer_that_was_written_over_a_freed_key_may_survive_and_the_key_may_not() {
    let (mut pkcs1, ..) = rsa_der();
    // In the middle of q: what is behind the number's beginning was written over.
    let at = pkcs1.len() - 4 * 132 + 60;
    pkcs1[at..at + 8].copy_from_slice(&(STACK + 0x1321).to_le_bytes());
    let q = pkcs1[at - 40..at - 16].to_vec();
    let pointer = pkcs1[at - 2..at + 6].to_vec();
    encoded("private-key-fragment", &pkcs1, &pointer, &q);
}

#[test]
fn small_coefficients_may_stand_elsewhere_and_must_go_where_they_stood() {
    let coefficients: Vec<u8> =
        random(41, 256).iter().flat_map(|byte| (8_380_413 + u32::from(byte % 9)).to_le_bytes()).collect();
    let kind = "ml-dsa-private-key";
    with_left(&coefficients, kind, "s1", &coefficients[40..48]).check(&[]);
    let mut made = with_left(&coefficients, kind, "s1", &[]);
    let cuts = &mut made.report.plan.as_mut().unwrap().cuts;
    cuts[0].length -= 8;
    let end = usize::try_from(cuts[0].file_offset + cuts[0].length).unwrap();
    made.clean[end..end + 8].copy_from_slice(&coefficients[1016..]);
    made.seal_output();
    made.check(&[SURVIVORS]);
}

#[test]
fn public_half_may_survive_other_encodings() {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let (seed, public) = (random(31, 32), random(32, 32));
    let private = [
        random(33, 8),
        string(b"ssh-ed25519"),
        string(&public),
        string(&[&seed[..], &public].concat()),
        string(b"comment"),
    ]
    .concat();
    let openssh = [
        b"openssh-key-v1\0".to_vec(),
        string(b"none"),
        string(b"none"),
        string(b""),
        vec![0, 0, 0, 1],
        string(&[string(b"ssh-ed25519"), string(&public)].concat()),
        string(&private),
    ]
    .concat();
    encoded("edwards-private-key", &openssh, &public, &seed);
    encoded("edwards-private-key", &armour("OPENSSH PRIVATE KEY", &openssh), &public, &seed);
    let jwk = format!(
        "{{\"kty\":\"OKP\",\"x\":\"{}\",\"d\" : \"{}\"}}",
        String::from_utf8(base64(&public, true)).unwrap(),
        String::from_utf8(base64(&seed, true)).unwrap()
    );
    encoded("edwards-private-key", jwk.as_bytes(), &public, &seed);
    let point = [&[0x03, 0x42, 0x00, 0x04][..], &random(34, 64)].concat();
    let sec1 = [&[2, 1, 1, 4, 32][..], &seed, &[0xa1, 68], &point].concat();
    encoded(
        "ec-private-key",
        &[&[0x30, u8::try_from(sec1.len()).unwrap()][..], &sec1].concat(),
        &point[4..],
        &seed,
    );
}

#[test]
fn pointer_beside_a_key_may_stand_elsewhere() {
    let pointer = (HEAP + 0x1234).to_le_bytes();
    let key = random(3, 32);
    let place = [&key[..], &pointer, &key[..24]].concat();
    with_left(&place, "aes-key", "key", &pointer).check(&[]);
    with_left(&place, "aes-key", "key", &key[3..11]).check(&[SURVIVORS]);
}

#[test]
fn only_what_was_claimed_gone_is_looked_for() {
    let key = random(3, 64);
    let check = |change: fn(&mut Finding), survives: bool| {
        let mut made = with_left(&key, "aes-key", "key", &key[..32]);
        change(&mut made.report.findings[0]);
        made.check(if survives { &[SURVIVORS] } else { &[] });
    };
    check(|_| (), true);
    check(|finding| finding.certainty = Certainty::Suspected, false);
    check(|finding| finding.kind = "randomness".into(), false);
    check(|finding| finding.publicly_known = Some("FIPS 197".into()), false);
    check(|finding| finding.places[0].component = "n".into(), false);
}

#[test]
fn places_that_the_report_omits_are_read_from_the_plan() {
    let key = random(3, 64);
    let mut made = with_left(&key, "aes-key", "key", &key[40..60]);
    made.report.findings[0].places.clear();
    made.report.findings[0].places_omitted = 1;
    made.check(&[SURVIVORS]);
}

#[test]
fn public_numbers_in_places_that_the_report_omits_may_survive() {
    let (modulus, key) = (random(51, 256), random(52, 64));
    let made = |left: &[u8]| {
        let mut core = core();
        let [first, second, there] = [0x1000, 0x2000, 0x4000].map(|at| core.heap + at);
        core.bytes[first..first + 256].copy_from_slice(&modulus);
        // The words the other way round.
        let words: Vec<u8> = modulus.chunks(4).rev().flatten().copied().collect();
        core.bytes[second..second + 256].copy_from_slice(&words);
        core.bytes[second + 0x800..second + 0x840].copy_from_slice(&key);
        core.bytes[there..there + left.len()].copy_from_slice(left);
        let places = [(first, 256, "n"), (second, 256, "n"), (second + 0x800, 64, "p")];
        let places = places.map(|(at, length, component)| place(at, length, component, "le"));
        let mut made = scrub(core.bytes, vec![finding(1, "rsa-private-key", "RSA", places.to_vec())]);
        made.report.findings[0].places.truncate(1);
        made.report.findings[0].places_omitted = 2;
        made
    };
    made(&modulus).check(&[]);
    made(&key[8..24]).check(&[SURVIVORS]);
}

#[test]
fn no_secret_byte_stands_in_a_verdict() {
    let token = b"tok_R8tZq2LmX7/vB3+nK5=wY9dH4";
    let verdict = with_left(token, "token", "text", token).verdict();
    let text = format!("{verdict:?}");
    assert!(!verdict.passed && !text.contains("R8tZ") && !text.contains(&super::fixture::hex(&token[8..12])));
}
