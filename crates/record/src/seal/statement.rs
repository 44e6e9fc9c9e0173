//! What the seal says: an in-toto statement about the clean file.

use super::SealError;
use crate::{Answer, Certainty, Command, CutOff, Finding, Policy, PublicId, Report, Unread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::collections::BTreeMap;

/// Type of every in-toto statement of version 1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Type of this predicate. A name, not an address to fetch; the number rises if a field's meaning changes.
pub const PREDICATE_TYPE: &str = "https://coredact.dev/attestation/scrub/v1";

/// A digest set of in-toto, SHA-256 alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Digest {
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// The file that the statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Name that the clean file was given. Not checked: a file may be renamed.
    pub name: String,
    /// Its SHA-256, of the bytes as they lie on disk.
    pub digest: Digest,
}

/// An in-toto statement of version 1 with coredact's predicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// Exactly one file.
    pub subject: Vec<Subject>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What was done.
    pub predicate: Predicate,
}

/// Name and version of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// Name and version of a detector that ran and passed its self-test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectorVersion {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
}

/// The dump that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputDigest {
    /// Length in bytes, after decompression.
    pub length: u64,
    /// SHA-256 of the decompressed bytes.
    pub digest: Digest,
}

/// A secret that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Number of the finding in the report, which the fill names.
    pub number: u32,
    /// What it was: `rsa-private-key`.
    pub kind: String,
    /// Strength in bits.
    pub bits: u32,
    /// How sure that is.
    pub certainty: Certainty,
    /// Fingerprint, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Public names of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_ids: Vec<PublicId>,
    /// How many places held (part of) it.
    pub copies: u64,
    /// Bytes overwritten for it.
    pub bytes: u64,
}

/// A finding that was left in the file, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Number of the finding in the report.
    pub number: u32,
    /// What it is.
    pub kind: String,
    /// Why it was left.
    pub why: String,
}

/// What was done to the dump: the predicate of [`PREDICATE_TYPE`].
///
/// Unknown members are ignored, as in-toto asks of readers: what is added later may add
/// information but never take back what these fields say. Members that occur twice are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The program that did it.
    pub tool: Tool,
    /// Detectors that ran.
    pub detectors: Vec<DetectorVersion>,
    /// How much was to be removed.
    pub policy: Policy,
    /// The dump that was read.
    pub input: InputDigest,
    /// Secrets that were removed.
    pub removed: Vec<Removed>,
    /// Findings that were left.
    pub kept: Vec<Kept>,
    /// Bytes overwritten in all.
    pub bytes_removed: u64,
    /// Bytes about which no claim is made; empty means every byte was read.
    pub unread: Vec<Unread>,
    /// Searches that a limit cut off; absent means that each looked at all that it should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searched_incompletely: Vec<CutOff>,
    /// True if the independent verifier passed the file.
    pub verified: bool,
    /// The verifier's answers.
    pub answers: Vec<Answer>,
    /// SHA-256 of the plan's text, see [`crate::Plan::digest`].
    pub plan_digest: Digest,
    /// SHA-256 of the report's JSON file.
    pub report_digest: Digest,
}

impl Predicate {
    /// True if less is claimed than that every byte was read and searched for everything.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.unread.is_empty() || !self.searched_incompletely.is_empty()
    }
}

