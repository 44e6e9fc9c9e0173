//! What a trial knows about the secrets in a process.

use std::fmt;

/// What a secret is; it decides which policy must remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An RSA private key: proven by arithmetic.
    Rsa,
    /// An AES key in use: proven by its schedule.
    Aes,
    /// A token, password or cookie in a place that names it: matched by rules.
    Text,
    /// A private number on an elliptic curve: removed as unexplained randomness.
    Curve,
    /// A secret with no sign of what it is, as those of one connection: removed as
    /// unexplained randomness.
    Bare,
}

impl Kind {
    /// True if policy `proven` must remove it; `strict` must remove every kind.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Rsa | Self::Aes | Self::Text)
    }
}

/// One value from which a secret follows.
#[derive(Clone, PartialEq, Eq)]
pub struct Component {
    /// Name, `p`.
    pub name: String,
    /// The value: a number or byte string most significant first, or the characters of a text.
    pub bytes: Vec<u8>,
    /// True if the value is a text of its own, false if it is bytes that texts may spell.
    pub is_text: bool,
}

/// A secret that a process really holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Name for messages.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its values.
    pub components: Vec<Component>,
}

impl Secret {
    /// A secret of one byte string.
    #[must_use]
    pub fn bytes(name: &str, kind: Kind, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), kind, components: vec![Component::bytes("key", bytes)] }
    }

    /// A secret that is a text.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        let component = Component { name: "text".to_owned(), bytes: text.as_bytes().to_vec(), is_text: true };
        Self { name: name.to_owned(), kind: Kind::Text, components: vec![component] }
    }
}

impl Component {
    /// A number or byte string.
    #[must_use]
    pub fn bytes(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.to_vec(), is_text: false }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({} bytes)", self.name, self.bytes.len())
    }
}
