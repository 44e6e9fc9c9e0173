//! Secrets that are recognised by fingerprints alone: HMAC keys, passwords, API keys of an organisation's own.
//!
//! Mathematics cannot tell such a secret from other bytes, and whoever searches for it should not have to hold it.
//! So its owner makes a [`Blind`] of it: a label, its length, and for each of its [`Part`]s two fingerprints under a
//! [`Key`]. A coarse one ([`Key::screen`], [`SCREEN_BITS`] bits of eight of its bytes) is compared at every offset of
//! a dump; a full one ([`Key::confirm`], 128 bits of all of its bytes) decides.
//!
//! # What a blind gives away
//! Whoever can search a dump with an index can also try guesses with it, equally fast: a thousand million a second
//! for the coarse fingerprint, some ten millions for the full one. That is no flaw of these fingerprints but what
//! "find it at every offset" means. So a secret that could be guessed is refused unless the key comes from a file that
//! does not travel with the index ([`Key::from_file`], Argon2id); without it an index is of no use to anybody.
//!
//! A secret is found in many forms, and a fingerprint for each of them would be an equation for the same few bytes:
//! enough equations are solved, whatever the fingerprint. So there is one coarse fingerprint for each part. It gives
//! [`SCREEN_BITS`] bits away and no more, and the forms are undone in what is searched: word
//! orders share the fingerprint by its construction, UTF-16, hexadecimal, base64, escapes and the pads of HMAC are
//! decoded.

mod blind;
mod estimate;
mod index;
mod key;
mod limits;
mod list;
mod material;
mod order;
mod pads;
mod text;
mod wide;

pub use blind::{Blind, Fingerprint, Part, Refusal};
pub use index::Index;
pub use key::{CONFIRM_BYTES, Cost, Key, KeyError, SALT_BYTES, SCREEN_BITS};
pub use limits::{
    FINGERPRINTS_MAX, GUESSABLE_BITS, KEY_FILE_BYTES_MAX, KEY_FILE_BYTES_MIN, LABEL_BYTES_MAX,
    SECRET_BYTES_MAX, SECRET_BYTES_MIN, SECRETS_MAX,
};
pub use list::{Format, Labelled, ListError, secrets};
pub use material::is_end;

#[cfg(test)]
mod tests;
