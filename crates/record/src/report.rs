//! The report of one run.

use crate::{ExitCode, Finding, Plan, Policy, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the report's format; its JSON carries it as `schema`.
pub const REPORT_SCHEMA: &str = "coredact-report-v1";

/// Version of the report's format. Within a version fields are only added.
pub const REPORT_SCHEMA_VERSION: u32 = 1;

/// Which command made a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Findings only; nothing was written.
    Scan,
    /// A clean copy was written, or refused.
    Scrub,
    /// An existing copy was judged.
    Verify,
}

impl Command {
    /// The name on the command line and in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Scrub => "scrub",
            Self::Verify => "verify",
        }
    }
}

/// The file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputInfo {
    /// File name as given, `-` for a pipe. Bytes that are no UTF-8 are replaced; [`Self::uri`] has them.
    pub name: String,
    /// The name as a URI reference (RFC 3986), every byte kept; set only if the name is no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Length in bytes, after decompression.
    pub length: u64,
    /// SHA-256 of the decompressed bytes, 64 hexadecimal digits; null if not computed.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it was packed in: `zst`, `lz4`, `gz`, `xz`, `zip`, `avml`, `kdump`, `flattened`, or `kdump in gz`; null for none.
    #[serde(default)]
    pub compression: Option<String>,
    /// `elf-core`, `minidump`, `macho-core`, `hprof`, `goheap`, `lime`, `kdump`, `dump64`, `raw`, a kind of text, or of a bundle
    /// `tar`, `zip` or `multipart`.
    pub format: String,
    /// `x86-64`, `aarch64` or `unknown`.
    pub machine: String,
    /// Threads in the dump.
    pub threads: u32,
    /// Of a bundle: its members that have bytes, by where they lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberInfo>,
}

/// A file in a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberInfo {
    /// Its name in the bundle, as far as it is UTF-8; of a file in an archive in the bundle, `archive!file`.
    pub name: String,
    /// First byte in the bundle, in bytes from its start, with the bundle laid out.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Its format, as that of a file by itself; `text` and `raw` if it has none.
    pub format: String,
}

/// The file that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputInfo {
    /// File name as given.
    pub name: String,
    /// Length in bytes, before compression.
    pub length: u64,
    /// SHA-256 of the file as it lies on disk, 64 hexadecimal digits: what the seal's subject names.
    pub sha256: String,
    /// Compression around it; null for none.
    #[serde(default)]
    pub compression: Option<String>,
}

/// One detector, and over how much it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectorRun {
    /// Name, as in a finding's `detector`.
    pub name: String,
    /// Version; it rises when it finds more.
    pub version: u32,
    /// True if it found the key planted for it at start.
    pub self_test: bool,
    /// Bytes it looked at.
    pub bytes: u64,
    /// Candidates it examined.
    pub candidates: u64,
    /// Findings it made.
    pub findings: u64,
    /// What it could not do.
    #[serde(default)]
    pub remarks: Vec<String>,
}

/// Bytes about which no claim is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// First byte in the file, in bytes from its start.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Why, as a sentence.
    pub why: String,
}

/// A search that a limit ended before it had looked at everything: every byte was read, but a secret of this
/// kind may have been missed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CutOff {
    /// Which search: `RSA keys without encoding`.
    pub search: String,
    /// Which limit, fit to stand after "the limit on the".
    pub limit: String,
    /// What it left out: `pairs of prime candidates`.
    pub what: String,
    /// How many of them.
    pub left_out: u64,
}

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { search, limit, what, left_out } = self;
        write!(f, "{search}: {} {what} beyond the limit on the {limit}", crate::text::thousands(*left_out))
    }
}

/// One region for the picture of the memory map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionPicture {
    /// Virtual address of the first byte, as hexadecimal text; null outside of memory.
    #[serde(default, with = "crate::address")]
    #[schemars(with = "Option<String>")]
    pub address: Option<u64>,
    /// First byte in the file, in bytes from its start.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
    /// Rights as three characters, `rw-`; empty outside of memory.
    pub access: String,
    /// Path of the mapped file, `[heap]`-like word, or name of the note.
    pub name: String,
    /// Bytes removed in it.
    pub cut_bytes: u64,
    /// Numbers of the findings in it.
    #[serde(default)]
    pub findings: Vec<u32>,
}

/// How long one stage took. Shown to people only: JSON is the same for the same input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// Name of the stage: `detect`, `verify`.
    pub name: String,
    /// Bytes it went over.
    pub bytes: u64,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
}

/// Everything said of one run over one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "schema", rename = "coredact-report-v1")]
pub struct Report {
    /// [`REPORT_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name of the program.
    pub tool: String,
    /// Version of the program.
    pub tool_version: String,
    /// Which command ran.
    pub command: Command,
    /// Policy of a scrub; null for others.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// The file that was read.
    pub input: InputInfo,
    /// The file that was written; null if there is none.
    #[serde(default)]
    pub output: Option<OutputInfo>,
    /// The secrets, by number.
    pub findings: Vec<Finding>,
    /// Which bytes were overwritten; null if none were to be.
    #[serde(default)]
    pub plan: Option<Plan>,
    /// Bytes overwritten.
    pub bytes_removed: u64,
    /// Which detectors ran, over how much.
    pub detectors: Vec<DetectorRun>,
    /// Bytes about which no claim is made; empty means every byte was read.
    pub unread: Vec<Unread>,
    /// Searches that a limit cut off; empty means that each looked at all that it should.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searched_incompletely: Vec<CutOff>,
    /// What was strange in the input; not fatal.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The memory map.
    #[serde(default)]
    pub regions: Vec<RegionPicture>,
    /// What the verifier answered; null if it was not asked.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Times of the stages; not part of the JSON.
    #[serde(skip)]
    pub stages: Vec<Stage>,
}

