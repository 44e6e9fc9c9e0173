//! Secrets with what follows from them, in one memory.

use super::keyed::Hash;
use super::protocols::PROTOCOLS;
use super::{Prekeys, conclude, mac, ssh, tls13};
use crate::ec::Harvest;
use std::io::Read;

fn fresh(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes
}

/// The detectors and secrets that are found in strings with zeros around them.
fn found(strings: &[&[u8]], known: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let mut memory = vec![0; 64];
    let (mut runs, mut prekeys) = (Vec::new(), Prekeys::default());
    for string in strings {
        runs.push(memory.len()..memory.len() + string.len());
        memory.extend_from_slice(string);
        memory.resize(memory.len().next_multiple_of(16) + 64, 0);
    }
    let mut harvest = Harvest::default();
    harvest.collect(&memory, 1 << 20, &runs);
    prekeys.collect(&memory, 1 << 20, &runs);
    let stretches: Vec<_> = harvest.stretches().collect();
    let (found, coverage) = conclude(&stretches, known, &prekeys);
    assert!(!coverage.is_cut_off());
    let secret = |name: &str| name == "secret" || name == "seed";
    found
        .into_iter()
        .map(|one| {
            let components = &one.material.components;
            let value = components.iter().find(|one| secret(one.name)).unwrap().value.bytes().to_vec();
            (one.material.detector, value)
        })
        .collect()
}

fn output(hash: Hash, secret: &[u8], name: &str) -> Vec<u8> {
    tls13::outputs(hash, secret).into_iter().find(|(known, _)| *known == name).unwrap().1.to_vec()
}

#[test]
fn traffic_secret_is_proven_by_each_of_its_outputs() {
    for hash in Hash::ALL {
        let secret = fresh(hash.size());
        for name in ["finished_key", "next_secret", "quic_next_secret", "next_stage", "resumption_key"] {
            let expected = [("tls13-secret".to_owned(), secret.clone())];
            assert_eq!(found(&[&secret, &output(hash, &secret, name)], &[]), expected, "{name}");
        }
        let keys = [output(hash, &secret, "traffic_key")];
        assert_eq!(found(&[&secret], &keys), [("tls13-secret".to_owned(), secret.clone())]);
        assert_eq!(found(&[&secret, &fresh(hash.size())], &[fresh(16)]), []);
    }
}

#[test]
fn master_secret_is_proven_with_the_hash_of_the_handshake() {
    let (master, transcript) = (fresh(32), fresh(32));
    let keyed = super::keyed::Keyed::new(Hash::Sha256, &master).unwrap();
    let traffic = keyed.expand_label("s ap traffic", &transcript, 32).to_vec();
    let key = output(Hash::Sha256, &traffic, "traffic_key");
    let seen = found(&[&master, &transcript, &traffic], &[key]);
    assert!(seen.contains(&("tls13-secret".to_owned(), master.clone())));
    assert!(!seen.iter().any(|(_, secret)| *secret == transcript));
}

#[test]
fn hmac_key_is_proven_by_either_state() {
    for algorithm in &mac::ALGORITHMS {
        for length in algorithm.lengths.iter().filter(|length| **length >= 32) {
            let key = fresh(*length);
            for state in algorithm.states(&key) {
                // The state of SHA-1 is too short to be kept by itself.
                let state = [&state[..], &fresh(16)].concat();
                let seen = found(&[&key, &state], &[]);
                assert_eq!(seen, [(algorithm.detector.to_owned(), key.clone())]);
            }
        }
    }
}

#[test]
fn tls12_master_secret_is_proven_by_the_key_block() {
    let (master, randoms) = (fresh(48), fresh(64));
    for hash in Hash::ALL {
        let keyed = super::keyed::Keyed::new(hash, &master).unwrap();
        for client_first in [false, true] {
            let block = super::tls12::whole(&keyed, &randoms, client_first).to_vec();
            let seen = found(&[&master, &randoms], &[block[..16].to_vec()]);
            assert_eq!(seen, [("tls12-master-secret".to_owned(), master.clone())]);
        }
    }
}

#[test]
fn chacha_key_is_proven_by_its_key_stream() {
    use chacha20::cipher::{KeyIvInit, StreamCipher};
    let (key, nonce) = (fresh(32), fresh(12));
    let mut stream = [0; 64];
    chacha20::ChaCha20::new_from_slices(&key, &nonce).unwrap().apply_keystream(&mut stream);
    let context = [&key[..], &[1, 0, 0, 0], &nonce, &stream].concat();
    assert_eq!(found(&[&context], &[]), [("chacha20-key-stream".to_owned(), key)]);
}

#[test]
fn shielded_key_is_opened() {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use sha2::{Digest, Sha512};
    let (prekey, seed) = (fresh(16 * 1024), fresh(32));
    let half = *Sha512::digest(&seed).first_chunk().unwrap();
    let public = curve25519_dalek::EdwardsPoint::mul_base_clamped(half).compress().to_bytes();
    let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let mut plain = [field(b"ssh-ed25519"), field(&public), field(&[&seed[..], &public].concat())].concat();
    plain.resize(plain.len().next_multiple_of(16), 1);
    let hash = Sha512::digest(&prekey);
    let cipher = aes::Aes256::new_from_slice(&hash[..32]).unwrap();
    let counter = u128::from_be_bytes(hash[32..48].try_into().unwrap());
    for (number, block) in (0..).zip(plain.chunks_mut(16)) {
        let mut stream = aes::Block::from(counter.wrapping_add(number).to_be_bytes());
        cipher.encrypt_block(&mut stream);
        block.iter_mut().zip(stream).for_each(|(byte, stream)| *byte ^= stream);
    }
    let seen = found(&[&plain, &prekey], &[]);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].1, seed);
}

#[test]
fn secret_of_each_protocol_is_proven_by_what_follows_from_it() {
    for protocol in &PROTOCOLS {
        // Those of 16 bytes are looked for near schedules alone, see `kerberos`.
        for length in protocol.lengths.iter().filter(|length| **length > 16) {
            let secret = fresh(*length);
            let outputs = (protocol.outputs)(&secret);
            let expected = (protocol.detector.to_owned(), secret.clone());
            for output in [outputs.first().unwrap(), outputs.last().unwrap()] {
                assert!(found(&[&secret, output], &[]).contains(&expected), "{}", protocol.detector);
                assert!(found(&[&secret], &[output.to_vec()]).contains(&expected), "{}", protocol.detector);
            }
            assert_eq!(found(&[&secret, &fresh(*length)], &[fresh(16)]), []);
        }
    }
}

#[test]
fn shared_secret_of_ssh_is_proven_by_an_encryption_key() {
    for (length, as_string) in [(32, false), (32, true), (64, true)] {
        let (shared, hash) = (fresh(length), fresh(length));
        let key = ssh::planted(&shared, &hash, as_string)[..16].to_vec();
        let expected = [("ssh-shared-secret".to_owned(), shared.clone())];
        assert_eq!(found(&[&hash, &shared], &[key]), expected, "{length}");
    }
    // A big number keeps its least significant byte first.
    let (shared, hash) = (fresh(32), fresh(32));
    let reversed: Vec<u8> = shared.iter().rev().copied().collect();
    let key = ssh::planted(&shared, &hash, false)[..16].to_vec();
    assert_eq!(found(&[&reversed, &hash], &[key]), [("ssh-shared-secret".to_owned(), reversed.clone())]);
}
