//! Hostile input: no panic, no work beyond the input's size.

use super::support::*;
use coredact_keys::encoded::{moduli, moduli_text, scan_binary, scan_text};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Encodings to mutate.
static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let (rsa, ec) = (Key::rsa(), Key::p256());
    let openssh = ssh_keygen(&["-t", "rsa", "-b", "1024"], "");
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    vec![
        rsa.der.clone(),
        rsa.traditional(),
        ec.der.clone(),
        ec.traditional(),
        unarmour(&openssh),
        rsa.traditional_pem().into_bytes(),
        ec.pem.clone().into_bytes(),
        openssh.into_bytes(),
        jwk.to_vec(),
    ]
});

fn scan_everything(bytes: &[u8]) {
    let mut hits = Vec::new();
    scan_binary(bytes, &mut hits);
    scan_text(bytes, &mut hits);
    for hit in &hits {
        assert!(hit.range.start < hit.range.end && hit.range.end <= bytes.len());
    }
    let mut found = Vec::new();
    moduli(bytes, &mut found);
    moduli_text(bytes, &mut found);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        scan_everything(&bytes);
    }

    #[test]
    fn any_printable_text_is_read_without_panic(text in "[ -~\n]{0,1500}") {
        scan_everything(text.as_bytes());
    }

    #[test]
    fn damaged_keys_are_read_without_panic(
        sample in 0usize..9,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SAMPLES[sample].clone();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        scan_everything(&bytes[from.min(to)..from.max(to)]);
        scan_everything(&bytes);
    }
}

/// Anchors packed as densely as they go, each with the longest reach: the work
/// must stay in proportion to the length, or this test takes minutes.
#[test]
fn packed_anchors_do_not_multiply_the_work() {
    const LENGTH: usize = 1 << 20;
    let units: [&[u8]; 16] = [
        b"\x02\x01\x00\x02\x82\x08\x00",
        b"\x02\x03\x01\x00\x01",
        b"\x02\x03\x01\x00\x01\x02\x82\x08\x00",
        b"\x02\x81\x81\x00\x91\x02",
        b"\x02\x82\x01\x01\x00\xf1",
        b"ssh-rsa\0\0\x08\x01",
        b"\0\0\0\x07ssh-rsa\0\0\x01\x01",
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30\x82\xff\xff",
        b"-----BEGIN PRIVATE KEY-----",
        b"-----END PRIVATE KEY-----",
        b"AAAAAAAAAAAAAAAAAAAAAAAA-----END PRIVATE KEY-----",
        b"\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
        b"\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        b"{\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        b"<D>AAAAAAAAAAAAAAAAAAAAAAA",
        b"AoGBAIAAAAAAAAAAAAAA\\n",
    ];
    for unit in units {
        scan_everything(&unit.repeat(LENGTH / unit.len()));
    }
    for filler in [b'A', b' ', b'\n', b'"', b'{', b'\\', b'-', b'<', 0x30, 0x02, 0x04, 0] {
        scan_everything(&vec![filler; LENGTH]);
    }
}