impl Report {
    /// A report of this version of the tool that has nothing to say yet.
    #[must_use]
    pub fn new(command: Command, input: InputInfo) -> Self {
        Self {
            schema_version: REPORT_SCHEMA_VERSION,
            tool: "coredact".to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            policy: None,
            input,
            output: None,
            findings: Vec::new(),
            plan: None,
            bytes_removed: 0,
            detectors: Vec::new(),
            unread: Vec::new(),
            searched_incompletely: Vec::new(),
            remarks: Vec::new(),
            regions: Vec::new(),
            verdict: None,
            stages: Vec::new(),
        }
    }

    /// The exit status that this report comes to.
    ///
    /// A failed verdict outweighs everything; then, for a scan, a secret that was found (publicly known
    /// keys and suspicions are none); then what [`Report::is_incomplete`] tells.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        // A scrub or verify without a verdict has not passed.
        let unverified = match &self.verdict {
            Some(verdict) => !verdict.passed,
            None => self.command != Command::Scan,
        };
        if unverified {
            ExitCode::VerificationFailed
        } else if self.command == Command::Scan && self.findings.iter().any(Finding::is_secret) {
            ExitCode::SecretsFound
        } else if self.is_incomplete() {
            ExitCode::Incomplete
        } else {
            ExitCode::Clean
        }
    }

    /// True if less is claimed than that every byte was searched for everything: some were not read, a limit cut
    /// a search off, or a detector failed its self-test.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let blind = self.detectors.iter().any(|run| !run.self_test);
        blind || !self.unread.is_empty() || !self.searched_incompletely.is_empty()
    }

    /// Reads the JSON of a report, of this version or any released before it.
    ///
    /// # Errors
    /// If it is no JSON, no coredact report, of a later version, or its plan contradicts itself.
    pub fn from_json(json: &[u8]) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
            schema_version: u32,
        }
        let head: Head = serde_json::from_slice(json).map_err(ReadError::Json)?;
        if head.schema != REPORT_SCHEMA || head.schema_version != REPORT_SCHEMA_VERSION {
            return Err(ReadError::Schema(head.schema));
        }
        let report: Self = serde_json::from_slice(json).map_err(ReadError::Json)?;
        if let Some(plan) = &report.plan {
            plan.validate().map_err(ReadError::Plan)?;
        }
        Ok(report)
    }
}

/// Why a report could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No JSON, or a field is missing or of the wrong type.
    #[error("read the report's JSON")]
    Json(#[source] serde_json::Error),
    /// A format that this version does not know.
    #[error("read a report of the unknown format {0:?}")]
    Schema(String),
    /// The plan contradicts itself.
    #[error("accept the report's plan")]
    Plan(#[source] crate::PlanError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_names_its_schema_and_round_trips() {
        let report = Report::new(Command::Scrub, InputInfo { name: "core".into(), ..InputInfo::default() });
        let json = serde_json::to_vec(&report).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(value["schema"], REPORT_SCHEMA);
        assert!(value.get("stages").is_none());
        assert_eq!(Report::from_json(&json).unwrap(), report);
    }

    #[test]
    fn scrub_without_a_passed_verdict_is_never_clean() {
        let mut report = Report::new(Command::Scrub, InputInfo::default());
        assert_eq!(report.exit_code(), ExitCode::VerificationFailed);
        report.verdict = Some(Verdict { passed: true, ..Verdict::default() });
        assert_eq!(report.exit_code(), ExitCode::Clean);
        report.unread.push(Unread { length: 1, ..Unread::default() });
        assert_eq!(report.exit_code(), ExitCode::Incomplete);
        report.unread.clear();
        report.searched_incompletely.push(CutOff { left_out: 1, ..CutOff::default() });
        assert_eq!(report.exit_code(), ExitCode::Incomplete);
    }

    #[test]
    fn detector_that_misses_its_planted_key_makes_a_scan_incomplete() {
        let mut report = Report::new(Command::Scan, InputInfo::default());
        report.detectors.push(DetectorRun { self_test: true, ..DetectorRun::default() });
        assert_eq!(report.exit_code(), ExitCode::Clean);
        report.detectors.push(DetectorRun::default());
        assert_eq!(report.exit_code(), ExitCode::Incomplete);
    }

    #[test]
    fn report_of_another_format_is_refused() {
        let mut value = serde_json::to_value(Report::new(Command::Scan, InputInfo::default())).unwrap();
        value["schema"] = "coredact-report-v9".into();
        let error = Report::from_json(value.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, ReadError::Schema(_)), "{error}");
    }
}
