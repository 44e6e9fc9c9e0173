//! Documents beside a dump: which format a name asks for.

use anyhow::{Result, bail};
use coredact_record::Report;
use coredact_record::render::{self, HtmlOptions};
use std::path::Path;

/// Writes a report in the format that the ending of `path` names.
///
/// # Errors
/// If the ending names none.
pub(crate) fn document(report: &Report, path: &Path, html: &HtmlOptions) -> Result<String> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Ok(match ending.to_ascii_lowercase().as_str() {
        "json" => render::json(report),
        "html" | "htm" => render::html(report, html),
        "sarif" => render::sarif(report),
        _ => bail!(
            "choose the report's format from its name {}: end it in .json, .html or .sarif",
            path.display()
        ),
    })
}
