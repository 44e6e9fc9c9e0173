//! What is wrong with the keys that are trusted now: old, past their end, or published where they should not be.

use crate::key::{KeyFault, Thumbprint};
use crate::revoke::Revocations;
use crate::time::{Now, rfc3339};
use crate::trust::Trust;
use serde::Serialize;

/// How old keys may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeRules {
    /// Days after which a key should have been replaced: 365.
    pub rotation_days: u64,
    /// Days before a certificate's end from which on it is reported: 30.
    pub notice_days: u64,
}

impl Default for AgeRules {
    fn default() -> Self {
        Self { rotation_days: 365, notice_days: 30 }
    }
}

/// Something about a key that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The issuer's name.
    pub issuer: String,
    /// What its publisher calls the key.
    pub kid: Option<String>,
    /// The key's thumbprint, if it was taken.
    pub thumbprint: Option<String>,
    /// Stable name: `past-end`, `end-near`, `past-rotation`, `age-unknown`, `revoked-yet-published`, `key-refused`, `private-key-published`,
    /// `no-keys`.
    pub kind: &'static str,
    /// What is the matter, as a sentence for people.
    pub detail: String,
}

/// Looks at every key that is trusted.
#[must_use]
pub fn audit(trust: &Trust, revocations: &Revocations, rules: AgeRules, now: Now) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for issuer in trust.issuers() {
        let name = issuer.name();
        let mut warn = |kid: Option<&str>, thumbprint: Option<Thumbprint>, kind, detail: String| {
            warnings.push(Warning {
                issuer: name.to_owned(),
                kid: kid.map(str::to_owned),
                thumbprint: thumbprint.map(|one| one.to_string()),
                kind,
                detail,
            });
        };
        if trust.keys_of(name).next().is_none() {
            warn(None, None, "no-keys", "no key can be used: every token of this issuer is refused".into());
        }
        for key in trust.keys_of(name) {
            let (lifetime, own) = (key.lifetime(), Some(key.thumbprint()));
            if revocations.get(key).is_some() {
                warn(
                    key.id(),
                    own,
                    "revoked-yet-published",
                    "it is revoked here, and its issuer still publishes it".into(),
                );
            }
            match lifetime.not_after {
                Some(end) if end < now.0 => {
                    warn(
                        key.id(),
                        own,
                        "past-end",
                        format!("it is still published, and its end was {}", rfc3339(end)),
                    );
                }
                Some(end) if end < now.0.saturating_add(days(rules.notice_days)) => {
                    warn(key.id(), own, "end-near", format!("its end is {}", rfc3339(end)));
                }
                _ => {}
            }
            let since = key.published().map(|published| published.from).filter(|from| *from > 0);
            match since.or(lifetime.not_before) {
                Some(since) if since.saturating_add(days(rules.rotation_days)) < now.0 => {
                    let detail =
                        format!("in use since {}, longer than {} days", rfc3339(since), rules.rotation_days);
                    warn(key.id(), own, "past-rotation", detail);
                }
                Some(_) => {}
                None => warn(
                    key.id(),
                    own,
                    "age-unknown",
                    "neither a certificate nor an archive says how old it is".into(),
                ),
            }
        }
        for refused in trust.refused_keys_of(name) {
            let private = refused.fault == KeyFault::Private;
            let kind = if private { "private-key-published" } else { "key-refused" };
            warn(refused.id.as_deref(), None, kind, refused.fault.to_string());
        }
    }
    warnings
}

fn days(number: u64) -> u64 {
    number.saturating_mul(24 * 3600)
}
