//! Keys in containers of other programs: blobs of Windows, OpenPGP packets, key stores of Java, Kerberos, Tor.

use super::support::*;
use coredact_keys::{Certainty, Hit, Kind, Notation};

fn one(encoding: &[u8], kind: Kind, form: &str, secrets: &[&[u8]]) -> Hit {
    let window = planted(encoding);
    let mut hits = hits_in_memory(&window);
    hits.retain(|hit| hit.form == form);
    assert_eq!(hits.len(), 1, "{form}: {hits:?}");
    assert_eq!(hits[0].material.kind, kind, "{form}");
    let left = erased(&window, &hits);
    for secret in secrets {
        let piece = &secret[secret.len() / 2..secret.len() / 2 + 8];
        assert!(!left.windows(8).any(|window| window == piece), "{form}: a secret is left");
    }
    hits.remove(0)
}

fn le(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

#[test]
fn capi_blob_as_openssl_writes_it_is_proven() {
    let key = Key::rsa();
    let blob = openssl(
        &["rsa", "-traditional", "-outform", "MSBLOB"],
        &openssl(&["pkey", "-inform", "DER"], &key.der),
    );
    let names = ["privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient"];
    let turned: Vec<Vec<u8>> = names.map(|name| key.value(name).iter().rev().copied().collect()).to_vec();
    let hit = one(&blob, Kind::RsaPrivateKey, "capi", &turned.iter().map(Vec::as_slice).collect::<Vec<_>>());
    assert_eq!(hit.material.certainty, Certainty::Proven);
    assert!(holds(&[hit], key.value("prime1")));
}

#[test]
fn cng_blobs_are_read_with_and_without_crt_numbers() {
    let key = Key::rsa();
    let value = |name: &str| {
        let value = key.value(name);
        &value[value.iter().position(|byte| *byte != 0).unwrap()..]
    };
    let fixed = |name: &str, length: usize| [&vec![0; length - value(name).len()], value(name)].concat();
    let (n, half) = (value("modulus").len(), value("modulus").len() / 2);
    for (magic, more) in [(b"RSA2", false), (b"RSA3", true)] {
        let head = [le(8 * n), le(3), le(n), le(half), le(half)].concat();
        let mut blob = [&magic[..], &head, &[1, 0, 1], &fixed("modulus", n)].concat();
        blob.extend([fixed("prime1", half), fixed("prime2", half)].concat());
        if more {
            let crt = ["exponent1", "exponent2", "coefficient"].map(|name| fixed(name, half)).concat();
            blob.extend([crt, fixed("privateExponent", n)].concat());
        }
        let hit = one(&blob, Kind::RsaPrivateKey, "cng", &[value("prime1"), value("prime2")]);
        assert_eq!(hit.material.certainty, Certainty::Proven);
        let mut lie = blob.clone();
        lie[6] ^= 0x10;
        assert!(hits_in_memory(&planted(&lie)).iter().all(|hit| hit.form != "cng"));
    }
}

#[test]
fn cng_blob_of_a_curve_is_read() {
    let key = Key::p256();
    let (d, point) = (key.value("priv"), key.value("pub"));
    for magic in [b"ECS2", b"ECK2"] {
        let blob = [&magic[..], &le(32), &point[1..], d].concat();
        one(&blob, Kind::EcPrivateKey, "cng", &[d]);
    }
    assert!(hits_in_memory(&planted(&[&b"ECS2"[..], &le(32), &[0; 96]].concat())).is_empty());
}

fn number(value: &[u8]) -> Vec<u8> {
    let value = &value[value.iter().position(|byte| *byte != 0).unwrap()..];
    let bits = u16::try_from(value.len() * 8).unwrap() - u16::try_from(value[0].leading_zeros()).unwrap();
    [&bits.to_be_bytes()[..], value].concat()
}

/// A packet in the old and the new format, with and without a passphrase.
fn packets(version: u8, algorithm: u8, public: &[u8], secret: &[u8], protection: u8) -> Vec<Vec<u8>> {
    let head = [version, 0x65, 0x12, 0x34, 0x56, algorithm];
    let length =
        if version == 6 { u32::try_from(public.len()).unwrap().to_be_bytes().to_vec() } else { Vec::new() };
    let sum = secret.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_be_bytes();
    let sum = if version == 6 || protection != 0 { &[][..] } else { &sum };
    let body = [&head, &length[..], public, &[protection], secret, sum].concat();
    let long = u16::try_from(body.len()).unwrap().to_be_bytes();
    let old = [&[0x95][..], &long, &body].concat();
    let new = if body.len() < 192 {
        [&[0xc7, u8::try_from(body.len()).unwrap()][..], &body].concat()
    } else {
        let [high, low] = (long_of(&body) - 192).to_be_bytes();
        [&[0xc5, high + 192, low][..], &body].concat()
    };
    vec![old, new]
}

fn long_of(body: &[u8]) -> u16 {
    u16::try_from(body.len()).unwrap()
}

#[test]
fn openpgp_rsa_packet_is_proven() {
    let key = Key::rsa();
    let public = [number(key.value("modulus")), number(&[1, 0, 1])].concat();
    // OpenPGP wants p < q and the inverse of p: a key with its primes exchanged has that.
    let names = ["privateExponent", "prime2", "prime1", "coefficient"];
    let secret = names.map(|name| number(key.value(name))).concat();
    for packet in packets(4, 1, &public, &secret, 0) {
        let hit = one(&packet, Kind::RsaPrivateKey, "openpgp", &names.map(|name| key.value(name)));
        assert_eq!(hit.material.certainty, Certainty::Proven);
        let mut wrong = packet.clone();
        *wrong.last_mut().unwrap() ^= 1;
        assert!(hits_in_memory(&planted(&wrong)).iter().all(|hit| hit.form != "openpgp"));
    }
    // AES-256, iterated and salted, SHA-256: as `gpg --export-secret-keys` writes it.
    let sealed = [b"\x09\x03\x08saltsalt\xff".as_slice(), &noise(7, 600)].concat();
    for packet in packets(4, 1, &public, &sealed, 254) {
        one(&packet, Kind::EncryptedPrivateKey, "openpgp", &[&noise(7, 600)]);
    }
}

#[test]
fn openpgp_curves_are_read_in_both_versions() {
    let key = Key::ed25519();
    let (seed, point) = (key.value("priv"), key.value("pub"));
    for packet in packets(6, 27, point, seed, 0) {
        one(&packet, Kind::EdwardsPrivateKey, "openpgp", &[seed]);
    }
    let mut seed = seed.to_vec();
    seed[0] |= 1;
    let oid = b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";
    let public = [&oid[..], &number(&[&[0x40][..], point].concat())].concat();
    for packet in packets(4, 22, &public, &number(&seed), 0) {
        let hit = one(&packet, Kind::EdwardsPrivateKey, "openpgp", &[&seed]);
        assert!(hit.material.components.iter().any(|one| one.name == "seed" && one.value.bytes() == seed));
    }
    let key = Key::p256();
    let oid = b"\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let public = [&oid[..], &number(key.value("pub"))].concat();
    for packet in packets(4, 19, &public, &number(key.value("priv")), 0) {
        one(&packet, Kind::EcPrivateKey, "openpgp", &[key.value("priv")]);
    }
}

#[test]
fn keys_in_java_key_stores_are_reported_as_encrypted() {
    for oid in [
        &b"\x06\x0a\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01\x05\x00"[..],
        b"\x06\x09\x2b\x06\x01\x04\x01\x2a\x02\x13\x01\x30\x0d\x04\x08saltsalt\x02\x01\x14",
    ] {
        let sealed = noise(3, 120);
        let algorithm = [&[0x30, u8::try_from(oid.len()).unwrap()][..], oid].concat();
        let body = [&algorithm[..], &[4, 120], &sealed].concat();
        let der = [&[0x30, 0x81, u8::try_from(body.len()).unwrap()][..], &body].concat();
        one(&der, Kind::EncryptedPrivateKey, "java-key-store", &[&sealed]);
    }
}

/// The description of an array's class, and of four fields of the object before it (`ObjectOutputStream`).
const JAVA_ARRAY: &[u8] = b"ur\0\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\0\0xp";

fn java_array(header: &[u8], bytes: &[u8]) -> Vec<u8> {
    [header, &u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

#[test]
fn secret_keys_in_jceks_stores_are_reported_as_encrypted() {
    let sealed = noise(5, 200);
    let parameters = b"\x30\x0f\x04\x08saltsalt\x02\x03\x03\x0d\x40";
    let object = [
        b"\xce\xce\xce\xce\0\0\0\x02\0\0\0\x01\0\0\0\x03\0\x03one\0\0\x01\xa2\x03\x30\x28\xe3\xac\xed\0\x05",
        &b"sr\x003com.sun.crypto.provider.SealedObjectForKeyProtector\xcdW\xcaY\xe70\xbbS\x02\0\0x"[..],
        b"r\0\x19javax.crypto.SealedObject\x3e\x36\x3d\xa6\xc3\xb7\x54\x70\x02\0\x04[\0\x0dencodedParamst\0\x02[B",
        b"[\0\x10encryptedContentq\0~\0\x02L\0\x09paramsAlgt\0\x12Ljava/lang/String;L\0\x07sealAlgq\0~\0\x03xp",
        &java_array(JAVA_ARRAY, parameters),
        &java_array(b"uq\0~\0\x05", &sealed),
        b"t\0\x16PBEWithMD5AndTripleDESt\0\x16PBEWithMD5AndTripleDES",
    ]
    .concat();
    one(&object, Kind::EncryptedPrivateKey, "java-sealed-object", &[&sealed]);
}

#[test]
fn secret_keys_that_java_serialized_are_keys() {
    let key = noise(6, 32);
    let object = |class: &str, name: &str, bytes: &[u8]| {
        let length = |text: &str| u16::try_from(text.len()).unwrap().to_be_bytes();
        let fields =
            b"[G\x0bf\xe20aM\x02\0\x02L\0\x09algorithmt\0\x12Ljava/lang/String;[\0\x03keyt\0\x02[Bxpt";
        let head = [b"\xac\xed\0\x05sr", &length(class)[..], class.as_bytes(), fields].concat();
        [&head[..], &length(name), name.as_bytes(), &java_array(JAVA_ARRAY, bytes)].concat()
    };
    one(&object("javax.crypto.spec.SecretKeySpec", "AES", &key), Kind::AesKey, "java-serialized", &[&key]);
    one(&object("java.security.KeyRep", "HmacSHA256", &key), Kind::SymmetricKey, "java-serialized", &[&key]);
    // An array of something else, and one that is no key.
    let none = [object("java.util.UUID", "AES", &key), object("java.security.KeyRep", "RAW", &[7; 32])];
    for bytes in none {
        assert!(hits_in_memory(&planted(&bytes)).is_empty());
    }
}

#[test]
fn keys_of_a_keytab_are_named_by_their_principals() {
    let keys = [(18_u16, noise(1, 32)), (17, noise(2, 16)), (23, noise(3, 16))];
    let mut file = b"\x05\x02".to_vec();
    for (kind, key) in &keys {
        let mut body = vec![0, 2];
        for name in ["EXAMPLE.ORG", "host", "a.example.org"] {
            body.extend([&u16::try_from(name.len()).unwrap().to_be_bytes()[..], name.as_bytes()].concat());
        }
        body.extend([&[0, 0, 0, 1, 0x65, 1, 2, 3, 2][..], &kind.to_be_bytes()].concat());
        body.extend([&u16::try_from(key.len()).unwrap().to_be_bytes()[..], key, &[0, 0, 0, 2]].concat());
        file.extend([&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat());
    }
    let hits: Vec<Hit> =
        hits_in_memory(&planted(&file)).into_iter().filter(|hit| hit.form == "keytab").collect();
    assert_eq!(hits.len(), 3);
    for (hit, (_, key)) in hits.iter().zip(&keys) {
        assert_eq!(hit.material.components[0].value.bytes(), key);
        assert_eq!(hit.material.public_ids[0].value, "host/a.example.org@EXAMPLE.ORG");
    }
    // In AES the key is what its schedule is made of.
    assert!(hits[0].material.components.len() > 1 && hits[2].material.components.len() == 1);
    for end in 0..file.len() {
        hits_in_memory(&file[..end]);
    }
}

#[test]
fn key_of_an_onion_service_is_read() {
    let mut scalar = noise(9, 32);
    scalar[0] &= 0xf8;
    scalar[31] = scalar[31] & 0x3f | 0x40;
    let file = [&b"== ed25519v1-secret: type0 ==\0\0\0"[..], &scalar, &noise(10, 32)].concat();
    let hit = one(&file, Kind::EdwardsPrivateKey, "tor", &[&scalar, &noise(10, 32)]);
    assert!(hit.material.components.iter().all(|one| one.notation == Notation::Bytes));
    scalar[0] |= 1;
    let other = [&b"== ed25519v1-secret: type0 ==\0\0\0"[..], &scalar, &noise(10, 32)].concat();
    assert!(hits_in_memory(&planted(&other)).is_empty());
}

#[test]
fn random_bytes_are_no_packet() {
    for seed in 0..64 {
        let hits = hits_in_memory(&noise(1000 + seed, 1 << 16));
        assert!(hits.is_empty(), "{hits:?}");
    }
}

#[test]
fn keys_of_minisign_and_signify_are_read() {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha512};
    let key = Key::ed25519();
    let pair = [key.value("priv"), key.value("pub")].concat();
    let minisign = [&b"Ed\0\0B2"[..], &[0; 48], &noise(4, 8), &pair, &noise(5, 32)].concat();
    one(&minisign, Kind::EdwardsPrivateKey, "minisign", &[key.value("priv")]);
    let sealed = [&b"EdScB2"[..], &noise(6, 32), &[0; 16], &noise(7, 104)].concat();
    one(&sealed, Kind::EncryptedPrivateKey, "minisign", &[&noise(7, 104)]);
    let sum = Sha512::digest(&pair);
    let signify = [&b"EdBK\0\0\0\0"[..], &noise(6, 16), &sum[..8], &noise(4, 8), &pair].concat();
    let hit = one(&signify, Kind::EdwardsPrivateKey, "signify", &[key.value("priv")]);
    assert_eq!(hit.material.certainty, Certainty::Proven);
    for file in [minisign, signify] {
        let line = base64::engine::general_purpose::STANDARD.encode(file);
        let hits = hits_in_text(&format!("untrusted comment: a secret key\n{line}\n"));
        assert!(holds(&hits, key.value("priv")));
    }
}

#[test]
fn numbers_of_a_putty_key_are_read() {
    use base64::Engine as _;
    let string = |value: &[u8]| [&u32::try_from(value.len()).unwrap().to_be_bytes()[..], value].concat();
    let lines = |bytes: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(bytes);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("{}\n{}", lines.len(), lines.join("\n"))
    };
    let file = |name: &str, public: &[u8], private: &[u8]| {
        format!(
            "PuTTY-User-Key-File-3: {name}\nEncryption: none\nComment: someone\nPublic-Lines: {}\nPrivate-Lines: {}\nPrivate-MAC: 00\n",
            lines(&[&string(name.as_bytes()), public].concat()),
            lines(private)
        )
    };
    let key = Key::rsa();
    let public = [string(&[1, 0, 1]), string(key.value("modulus"))].concat();
    let names = ["privateExponent", "prime1", "prime2", "coefficient"];
    let text = file("ssh-rsa", &public, &names.map(|name| string(key.value(name))).concat());
    let hits = check_text(&text, Kind::RsaPrivateKey, &names.map(|name| key.value(name)), &[]);
    assert_eq!(hits[0].material.certainty, Certainty::Proven);
    let key = Key::ed25519();
    let text = file("ssh-ed25519", &string(key.value("pub")), &string(key.value("priv")));
    check_text(&text, Kind::EdwardsPrivateKey, &[key.value("priv"), key.value("pub")], &[]);
    let key = Key::p256();
    let public = [string(b"nistp256"), string(key.value("pub"))].concat();
    let text = file("ecdsa-sha2-nistp256", &public, &string(key.value("priv")));
    check_text(&text, Kind::EcPrivateKey, &[key.value("priv")], &[]);
}
