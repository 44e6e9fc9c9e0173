//! Keys in raw memory.

use super::support::*;
use coredact_keys::{Certainty, Kind};

fn check(encoding: &[u8], kind: Kind, secrets: &[&[u8]]) {
    check_memory(&planted(encoding), kind, secrets);
    check_memory(encoding, kind, secrets);
}

#[test]
fn rsa_pkcs1_and_pkcs8_are_proven_at_every_size() {
    for bits in ["1024", "2048", "3072", "4096"] {
        let key = Key::new(&["-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]);
        for encoding in [key.traditional(), key.der.clone()] {
            let hits = check_memory(&planted(&encoding), Kind::RsaPrivateKey, &key.secrets());
            let material = &hits[0].material;
            assert_eq!(
                (hits.len(), material.certainty, material.bits.to_string()),
                (1, Certainty::Proven, bits.into())
            );
            assert!(holds(&hits, key.value("modulus")));
        }
    }
}

#[test]
fn rsa_with_three_primes_loses_all_of_them() {
    let key = Key::new(&[
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:3072",
        "-pkeyopt",
        "rsa_keygen_primes:3",
    ]);
    let mut secrets = key.secrets();
    for name in ["prime3", "exponent3", "coefficient3"] {
        secrets.push(key.value(name));
    }
    check(&key.traditional(), Kind::RsaPrivateKey, &secrets);
    check(&key.der, Kind::RsaPrivateKey, &secrets);
}

#[test]
fn pss_keys_are_rsa_keys() {
    let key = Key::new(&["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]);
    check(&key.der, Kind::RsaPrivateKey, &key.secrets());
}

#[test]
fn rsa_cut_anywhere_behind_its_modulus_leaves_nothing() {
    let key = Key::rsa();
    for encoding in [key.traditional(), key.der.clone()] {
        let first = find(&encoding, key.value("privateExponent"));
        for end in (first + 24..encoding.len()).step_by(37) {
            let kind = Kind::RsaPrivateKey;
            check_memory(&[noise(3, 999), encoding[..end].to_vec()].concat(), kind, &key.secrets());
        }
        assert!(hits_in_memory(&encoding[..first]).is_empty());
    }
}

#[test]
fn rsa_whose_first_bytes_were_overwritten_is_still_found() {
    let key = Key::rsa();
    for encoding in [key.traditional(), key.der.clone()] {
        // Two words of an allocator's free list.
        let mut freed = encoding.clone();
        freed[..16].copy_from_slice(b"\x60\x12\x34\x56\x78\x55\0\0\x10\x20\x30\x40\x50\x7f\0\0");
        check(&freed, Kind::RsaPrivateKey, &key.secrets());
        // More of it, up to the middle of each number.
        for name in ["modulus", "privateExponent", "prime1"] {
            let lost = find(&encoding, key.value(name)) + key.value(name).len() / 2;
            let mut freed = encoding.clone();
            freed[..lost].fill(0);
            let hits = hits_in_memory(&planted(&freed));
            assert!(!hits.is_empty(), "{name} overwritten");
            let left = erased(&planted(&freed), &hits);
            for secret in ["prime2", "exponent1", "exponent2", "coefficient"].map(|name| key.value(name)) {
                assert!(
                    !secret.windows(8).any(|part| left.windows(8).any(|bytes| bytes == part)),
                    "{name} overwritten"
                );
            }
        }
    }
}

#[test]
fn text_that_was_read_into_the_buffer_of_a_key_is_no_part_of_it() {
    let key = Key::rsa();
    let text = "SESSION_COOKIE=MSv2M8TsAM1Du9swGBJb; Path=/; HttpOnly\nGREETING=hello\n".repeat(20);
    for encoding in [key.traditional(), key.der.clone()] {
        for name in ["privateExponent", "prime1"] {
            let lost = find(&encoding, key.value(name)) + key.value(name).len() / 2;
            let mut reused = encoding.clone();
            reused[..lost].copy_from_slice(&text.as_bytes()[text.len() - lost..]);
            let window = planted(&reused);
            let hits = hits_in_memory(&window);
            assert!(holds(&hits, key.value("prime2")), "{name} overwritten");
            for component in hits.iter().flat_map(|hit| &hit.material.components) {
                let bytes = component.value.bytes();
                assert!(
                    !bytes.windows(12).any(|part| text.as_bytes().windows(12).any(|other| other == part))
                );
            }
            // What stood there of the key goes, the text before it stays.
            let left = erased(&window, &hits);
            assert!(left.windows(14).any(|part| part == b"GREETING=hello"), "{name} overwritten");
            let rest = &encoding[lost + 4..];
            assert!(!rest.windows(12).any(|part| left.windows(12).any(|other| other == part)));
        }
    }
}

fn find(window: &[u8], part: &[u8]) -> usize {
    window.windows(part.len()).position(|bytes| bytes == part).unwrap()
}

#[test]
fn elliptic_curve_keys_of_every_curve_and_encoding_are_found() {
    for curve in
        ["P-256", "P-384", "P-521", "P-224", "P-192", "secp256k1", "brainpoolP256r1", "brainpoolP384r1"]
    {
        let key = Key::new(&["-algorithm", "EC", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")]);
        for encoding in [key.traditional(), key.der.clone()] {
            let hits = check_memory(&planted(&encoding), Kind::EcPrivateKey, &[key.value("priv")]);
            assert_eq!(hits.len(), 1, "{curve}");
            let ids = &hits[0].material.public_ids;
            assert!(ids.iter().any(|id| id.name == "curve"), "{curve}: {ids:?}");
            assert_eq!(spki(ids), openssl_spki(&key), "{curve}");
        }
    }
}

fn spki(ids: &[coredact_keys::PublicId]) -> String {
    ids.iter().find(|id| id.name == "spki-sha256").map(|id| id.value.clone()).unwrap_or_default()
}

fn openssl_spki(key: &Key) -> String {
    let public = openssl(&["pkey", "-pubout", "-outform", "DER"], key.pem.as_bytes());
    let digest = String::from_utf8(openssl(&["dgst", "-sha256", "-r"], &public)).unwrap();
    digest.split(' ').next().unwrap().to_owned()
}

#[test]
fn elliptic_curve_key_without_its_first_bytes_loses_the_rest_of_its_scalar() {
    let key = Key::p256();
    let secret = key.value("priv");
    for encoding in [key.traditional(), key.der.clone()] {
        let at = find(&encoding, secret);
        let mut freed = encoding.clone();
        freed[..at + 4].fill(0);
        let window = planted(&freed);
        let hits = hits_in_memory(&window);
        let left = erased(&window, &hits);
        assert!(!secret[4..].windows(8).any(|part| left.windows(8).any(|bytes| bytes == part)));
    }
}

#[test]
fn elliptic_curve_key_cut_in_its_scalar_is_a_fragment() {
    let key = Key::p256();
    for encoding in [key.traditional(), key.der.clone()] {
        let at = find(&encoding, key.value("priv"));
        check_memory(&encoding[..at + 20], Kind::EcPrivateKey, &[key.value("priv")]);
    }
}

#[test]
fn edwards_and_montgomery_keys_are_found_with_what_follows_from_them() {
    for (algorithm, kind, derived) in [
        ("ED25519", Kind::EdwardsPrivateKey, ["seed", "scalar", "hash", "prefix", "scalar_mod_l"].as_slice()),
        ("ED448", Kind::EdwardsPrivateKey, &["seed"]),
        ("X25519", Kind::MontgomeryPrivateKey, &["key", "clamped"]),
        ("X448", Kind::MontgomeryPrivateKey, &["key"]),
    ] {
        let key = Key::new(&["-algorithm", algorithm]);
        let secret = key.values["priv"].clone();
        let hits = check_memory(&planted(&key.der), kind, &[&secret]);
        let names: Vec<_> = hits[0].material.components.iter().map(|component| component.name).collect();
        assert_eq!(names, derived, "{algorithm}");
        // The outer structure is gone, identifier and octets are left.
        let mut freed = key.der.clone();
        freed[..8].fill(0);
        check(&freed, kind, &[&secret]);
    }
}

/// RFC 8032 section 7.1, test 1, as the derived values of RFC 8032 section 5.1.5
/// give it (computed with Python's hashlib and integers).
#[test]
fn derived_values_of_a_published_seed() {
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let der = [hex("302e020100300506032b657004220420"), seed].concat();
    let hits = hits_in_memory(&der);
    for derived in [
        "307c83864f2833cb427a2ef1c00a013cfdff2768d980c0a3a520f006904de94f",
        "9b4f0afe280b746a778684e75442502057b7473a03f08f96f5a38e9287e01f8f",
    ] {
        assert!(holds(&hits, &hex(derived)), "{derived}");
    }
    assert_eq!(hits[0].material.publicly_known.as_deref(), Some("RFC 8032 section 7.1"));
}

#[test]
fn fresh_keys_are_not_publicly_known() {
    let hits = hits_in_memory(&Key::p256().der);
    assert_eq!(hits[0].material.publicly_known, None);
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn dsa_and_diffie_hellman_keys_are_found() {
    let parameters = openssl(&["dsaparam", "-genkey", "-noout", "1024"], b"");
    let key = Key::of(&parameters);
    check(&key.der, Kind::FiniteFieldPrivateKey, &key.secrets());
    check(&key.traditional(), Kind::FiniteFieldPrivateKey, &key.secrets());
    let key = Key::new(&["-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]);
    check(&key.der, Kind::FiniteFieldPrivateKey, &key.secrets());
}

#[test]
fn openssh_keys_of_every_type_are_found_in_their_container_and_without_it() {
    for (arguments, kind) in [
        (["-t", "ed25519"].as_slice(), Kind::EdwardsPrivateKey),
        (&["-t", "rsa", "-b", "2048"], Kind::RsaPrivateKey),
        (&["-t", "ecdsa", "-b", "256"], Kind::EcPrivateKey),
        (&["-t", "ecdsa", "-b", "384"], Kind::EcPrivateKey),
        (&["-t", "ecdsa", "-b", "521"], Kind::EcPrivateKey),
    ] {
        let blob = unarmour(&ssh_keygen(arguments, ""));
        let hits = check_memory(&planted(&blob), kind, &[]);
        assert_eq!(hits.len(), 1, "{arguments:?}");
        assert!(hits[0].material.public_ids.iter().any(|id| id.name == "ssh-sha256"), "{arguments:?}");
        // The private section alone: the second type name, its check integers before it.
        let name = blob.windows(4).rposition(|bytes| bytes == b"ssh-" || bytes == b"ecds").unwrap();
        let hits = check_memory(&planted(&blob[name - 12..]), kind, &[]);
        assert_eq!(hits.len(), 1, "{arguments:?}");
    }
}

#[test]
fn openssh_fingerprint_is_the_one_ssh_keygen_prints() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let path = path.to_str().unwrap();
    run("ssh-keygen", &["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", path], b"");
    let printed = String::from_utf8(run("ssh-keygen", &["-l", "-f", path], b"")).unwrap();
    let hits = hits_in_memory(&unarmour(&std::fs::read_to_string(path).unwrap()));
    let id = hits[0].material.public_ids.iter().find(|id| id.name == "ssh-sha256").unwrap();
    assert_eq!(printed.split(' ').nth(1), Some(id.value.as_str()));
}

#[test]
fn keys_under_a_password_are_reported_as_encrypted() {
    let blob = unarmour(&ssh_keygen(&["-t", "ed25519"], "a passphrase"));
    check(&blob, Kind::EncryptedPrivateKey, &[]);
    let key = Key::p256();
    for scheme in [["-v2", "aes-256-cbc"], ["-v2", "aes-128-cbc"]] {
        let arguments = ["pkcs8", "-topk8", "-outform", "DER", "-passout", "pass:word"];
        let der = openssl(&[&arguments[..], &scheme].concat(), key.pem.as_bytes());
        check(&der, Kind::EncryptedPrivateKey, &[]);
    }
}

#[test]
fn pkcs12_is_reported_as_encrypted() {
    let key = Key::p256();
    let arguments = ["req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=somebody", "-days", "3"];
    let certificate = openssl(&arguments, key.pem.as_bytes());
    let both = [key.pem.as_bytes(), &certificate].concat();
    let file = openssl(&["pkcs12", "-export", "-passout", "pass:word"], &both);
    let hits = check_memory(&planted(&file), Kind::EncryptedPrivateKey, &[]);
    assert_eq!(hits.len(), 2, "the key bag and the encrypted certificates");
}
