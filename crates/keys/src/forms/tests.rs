use super::*;

fn component(notation: Notation, value: &[u8]) -> Component {
    Component::new("d", Role::Secret, notation, value.to_vec())
}

fn bytes_of(component: &Component, name: &str) -> Vec<u8> {
    let all = forms(component);
    let found = all.iter().find(|form| form.name == name);
    found.map(|form| form.bytes.to_vec()).unwrap_or_default()
}

#[test]
fn orders_of_a_counting_number() {
    let number = component(Notation::Number, &(1..=16).collect::<Vec<u8>>());
    let check = |name: &str, expected: [u8; 16]| assert_eq!(bytes_of(&number, name), expected, "{name}");
    check("be", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    check("le", [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    check("int-array", [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13]);
    check("be-order of 8-byte words", [8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9]);
    check("le-order of be 4-byte words", [13, 14, 15, 16, 9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4]);
    check("be-order of halved 8-byte words", [5, 6, 7, 8, 1, 2, 3, 4, 13, 14, 15, 16, 9, 10, 11, 12]);
    check("le-order of halved 8-byte words", [12, 11, 10, 9, 16, 15, 14, 13, 4, 3, 2, 1, 8, 7, 6, 5]);
}

#[test]
fn orders_turned_around_again_are_orders() {
    let value: Vec<u8> = (1..=32).collect();
    let number = component(Notation::Number, &value);
    let is_order = |form: &&Form| form.bytes.len() == 32 && !form.name.starts_with("words ");
    let orders: Vec<Vec<u8>> =
        forms(&number).iter().filter(is_order).map(|form| form.bytes.to_vec()).collect();
    let known: Vec<&Vec<u8>> =
        orders.iter().filter(|bytes| bytes.iter().all(|byte| (1..=32).contains(byte))).collect();
    for one in &known {
        for width in [4, 8, 32] {
            let turned: Vec<u8> = one.chunks(width).flat_map(|word| word.iter().rev()).copied().collect();
            assert!(known.contains(&&turned), "{one:?} in words of {width}");
        }
    }
}

#[test]
fn digits_carry_the_number() {
    let value: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(151).wrapping_add(89)).collect();
    let number = component(Notation::Number, &value);
    for (bits, word_bits) in [(30, 32), (15, 16), (28, 32), (52, 64), (60, 64), (26, 64), (63, 64)] {
        let form = bytes_of(&number, &format!("digits {bits}/{word_bits}"));
        let mut sum = num_bigint::BigUint::ZERO;
        for (index, word) in form.chunks(word_bits / 8).enumerate() {
            sum += num_bigint::BigUint::from_bytes_le(word) << (bits * index);
        }
        assert_eq!(sum, num_bigint::BigUint::from_bytes_be(&value), "{bits} in {word_bits}");
    }
}

#[test]
fn words_of_a_shifted_big_integer_are_known() {
    for length in [16, 31, 32, 48] {
        let value: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(151) | 0x81).collect();
        let component = Component::new("p", Role::Secret, Notation::Number, value.clone());
        let forms = forms(&component);
        for bits in 0..32_u32 {
            let shifted = num_bigint::BigUint::from_bytes_be(&value) << bits;
            let words = shifted.to_u32_digits();
            // A first word that is hardly one is left out.
            let words = words.iter().rev().skip_while(|word| **word < 1 << 24);
            let words: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
            let is_known = |form: &Form| {
                form.bytes.windows(words.len() - 4).any(|part| part == &words[..words.len() - 4])
            };
            assert!(forms.iter().any(is_known), "{length} bytes, {bits} bits");
        }
    }
}

#[test]
fn words_that_were_carried_into_are_known() {
    let value: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(151).wrapping_add(89)).collect();
    let known = forms(&component(Notation::Number, &value));
    for word in num_bigint::BigUint::from_bytes_be(&value).to_u64_digits() {
        for carried in [word + 1, word - 1].map(u64::to_le_bytes) {
            assert!(known.iter().any(|form| form.bytes.windows(8).any(|window| window == carried)));
        }
    }
}

#[test]
fn shifts_by_any_amount_are_known() {
    let value: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(151).wrapping_add(89)).collect();
    let known = forms(&component(Notation::Number, &value));
    let number = num_bigint::BigUint::from_bytes_be(&value);
    for amount in [1_u32, 13, 64, 70] {
        let left = (&number >> amount).to_bytes_le();
        // Whatever of it is inside the number.
        let piece = &left[8..24];
        assert!(known.iter().any(|form| form.bytes.windows(16).any(|window| window == piece)), "{amount}");
    }
}

#[test]
fn zeros_above_a_number_are_no_part_of_its_forms() {
    for length in [16, 31, 32, 48, 66, 128, 192] {
        let value: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(151) | 0x81).collect();
        let forms = forms(&component(Notation::Number, &value));
        let little = ["digits", "le shifted", "words "];
        let mut seen = 0;
        for form in forms.iter().filter(|form| little.iter().any(|name| form.name.starts_with(name))) {
            assert_ne!(form.bytes.last(), Some(&0), "{} of {length} bytes", form.name);
            seen += 1;
        }
        assert!(seen >= 30, "{seen}");
        let words = forms.iter().filter(|form| form.name.starts_with("int-array shifted"));
        for form in words {
            assert_ne!(form.bytes[..4].last(), Some(&0), "{} of {length} bytes", form.name);
        }
    }
}

