//! Each step of a verification, for people.

use crate::key::Key;
use crate::reason::{Check, Reason};
use crate::time::Now;
use crate::verdict::{Bound, Verdict, shown};
use crate::verify::{Request, Steps, Verifier};
use serde::Serialize;

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, and with it the token.
    Failed,
    /// It was not reached.
    NotReached,
}

/// One step of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which check.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What it was about. Claims may stand here; the token and its signature never do.
    pub detail: String,
}

/// A verdict, with every step that led to it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// One entry for each check but the ledger's, in order.
    pub steps: Vec<Step>,
}

impl Verifier {
    /// Judges a token and says how each check went. The ledger is not asked.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>, now: Now) -> Explanation {
        let mut steps = Passed(Vec::new());
        let verdict = self.judge(request, now, &mut steps);
        let failed = match &verdict {
            Verdict::Accepted(_) => None,
            Verdict::Refused(refused) => Some((refused.reason, refused.detail.to_string())),
        };
        let step = |check: Check| {
            let passed = steps.0.iter().find(|(own, _)| *own == check);
            match (&failed, passed) {
                (Some((reason, detail)), _) if reason.check() == check => {
                    Step { check, outcome: Outcome::Failed, reason: Some(*reason), detail: detail.clone() }
                }
                (_, Some((_, detail))) => {
                    Step { check, outcome: Outcome::Passed, reason: None, detail: detail.clone() }
                }
                // A key that was refused for one thing passed what is asked before that.
                (Some((reason, _)), None)
                    if OF_KEYS.contains(&check)
                        && OF_KEYS.contains(&reason.check())
                        && check < reason.check() =>
                {
                    Step { check, outcome: Outcome::Passed, reason: None, detail: String::new() }
                }
                (_, None) => {
                    Step { check, outcome: Outcome::NotReached, reason: None, detail: String::new() }
                }
            }
        };
        let steps = Check::ALL
            .into_iter()
            .filter(|check| !matches!(check, Check::Events | Check::Ledger))
            .map(step)
            .collect();
        Explanation { verdict, steps }
    }
}

/// Checks that are done for each key before the next is tried.
const OF_KEYS: [Check; 5] = [Check::Key, Check::Revocation, Check::Scope, Check::Lifetime, Check::Signature];

struct Passed(Vec<(Check, String)>);

impl Steps for Passed {
    fn passed(&mut self, check: Check, detail: impl FnOnce() -> String) {
        self.0.push((check, detail()));
    }
}

/// A text of the token, or that it has none.
pub(crate) fn named(text: Option<&str>) -> String {
    text.map_or_else(|| "none".to_owned(), shown)
}

/// Whose key it is.
pub(crate) fn key_scope(key: &Key, owner: &str, issuer: &str) -> String {
    let whose =
        if owner == issuer { "its issuer's own".to_owned() } else { format!("NOT CHECKED: of {owner}") };
    match &key.tenant {
        Some(tenant) => format!("{whose}, for tenant {tenant} alone"),
        None => whose,
    }
}

/// How the token is bound.
pub(crate) fn bound(bound: Option<Bound>) -> String {
    match bound {
        None => "bearer: whoever has it may use it".to_owned(),
        Some(Bound::Key(thumbprint)) => format!("proven by key {thumbprint}"),
        Some(Bound::Certificate(thumbprint)) => format!("proven by certificate {thumbprint}"),
    }
}
