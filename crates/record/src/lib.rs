//! Documents that leave the process: finding, plan, report, seal, exit codes.
//!
//! Nothing here holds a byte of a secret: a finding carries a fingerprint, and
//! the report says where bytes were removed, never what they were.
#![forbid(unsafe_code)]

mod address;
mod exit;
mod finding;
mod plan;
mod report;
mod verdict;

pub use exit::ExitCode;
pub use finding::{Certainty, Finding, Place, Policy, PublicId, UnknownPolicy};
pub use plan::{Cut, Plan, PlanError};
pub use report::{
    Command, DetectorRun, InputInfo, OutputInfo, REPORT_SCHEMA, REPORT_SCHEMA_VERSION, ReadError,
    RegionPicture, Report, Stage, Unread,
};
pub use verdict::{Answer, DebuggerComparison, DifferingLine, Verdict};
