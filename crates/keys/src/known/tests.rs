use super::estimate::bits;
use super::limits::GUESSABLE_BITS;
use super::*;
use crate::material::{Component, Hit, Kind, Notation, Role};
use crate::{Certainty, forms};
use std::io::Read;

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

fn key() -> Key {
    Key::from_salt(&random(SALT_BYTES).try_into().unwrap())
}

fn index(secrets: &[&[u8]]) -> Index {
    let key = key();
    let blind = |(number, secret): (usize, &&[u8])| {
        Blind::new(&format!("secret {number}"), secret, &key, true).unwrap()
    };
    let blinds = secrets.iter().enumerate().map(blind).collect();
    Index::new(key, blinds)
}

/// What is found in memory, and then in the text in it.
fn found(index: &Index, memory: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    index.scan(memory, &mut hits);
    index.scan_text(memory, &mut hits);
    hits
}

fn amid(bytes: &[u8]) -> Vec<u8> {
    [b"\x01\x91 the one before: ", bytes, b" and \xfe\xedwhat follows"].concat()
}

#[test]
fn random_secret_is_found_in_every_form_that_the_closure_knows() {
    for length in [16, 20, 24, 32, 37, 64] {
        let secret = random(length);
        let index = index(&[&secret, &random(32)]);
        let component = Component::new("key", Role::Secret, Notation::Bytes, secret.clone());
        let mut missed = Vec::new();
        for form in forms::forms(&component) {
            let memory = amid(&form.bytes);
            let hits = found(&index, &memory);
            let is_whole = |hit: &&Hit| hit.component == "whole-secret";
            match hits.iter().find(is_whole) {
                Some(hit) => {
                    let value = hit.material.components.first().unwrap();
                    assert_eq!(value.value.bytes(), secret, "{}", form.name);
                    // All that is the secret's alone is covered: at the edges of base64 bits of others stand.
                    let start = b"\x01\x91 the one before: ".len();
                    assert!(
                        hit.range.start <= start + 4 && hit.range.end + 4 >= start + form.bytes.len(),
                        "{}",
                        form.name
                    );
                }
                None => missed.push(form.name),
            }
        }
        // Decoded once; and a length that is no multiple of words has no word orders without padding.
        missed.retain(|name| !name.contains(" of base64") && (length % 8 == 0 || !name.contains("words")));
        missed.retain(|name| length % 4 == 0 || name != "int-array");
        // What base64 cuts off at its edges is not in the form.
        missed.retain(|name| !name.contains("base64"));
        // Arrays of V8 hold numbers, hardly a secret of its owner; the closure removes them where it stands elsewhere too.
        missed.retain(|name| !name.ends_with("4-byte words in 8"));
        // What a division leaves stands beside what was divided, by which the closure knows it.
        missed.retain(|name| !name.starts_with("digits 60/64") && !name.starts_with("int-array shifted"));
        // Numbers, one for each byte or for all of them, are nothing that a secret is recognised by: the closure removes them
        // where it stands elsewhere too.
        let numbers = ["list ", "bytes in ", "decimal", "int-array over"];
        missed.retain(|name| !numbers.iter().any(|number| name.starts_with(number)));
        // Text in UTF-16 is narrowed before it is searched.
        missed.retain(|name| !name.to_lowercase().contains("hex utf-16"));
        assert_eq!(missed, Vec::<String>::new(), "{length} bytes");
    }
}

