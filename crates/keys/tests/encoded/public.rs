//! Public data made of the same pieces: nothing of it may be reported.

use super::support::*;
use coredact_keys::encoded::{moduli, moduli_text};

/// Certificates, requests, public keys, signatures of this key, in PEM.
fn public_forms(key: &Key) -> Vec<Vec<u8>> {
    let pem = key.pem.as_bytes();
    let mut forms = vec![openssl(&["pkey", "-pubout"], pem)];
    for name in ["/CN=somebody", "/C=XX/O=An organisation/OU=A unit of it/CN=host.example"] {
        forms
            .push(openssl(&["req", "-x509", "-new", "-key", "/dev/stdin", "-subj", name, "-days", "3"], pem));
        forms.push(openssl(&["req", "-new", "-key", "/dev/stdin", "-subj", name], pem));
    }
    forms
}

#[test]
fn certificates_requests_and_public_keys_are_no_hits() {
    for arguments in [
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"].as_slice(),
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["-algorithm", "ED25519"],
    ] {
        let key = Key::new(arguments);
        for form in public_forms(&key) {
            let pem = String::from_utf8(form).unwrap();
            let der = unarmour(&pem);
            assert!(hits_in_memory(&planted(&der)).is_empty(), "{arguments:?}");
            for text in [pem.clone(), pem.replace('\n', "\\n"), pem.replace('\n', "")] {
                assert!(hits_in_text(&text).is_empty(), "{arguments:?} {text}");
                for cut in [30, 65, 97, 130, 200] {
                    let cut = cut.min(text.len());
                    assert!(hits_in_text(&text[cut..]).is_empty(), "{arguments:?} cut at {cut}");
                    assert!(
                        hits_in_text(&text[..text.len() - cut]).is_empty(),
                        "{arguments:?} cut before {cut}"
                    );
                }
            }
            // A head that an allocator overwrote.
            for cut in (0..der.len().min(200)).step_by(7) {
                assert!(hits_in_memory(&planted(&der[cut..])).is_empty(), "{arguments:?} head of {cut} lost");
            }
        }
    }
}

#[test]
fn ssh_public_keys_and_parameters_are_no_hits() {
    for kind in ["rsa", "ed25519", "ecdsa"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", path.to_str().unwrap()], b"");
        let line = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        assert!(hits_in_text(&line).is_empty(), "{line}");
        use base64::Engine as _;
        let blob = base64::prelude::BASE64_STANDARD.decode(line.split(' ').nth(1).unwrap()).unwrap();
        // As the host key of a key exchange: a point of 32 bytes follows.
        let length = u32::try_from(blob.len()).unwrap().to_be_bytes();
        let reply = [&length[..], &blob, &[0, 0, 0, 32], &noise(4, 32)].concat();
        for bytes in [blob.clone(), reply] {
            assert!(hits_in_memory(&planted(&bytes)).is_empty(), "{kind}");
        }
    }
    let parameters = openssl(&["dsaparam", "1024"], b"");
    assert!(hits_in_text(&String::from_utf8(parameters.clone()).unwrap()).is_empty());
    assert!(hits_in_memory(&unarmour(&String::from_utf8(parameters).unwrap())).is_empty());
}

#[test]
fn pictures_prose_and_bare_labels_are_no_hits() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    for seed in 0..20 {
        let picture =
            format!("<img src=\"data:image/png;base64,{}\">", BASE64_STANDARD.encode(noise(seed, 20_000)));
        assert!(hits_in_text(&picture).is_empty());
        assert!(hits_in_memory(&noise(seed, 200_000)).is_empty());
    }
    for text in [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY----- could not be read from the file that was given",
        "expecting: ANY PRIVATE KEY, PRIVATE KEYS of any kind",
        "-----BEGIN PRIVATE KEY-----\\nMIIE...\\n-----END PRIVATE KEY-----",
        "-----BEGIN %s PRIVATE KEY-----%s-----END %s PRIVATE KEY-----",
        "the file ends with -----END PRIVATE KEY----- and nothing else",
    ] {
        assert!(hits_in_text(text).is_empty(), "{text}");
    }
}

/// SNMP version 2c begins like an ECPrivateKey: version 1, OCTET STRING.
#[test]
fn snmp_message_is_no_hit() {
    let community = b"a-community-name-of-thirty-two-c";
    let mut message = vec![0x30, 0x45, 2, 1, 1, 4, 32];
    message.extend_from_slice(community);
    message.extend_from_slice(&[0xa0, 28, 2, 4, 1, 2, 3, 4, 2, 1, 0, 2, 1, 0, 0x30, 14]);
    assert!(hits_in_memory(&planted(&message)).is_empty());
}

#[test]
fn moduli_are_found_in_certificates_keys_and_ssh_blobs() {
    let key = Key::rsa();
    let expected = key.value("modulus").to_vec();
    let check_binary = |bytes: &[u8], source: &str| {
        let mut out = Vec::new();
        moduli(&planted(bytes), &mut out);
        assert!(out.iter().any(|found| found.n == expected && found.e == Some(vec![1, 0, 1])), "{source}");
    };
    let check_text = |text: &str| {
        let mut out = Vec::new();
        moduli_text(text.as_bytes(), &mut out);
        assert!(out.iter().any(|found| found.n == expected), "{text}");
    };
    for form in public_forms(&key) {
        let pem = String::from_utf8(form).unwrap();
        check_binary(&unarmour(&pem), "spki");
        check_text(&pem);
        check_text(&pem.replace('\n', "\\n"));
    }
    check_binary(&key.der, "pkcs8");
    check_binary(&key.traditional(), "pkcs1");
    check_binary(
        &openssl(&["rsa", "-RSAPublicKey_out", "-outform", "DER"], key.pem.as_bytes()),
        "pkcs1 public",
    );
    let line = String::from_utf8(run(
        "ssh-keygen",
        &["-i", "-m", "PKCS8", "-f", "/dev/stdin"],
        &public_forms(&key)[0],
    ))
    .unwrap();
    check_text(&line);
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
    check_binary(&BASE64_STANDARD.decode(line.trim().split(' ').nth(1).unwrap()).unwrap(), "ssh");
    check_text(&format!("{{\"kty\":\"RSA\", \"n\" : \"{}\"}}", BASE64_URL_SAFE_NO_PAD.encode(&expected)));
}
