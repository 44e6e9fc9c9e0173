//! The answer about a token, and everything about it that may be logged.

use crate::issuer::Profile;
use crate::key::{Key, Thumbprint};
use crate::reason::Reason;
use crate::{claims, time};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The answer about a token.
#[derive(Clone, Debug)]
#[must_use = "a token that was refused must not be served"]
pub enum Verdict {
    /// Every check passed.
    Accepted(Accepted),
    /// A check failed.
    Refused(Refused),
}

impl Verdict {
    /// What is known of the token, believed or not.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Accepted(accepted) => &accepted.facts,
            Self::Refused(refused) => &refused.facts,
        }
    }

    /// True if the token was accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// Why it was refused.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(refused) => Some(refused.reason),
        }
    }

    /// The claims, if the token was accepted.
    ///
    /// # Errors
    /// The refusal.
    pub fn into_result(self) -> Result<Accepted, Box<Refused>> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Refused(refused) => Err(Box::new(refused)),
        }
    }
}

/// A token that passed every check.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// What it says, now believed.
    pub facts: Facts,
    /// The audience that it was taken for.
    pub audience: String,
    /// How it is bound to its holder, if it is; the holder has proven it.
    pub bound: Option<Bound>,
}

/// How a token is bound to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// To a key of this thumbprint (RFC 9449, `cnf.jkt`).
    Key(Thumbprint),
    /// To a client certificate of this SHA-256 (RFC 8705, `cnf.x5t#S256`).
    Certificate(Thumbprint),
}

/// A token that failed a check.
#[derive(Clone, Debug, thiserror::Error)]
#[error("accept the token: {}{}{detail}", reason.meaning(), if detail.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// Which claim, key or value it was about, for people; may be empty. Never a part of the signature or the token as it came.
    pub detail: Cow<'static, str>,
    /// What it says. Nothing of it may be believed.
    pub facts: Facts,
    /// True if a signature by the named key was there: the token is no noise, somebody has that key.
    pub signed: bool,
}

/// What a token says, and what was found about it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) profile: Profile,
    pub(crate) tenant: Option<String>,
    pub(crate) key: Option<KeyFacts>,
    pub(crate) notes: Vec<&'static str>,
    pub(crate) controls_off: Vec<&'static str>,
}

/// The key that signed a token, or that it names.
#[derive(Clone, Debug)]
pub struct KeyFacts {
    pub(crate) key: Arc<Key>,
    pub(crate) owner: Arc<str>,
}

impl KeyFacts {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The issuer that the key belongs to: not always the one that the token names.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

impl Facts {
    /// The members of the payload; empty if they could not be read.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The members of the header; empty if they could not be read.
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// `iss` as the token says it.
    #[must_use]
    pub fn issuer_claim(&self) -> Option<&str> {
        self.text("iss")
    }

    /// The name of the trusted issuer that it was matched with: its record's, with `{tenantid}` where there is one.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The client: `client_id`, `azp` or `appid`.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        claims::client(&self.claims)
    }

    /// The token's id: `jti`, or `uti` of Entra.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.text(self.profile.token_id_claim()).or_else(|| self.text("jti"))
    }

    /// The session: `sid`.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.text("sid")
    }

    /// `aud`, as a list.
    #[must_use]
    pub fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// `iat`, in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.claims.get("iat").and_then(time::seconds)
    }

    /// `exp`, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.claims.get("exp").and_then(time::seconds)
    }

    /// The key's name in the header (`kid`): a hint.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// The algorithm in the header.
    #[must_use]
    pub fn algorithm(&self) -> Option<&str> {
        self.header.get("alg").and_then(Value::as_str)
    }

    /// The type in the header.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.header.get("typ").and_then(Value::as_str)
    }

    /// The key that signed it, or the one that it was refused for.
    #[must_use]
    pub fn key(&self) -> Option<&KeyFacts> {
        self.key.as_ref()
    }

    /// What is worth knowing although it is no reason to refuse: `key-past-certificate`.
    #[must_use]
    pub fn notes(&self) -> &[&'static str] {
        &self.notes
    }

    /// Checks that were turned off ([`crate::Controls`]).
    #[must_use]
    pub fn controls_off(&self) -> &[&'static str] {
        &self.controls_off
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

/// A text of a token, fit to be shown: not long, no control characters, and none that turn the direction of writing.
#[must_use]
pub fn shown(text: &str) -> String {
    let hidden = |character: char| {
        let turns =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || character.is_control()
    };
    let plain = |character: char| if hidden(character) { '\u{fffd}' } else { character };
    let mut short: String = text.chars().take(crate::limits::SHOWN_CHARS_MAX).map(plain).collect();
    if text.chars().nth(crate::limits::SHOWN_CHARS_MAX).is_some() {
        short.push('\u{2026}');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_strangers_are_made_fit_for_terminals() {
        assert_eq!(shown("a\u{1b}[31m\n\u{202e}b"), "a\u{fffd}[31m\u{fffd}\u{fffd}b");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), crate::limits::SHOWN_CHARS_MAX + 1);
    }
}