#[test]
fn base64_is_decoded_at_every_alignment_and_in_both_byte_orders() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let secret = random(32);
    let index = index(&[&secret]);
    let reversed: Vec<u8> = secret.iter().rev().copied().collect();
    for value in [&secret, &reversed] {
        for before in 0..4 {
            for after in 0..3 {
                let plain = [&vec![7; before], &value[..], &vec![9; after]].concat();
                for text in [STANDARD.encode(&plain), URL_SAFE_NO_PAD.encode(&plain)] {
                    let memory = format!("key={text};");
                    let hits = found(&index, memory.as_bytes());
                    assert!(
                        hits.iter().any(|hit| hit.component == "whole-secret" && hit.form == "base64"),
                        "{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn password_is_found_in_text_of_every_kind() {
    let secret = "Tr0ub4/dor&\"3 zwölf+x";
    let index = index(&[secret.as_bytes()]);
    let utf16 = |text: &str, be: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if be { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let latin1: Vec<u8> = secret.chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();
    let check = |memory: &[u8], form: &str| {
        let hits = found(&index, &amid(memory));
        assert!(hits.iter().any(|hit| hit.form == form), "{form}: {hits:?}");
    };
    check(secret.as_bytes(), "text");
    check(&secret.bytes().rev().collect::<Vec<u8>>(), "le");
    check(&latin1, "be");
    check(&utf16(secret, false), "utf-16");
    check(&utf16(secret, true), "utf-16");
    check(b"Tr0ub4%2Fdor%26%223%20zw%C3%B6lf%2Bx", "escaped");
    check(br#"{"p":"Tr0ub4\/dor&\"3 zw\u00f6lf+x"}"#, "escaped");
    check(b"\"Tr0ub4/dor\\u0026\\\"3 zw\xc3\xb6lf\\u002bx\"", "escaped");
}

#[test]
fn key_of_hmac_is_found_under_its_pads() {
    for (length, block) in [(16, 64), (32, 64), (20, 64), (50, 128), (64, 128)] {
        let secret = random(length);
        let index = index(&[&secret]);
        for (pad, form) in [(0x36, "hmac-inner-pad"), (0x5c, "hmac-outer-pad")] {
            let mut memory = vec![pad; block];
            memory.iter_mut().zip(&secret).for_each(|(byte, key)| *byte ^= key);
            let hits = found(&index, &[vec![1; 100], memory, vec![2; 20]].concat());
            let hit = hits.iter().find(|hit| hit.component == "whole-secret").unwrap();
            assert_eq!((hit.form, hit.range.clone()), (form, 100..100 + length));
            assert_eq!(hit.material.components[0].value.bytes(), secret);
        }
    }
}

#[test]
fn key_given_as_text_is_found_as_the_bytes_that_programs_make_of_it() {
    let secret = random(32);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &secret);
    for text in [hex, base64] {
        let index = index(&[text.as_bytes()]);
        let hits = found(&index, &amid(&secret));
        let hit = hits.iter().find(|hit| hit.component == "decoded").unwrap();
        assert_eq!(hit.material.components[0].value.bytes(), secret);
        assert!(found(&index, text.as_bytes()).iter().any(|hit| hit.component == "whole-secret"));
    }
}

#[test]
fn torn_secret_is_found_by_its_ends() {
    let mut secret = random(48);
    // What stands beside a torn secret is never what was torn off.
    (secret[0], secret[47]) = (0x91, 0x93);
    let index = index(&[&secret]);
    let check = |memory: &[u8], expected: &[&str]| {
        let mut hits = Vec::new();
        index.scan(memory, &mut hits);
        let components: Vec<&str> = hits.iter().map(|hit| hit.component).collect();
        assert_eq!(components, expected);
        assert!(hits.iter().all(|hit| is_end(&hit.material)));
    };
    check(&amid(&secret[..40]), &["head"]);
    check(&amid(&secret[9..]), &["tail"]);
    check(&amid(&secret[1..47]), &[]);
}

#[test]
fn finding_says_its_label_and_holds_the_secret() {
    let secret = random(32);
    let index = index(&[&random(32), &secret]);
    let hits = found(&index, &amid(&secret));
    let hit = hits.iter().find(|hit| hit.component == "whole-secret").unwrap();
    assert_eq!(hit.material.kind, Kind::KnownSecret);
    assert_eq!(hit.material.certainty, Certainty::Proven);
    assert_eq!(hit.material.public_ids[0].value, "secret 1");
    let names: Vec<&str> = hit.material.components.iter().map(|component| component.name).collect();
    assert_eq!(names, ["whole-secret", "hmac-inner-pad", "hmac-outer-pad"]);
}

#[test]
fn what_should_not_be_taken_is_refused() {
    let key = key();
    let refusal = |secret: &[u8], apart: bool| Blind::new("x", secret, &key, apart).unwrap_err();
    assert_eq!(refusal(b"hunter2", true), Refusal::TooShort(7));
    assert_eq!(refusal(&random(SECRET_BYTES_MAX + 1), true), Refusal::TooLong(SECRET_BYTES_MAX + 1));
    assert_eq!(refusal(b"aaaaaaaaaaaaaaaa", true), Refusal::Dull);
    assert_eq!(refusal(&[0; 32], true), Refusal::Dull);
    for guessable in ["correct horse battery", "Summer2026!", "abcdefghijklmnopqrstuvwxyz0123456789"] {
        assert!(matches!(refusal(guessable.as_bytes(), false), Refusal::Guessable(_)), "{guessable}");
        assert!(Blind::new("x", guessable.as_bytes(), &key, true).is_ok(), "{guessable}");
    }
    let counting: Vec<u8> = (0..32).collect();
    assert!(matches!(refusal(&counting, false), Refusal::Guessable(_)));
    for length in [16, 20, 32, 64, 200] {
        for _ in 0..200 {
            assert!(Blind::new("x", &random(length), &key, false).is_ok(), "{length}");
        }
    }
    // What is random is taken, however often one asks; but one value of 16 bytes in a million can be read as a text.
    for length in [16, 20, 24, 32] {
        let enough = |_| {
            let value = random(length);
            bits(&value) >= GUESSABLE_BITS || std::str::from_utf8(&value).is_ok()
        };
        assert!((0..50_000).all(enough), "{length}");
    }
    let token = "V6z1v9q2Kcsk04btH1tR7kq9Lz2Wm8";
    assert!(Blind::new("x", token.as_bytes(), &key, false).is_ok());
}

#[test]
fn coarse_fingerprint_is_the_same_for_every_order_of_a_window() {
    let key = key();
    for _ in 0..100 {
        let word = u64::from_le_bytes(random(8).try_into().unwrap());
        let screen = key.screen(word);
        assert!(screen < 1 << SCREEN_BITS);
        for other in [word.swap_bytes(), word.rotate_left(32), word.swap_bytes().rotate_left(32)] {
            assert_eq!(key.screen(other), screen);
        }
        assert_ne!(key.screen(word ^ 1), screen, "one in four million");
    }
}

#[test]
fn coarse_fingerprints_are_spread_evenly() {
    let key = key();
    let words = (0..1 << 16).map(|i: u64| (0x5500_0000_0000 + 16 * i).wrapping_mul(1 + 2 * (i & 1)));
    let mut buckets = vec![0_u32; 256];
    words.for_each(|word| buckets[(key.screen(word) >> (SCREEN_BITS - 8)) as usize] += 1);
    let (least, most) = (buckets.iter().min().unwrap(), buckets.iter().max().unwrap());
    assert!(*least > 100 && *most < 600, "{least} to {most} of 256");
}

#[test]
fn key_file_makes_another_key_and_a_hostile_cost_is_refused() {
    let salt = [7; SALT_BYTES];
    let cost = Cost { memory_kib: 64, passes: 1 };
    let one = Key::from_file(b"a passphrase", &salt, cost).unwrap();
    assert_eq!(one.check(), Key::from_file(b"a passphrase", &salt, cost).unwrap().check());
    assert_ne!(one.check(), Key::from_file(b"another one.", &salt, cost).unwrap().check());
    assert_ne!(one.check(), Key::from_salt(&salt).check());
    assert_eq!(Key::from_file(b"short", &salt, cost).unwrap_err(), KeyError::Length(5));
    for cost in [Cost { memory_kib: u32::MAX, passes: 1 }, Cost { memory_kib: 64, passes: 1000 }] {
        assert!(matches!(Key::from_file(b"a passphrase", &salt, cost), Err(KeyError::Cost { .. })));
    }
}

#[test]
fn other_bytes_are_no_finding() {
    let secrets: Vec<Vec<u8>> = (0..1000).map(|_| random(32)).collect();
    let index = index(&secrets.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let zeros = vec![0; 1 << 16];
    let text = b"the quick brown fox 0123456789abcdef %41%42 \\u0041 QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo= "
        .repeat(500);
    for memory in [random(1 << 20), zeros, text] {
        assert!(found(&index, &memory).is_empty());
    }
}

#[test]
fn any_bytes_are_searched_without_a_fault() {
    let secret = random(32);
    let index = index(&[&secret]);
    for length in 0..80 {
        found(&index, &random(length));
        found(&index, &vec![b'6'; length]);
        found(&index, &b"%\\u%4"[..length.min(5)]);
    }
    for cut in 0..secret.len() {
        found(&index, &secret[cut..]);
        found(&index, &secret[..cut]);
    }
}
