//! A report, written for machines and for people.
//!
//! Everything that comes from the input (file names, note names, debugger
//! lines) is hostile: JSON and SARIF escape it, terminals and pages get
//! [`crate::text::visible`] text, and pages are escaped by the template.

mod html;
mod human;
mod json;
mod sarif;

pub use html::{Demo, DemoBlock, HtmlOptions, SealSummary, html};
pub use human::{HumanOptions, human, identity, verdict};
pub(crate) use json::pretty_text;
pub use json::{identity_line, json, json_line, write_json};
pub use sarif::{sarif, sarif_log, uri};
