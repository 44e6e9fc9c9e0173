//! What a key or a passphrase is tried on.

use crate::error::Error;
use crate::ledger::{Entry, Ledger, Sighting};
use coredact_dump::ReadAt;
use coredact_keys::derived::Signed;
use coredact_keys::locked::Locked;
use coredact_keys::{Kind, Notation};
use zeroize::Zeroizing;

/// Tokens for which keys are looked for: services sign with one key, or two while they change it.
const TOKENS_MAX: usize = 4;

/// Encrypted keys for which passphrases are looked for.
const KEYS_MAX: usize = 8;

/// Places of a token that are read.
const SIGHTINGS_MAX: usize = 4;

/// Characters before the secret part of a token that are read: the header, with a certificate in it.
const HEADER_CHARACTERS_MAX: usize = 8 << 10;

/// Places at which the header of a token may begin.
const STARTS_MAX: usize = 16;

/// Something that tells the right word from all others.
#[derive(Debug)]
pub(super) enum Lock {
    /// A token, which its key signs.
    Token(Signed),
    /// An encrypted key, the index of its entry, and how a word opens it.
    Key(usize, Locked),
}

impl Lock {
    /// All that there are in the ledger, to a limit.
    pub(super) fn all(source: &dyn ReadAt, ledger: &Ledger) -> Result<Vec<Self>, Error> {
        let mut tokens = Vec::new();
        let of_kind =
            |kind| ledger.entries().iter().enumerate().filter(move |(_, one)| one.material.kind == kind);
        for (_, entry) in of_kind(Kind::Token) {
            if tokens.len() < TOKENS_MAX {
                tokens.extend(token(source, entry)?.map(Self::Token));
            }
        }
        let keys = of_kind(Kind::EncryptedPrivateKey)
            .filter_map(|(index, entry)| Some(Self::Key(index, Locked::of(&entry.material)?)));
        Ok(tokens.into_iter().chain(keys.take(KEYS_MAX)).collect())
    }

    /// What one try costs, in blocks that are hashed.
    pub(super) fn cost(&self) -> u64 {
        match self {
            // Inner and outer pad, the token, the inner hash.
            Self::Token(_) => 5,
            Self::Key(_, key) => key.cost(),
        }
    }

    /// Whether this is its key or passphrase.
    pub(super) fn is_opened_by(&self, word: &[u8]) -> bool {
        match self {
            Self::Token(token) => token.is_signed_by(word),
            Self::Key(_, key) => key.open(word).is_some(),
        }
    }
}

/// The token of an entry with its header, which is no secret and stands before it: that it was signed by HMAC is told by it.
pub(super) fn token(source: &dyn ReadAt, entry: &Entry) -> Result<Option<Signed>, Error> {
    for component in entry.material.components.iter().filter(|component| component.notation == Notation::Text)
    {
        let secret = component.value.bytes();
        for Sighting { file, .. } in entry.sightings.iter().take(SIGHTINGS_MAX) {
            // In UTF-16, or as it is; whatever else says the same is no text.
            let width = file.end.saturating_sub(file.start) / (secret.len() as u64).max(1);
            let Some(step) = usize::try_from(width).ok().filter(|width| (1..=2).contains(width)) else {
                continue;
            };
            let before = file.start.min(HEADER_CHARACTERS_MAX as u64 * width);
            let mut bytes = vec![0; usize::try_from(before).unwrap_or_default()];
            source.read_exact_at(file.start - before, &mut bytes).map_err(Error::read)?;
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let low = bytes.iter().rev().skip(step - 1).step_by(step);
            let mut head: Vec<u8> = low.copied().take_while(is_part).collect();
            head.reverse();
            // Base64 of an opening brace begins so; other characters may stand before it.
            let starts = memchr::memmem::rfind_iter(&head, b"ey").take(STARTS_MAX);
            let read = |start| {
                Signed::read(&Zeroizing::new([head.get(start..).unwrap_or_default(), secret].concat()))
            };
            if let Some(signed) = starts.filter_map(read).next() {
                return Ok(Some(signed));
            }
        }
    }
    Ok(None)
}