impl Statement {
    /// The statement that a passed scrub's report supports.
    ///
    /// # Errors
    /// If the report is of no scrub, or lacks a digest, a plan or a passed verdict.
    pub fn of(report: &Report) -> Result<Self, SealError> {
        use SealError::NotSealable;
        let output = report.output.as_ref().ok_or(NotSealable("an output"))?;
        if report.command != Command::Scrub {
            return Err(NotSealable("a scrub"));
        }
        let statement = Self {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject {
                name: output.name.clone(),
                digest: digest(&output.sha256, "an output digest")?,
            }],
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: predicate(report)?,
        };
        statement.check_verdict()?;
        Ok(statement)
    }

    /// Reads the payload of an envelope whose signature was accepted.
    pub(super) fn from_json(payload: &[u8]) -> Result<Self, SealError> {
        // The types first, and alone: a statement of another type is refused as such,
        // not for the fields that it lacks.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Types {
            #[serde(rename = "_type")]
            statement_type: String,
            predicate_type: String,
        }
        let types: Types = serde_json::from_slice(payload).map_err(SealError::Statement)?;
        if types.statement_type != STATEMENT_TYPE {
            return Err(SealError::StatementType(types.statement_type));
        }
        if types.predicate_type != PREDICATE_TYPE {
            return Err(SealError::PredicateType(types.predicate_type));
        }
        serde_json::from_slice(payload).map_err(SealError::Statement)
    }

    /// Checks that it is about this file and that the file passed.
    pub(super) fn check(&self, file_sha256: &[u8; 32]) -> Result<(), SealError> {
        let wanted = crate::hex::encode(file_sha256);
        match self.subject.as_slice() {
            [subject] if subject.digest.sha256 == wanted => self.check_verdict(),
            _ => Err(SealError::OtherFile),
        }
    }

    /// Checks that a report, as its JSON file stands on disk, is the one that was sealed.
    ///
    /// # Errors
    /// [`SealError::OtherReport`] if a byte of it differs.
    pub fn check_report(&self, json: &[u8]) -> Result<(), SealError> {
        let digest = crate::hex::encode(&sha2::Sha256::digest(json));
        if digest == self.predicate.report_digest.sha256 { Ok(()) } else { Err(SealError::OtherReport) }
    }

    fn check_verdict(&self) -> Result<(), SealError> {
        let predicate = &self.predicate;
        if let Some(failed) = predicate.answers.iter().find(|answer| !answer.passed) {
            return Err(SealError::NotVerified(failed.name.clone()));
        }
        match (predicate.verified, predicate.answers.is_empty()) {
            (true, false) => Ok(()),
            (true, true) => Err(SealError::NotVerified("no question was asked".to_owned())),
            (false, _) => Err(SealError::NotVerified("the verdict".to_owned())),
        }
    }
}

fn predicate(report: &Report) -> Result<Predicate, SealError> {
    use SealError::NotSealable;
    let plan = report.plan.as_ref().ok_or(NotSealable("a plan"))?;
    let verdict = report.verdict.as_ref().ok_or(NotSealable("a verdict"))?;
    let input_sha256 = report.input.sha256.as_deref().unwrap_or_default();
    let mut bytes_of: BTreeMap<u32, u64> = BTreeMap::new();
    for cut in &plan.cuts {
        let bytes = bytes_of.entry(cut.finding).or_default();
        *bytes = bytes.saturating_add(cut.length);
    }
    let (removed, kept): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| finding.removed);
    let detector =
        |run: &crate::DetectorRun| DetectorVersion { name: run.name.clone(), version: run.version };
    Ok(Predicate {
        tool: Tool { name: report.tool.clone(), version: report.tool_version.clone() },
        detectors: report.detectors.iter().filter(|run| run.self_test).map(detector).collect(),
        policy: report.policy.ok_or(NotSealable("a policy"))?,
        input: InputDigest { length: report.input.length, digest: digest(input_sha256, "an input digest")? },
        removed: removed
            .into_iter()
            .map(|finding| removed_of(finding, bytes_of.get(&finding.number).copied().unwrap_or(0)))
            .collect(),
        kept: kept.into_iter().map(kept_of).collect(),
        bytes_removed: report.bytes_removed,
        unread: report.unread.clone(),
        searched_incompletely: report.searched_incompletely.clone(),
        verified: verdict.passed,
        answers: verdict.answers.clone(),
        plan_digest: Digest { sha256: crate::hex::encode(&plan.digest()) },
        report_digest: Digest {
            sha256: crate::hex::encode(&sha2::Sha256::digest(crate::render::json(report))),
        },
    })
}

fn digest(sha256: &str, what: &'static str) -> Result<Digest, SealError> {
    if crate::hex::is_sha256(sha256) {
        Ok(Digest { sha256: sha256.to_owned() })
    } else {
        Err(SealError::NotSealable(what))
    }
}

fn removed_of(finding: &Finding, bytes: u64) -> Removed {
    Removed {
        number: finding.number,
        kind: finding.kind.clone(),
        bits: finding.bits,
        certainty: finding.certainty,
        fingerprint: finding.fingerprint.clone(),
        public_ids: finding.public_ids.clone(),
        copies: finding.copies,
        bytes,
    }
}

fn kept_of(finding: &Finding) -> Kept {
    let why = finding.why_kept.as_ref().or(finding.publicly_known.as_ref());
    Kept {
        number: finding.number,
        kind: finding.kind.clone(),
        why: why.cloned().unwrap_or_else(|| "not removed".to_owned()),
    }
}
