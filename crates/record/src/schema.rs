//! JSON schemas of the documents, made from the types.

use crate::Report;
use crate::render::pretty_text;
use crate::seal::Statement;
use schemars::{JsonSchema, schema_for};

/// JSON schema (draft 2020-12) of the report; published as `docs/schema/report-v1.json`.
#[must_use]
pub fn report() -> String {
    text::<Report>()
}

/// JSON schema of the seal's payload, statement and predicate; published as `docs/schema/seal-v1.json`.
#[must_use]
pub fn seal() -> String {
    text::<Statement>()
}

fn text<T: JsonSchema>() -> String {
    pretty_text(&schema_for!(T))
}
