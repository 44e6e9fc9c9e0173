//! The key block of TLS 1.2 (RFC 5246 sections 5 and 6.3): from the master secret and both randoms.

use super::keyed::{Keyed, Output};

/// Bytes of a master secret.
pub(super) const MASTER: usize = 48;

/// Bytes of both randoms.
pub(super) const RANDOMS: usize = 64;

/// The label of the key block.
const LABEL: &[u8] = b"key expansion";

/// Bytes of the key block that prove it: its first key, or that of the authentication.
pub(super) const PROOF: usize = 16;

/// The start of the key block, as long as the hash. The server's random comes first in it.
pub(super) fn key_block(master: &Keyed, randoms: &[u8], client_first: bool) -> Output {
    let (one, two) = randoms.split_at(randoms.len() / 2);
    let (server, client) = if client_first { (two, one) } else { (one, two) };
    let first = master.tag(&[LABEL, server, client]);
    master.tag(&[&first, LABEL, server, client])
}

/// The whole of it, for two keys and two nonces.
pub(super) fn whole(master: &Keyed, randoms: &[u8], client_first: bool) -> Output {
    let (one, two) = randoms.split_at(randoms.len() / 2);
    let (server, client) = if client_first { (two, one) } else { (one, two) };
    let mut link = master.tag(&[LABEL, server, client]);
    let mut out = Output::default();
    while out.len() < WHOLE {
        out.extend_from_slice(&master.tag(&[&link, LABEL, server, client]));
        link = master.tag(&[&link]);
    }
    out
}

/// Two keys of 48 bytes for authentication, two of 32 for encryption.
const WHOLE: usize = 160;

#[cfg(test)]
mod tests {
    use super::super::keyed::Hash;
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// The key block is P_SHA256 of RFC 5246 section 5, computed here step by step by its definition.
    #[test]
    fn key_block_follows_the_definition() {
        let master = bytes(
            "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
        );
        let (server, client) = ([7; 32], [9; 32]);
        let keyed = Keyed::new(Hash::Sha256, &master).unwrap();
        let seed = [LABEL, &server, &client].concat();
        let a1 = keyed.tag(&[&seed]);
        let a2 = keyed.tag(&[&a1]);
        let expected = [keyed.tag(&[&a1, &seed]).to_vec(), keyed.tag(&[&a2, &seed]).to_vec()].concat();
        let block = whole(&keyed, &[server, client].concat(), false);
        assert_eq!(block[..64], expected);
        assert_eq!(key_block(&keyed, &[client, server].concat(), true).as_slice(), &expected[..32]);
    }
}
