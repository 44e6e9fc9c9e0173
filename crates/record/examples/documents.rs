//! Prints the documents that the repository commits, and renderings of a report.
//!
//! ```text
//! cargo run -p coredact-record --example documents -- schema-report > docs/schema/report-v1.json
//! cargo run -p coredact-record --example documents -- schema-seal   > docs/schema/seal-v1.json
//! cargo run -p coredact-record --example documents -- schema-known  > docs/schema/known-v1.json
//! cargo run -p coredact-record --example documents -- html < testdata/report/report-v1.json > page.html
//! ```

use coredact_record::{Report, render, schema};
use std::io::{self, Read as _, Write as _};

fn main() -> io::Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let text = match wanted.as_str() {
        "schema-report" => schema::report(),
        "schema-seal" => schema::seal(),
        "schema-known" => schema::known(),
        "json" => render::json(&report()?),
        "human" => render::human(&report()?, &render::HumanOptions { colour: false, width: 100 }),
        "sarif" => render::sarif(&report()?),
        "html" => render::html(&report()?, &render::HtmlOptions::default()),
        _ => {
            return Err(io::Error::other(
                "one of schema-report, schema-seal, schema-known, json, human, sarif, html",
            ));
        }
    };
    io::stdout().write_all(text.as_bytes())
}

fn report() -> io::Result<Report> {
    let mut json = Vec::new();
    io::stdin().read_to_end(&mut json)?;
    Report::from_json(&json).map_err(io::Error::other)
}
