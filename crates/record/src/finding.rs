//! What was found, and where.

use crate::Publication;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How much a scrub removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The closure of proven findings, encoded keys and matched tokens.
    Proven,
    /// `proven`, and every unexplained run of randomness in memory that a process can write.
    #[default]
    Strict,
    /// Everything but what a debugger needs.
    Skeleton,
}

impl Policy {
    /// Every policy, least removal first.
    pub const ALL: [Self; 3] = [Self::Proven, Self::Strict, Self::Skeleton];

    /// The name on the command line and in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Strict => "strict",
            Self::Skeleton => "skeleton",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A policy name that is none of `proven`, `strict`, `skeleton`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown policy (proven, strict and skeleton exist): {0}")]
pub struct UnknownPolicy(String);

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or_else(|| UnknownPolicy(text.to_owned()))
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Arithmetic leaves no other explanation.
    Proven,
    /// The structure parses or the checksum fits.
    Structured,
    /// A rule matched, or a name beside it says that it is secret.
    Matched,
    /// It looks random and nothing explains it.
    Suspected,
}

impl Certainty {
    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Structured => "structured",
            Self::Matched => "matched",
            Self::Suspected => "suspected",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One place where (part of) a secret stood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// First byte in the input file, in bytes from its start.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Virtual address of the first byte, as hexadecimal text; null outside of memory.
    #[serde(default, with = "crate::address")]
    #[schemars(with = "Option<String>")]
    pub address: Option<u64>,
    /// What it lies in: `memory rw-`, `NT_PRSTATUS thread 812`, `gap`.
    pub region: String,
    /// Which value of the secret: `p`, `d`, `schedule`, `text`, `whole`.
    pub component: String,
    /// How it is written there: `le`, `be`, `der`, `pem`, `ascii`.
    pub form: String,
    /// Line in which it begins, from 1; only in texts. In a bundle, of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Which character of the line is its first, from 1; only with [`Self::line`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
}

/// A public name of a key, by which its owner recognises it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PublicId {
    /// Which name: `spki-sha256`, `jwk-thumbprint`, `subject`, `key-id`.
    pub name: String,
    /// Its value as text, never secret.
    pub value: String,
}

/// One secret, with everything that may be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Number in this report, from 1; the fill of its cuts names it.
    pub number: u32,
    /// What it is: `rsa-private-key`, `aes-key`, `token`.
    pub kind: String,
    /// The word that the fill repeats: at most six ASCII letters.
    pub marker: String,
    /// Strength in bits: modulus length for RSA, key length for AES, 8 x length for texts.
    pub bits: u32,
    /// How sure that is.
    pub certainty: Certainty,
    /// Which detector says so: `rsa-primes`, `aes-schedule`, a rule's id.
    pub detector: String,
    /// `fp1:` or `fpk1:` and 32 hexadecimal digits (see `Fingerprinter`); null if there is none.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Public names of the key.
    #[serde(default)]
    pub public_ids: Vec<PublicId>,
    /// Documents of the inventory that name the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Publication>,
    /// Set if this is a publicly known key or constant: where it is published.
    #[serde(default)]
    pub publicly_known: Option<String>,
    /// True if every copy was overwritten in the output.
    pub removed: bool,
    /// Set if it was not removed: why.
    #[serde(default)]
    pub why_kept: Option<String>,
    /// Where it stood, by file offset; at most 256 places, see `places_omitted`.
    pub places: Vec<Place>,
    /// How many places hold (part of) it.
    pub copies: u64,
    /// How many places are left out of `places`.
    #[serde(default)]
    pub places_omitted: u64,
}

impl Finding {
    /// True if somebody must act: publicly known keys and mere suspicions are no secrets.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.publicly_known.is_none() && self.certainty != Certainty::Suspected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_names_round_trip_and_others_are_refused() {
        for policy in Policy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.name());
        }
        assert!("Strict".parse::<Policy>().is_err());
    }

    #[test]
    fn addresses_above_two_to_the_53_survive_json() {
        let place = Place {
            file_offset: 1,
            length: 2,
            address: Some(0xffff_ffff_ff60_0001),
            region: "memory r-x".into(),
            component: "p".into(),
            form: "le".into(),
            ..Place::default()
        };
        let text = serde_json::to_string(&place).unwrap();
        assert!(text.contains("\"0xffffffffff600001\""));
        assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
    }
}
