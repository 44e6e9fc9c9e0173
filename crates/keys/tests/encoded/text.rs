//! Keys in text.

use super::support::*;
use coredact_keys::Kind;

/// Every way in which programs hold a PEM text.
fn variants(pem: &str) -> Vec<String> {
    let flat: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
    let lines: Vec<&str> = pem.lines().collect();
    vec![
        pem.to_owned(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', "\\n"),
        pem.replace('\n', "\\\\n"),
        pem.replace('\n', "\\n").replace('/', "\\/"),
        pem.replace('\n', " "),
        pem.replace('\n', "\n        "),
        format!("{}{flat}{}", lines[0], lines[lines.len() - 1]),
        lines.iter().map(|line| format!("\"{line}\\n\"\n")).collect(),
        format!("{{\"private_key\": \"{}\", \"client\": \"somebody\"}}", pem.replace('\n', "\\n")),
        pem.replace('\n', "%0A").replace('+', "%2B"),
        format!("log line before it\n{pem}log line behind it\n"),
    ]
}

/// Lines of the body, each half of each: none may be left.
fn pieces(pem: &str) -> Vec<&str> {
    let lines =
        pem.lines().filter(|line| !line.starts_with("--") && !line.contains(": ") && !line.is_empty());
    lines
        .flat_map(|line| line.as_bytes().chunks(16))
        .map(|piece| str::from_utf8(piece).unwrap())
        .filter(|piece| piece.len() > 8)
        .collect()
}

fn check(pem: &str, kind: Kind, secrets: &[&[u8]]) {
    // Without line breaks nothing tells a header from the body.
    let headers = pem.contains("Proc-Type");
    let flat = |text: &String| text.contains("KEY-----Proc");
    for text in variants(pem).into_iter().filter(|text| !(headers && flat(text))) {
        check_text(&text, kind, secrets, &pieces(pem));
    }
}

#[test]
fn every_label_in_every_line_form_is_found_whole() {
    let rsa = Key::rsa();
    check(&rsa.pem, Kind::RsaPrivateKey, &rsa.secrets());
    check(&rsa.traditional_pem(), Kind::RsaPrivateKey, &rsa.secrets());
    let ec = Key::p256();
    check(&ec.pem, Kind::EcPrivateKey, &ec.secrets());
    check(&ec.traditional_pem(), Kind::EcPrivateKey, &ec.secrets());
    let ed = Key::ed25519();
    check(&ed.pem, Kind::EdwardsPrivateKey, &[&ed.values["priv"]]);
    check(&ssh_keygen(&["-t", "ed25519"], ""), Kind::EdwardsPrivateKey, &[]);
    check(&ssh_keygen(&["-t", "rsa", "-b", "2048"], ""), Kind::RsaPrivateKey, &[]);
    let dsa = Key::of(&openssl(&["dsaparam", "-genkey", "-noout", "1024"], b""));
    check(&dsa.traditional_pem(), Kind::FiniteFieldPrivateKey, &dsa.secrets());
}

#[test]
fn one_key_gives_one_hit() {
    let rsa = Key::rsa();
    for pem in [rsa.traditional_pem(), rsa.pem] {
        assert_eq!(hits_in_text(&pem).len(), 1);
        let (_, without_begin) = pem.split_once('\n').unwrap();
        assert_eq!(hits_in_text(without_begin).len(), 1);
    }
}

/// What a body that lost its beginning decodes to is the end of the key, wherever it was cut.
#[test]
fn end_of_a_cut_body_is_decoded_as_it_was_encoded() {
    // The lengths of these leave one sign of padding, two, and none.
    let keys = [
        Key::p256(),
        Key::of(&openssl(&["ecparam", "-genkey", "-noout", "-name", "secp521r1"], b"")),
        Key::rsa(),
    ];
    let mut seen = 0;
    for key in &keys {
        let body: String = key.pem.lines().filter(|line| !line.starts_with("--")).collect();
        for left in 26..44 {
            let cut = &body[body.len() - left..];
            let text = format!("{cut}\n-----END PRIVATE KEY-----\n");
            for hit in hits_in_text(&text) {
                for fragment in hit.material.components.iter().filter(|one| one.name == "fragment") {
                    let end = &key.der[key.der.len() - fragment.value.len()..];
                    assert_eq!(fragment.value.bytes(), end, "{left} characters");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 50, "{seen}");
}

#[test]
fn begin_and_end_lines_stay_readable() {
    let pem = Key::p256().pem;
    let left = String::from_utf8(erased(pem.as_bytes(), &hits_in_text(&pem))).unwrap();
    assert!(left.starts_with("-----BEGIN PRIVATE KEY-----\n#"), "{left}");
    assert!(left.ends_with("#\n-----END PRIVATE KEY-----\n"), "{left}");
}

#[test]
fn armours_under_a_password_are_reported_as_encrypted() {
    let key = Key::rsa();
    let out = ["-passout", "pass:word"];
    let pem = openssl(&[&["pkcs8", "-topk8", "-v2", "aes-256-cbc"][..], &out].concat(), key.pem.as_bytes());
    check(str::from_utf8(&pem).unwrap(), Kind::EncryptedPrivateKey, &[]);
    let pem = openssl(&[&["rsa", "-aes128", "-traditional"][..], &out].concat(), key.pem.as_bytes());
    check(str::from_utf8(&pem).unwrap(), Kind::EncryptedPrivateKey, &[]);
    check(&ssh_keygen(&["-t", "ed25519"], "a passphrase"), Kind::EncryptedPrivateKey, &[]);
}

#[test]
fn armour_of_an_unknown_algorithm_is_removed_by_its_label() {
    let body: Vec<String> = Key::rsa().pem.lines().skip(3).take(9).map(str::to_owned).collect();
    for label in ["PGP PRIVATE KEY BLOCK", "ANY PRIVATE KEY", "OTHER PRIVATE KEY"] {
        let pem = format!(
            "-----BEGIN {label}-----\nVersion: 1\n\n{}\n=abcd\n-----END {label}-----\n",
            body.join("\n")
        );
        let hits = hits_in_text(&pem);
        assert!(hits.iter().any(|hit| hit.material.kind == Kind::OtherPrivateKey), "{label}");
        let left = String::from_utf8(erased(pem.as_bytes(), &hits)).unwrap();
        assert!(!body.iter().any(|line| left.contains(&line[..16])), "{left}");
    }
}

#[test]
fn armour_without_its_end_is_found() {
    let key = Key::rsa();
    for pem in [key.traditional_pem(), key.pem.clone()] {
        for share in [45, 60, 75, 90] {
            let text = &pem[..pem.len() * share / 100];
            check_text(text, Kind::RsaPrivateKey, &[], &pieces(text));
        }
        let text = &pem[..pem.len() / 5];
        assert!(!hits_in_text(text).is_empty(), "the label alone tells");
        let escaped = pem.replace('\n', "\\n");
        check_text(&escaped[..escaped.len() * 2 / 3], Kind::RsaPrivateKey, &[], &[]);
    }
}

#[test]
fn armour_without_its_beginning_is_found() {
    for pem in [Key::rsa().traditional_pem(), Key::p256().traditional_pem(), ssh_keygen(&["-t", "rsa"], "")] {
        for share in [3, 10, 25, 50, 60] {
            for text in [
                pem[pem.len() * share / 100..].to_owned(),
                pem[pem.len() * share / 100..].replace('\n', "\\n"),
            ] {
                let hits = hits_in_text(&text);
                let left = String::from_utf8(erased(text.as_bytes(), &hits)).unwrap();
                for piece in pieces(&pem) {
                    assert!(!left.contains(piece), "{share} % cut, left: {}", left.trim_start_matches('#'));
                }
            }
        }
    }
}

#[test]
fn lines_out_of_the_middle_of_an_rsa_key_are_found() {
    for pem in [Key::rsa().traditional_pem(), Key::rsa().pem] {
        let lines: Vec<&str> = pem.lines().collect();
        // Behind the modulus every six lines hold the header of a number.
        for first in 7..lines.len() - 8 {
            let text = lines[first..first + 7].join("\n");
            for cut in 0..4 {
                assert!(!hits_in_text(&text[cut..]).is_empty(), "lines {first} to {}", first + 7);
            }
        }
    }
}

#[test]
fn base64_of_a_key_without_armour_is_found() {
    for (key, kind) in [
        (Key::rsa(), Kind::RsaPrivateKey),
        (Key::p256(), Kind::EcPrivateKey),
        (Key::ed25519(), Kind::EdwardsPrivateKey),
    ] {
        let flat: String = key.pem.lines().filter(|line| !line.starts_with("--")).collect();
        let secrets: Vec<&[u8]> = key.secrets();
        for text in [
            flat.clone(),
            format!("key={flat}; next=1"),
            format!("{{\"pkcs8\":\"{flat}\"}}"),
            flat.replace('+', "-").replace('/', "_"),
        ] {
            check_text(&text, kind, &secrets, &[]);
        }
    }
}

#[test]
fn putty_keys_are_found_by_their_private_lines() {
    let body = Key::rsa().pem.lines().skip(5).take(4).map(str::to_owned).collect::<Vec<_>>().join("\n");
    for (encryption, kind) in [("none", Kind::OtherPrivateKey), ("aes256-cbc", Kind::EncryptedPrivateKey)] {
        let text = format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {encryption}\nComment: x\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 4\n{body}\nPrivate-MAC: 00\n"
        );
        check_text(&text, kind, &[], &pieces(&body));
    }
}

#[test]
fn xml_key_values_lose_their_private_elements() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let key = Key::rsa();
    let element =
        |name: &str, value: &str| format!("<{name}>{}</{name}>", BASE64_STANDARD.encode(key.value(value)));
    let private = [
        ("P", "prime1"),
        ("Q", "prime2"),
        ("DP", "exponent1"),
        ("DQ", "exponent2"),
        ("InverseQ", "coefficient"),
        ("D", "privateExponent"),
    ];
    let private: Vec<String> = private.iter().map(|(name, value)| element(name, value)).collect();
    let text = format!(
        "<RSAKeyValue>{}<Exponent>AQAB</Exponent>{}</RSAKeyValue>",
        element("Modulus", "modulus"),
        private.concat()
    );
    let pieces: Vec<&str> = private.iter().map(|element| &element[12..60]).collect();
    let hits = check_text(&text, Kind::RsaPrivateKey, &key.secrets(), &pieces);
    assert_eq!(hits.len(), 6);
    // Cut inside D.
    check_text(&text[..text.len() - 100], Kind::RsaPrivateKey, &[key.value("prime1")], &pieces[..5]);
}
