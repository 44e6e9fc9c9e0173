//! Which key it is: the document of `coredact identify`.

use crate::{Finding, PublicId, Publication};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One key, with its names and publications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The file that it was found in, as the user named it.
    pub input: String,
    /// What it is: `rsa-private-key`; of a public key its algorithm, `RSA 2048`.
    pub kind: String,
    /// True if the private key was found, not only the public one.
    pub private: bool,
    /// Every standard name that follows from it.
    pub names: Vec<PublicId>,
    /// Documents of the inventory that name it.
    pub published: Vec<Publication>,
    /// What to do next, in sentences.
    pub next: Vec<String>,
}

impl Identity {
    /// The identity of a finding with public names; `None` of one that has none, like a password.
    #[must_use]
    pub fn of(input: &str, finding: &Finding) -> Option<Self> {
        // The length of a modulus and the name of a curve recognise nobody.
        let is_name = finding.public_ids.iter().any(|id| id.value.len() >= 20);
        is_name.then(|| {
            Self::new(input, &finding.kind, true, finding.public_ids.clone(), finding.published.clone())
        })
    }

    /// A key with its publications; what to do follows from them.
    #[must_use]
    pub fn new(
        input: &str,
        kind: &str,
        private: bool,
        names: Vec<PublicId>,
        published: Vec<Publication>,
    ) -> Self {
        let advice: BTreeSet<&str> = published.iter().map(Publication::advice).collect();
        let next = match (private, published.is_empty()) {
            (false, _) => Vec::new(),
            (true, true) => vec!["find its owner by the names above, and replace it".to_owned()],
            (true, false) => advice.into_iter().map(str::to_owned).collect(),
        };
        Self { input: input.to_owned(), kind: kind.to_owned(), private, names, published, next }
    }
}
