//! Lines of `authorized_keys` and `known_hosts` (sshd(8)), and public key files of OpenSSH.

use super::entry::{Entry, Published, label};
use crate::public::{PublicKey, ssh_fingerprint};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// How the types of keys begin that SSH names.
const TYPES: [&str; 5] = ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2-"];

/// Reads one line; `None` if it holds no key.
pub(super) fn read(line: &str) -> Option<Entry> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (at, word) = words(line).find(|(_, word)| TYPES.iter().any(|kind| word.starts_with(kind)))?;
    let behind = line.get(at + word.len()..)?.trim_start();
    let (text, comment) = behind.split_once(char::is_whitespace).unwrap_or((behind, ""));
    let blob = BASE64_STANDARD.decode(text).ok()?;
    let key = PublicKey::from_ssh(&blob)?;
    let before = line.get(..at)?.trim();
    // A host, hashed or not, or the options of an authorized key.
    let said = [before, comment.trim()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    let published = Published { kind: "ssh-key", label: label(&said.join(" ")), ..Published::default() };
    let entry = Entry::new(key, published);
    let own = ssh_fingerprint(&blob);
    // A certificate and a security key have a fingerprint that is not the plain key's.
    let is_new = entry.names.iter().all(|name| name.value != own);
    Some(if is_new { entry.with("ssh-sha256", own) } else { entry })
}

/// Words of a line with their places. Options of an authorized key may hold blanks in quotes, so that a type stands
/// behind the last of them.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_ascii_whitespace().map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}
