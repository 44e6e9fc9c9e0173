//! Documents that leave the process: finding, plan, report, seal, exit codes.
//!
//! Nothing here holds a byte of a secret: a finding carries a fingerprint, and
//! the report says where bytes were removed, never what they were.
#![forbid(unsafe_code)]

mod address;
mod exit;
pub mod fill;
mod finding;
mod fingerprint;
mod hex;
mod identity;
mod known;
mod limits;
pub mod notice;
mod plan;
mod publication;
pub mod render;
mod report;
pub mod schema;
pub mod seal;
pub mod text;
mod verdict;

pub use exit::ExitCode;
pub use finding::{Certainty, Finding, Place, Policy, PublicId, UnknownPolicy};
pub use fingerprint::{Fingerprinter, NoRandomness, Strength};
pub use identity::Identity;
pub use known::{KNOWN_SCHEMA, KnownError, KnownFingerprint, KnownIndex, KnownKey, KnownSecret};
pub use notice::Notice;
pub use plan::{Cut, Plan, PlanError};
pub use publication::Publication;
pub use report::{
    Command, CutOff, DetectorRun, InputInfo, MemberInfo, OutputInfo, REPORT_SCHEMA, REPORT_SCHEMA_VERSION,
    ReadError, RegionPicture, Report, Stage, Unread,
};
pub use verdict::{Answer, DebuggerComparison, DifferingLine, Verdict};