#[test]
fn base64_is_found_at_every_alignment() {
    let value = b"0123456789abcdefghijk";
    let secret = component(Notation::Bytes, value);
    for before in 0..6 {
        let mut plain = vec![0xfb; before];
        plain.extend_from_slice(value);
        plain.extend_from_slice(&[0xfe; 4]);
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(&plain);
        let form = bytes_of(&secret, &format!("base64+{}", before % 3));
        assert!(
            !form.is_empty() && text.contains(std::str::from_utf8(&form).unwrap()),
            "{before} bytes before"
        );
        assert!(form.len() >= value.len() * 4 / 3 - 3, "{before} bytes before");
    }
}

#[test]
fn a_fragment_holds_eight_bytes_of_the_component() {
    let value: Vec<u8> = (0..32).map(|i| i * 7 + 3).collect();
    for form in forms(&component(Notation::Number, &value)) {
        assert!(form.fragment_bytes >= 8 && form.fragment_bytes <= form.bytes.len(), "{}", form.name);
        // Of base64, eight characters count, of decimal digits sixteen, and of digits eight bytes that are mostly digit.
        let is_short = form.name.contains("base64") || form.name.starts_with("d");
        let least = if is_short { 6 } else { 8 };
        let held = form.fragment_bytes * value.len();
        assert!(held + form.bytes.len() >= least * form.bytes.len(), "{} holds too little", form.name);
    }
}

#[test]
fn public_components_have_no_form() {
    let public = Component::new("n", Role::Public, Notation::Number, vec![7; 64]);
    assert!(forms(&public).is_empty());
}

#[test]
fn text_is_escaped_reversed_and_widened() {
    let text = component(Notation::Text, b"pa/ss+\"word");
    assert_eq!(bytes_of(&text, "url-encoded"), b"pa%2Fss%2B%22word");
    assert_eq!(bytes_of(&text, "json-escaped"), b"pa/ss+\\\"word");
    assert_eq!(bytes_of(&text, "text reversed"), b"drow\"+ss/ap");
    assert_eq!(bytes_of(&text, "text utf-16").len(), 22);
}

#[test]
fn words_stand_in_arrays_of_small_integers() {
    let key: Vec<u8> = (1..=32).collect();
    let known = forms(&component(Notation::Bytes, &key));
    for swapped in [false, true] {
        let word = |word: &[u8]| -> Vec<u8> {
            let word: Vec<u8> = if swapped { word.iter().rev().copied().collect() } else { word.to_vec() };
            [&[0; 4][..], &word].concat()
        };
        let array: Vec<u8> = key.chunks(4).flat_map(word).collect();
        let holds = |form: &&Form| form.bytes.windows(60).any(|window| window == &array[4..]);
        assert_eq!(known.iter().find(holds).unwrap().fragment_bytes, 12);
    }
}

#[test]
fn bytes_are_widened_to_characters() {
    let key = component(Notation::Bytes, b"0123456789abcdef\xfe");
    assert_eq!(bytes_of(&key, "latin-1 utf-16").len(), 34);
    // The zero behind the last character is no part of the eight.
    let wide = forms(&key).into_iter().find(|form| form.name == "latin-1 utf-16").unwrap();
    assert_eq!(wide.fragment_bytes, 15);
}

#[test]
fn what_is_left_of_decimal_digits_is_known() {
    let value: Vec<u8> = (0..48_u8).map(|i| i.wrapping_mul(151).wrapping_add(89)).collect();
    let known = forms(&component(Notation::Number, &value));
    let number = num_bigint::BigUint::from_bytes_be(&value);
    let digits = number.to_string();
    let has =
        |bytes: &[u8]| known.iter().any(|form| form.bytes.windows(bytes.len()).any(|window| window == bytes));
    // By hand: the last eighteen digits, as text, in words of nine, and in two halves.
    let last: u64 = digits[digits.len() - 18..].parse().unwrap();
    assert!(has(&digits.as_bytes()[digits.len() - 18..]));
    let nines =
        [last % 1_000_000_000, last / 1_000_000_000].map(|nine| u32::try_from(nine).unwrap().to_le_bytes());
    assert!(has(nines.as_flattened()));
    assert!(has(&last.to_le_bytes()));
    assert!(has(&last.rotate_left(32).to_le_bytes()));
    // What is before them, most significant word first.
    let before: num_bigint::BigUint = digits[..digits.len() - 18].parse().unwrap();
    let words: Vec<u8> = before.to_u32_digits().into_iter().rev().flat_map(u32::to_le_bytes).collect();
    assert!(has(&words));
}

#[test]
fn arrays_of_bytes_are_known_as_they_are_printed_and_widened() {
    let value: Vec<u8> = (0..32_u8).map(|i| i.wrapping_mul(151).wrapping_add(89)).collect();
    let has = |known: &[Form], bytes: &[u8]| {
        known.iter().any(|form| form.bytes.windows(bytes.len()).any(|window| window == bytes))
    };
    for notation in [Notation::Bytes, Notation::Number] {
        let known = forms(&component(notation, &value));
        // By hand: 89, 240, 135, 30 are the first.
        for text in ["89 240 135 30", "89, 240, 135, 30", "89,240,135,30", "89, -16, -121, 30"] {
            assert!(has(&known, text.as_bytes()), "{text}");
        }
        assert!(has(&known, &[89, 0, 0xf0, 0xff, 135, 0xff, 30, 0]));
        assert!(has(&known, &[89, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 135, 0xff, 0xff, 0xff, 30, 0, 0, 0]));
        assert!(has(&known, num_bigint::BigUint::from_bytes_be(&value).to_string().as_bytes()));
    }
}
